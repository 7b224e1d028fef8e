"""From final transactions to settled orders: each order by its own event, and in one commit with its transaction's end."""

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from chain import crash
from chain.decisions import End, Landed
from chain.evidence import finish
from chain.forwarder import is_batch
from chain.lane import Lane
from chain.seat import Seat
from chain.states import Outcome, RequestOutcome
from orders import ground, sponsored
from orders.models import Order
from orders.moves import Move, move
from orders.plan import TRIES
from orders.queue import Detail, Queue, Verdict, queues
from orders.states import Reason, Status

log = logging.getLogger(__name__)

E = TypeVar("E", bound=End)

Told = dict[str, list[Verdict]]
Reader = Callable[[Queue, Sequence[Detail], E], list[Verdict]]
"""What a transaction that succeeded did for each of its orders."""


def settle(lane: Lane, landed: Sequence[Landed]) -> None:
    """Write the end of these transactions and what it means for their orders."""
    close(lane, landed, _read)


def close(seat: Seat, landed: Sequence[E], read: Reader[E]) -> None:
    """The same on a network of any family."""
    if not landed:
        return
    crash.point("before_settle")
    with seat.writing():
        ended = [end for end in landed if finish(end)]
        orders = _orders_of(ended)
        details = _details_of([order for bound in orders.values() for order in bound])
        told: Told = defaultdict(list)
        moves = [m for end in ended for m in _moves(end, orders[end.transaction.pk], details, told, read)]
        for kind, verdicts in told.items():
            queues()[kind].record(verdicts)
        move(moves, actor="lane")
        ground.settle(ended)
        crash.point("settling")
    crash.point("after_settle")


def _orders_of(landed: Sequence[End]) -> dict[UUID, list[Order]]:
    """The orders of each transaction, in the order in which its call has them."""
    found: dict[UUID, list[Order]] = defaultdict(list)
    ids = [end.transaction.pk for end in landed]
    for order in Order.objects.filter(transaction__in=ids, status=Status.BUSY).order_by("created", "id"):
        assert order.transaction_id is not None
        found[order.transaction_id].append(order)
    return found


def _details_of(orders: Sequence[Order]) -> dict[UUID, Detail]:
    """The details of orders of any kinds, with one query a kind."""
    found: dict[UUID, Detail] = {}
    for kind in {order.kind for order in orders}:
        ids = [order.pk for order in orders if order.kind == kind]
        found |= zip(ids, queues()[kind].load(ids), strict=True)
    return found


def _moves(end: E, orders: Sequence[Order], details: Mapping[UUID, Detail], told: Told, read: Reader[E]) -> list[Move]:
    """What this end means for its orders; the verdicts, whose facts are to be kept, go to `told`."""
    if not orders:
        return []
    shares = _shares(end.gas_used, len(orders))
    if end.outcome != Outcome.SUCCEEDED:
        return [_unpaid(end, order, gas) for order, gas in zip(orders, shares, strict=True)]
    kind = orders[0].kind
    verdicts = _safely(read, queues()[kind], [details[order.pk] for order in orders], end)
    told[kind] += verdicts
    return [_by_verdict(end, verdict, gas) for verdict, gas in zip(verdicts, shares, strict=True)]


def _read(queue: Queue, details: Sequence[Detail], end: Landed) -> list[Verdict]:
    if end.requests:
        return sponsored.read(queue, details, end.requests, end.logs)
    return queue.read(details, end.logs)


def _safely(read: Reader[E], queue: Queue, details: Sequence[Detail], end: E) -> list[Verdict]:
    try:
        return read(queue, details, end)
    except Exception:
        # A receipt nobody foresaw must not stop the wallet, nor may its orders be guessed about.
        log.exception("receipt_not_readable", extra={"transaction": str(end.transaction.pk)})
        note = "Its transaction succeeded, but its events could not be read."
        return [Verdict(detail.pk, Status.HELD, Reason.REVIEW, note) for detail in details]


def _by_verdict(end: End, verdict: Verdict, gas: int) -> Move:
    paid = verdict.to == Status.COMPLETED
    return Move(
        verdict.order, Status.BUSY, verdict.to, verdict.reason,
        note=verdict.note, fail_reason=verdict.note if verdict.to == Status.FAILED else "",
        transaction=None if verdict.to == Status.PENDING else end.transaction.pk,
        tried=0 if paid or verdict.to == Status.PENDING else 1, gas_used=gas,
        evidence=end.evidence,
    )  # fmt: skip


def _unpaid(end: End, order: Order, gas: int) -> Move:
    """Final, and nobody was paid by it: our empty transaction won, somebody else's did, or all of it reverted."""
    at = (order.pk, Status.BUSY)
    last = order.transaction_id
    if is_batch(end.transaction.data) and end.requests.get(order.pk) != RequestOutcome.EXPIRED:
        return Move(*at, Status.HELD, Reason.REVIEW, note=sponsored.TAKEN, transaction=last)
    match end.outcome:
        case Outcome.CANCELLED:
            return Move(*at, Status.HELD, Reason.TRANSACTION_CANCELLED, note="Nothing was paid.", transaction=last, tried=1)
        case Outcome.FOREIGN:
            return Move(*at, Status.HELD, Reason.FOREIGN, note="A person must see that it was not paid.", transaction=last)
        case Outcome.EXPIRED:
            return Move(*at, Status.PENDING, Reason.TRANSACTION_EXPIRED, note=EXPIRED, evidence=end.evidence)
    if order.tries + 1 >= TRIES:
        why = f"Reverted on chain {TRIES} times although each simulation passed."
        return Move(*at, Status.FAILED, Reason.REVERTED, fail_reason=why, transaction=last, tried=1, gas_used=gas)
    return Move(
        *at, Status.PENDING, Reason.BATCH_REVERTED, note="Its transaction reverted; nothing was paid.", tried=1, gas_used=gas
    )


EXPIRED = "No block took its transaction in time, and none can any more; nothing was paid."


def _shares(gas: int, orders: int) -> list[int]:
    """Split gas so that the shares add up; the first orders carry the remainder."""
    share, rest = divmod(gas, orders)
    return [share + (1 if i < rest else 0) for i in range(orders)]
