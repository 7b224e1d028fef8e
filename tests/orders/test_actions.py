"""What people and clients may ask of an order."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from orders import actions
from orders.actions import NotAllowed, Stale
from orders.models import Event, Order
from orders.states import ALLOWED_ACTIONS, Action, Reason, Status
from tests.factories import make_claim
from tests.orders.test_guards import make_order

pytestmark = pytest.mark.django_db
DO = {action: getattr(actions, action) for action in Action}
LEADS_TO = {
    Action.CANCEL: Status.CANCELLED,
    Action.HOLD: Status.HELD,
    Action.RELEASE: Status.PENDING,
}
PAIRS = list(itertools.product(Status, Action))
FORBIDDEN = [pair for pair in PAIRS if pair[1] not in ALLOWED_ACTIONS[pair[0]]]
# A retry asks the chain: tests/orders/test_retry.py.
ALLOWED = [pair for pair in PAIRS if pair not in FORBIDDEN and pair[1] != Action.RETRY]


def act(action: Action, order: Order, **over: Any) -> Order:
    result: Order = DO[action](order.pk, actor="staff:ana", reason="because", **over)
    return result


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
