"""`POST /orders/bulk`: up to 1,000 orders of any kind, and a result for each."""

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from orders.api.auth import must_be_counted, principal
from orders.api.base import ApiView, idempotency_key, request_hash
from orders.api.documents import BulkBody, BulkResults
from orders.api.problems import field_errors, of_refusal
from orders.api.shapes import Ordering, orderings, read_item
from orders.api.views import CREATE
from orders.intake import Refusal, Refused, Wish, invalid
from orders.many.bulk import MOST, BulkAnswer, Result, accept_many, replay
from orders.models import Order


class OrderBulk(ApiView):
    scopes = {"POST": CREATE}
    body = BulkBody
    accepted = BulkResults
    needs_key = True

    def post(self, request: Request) -> Response:
        client, key, digest = principal(request).client, idempotency_key(request), request_hash(request)
        items = _items(request.data)
        answer = replay(client, key, digest) or self._accept(request, items, key, digest)
        headers = {"Idempotent-Replayed": "true"} if answer.replayed else {}
        return Response({"results": answer.results}, status=202, headers=headers)

    def _accept(self, request: Request, items: Sequence[Any], key: str, digest: str) -> BulkAnswer:
        wanted = wishes(items, principal(request).scopes)
        if any(isinstance(wish, Wish) and orderings()[wish.kind].counted for wish in wanted):
            must_be_counted(request)  # as a whole: the answer is kept for the key, and a refusal for a moment must not be
        return accept_many(principal(request).client, wanted, key=key, request_hash=digest, describe=_describe)


def _items(body: Any) -> list[Any]:
    """The list in the envelope. Raises Refused."""
    if not isinstance(body, dict) or set(body) != {"orders"} or not isinstance(body["orders"], list):
        raise invalid("orders", 'The body is {"orders": [...]} and nothing else.')
    if not 1 <= len(body["orders"]) <= MOST:
        raise invalid("orders", f"From 1 to {MOST} orders, not {len(body['orders'])}.", "length")
    return body["orders"]


def wishes(items: Sequence[Any], scopes: Collection[str]) -> list[Wish | Refused]:
    """Each item as a wish, or as the reason why not; all items of one kind are looked up together."""
    outcome: list[Wish | Refused] = []
    valid: dict[str, list[tuple[int, Ordering, dict[str, Any]]]] = {}
    for i, item in enumerate(items):
        read = _read(item, scopes)
        outcome.append(read if isinstance(read, Refused) else _PLACE)
        if not isinstance(read, Refused):
            kind, ordering, body = read
            valid.setdefault(kind, []).append((i, ordering, body))
    for rows in valid.values():
        found = rows[0][1].wishes([body for _, _, body in rows])
        for (i, _, _), wish in zip(rows, found, strict=True):
            outcome[i] = wish
    return outcome


_PLACE = Refused(Refusal.INVALID, "kept for the item's own result")


def _read(item: Any, scopes: Collection[str]) -> tuple[str, Ordering, dict[str, Any]] | Refused:
    try:
        return read_item(item, scopes)
    except Refused as refused:
        return refused
    except ValidationError as error:
        return Refused(Refusal.INVALID, "The order is not valid.", errors=field_errors(error.detail))


def _describe(index: int, result: Order | Refused) -> Result:
    if isinstance(result, Refused):
        return {"index": index, "error": of_refusal(result, f"{reverse('orders-bulk')}#{index}")}
    order = {"id": str(result.pk), "kind": result.kind, "external_id": result.external_id, "status": result.status}
    return {"index": index, "order": order}
