"""A client of the API, with a key and everything it may need."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser

from orders import keys
from orders.models import Client, Order
from orders.states import Scope
from tests.factories import make_client

V1 = "/api/v1"


@dataclass
class Caller:
    """Speaks to the API as one client. `post` makes a new Idempotency-Key unless it is given one."""

    client: Client
    key: str
    browser: Browser = field(default_factory=lambda: Browser(raise_request_exception=False))

    def get(self, path: str, **query: Any) -> Any:
        return self.browser.get(V1 + path, query, headers=self.headers)

    def post(self, path: str, body: Any, *, key: str | None = "", **more: Any) -> Any:
        headers = dict(self.headers) if key is None else {**self.headers, "Idempotency-Key": key or uuid4().hex}
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.browser.post(V1 + path, text, headers=headers, **{"content_type": "application/json", **more})

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def stored(self) -> int:
        return Order.objects.filter(client=self.client).count()


def make_caller(scopes: Iterable[Scope] = tuple(Scope)) -> Caller:
    client = make_client()
    return Caller(client, keys.issue(client, scopes)[1])


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller()


def fields(response: Any) -> list[str]:
    """The fields that a problem names; checks that it is one."""
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code
    return [error["field"] for error in problem["errors"]]
