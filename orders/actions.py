"""What people and clients may ask of an order: cancel, hold, release, retry. API, admin and commands all come through here.

An order that was ever bound to a transaction, or has failed, goes again only by way of `orders.gate`, which asks the chain.
The database refuses such a move without that evidence.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models.functions import Now
from django.db.transaction import atomic

from chain import crash
from chain.moves import MayNotCorrect, correct
from chain.states import Outcome
from orders.gate.judgement import FOR_PEOPLE, Cause, Finding, Safety
from orders.gate.retry import find
from orders.models import Order, ReleaseRequest
from orders.moves import Move, move
from orders.notify import notify, wake
from orders.queue import queues, took_nothing
from orders.states import ALLOWED_ACTIONS, Action, Reason, Status

BY_A_WORKER = (
    "It had been settled otherwise, and only a worker may correct that: have `manage.py retry_order` run on a worker's host."
)


class NotAllowed(Exception):
    """The order does not allow this now. `allowed` is what it does allow."""

    def __init__(self, message: str, order: Order) -> None:
        super().__init__(message)
        self.message = message
        self.order = order
        self.allowed = allowed(order)


class Stale(NotAllowed):
    """Somebody has moved the order since it was looked at."""


class NotSafe(NotAllowed):
    """It is not certain that the order is unpaid; `finding` says why."""

    def __init__(self, finding: Finding, order: Order) -> None:
        who = " Two members of staff may answer for that." if finding.cause in FOR_PEOPLE else ""
        super().__init__(finding.sentence + who, order)
        self.finding = finding


def allowed(order: Order) -> tuple[Action, ...]:
    """What one person, or a client, may ask of it."""
    actions = ALLOWED_ACTIONS[Status(order.status)]
    return tuple(action for action in actions if action != Action.RELEASE) if needs_two(order) else actions


def needs_two(order: Order) -> bool:
    """Whether only two members of staff may release it, whatever the chain says now: that is what it is held for."""
    return order.status == Status.HELD and order.reason in (Reason.REVIEW, Reason.FOREIGN)


def needs_evidence(order: Order) -> bool:
    """Whether the chain is asked before it goes again: it failed, was ever bound to a transaction, or takes two people.

    Where that evidence conflicts two members of staff may answer for it, whatever the order was held for since.
    """
    if order.status == Status.HELD:
        return needs_two(order) or order.events.filter(transaction__isnull=False).exists()
    return order.status == Status.FAILED


@dataclass(frozen=True, slots=True)
class _Rule:
    """Where an action leads and the reason it leaves; what follows in the same commit."""

    to: Status
    why: Reason | None
    then: Callable[[Order], None]


def cancel(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Withdraw an order that is not on its way. What it took of a limit is given back."""
    return _act(Action.CANCEL, order_id, actor=actor, reason=reason, revision=revision)


def hold(order_id: UUID, *, actor: str, reason: str, until: datetime | None = None, revision: int | None = None) -> Order:
    """Keep a pending order from being sent, until released or until a time."""
    return _act(Action.HOLD, order_id, actor=actor, reason=reason, revision=revision, until=until)


