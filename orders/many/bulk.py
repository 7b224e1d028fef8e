"""Many orders in one request: a result for each, and one bad one does not sink the rest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.transaction import atomic

from chain import crash
from orders.intake import KEY_REUSED, Refusal, Refused, Wish, external_id_taken, opening, twins
from orders.many.copying import copy_in
from orders.models import BulkRequest, Client, Order
from orders.notify import notify
from orders.states import Status

Result = dict[str, Any]
MOST = 1000  # orders in one request
_LOOKS = 3  # a parallel request may take a key or an external id between our look and our insert: look again


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """One result per item, in the order of the request."""

    results: list[Result]
    replayed: bool = False


def accept_many(
    client: Client,
    wishes: Sequence[Wish | Refused],
    *,
    key: str,
    request_hash: str,
    describe: Callable[[int, Order | Refused], Result],
) -> BulkAnswer:
    """Store all orders that can be stored, in one database transaction; the same key and request give the same answer.

    The item at position i has the idempotency key `KEY/i`. Raises Refused when the key belongs to another request.
    """
    for look in range(_LOOKS):
        if earlier := replay(client, key, request_hash):
            return earlier
        try:
            with atomic():
                stored = _store(client, wishes, key, request_hash, describe)
            crash.point("accepted")
            return stored
        except IntegrityError:
            if look == _LOOKS - 1:
                raise
    raise AssertionError("the last look returns or raises")


def replay(client: Client, key: str, request_hash: str) -> BulkAnswer | None:
    """The answer given before under this key. Raises Refused when it answered another request."""
    request = BulkRequest.objects.filter(client=client, idempotency_key=key).first()
    if request is None:
        return None
    if request.request_hash != request_hash:
        raise Refused(Refusal.KEY_REUSED, KEY_REUSED)
    return BulkAnswer(request.results, replayed=True)


def _store(
    client: Client,
    wishes: Sequence[Wish | Refused],
    key: str,
    request_hash: str,
    describe: Callable[[int, Order | Refused], Result],
) -> BulkAnswer:
    # First of all, so that a request with the same key waits here for ours.
    request = BulkRequest.objects.create(client=client, idempotency_key=key, request_hash=request_hash, results=[])
    outcome = take_shares(_without_doubles(client, wishes, key))
    orders = {i: wish.order(client, f"{key}/{i}", request_hash) for i, wish in enumerate(outcome) if isinstance(wish, Wish)}
    insert([(order, wish) for i, order in orders.items() if isinstance(wish := outcome[i], Wish)])
    answers = [orders.get(i) or known for i, known in enumerate(outcome)]
    request.results = [describe(i, answer) for i, answer in enumerate(answers) if not isinstance(answer, Wish)]
    request.save(update_fields=["results"])
    crash.point("accepting")
    return BulkAnswer(request.results)


def _without_doubles(client: Client, wishes: Sequence[Wish | Refused], key: str) -> list[Wish | Refused | Order]:
    """Refuse items whose external id or key is in use, or whose external id stands twice in the request.

    An item that is an order already, by its kind's own idempotency key, is that order.
    """
    orders = Order.objects.filter(client=client)
    named = [wish.external_id for wish in wishes if isinstance(wish, Wish) and wish.external_id]
    seen: dict[str, UUID | None] = dict(orders.filter(external_id__in=named).values_list("external_id", "pk")) if named else {}
    keys = [f"{key}/{i}" for i in range(len(wishes))]
    used = set(orders.filter(idempotency_key__in=keys).values_list("idempotency_key", flat=True))
    known = twins(client, wishes)
    checked: list[Wish | Refused | Order] = []
    for i, wish in enumerate(wishes):
        if isinstance(wish, Wish) and keys[i] in used:
            checked.append(Refused(Refusal.KEY_REUSED, KEY_REUSED))
        elif i in known:
            checked.append(known[i])
        elif isinstance(wish, Wish) and wish.external_id in seen:
            checked.append(external_id_taken(wish.external_id, seen[wish.external_id]))
        else:
            checked.append(wish)
            if isinstance(wish, Wish) and wish.external_id:
                seen[wish.external_id] = None
    return checked


def take_shares(wishes: Sequence[Wish | Refused | Order]) -> list[Wish | Refused | Order]:
    """Let each item take its share of the limits; always in the same order, so that two requests cannot block each other."""
    outcome = list(wishes)
    waiting = [(wish.group, wish.recipient, i, wish) for i, wish in enumerate(wishes) if isinstance(wish, Wish)]
    for _, _, i, wish in sorted(waiting, key=lambda item: item[:3]):
        try:
            wish.take()
        except Refused as refused:
            outcome[i] = refused
    return outcome


def insert(rows: Sequence[tuple[Order, Wish]]) -> None:
    """Orders, details kind by kind, and events: a few statements however many rows."""
    copy_in([order for order, _ in rows])
    for _, some in groupby(sorted(rows, key=lambda row: row[0].kind), key=lambda row: row[0].kind):
        copy_in([wish.detail(order) for order, wish in some])
    copy_in([opening(order) for order, _ in rows])
    notify(wish.wallet for order, wish in rows if order.status == Status.PENDING)
