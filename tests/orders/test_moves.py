"""The door through which an order's status changes."""

from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from orders.models import Event, Order
from orders.moves import Move, move
from orders.states import MOVES, Reason, Status
from tests.orders.test_guards import PAIRS, make_order

pytestmark = pytest.mark.django_db


def wish(order: Order, to: Status, **over: object) -> Move:
    """A move from where the order is, with all that the new status needs."""
    values: dict[str, object] = {
        "reason": Reason.STAFF if to == Status.HELD else None,
        "fail_reason": "no" if to == Status.FAILED else "",
        "transaction": None if to == Status.PENDING else order.transaction_id,
    }
    return Move(order.pk, Status(order.status), to, **{**values, **over})  # type: ignore[arg-type]


@pytest.mark.parametrize(("before", "after"), [p for p in PAIRS if p[1] not in MOVES[p[0]]])
def test_an_illegal_move_is_refused_and_nothing_is_told(before: Status, after: Status) -> None:
    order = make_order(before)
    with pytest.raises(IntegrityError), atomic():
        move([wish(order, after)], actor="lane")
    assert Order.objects.get().status == before
    assert not Event.objects.exists()


def test_a_move_changes_status_revision_and_history() -> None:
    order = make_order()
    assert move([wish(order, Status.HELD, note="wait", held_by="staff:ana")], actor="staff:ana") == {order.pk}
    order.refresh_from_db()
    assert (order.status, order.reason, order.held_by, order.revision) == ("held", "staff", "staff:ana", 1)
    event = Event.objects.get()
    assert (event.from_status, event.to_status, event.actor, event.note) == ("pending", "held", "staff:ana", "wait")


def test_an_order_that_has_moved_on_is_left_alone() -> None:
    order = make_order(Status.HELD)
    stale = Move(order.pk, Status.PENDING, Status.CANCELLED)
    assert move([stale], actor="staff:ana") == set()
    assert not Event.objects.exists()


@pytest.mark.parametrize(("revision", "moved"), [(0, True), (1, False)])
def test_a_revision_is_compared_where_one_is_given(revision: int, moved: bool) -> None:
    order = make_order()
    assert bool(move([wish(order, Status.CANCELLED, revision=revision)], actor="client:shop")) is moved


def test_many_move_at_once_each_its_own_way() -> None:
    one, two, three = (make_order() for _ in range(3))
    moves = [wish(one, Status.CANCELLED), wish(two, Status.FAILED), Move(three.pk, Status.BUSY, Status.PENDING)]
    assert move(moves, actor="lane") == {one.pk, two.pk}
    assert [Order.objects.get(pk=o.pk).status for o in (one, two, three)] == ["cancelled", "failed", "pending"]


def test_one_illegal_move_undoes_them_all() -> None:
    good, bad = make_order(), make_order(Status.CANCELLED)
    with pytest.raises(IntegrityError), atomic():
        move([wish(good, Status.CANCELLED), wish(bad, Status.PENDING)], actor="lane")
    assert Order.objects.get(pk=good.pk).status == Status.PENDING


def test_tries_and_gas_are_added_up() -> None:
    order = make_order(Status.BUSY, tries=1, gas_used=100)
    move([wish(order, Status.PENDING, tried=1, gas_used=50)], actor="lane")
    order.refresh_from_db()
    assert (order.tries, order.gas_used) == (2, 150)


def test_gas_that_is_not_known_leaves_the_sum_alone() -> None:
    order = make_order(Status.BUSY, gas_used=100)
    move([wish(order, Status.PENDING)], actor="lane")
    assert Order.objects.get().gas_used == 100


def test_history_keeps_the_transaction_that_an_order_leaves() -> None:
    order = make_order(Status.BUSY)
    move([wish(order, Status.PENDING, evidence={"hash": "0xab"})], actor="lane")
    event = Event.objects.get()
    assert (event.transaction_id, event.evidence) == (order.transaction_id, {"hash": "0xab"})
    assert Order.objects.get().transaction is None


def test_a_fail_reason_stands_in_the_history_where_there_is_no_note() -> None:
    order = make_order()
    move([wish(order, Status.FAILED, fail_reason="refused")], actor="lane")
    assert (Order.objects.get().fail_reason, Event.objects.get().note) == ("refused", "refused")


def test_no_moves_are_no_work() -> None:
    assert move([], actor="lane") == set()


def test_an_unknown_order_moves_nothing() -> None:
    assert move([Move(uuid4(), Status.PENDING, Status.CANCELLED)], actor="lane") == set()
