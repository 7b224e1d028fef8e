"""What the database asks of an order that goes again: evidence, and two people where it conflicts, whatever the code does."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from django.utils import timezone

from chain.states import TransactionStatus
from orders.models import Event, Order, ReleaseRequest
from orders.moves import Move, move
from orders.states import Reason, Status
from tests.chain.test_guards import make_transaction
from tests.orders.test_guards import give_evidence, make_order

pytestmark = [pytest.mark.django_db, pytest.mark.fault(46)]
CONFLICTING = [Reason.REVIEW, Reason.FOREIGN]
OTHERS = [Reason.STAFF, Reason.NOT_RELEASED, Reason.TRANSACTION_CANCELLED]


def bind(order: Order) -> Order:
    transaction = make_transaction(TransactionStatus.FINAL, wallet=order.wallet)
    Event.objects.create(order=order, to_status=Status.BUSY, actor="lane", transaction=transaction)
    return order


def go(order: Order, to: Status = Status.PENDING, **over: Any) -> str:
    """Try to move it; the database's words if it refuses."""
    try:
        with atomic():
            assert move([Move(order.pk, Status(order.status), to, **over)], actor="staff:ana") == {order.pk}
    except IntegrityError as error:
        return str(error)
    return ""


def safe(order: Order, verdict: str = "safe", **over: Any) -> dict[str, Any]:
    return {"verdict": verdict, "cause": "foreign" if verdict == "unsure" else "", "revision": order.revision, **over}


def test_a_failed_order_goes_again_with_evidence_only() -> None:
    order = make_order(Status.FAILED)
    assert "without evidence" in go(order)
    assert "without evidence" in go(order, evidence={"verdict": "safe"})
    assert "without evidence" in go(order, evidence=safe(order, "unsure"))
    assert go(order, evidence=safe(order)) == ""


def test_evidence_counts_for_the_revision_it_was_found_at() -> None:
    order = make_order(Status.FAILED, revision=4)
    assert "without evidence" in go(order, evidence=safe(order, revision=3))


def test_what_stood_in_the_history_before_counts_for_nothing_later() -> None:
    order = make_order(Status.FAILED)
    give_evidence(order, Status.PENDING)
    Order.objects.filter(pk=order.pk).update(revision=1)
    with pytest.raises(IntegrityError, match="without evidence"):
        Order.objects.filter(pk=order.pk).update(status=Status.PENDING, fail_reason="")


@pytest.mark.parametrize("reason", OTHERS)
def test_a_held_order_that_was_bound_needs_it_too(reason: Reason) -> None:
    order = bind(make_order(Status.HELD, reason=reason))
    assert "without evidence" in go(order)
    assert go(order, evidence=safe(order)) == ""


@pytest.mark.parametrize("reason", OTHERS)
def test_one_that_never_was_needs_none(reason: Reason) -> None:
    assert go(make_order(Status.HELD, reason=reason)) == ""


def test_a_hold_by_staff_may_end_by_itself() -> None:
    now = timezone.now()
    assert go(bind(make_order(Status.HELD, held_until=now))) == ""
    assert "without evidence" in go(bind(make_order(Status.HELD, held_until=now + timedelta(hours=1))))


def test_but_an_order_that_was_bound_cannot_be_held_by_staff_to_get_around_it() -> None:
    order = make_order(Status.BUSY)
    assert "not held by staff" in go(order, Status.HELD, reason=Reason.STAFF, held_until=timezone.now())
    held = bind(make_order(Status.HELD, reason=Reason.TRANSACTION_CANCELLED))
    with pytest.raises(IntegrityError, match="not held by staff"):
        Order.objects.filter(pk=held.pk).update(reason=Reason.STAFF)


@pytest.mark.parametrize("reason", CONFLICTING)
@pytest.mark.parametrize("verdict", ["safe", "unsure"])
def test_where_evidence_conflicts_it_takes_two_people(reason: Reason, verdict: str) -> None:
    order = make_order(Status.HELD, reason=reason)
    evidence = safe(order, verdict)
    assert "two members of staff" in go(order, evidence=evidence)
    asked = ask(order)
    assert "two members of staff" in go(order, evidence=evidence)
    confirm(asked)
    assert "without evidence" in go(order)
    assert go(order, evidence=evidence) == ""


def ask(order: Order) -> ReleaseRequest:
    return ReleaseRequest.objects.create(order=order, revision=order.revision, asked_by="staff:ana", asked_reason="looked")


