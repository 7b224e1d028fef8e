"""The OpenAPI document, and what the API does with input generated from it."""

from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.test import Client as Browser
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from config.wsgi import application
from local.anvil import Anvil
from tests.api.conftest import Caller
from tests.factories import make_claim, make_network, make_pool, make_reward, make_wallet

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_the_document_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO())


def test_the_document_is_served_without_a_key(client: Browser) -> None:
    response = client.get("/api/schema/", {"format": "json"})
    assert response.json()["openapi"].startswith("3.1")


def test_every_post_that_creates_value_demands_a_key(client: Browser) -> None:
    paths = client.get("/api/schema/", {"format": "json"}).json()["paths"]
    demanding = {path for path, item in paths.items() if "Idempotency-Key" in str(item.get("post", {}).get("parameters"))}
    names = (
        "claims", "withdrawals", "stakes", "restakes", "orders/bulk", "rewards/{reward}/claim", "rewards/{reward}/give",
        "collections", "collections/{collection_id}/mints",
    )  # fmt: skip
    assert demanding == {f"/api/v1/{name}" for name in names}


@pytest.fixture
def world(caller: Caller, anvil: Anvil) -> Caller:
    """Something to be found under names that generated input can hit."""
    wallet = make_wallet(network=make_network(rpc_urls=anvil.url, chain_id=31337))
    make_claim(make_reward(wallet=wallet, external_id="0"), order_client=caller.client)
    make_pool(wallet=wallet, external_id="0", kind="native", token="")
    return caller


@pytest.mark.django_db(transaction=True)  # each request has its own connection, as in a real server
def test_generated_input_finds_no_fault(world: Caller) -> None:
    schema: Any = schemathesis.openapi.from_wsgi("/api/schema/?format=json", application)
    for operation in (result.ok() for result in schema.get_all_operations()):
        if operation.path.startswith("/api/v1/"):
            _try(operation, world.headers)


def _try(operation: Any, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=5, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def run(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
