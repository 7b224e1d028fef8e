"""What people and clients may ask of an order: cancel, hold, release, retry. API, admin and commands all come through here.

An order that may already be on chain is never set going again here; `_must_be_unpaid` is the gate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now
from django.db.transaction import atomic

from chain import crash
from chain.models import Transaction
from chain.states import Outcome, TransactionStatus
from orders.models import Order
from orders.moves import Move, move
from orders.notify import wake
from orders.queue import queues
from orders.states import ALLOWED_ACTIONS, Action, Reason, Status


class NotAllowed(Exception):
    """The order does not allow this now. `allowed` is what it does allow."""

    def __init__(self, message: str, order: Order) -> None:
        super().__init__(message)
        self.message = message
        self.order = order
        self.allowed = allowed(order)


class Stale(NotAllowed):
    """Somebody has moved the order since it was looked at."""


def allowed(order: Order) -> tuple[Action, ...]:
    return ALLOWED_ACTIONS[Status(order.status)]


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where an action leads and the reason it leaves; what must hold before it; what follows in the same commit."""

    to: Status
    why: Reason | None
    gate: Callable[[Order], None]
    then: Callable[[Order], None]


def cancel(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Withdraw an order that is not on its way. What it took of a limit is given back."""
    return _act(Action.CANCEL, order_id, actor=actor, reason=reason, revision=revision)


def hold(order_id: UUID, *, actor: str, reason: str, until: datetime | None = None, revision: int | None = None) -> Order:
    """Keep a pending order from being sent, until released or until a time."""
    return _act(Action.HOLD, order_id, actor=actor, reason=reason, revision=revision, until=until)


def release(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Let a held order go on, if it is certain that nothing has paid it yet."""
    return _act(Action.RELEASE, order_id, actor=actor, reason=reason, revision=revision)


def retry(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Set a failed order going again, if it is certain that nothing has paid it yet."""
    return _act(Action.RETRY, order_id, actor=actor, reason=reason, revision=revision)


def release_expired() -> int:
    """Let orders go on whose hold has a time that is past; return how many."""
    due = Order.objects.filter(status=Status.HELD, reason=Reason.STAFF, held_until__lte=Now())
    wishes = [
        Move(pk, Status.HELD, Status.PENDING, Reason.RELEASED, note="Its time has come.")
        for pk in due.values_list("pk", flat=True)
    ]
    return len(move(wishes, actor="lane"))


def _act(
    action: Action, order_id: UUID, *, actor: str, reason: str, revision: int | None, until: datetime | None = None
) -> Order:
    """One guarded move under the order's row lock. Raises NotAllowed, Stale, Order.DoesNotExist."""
    rule = _RULES[action]
    with atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        if revision is not None and revision != order.revision:
            raise Stale(f"The order has moved on: it is at revision {order.revision}, not {revision}.", order)
        if action not in allowed(order):
            raise NotAllowed(f"An order that is {order.status} cannot be asked to {action}.", order)
        rule.gate(order)
        held_by = actor if rule.to == Status.HELD else ""
        move(
            [Move(order.pk, Status(order.status), rule.to, rule.why, note=reason, held_by=held_by, held_until=until)],
            actor=actor,
        )
        rule.then(order)
        order.refresh_from_db()
        crash.point("acting")
    crash.point("acted")
    return order


def _anyhow(order: Order) -> None:
    """Nothing to check, nothing to do."""


def _give_back(order: Order) -> None:
    queue = queues()[order.kind]
    queue.on_cancel(queue.load([order.pk]))


def _must_be_unpaid(order: Order) -> None:
    """Refuse unless every transaction that was ever bound to the order is final and provably did not pay it."""
    for transaction in Transaction.objects.filter(event__order=order).distinct():
        if transaction.status != TransactionStatus.FINAL:
            raise NotAllowed(f"Its transaction with nonce {transaction.nonce} may still be mined.", order)
        if transaction.outcome == Outcome.FOREIGN:
            raise NotAllowed(f"Nonce {transaction.nonce} went to a transaction not made here, which may have paid it.", order)
        if transaction.outcome == Outcome.SUCCEEDED and order.reason == Reason.REVIEW:
            raise NotAllowed(f"Transaction {transaction.mined_hash} succeeded and may have paid it.", order)


_RULES = {
    Action.CANCEL: _Rule(Status.CANCELLED, None, _anyhow, _give_back),
    Action.HOLD: _Rule(Status.HELD, Reason.STAFF, _anyhow, _anyhow),
    Action.RELEASE: _Rule(Status.PENDING, Reason.RELEASED, _must_be_unpaid, wake),
    Action.RETRY: _Rule(Status.PENDING, Reason.RETRIED, _must_be_unpaid, wake),
}