def confirm(asked: ReleaseRequest, by: str = "staff:bo") -> None:
    asked.confirmed_by = by
    asked.save(update_fields=["confirmed_by"])


@pytest.mark.parametrize("order", [(Status.FAILED, ""), *((Status.HELD, reason) for reason in OTHERS)], indirect=True)
def test_two_people_may_answer_for_any_order_whose_evidence_conflicts(order: Order) -> None:
    evidence = safe(order, "unsure")
    assert "without evidence" in go(order, evidence=evidence)
    asked = ask(order)
    assert "without evidence" in go(order, evidence=evidence)
    confirm(asked)
    assert go(order, evidence=evidence) == ""


@pytest.fixture
def order(request: pytest.FixtureRequest) -> Order:
    status, reason = request.param
    return bind(make_order(status, reason=reason))


def test_two_people_cannot_answer_for_a_nonce_that_is_open() -> None:
    order = make_order(Status.HELD, reason=Reason.REVIEW)
    confirm(ask(order))
    assert "without evidence" in go(order, evidence=safe(order, "must_spend_nonce"))


@pytest.mark.parametrize("cause", ["no_answer", "node_behind", "nodes_disagree", ""])
def test_nor_for_what_is_not_known(cause: str) -> None:
    order = make_order(Status.HELD, reason=Reason.REVIEW)
    confirm(ask(order))
    assert "without evidence" in go(order, evidence=safe(order, "unsure", cause=cause))


def test_what_two_people_signed_counts_for_one_revision() -> None:
    order = make_order(Status.HELD, reason=Reason.REVIEW)
    confirm(ask(order))
    Order.objects.filter(pk=order.pk).update(revision=1)
    assert "two members of staff" in go(order, evidence=safe(order, revision=1))


@pytest.mark.parametrize("by", ["staff:ana", "client:shop", "lane", "command:bo"])
def test_nobody_confirms_for_themselves_and_no_program_does(by: str) -> None:
    asked = ask(make_order(Status.HELD, reason=Reason.REVIEW))
    with pytest.raises(IntegrityError, match="release_request_two_people"):
        confirm(asked, by)


def test_what_was_asked_and_confirmed_stays() -> None:
    asked = ask(make_order(Status.HELD, reason=Reason.REVIEW))
    confirm(asked)
    for change in ({"asked_by": "staff:eve"}, {"revision": 9}, {"confirmed_by": "staff:eve"}):
        with pytest.raises(IntegrityError, match="append-only"), atomic():
            ReleaseRequest.objects.update(**change)
    with pytest.raises(IntegrityError, match="append-only"), atomic():
        asked.delete()


@pytest.mark.parametrize("status", [Status.FAILED, Status.HELD])
def test_a_failed_or_held_order_is_completed_with_proof_only(status: Status) -> None:
    order = make_order(status, reason=Reason.TRANSACTION_CANCELLED if status == Status.HELD else "")
    stranger = make_transaction(TransactionStatus.FINAL, wallet=order.wallet, nonce=9)
    assert "without proof" in go(order, Status.COMPLETED, transaction=stranger.pk, evidence=safe(order, "paid"))
    mine = bind(order).events.get().transaction
    assert mine is not None
    assert "without proof" in go(order, Status.COMPLETED, transaction=mine.pk)
    assert go(order, Status.COMPLETED, transaction=mine.pk, evidence=safe(order, "paid")) == ""


@pytest.mark.parametrize("status", [Status.FAILED, Status.HELD])
def test_a_journal_leads_to_the_transaction_that_was_sent_and_nowhere_else(status: Status) -> None:
    order = bind(make_order(status, reason=Reason.TRANSACTION_CANCELLED if status == Status.HELD else ""))
    with atomic():
        assert go(order, reason=Reason.RESTORED) == ""
        with pytest.raises(IntegrityError, match="bound to nothing"), atomic():
            connection.check_constraints()
        sent = make_transaction(TransactionStatus.SENT, wallet=order.wallet, nonce=1)
        assert move([Move(order.pk, Status.PENDING, Status.BUSY, transaction=sent.pk)], actor="journal")
        connection.check_constraints()


def test_psql_gets_around_none_of_it() -> None:
    order = make_order(Status.FAILED)
    with pytest.raises(IntegrityError, match="without evidence"), connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET status = 'pending', fail_reason = '' WHERE id = %s", [order.pk])