def release(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Let a held order go on; one that was ever bound to a transaction, as a retry does."""
    order = _seen(order_id)
    act = _go_again if needs_evidence(order) else _act
    return act(Action.RELEASE, order_id, actor=actor, reason=reason, revision=revision)


def retry(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """Set a failed order going again if it is certain that nothing has paid it; complete it if something has.

    Asks all nodes, so never call it inside a database transaction. Raises NotSafe.
    """
    return _go_again(Action.RETRY, order_id, actor=actor, reason=reason, revision=revision)


def ask_to_release(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """The first of the two people whom it takes to let an order go again whose evidence conflicts."""
    with atomic():
        order = _locked(order_id)
        _check_two(order, actor, revision)
        asked, new = ReleaseRequest.objects.get_or_create(
            order=order, revision=order.revision, defaults={"asked_by": actor, "asked_reason": reason}
        )
        if not new:
            raise NotAllowed(f"{asked.asked_by} has asked for that already; somebody else may confirm it.", order)
    return order


def confirm_release(order_id: UUID, *, actor: str, reason: str, revision: int | None = None) -> Order:
    """The second of them. What nodes do not say, and a nonce still open, not even two people may answer for. Raises NotSafe."""
    order = _seen(order_id)
    _check_two(order, actor, revision)
    finding = find(order)
    with atomic():
        order = _unmoved(order)
        asked = _confirm(order, actor)
        two = {"released_by": [asked.asked_by, actor]}
        note = f"{asked.asked_reason} Confirmed: {reason}"
        action = Action.RETRY if order.status == Status.FAILED else Action.RELEASE
        order = _carry_out(action, order, finding, actor=actor, reason=note, certain=FOR_PEOPLE, **two)
        crash.point("acting")
    crash.point("acted")
    return order


def release_expired() -> int:
    """Let orders go on whose hold has a time that is past; return how many."""
    due = Order.objects.filter(status=Status.HELD, reason=Reason.STAFF, held_until__lte=Now())
    wishes = [
        Move(pk, Status.HELD, Status.PENDING, Reason.RELEASED, note="Its time has come.")
        for pk in due.values_list("pk", flat=True)
    ]
    return len(move(wishes, actor="lane"))


def release_stored(orders: Sequence[Order], *, actor: str, reason: str) -> None:
    """Let go what was stored without being released, however many. Held for anything else, or moved since, they stay."""
    waiting = [order for order in orders if order.status == Status.HELD and order.reason == Reason.NOT_RELEASED]
    wishes = [
        Move(order.pk, Status.HELD, Status.PENDING, Reason.RELEASED, note=reason, revision=order.revision) for order in waiting
    ]
    with atomic():
        moved = move(wishes, actor=actor)
        notify(order.wallet_id for order in waiting if order.pk in moved)


def cancel_waiting(orders: Sequence[Order], *, actor: str, reason: str) -> int:
    """Withdraw those that wait and were never in doubt, however many; how many. Moved since, or held for people, they stay."""
    waiting = [order for order in orders if order.status == Status.PENDING or order.reason in _NOBODYS_DOUBT]
    wishes = [Move(order.pk, Status(order.status), Status.CANCELLED, note=reason, revision=order.revision) for order in waiting]
    with atomic():
        moved = move(wishes, actor=actor)
        for kind in {order.kind for order in waiting if queues()[order.kind].on_cancel is not took_nothing}:
            queue = queues()[kind]
            queue.on_cancel(queue.load([order.pk for order in waiting if order.kind == kind and order.pk in moved]))
    return len(moved)


_NOBODYS_DOUBT = (Reason.NOT_RELEASED, Reason.STAFF)


# -- what needs no look at the chain ---------------------------------------------------------------------------------------


def _act(
    action: Action, order_id: UUID, *, actor: str, reason: str, revision: int | None, until: datetime | None = None
) -> Order:
    """One guarded move under the order's row lock. Raises NotAllowed, Stale, Order.DoesNotExist."""
    rule = _RULES[action]
    with atomic():
        order = _locked(order_id)
        _check(action, order, revision)
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


def _seen(order_id: UUID) -> Order:
    return Order.objects.select_related("wallet__network").get(pk=order_id)


def _locked(order_id: UUID) -> Order:
    return Order.objects.select_for_update(no_key=True).get(pk=order_id)


def _check(action: Action, order: Order, revision: int | None) -> None:
    _check_revision(order, revision)
    if action == Action.RELEASE and needs_two(order):
        raise NotAllowed("Its release takes two members of staff: one asks for it, another confirms.", order)
    if action not in allowed(order):
        raise NotAllowed(f"An order that is {order.status} cannot be asked to {action}.", order)


def _check_revision(order: Order, revision: int | None) -> None:
    if revision is not None and revision != order.revision:
        raise Stale(f"The order has moved on: it is at revision {order.revision}, not {revision}.", order)


def _anyhow(order: Order) -> None:
    """Nothing to do."""


def _give_back(order: Order) -> None:
    queue = queues()[order.kind]
    queue.on_cancel(queue.load([order.pk]))


_RULES = {
    Action.CANCEL: _Rule(Status.CANCELLED, None, _give_back),
    Action.HOLD: _Rule(Status.HELD, Reason.STAFF, _anyhow),
    Action.RELEASE: _Rule(Status.PENDING, Reason.RELEASED, wake),
}


# -- what does ---------------------------------------------------------------------------------------------------------------


def _go_again(action: Action, order_id: UUID, *, actor: str, reason: str, revision: int | None) -> Order:
    """Ask the chain first, without any lock; then one guarded move, if nobody has moved the order meanwhile."""
    order = _seen(order_id)
    _check(action, order, revision)
    finding = find(order)
    with atomic():
        order = _carry_out(action, _unmoved(order), finding, actor=actor, reason=reason)
        crash.point("acting")
    crash.point("acted")
    return order


def _unmoved(order: Order) -> Order:
    """The order under its row lock, still as it was when the chain was asked about it. Raises Stale."""
    locked = _locked(order.pk)
    _check_revision(locked, order.revision)
    return locked


def _carry_out(
    action: Action, order: Order, finding: Finding, *, actor: str, reason: str, certain: Collection[Cause] = (), **more: Any
) -> Order:
    """What a finding leads to. `certain`: what somebody else has answered for. Raises NotSafe."""
    evidence = {**finding.evidence, **more}
    if finding.verdict == Safety.PAID:
        _complete(order, finding, evidence, actor, reason)
    elif finding.verdict == Safety.SAFE or finding.cause in certain:
        _note_facts(order, finding)
        why = Reason.RETRIED if action == Action.RETRY else Reason.RELEASED
        move([Move(order.pk, Status(order.status), Status.PENDING, why, note=reason, evidence=evidence)], actor=actor)
        wake(order)
    else:
        raise NotSafe(finding, order)
    order.refresh_from_db()
    return order


def _complete(order: Order, finding: Finding, evidence: dict[str, Any], actor: str, reason: str) -> None:
    """Something has paid it: its transaction's end is set right where it was settled otherwise, and the proof is kept."""
    assert finding.by is not None
    transaction = finding.by.transaction
    try:
        correct(transaction.pk, Outcome.SUCCEEDED, **finding.by.facts)
    except MayNotCorrect as error:
        raise NotAllowed(f"{finding.sentence} {BY_A_WORKER}", order) from error
    _note_facts(order, finding)
    note = f"{finding.sentence} {reason}"
    done = Move(order.pk, Status(order.status), Status.COMPLETED, note=note, transaction=transaction.pk, evidence=evidence)
    move([done], actor=actor)


def _note_facts(order: Order, finding: Finding) -> None:
    """Keep what the events of a transaction say that nobody had read: the tokens it minted, the poll it made."""
    if finding.by is not None and finding.by.says is not None:
        queues()[order.kind].record([finding.by.says])


# -- two people ----------------------------------------------------------------------------------------------------------------


def _check_two(order: Order, actor: str, revision: int | None) -> None:
    _check_revision(order, revision)
    if not actor.startswith("staff:"):
        raise NotAllowed("Only members of staff may ask for that, each under their own name.", order)
    if not needs_evidence(order):
        raise NotAllowed("Nothing about this order takes two people.", order)


def _confirm(order: Order, actor: str) -> ReleaseRequest:
    """Note who confirms. Inside the commit that releases."""
    asked = ReleaseRequest.objects.filter(order=order, revision=order.revision).first()
    if asked is None:
        raise NotAllowed("Nobody has asked for its release as it is now. One person asks first, another confirms.", order)
    if asked.asked_by == actor:
        raise NotAllowed("You have asked for it yourself, so somebody else must confirm it.", order)
    asked.confirmed_by = actor
    asked.save(update_fields=["confirmed_by"])
    return asked
