"""Lists: newest first, a page at a time, by a cursor that no new order can shift."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework import serializers
from rest_framework.request import Request

from orders.api.fields import Strict
from orders.api.shapes import Shape
from orders.intake import invalid
from orders.models import Order
from orders.queue import queues
from orders.states import Kind, Status


class ListQuery(Strict):
    """How a list may be narrowed. A parameter that is not here is refused, for it would narrow nothing."""

    status = serializers.ChoiceField(Status.choices, required=False)
    recipient = serializers.CharField(max_length=44, required=False, help_text="An address in its EIP-55 form, or base58.")
    external_id = serializers.CharField(max_length=100, required=False)
    created_after = serializers.DateTimeField(required=False)
    created_before = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(max_length=200, required=False, help_text="From `next` of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=200, default=50)


class OrderQuery(ListQuery):
    """Over all kinds."""

    kind = serializers.ChoiceField(Kind.choices, required=False)
    reward = serializers.UUIDField(required=False)
    pool = serializers.UUIDField(required=False)
    staking = serializers.UUIDField(required=False)
    collection = serializers.UUIDField(required=False)


_LOOKUPS = {
    "status": "status",
    "kind": "kind",
    "external_id": "external_id",
    "created_after": "created__gt",
    "created_before": "created__lt",
}

# ... and those that only the orders of some kinds have.
_IN_DETAILS = ("recipient", "reward", "pool", "staking", "collection", "action", "signature_id")


class Cursor(NamedTuple):
    """The last order of a page."""

    created: datetime
    order: UUID

    @property
    def text(self) -> str:
        return base64.urlsafe_b64encode(f"{self.created.isoformat()}|{self.order}".encode()).decode()

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """Raises Refused for what is no cursor of ours."""
        try:
            created, _, order = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True).decode().partition("|")
            cursor = cls(datetime.fromisoformat(created), UUID(order))
        except ValueError as error:
            raise invalid("cursor", "That is not a cursor of this list.") from error
        if cursor.created.tzinfo is None:
            raise invalid("cursor", "That is not a cursor of this list.")
        return cursor

    @property
    def older(self) -> Q:
        # The first condition alone would do; PostgreSQL needs the second to enter the index at the right place.
        return Q(Q(created__lt=self.created) | Q(created=self.created, id__lt=self.order), created__lte=self.created)


def page(orders: QuerySet[Order], query: dict[str, Any], kinds: Sequence[Shape]) -> list[Order]:
    """Up to `limit` + 1 orders that fit the query, newest first; the last one only tells that there are more."""
    narrowed = orders.filter(**{lookup: query[name] for name, lookup in _LOOKUPS.items() if name in query})
    for name in _IN_DETAILS:
        if name in query:
            narrowed = narrowed.filter(_in_details(name, query[name], kinds))
    if "cursor" in query:
        narrowed = narrowed.filter(Cursor.read(query["cursor"]).older)
    return list(narrowed.order_by("-created", "-id")[: query["limit"] + 1])


def _in_details(name: str, value: Any, kinds: Sequence[Shape]) -> Q:
    """Orders of any kind whose own table says so; of none, where no kind knows the parameter."""
    found = Q(pk__in=[])
    for shape in kinds:
        if column := shape.filters.get(name):
            details = queues()[shape.kind].details._default_manager.filter(**{column: value})
            found |= Q(pk__in=details.values("pk"))
    return found


def next_url(request: Request, orders: Sequence[Order], limit: int) -> str | None:
    """The address of the following page; None on the last one."""
    if len(orders) <= limit:
        return None
    last = orders[limit - 1]
    query = {**request.query_params.dict(), "cursor": Cursor(last.created, last.pk).text}
    return f"{request.path}?{urlencode(query)}"
