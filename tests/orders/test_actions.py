"""What people and clients may ask of an order, and the gate that keeps it from being paid twice."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from chain.states import Outcome, TransactionStatus
from orders import actions
from orders.actions import NotAllowed, Stale
from orders.models import Event, Order
from orders.states import ALLOWED_ACTIONS, Action, Reason, Status
from tests.chain.test_guards import make_transaction
from tests.factories import make_claim
from tests.orders.test_guards import make_order

pytestmark = pytest.mark.django_db
DO = {action: getattr(actions, action) for action in Action}
LEADS_TO = {
    Action.CANCEL: Status.CANCELLED,
    Action.HOLD: Status.HELD,
    Action.RELEASE: Status.PENDING,
    Action.RETRY: Status.PENDING,
}
PAIRS = list(itertools.product(Status, Action))
ALLOWED = [pair for pair in PAIRS if pair[1] in ALLOWED_ACTIONS[pair[0]]]
FORBIDDEN = [pair for pair in PAIRS if pair not in ALLOWED]


def act(action: Action, order: Order, **over: Any) -> Order:
    result: Order = DO[action](order.pk, actor="staff:ana", reason="because", **over)
    return result


def order_with_history(status: Status, outcome: Outcome | str, *, reason: str = "", final: bool = True) -> Order:
    """An order that was bound once, as its history tells."""
    order = make_claim().order
    state = TransactionStatus.FINAL if final else TransactionStatus.SENT
    transaction = make_transaction(state, wallet=order.wallet, outcome=outcome)
    Event.objects.create(order=order, to_status=Status.BUSY, actor="lane", transaction=transaction)
    reason = reason or (Reason.STAFF if status == Status.HELD else "")
    fail_reason = "no" if status == Status.FAILED else ""
    Order.objects.update(status=status, reason=reason, fail_reason=fail_reason)
    return Order.objects.get()


@pytest.mark.parametrize(("status", "action"), ALLOWED)
def test_what_is_allowed_is_done(status: Status, action: Action) -> None:
    order = make_claim(order_status=status, **needs(status)).order
    assert act(action, order).status == LEADS_TO[action]
    event = Event.objects.get()
    assert (event.actor, event.note, event.from_status) == ("staff:ana", "because", status)


def needs(status: Status) -> dict[str, Any]:
    return {"order_fail_reason": "no"} if status == Status.FAILED else {"order_reason": Reason.STAFF}


@pytest.mark.parametrize(("status", "action"), FORBIDDEN)
def test_what_is_not_allowed_changes_nothing_and_says_what_is(status: Status, action: Action) -> None:
    order = make_order(status)
    with pytest.raises(NotAllowed) as caught:
        act(action, order)
    assert caught.value.allowed == ALLOWED_ACTIONS[status]
    assert not Event.objects.exists()


@pytest.mark.parametrize("action", [Action.CANCEL, Action.HOLD])
def test_a_stale_revision_is_refused(action: Action) -> None:
    order = make_order()
    with pytest.raises(Stale, match="at revision 0, not 3"):
        act(action, order, revision=3)
    assert Order.objects.get().status == Status.PENDING


def test_the_revision_that_was_seen_is_accepted() -> None:
    assert act(Action.CANCEL, make_claim().order, revision=0).revision == 1


def test_a_hold_keeps_who_and_until() -> None:
    until = timezone.now() + timedelta(hours=1)
    order = act(Action.HOLD, make_order(), until=until)
    assert (order.held_by, order.held_until, order.reason) == ("staff:ana", until, Reason.STAFF)


def test_a_release_forgets_who_held_it() -> None:
    order = act(Action.RELEASE, make_order(Status.HELD, held_by="staff:bo"))
    assert (order.held_by, order.held_until, order.reason) == ("", None, Reason.RELEASED)


@pytest.mark.parametrize("action", list(Action))
def test_an_unknown_order_is_not_found(action: Action) -> None:
    with pytest.raises(Order.DoesNotExist):
        DO[action](uuid4(), actor="staff:ana", reason="because")


SAFE = [Outcome.REVERTED, Outcome.CANCELLED]
AGAIN = [(Status.FAILED, Action.RETRY), (Status.HELD, Action.RELEASE)]


@pytest.mark.parametrize("outcome", SAFE)
@pytest.mark.parametrize(("status", "action"), AGAIN)
def test_an_order_whose_transaction_paid_nothing_may_go_again(status: Status, action: Action, outcome: Outcome) -> None:
    assert act(action, order_with_history(status, outcome)).status == Status.PENDING


@pytest.mark.parametrize(("status", "action"), AGAIN)
def test_an_order_whose_transaction_may_still_be_mined_may_not(status: Status, action: Action) -> None:
    order = order_with_history(status, "", final=False)
    with pytest.raises(NotAllowed, match="nonce 0 may still be mined"):
        act(action, order)


@pytest.mark.parametrize(("status", "action"), AGAIN)
def test_nor_one_whose_nonce_went_to_a_stranger(status: Status, action: Action) -> None:
    order = order_with_history(status, Outcome.FOREIGN)
    with pytest.raises(NotAllowed, match="went to a transaction not made here"):
        act(action, order)


def test_nor_one_in_review_whose_transaction_succeeded() -> None:
    order = order_with_history(Status.HELD, Outcome.SUCCEEDED, reason=Reason.REVIEW)
    with pytest.raises(NotAllowed, match="may have paid it"):
        act(Action.RELEASE, order)


def test_an_order_whose_first_step_succeeded_may_take_the_next() -> None:
    order = order_with_history(Status.FAILED, Outcome.SUCCEEDED, reason=Reason.SIMULATION_REVERTED)
    assert act(Action.RETRY, order).status == Status.PENDING


def test_two_transactions_are_both_looked_at() -> None:
    order = order_with_history(Status.FAILED, Outcome.REVERTED)
    second = make_transaction(TransactionStatus.SENT, wallet=order.wallet, nonce=1)
    Event.objects.create(order=order, to_status=Status.BUSY, actor="lane", transaction=second)
    with pytest.raises(NotAllowed, match="nonce 1 may still be mined"):
        act(Action.RETRY, order)
