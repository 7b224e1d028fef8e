"""What the database refuses whatever the code does."""

import itertools
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from chain.models import Transaction
from chain.states import Outcome, TransactionStatus
from orders.models import BulkRequest, Event, Order
from orders.states import MOVES, Kind, Reason, Status
from tests.chain.test_guards import make_transaction
from tests.factories import make_claim, make_client, make_reward, make_withdrawal

pytestmark = pytest.mark.django_db
PAIRS = [pair for pair in itertools.product(Status, repeat=2) if pair[0] != pair[1]]


def make_order(status: Status = Status.PENDING, *, mined: bool = True, **over: Any) -> Order:
    """An order that is there already, bound to a final transaction where its status asks for one."""
    reward = make_reward()
    assert reward.wallet is not None
    if status in (Status.BUSY, Status.COMPLETED):
        state = TransactionStatus.FINAL if mined else TransactionStatus.SENT
        over.setdefault("transaction", make_transaction(state, wallet=reward.wallet))
    over.setdefault("reason", Reason.STAFF if status == Status.HELD else "")
    over.setdefault("fail_reason", "no" if status == Status.FAILED else "")
    return Order.objects.create(kind=Kind.CLAIM, wallet=reward.wallet, group=reward.pk, status=status, **over)


def set_status(order: Order, to: Status) -> None:
    """Write it past `orders.moves`, with all that the new status needs."""
    give_evidence(order, to)
    if to == Status.PENDING:
        order.transaction = None
    elif order.transaction is None and to in (Status.BUSY, Status.COMPLETED):
        order.transaction = Transaction.objects.filter(event__order=order).first()
        order.transaction = order.transaction or make_transaction(TransactionStatus.FINAL, wallet=order.wallet)
    order.status, order.reason = to, Reason.TRANSACTION_CANCELLED if to == Status.HELD else ""
    order.fail_reason = "no" if to == Status.FAILED else ""
    order.save()


def give_evidence(order: Order, to: Status, **over: Any) -> None:
    """What the history must have before a failed or held order goes on."""
    verdict = {Status.PENDING: "safe", Status.COMPLETED: "paid"}.get(to)
    if verdict is None or order.status not in (Status.FAILED, Status.HELD):
        return
    transaction = make_transaction(TransactionStatus.FINAL, wallet=order.wallet)
    Event.objects.create(order=order, to_status=Status.BUSY, actor="lane", transaction=transaction)
    evidence = {"verdict": verdict, "revision": order.revision, **over}
    Event.objects.create(order=order, from_status=order.status, to_status=to, actor="staff:ana", evidence=evidence)


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_database_knows_the_same_moves_as_the_code(before: Status, after: Status) -> None:
    order = make_order(before)
    try:
        with atomic():
            set_status(order, after)
    except IntegrityError:
        assert after not in MOVES[before]
    else:
        assert after in MOVES[before]


@pytest.mark.parametrize("after", [Status.PENDING, Status.HELD, Status.FAILED, Status.COMPLETED])
def test_an_order_stays_bound_until_its_transaction_is_final(after: Status) -> None:
    order = make_order(Status.BUSY, mined=False)
    with pytest.raises(IntegrityError, match="not final"):
        set_status(order, after)


@pytest.mark.parametrize("outcome", [Outcome.REVERTED, Outcome.CANCELLED, Outcome.FOREIGN])
def test_a_transaction_that_did_not_succeed_completes_nothing(outcome: Outcome) -> None:
    order = make_order(Status.BUSY)
    order.transaction = make_transaction(TransactionStatus.FINAL, outcome=outcome, wallet=order.wallet, nonce=1)
    with pytest.raises(IntegrityError, match="without a final, successful transaction"):
        set_status(order, Status.COMPLETED)


def test_a_bound_order_is_not_bound_to_another_transaction() -> None:
    order = make_order(Status.BUSY)
    order.transaction = make_transaction(wallet=order.wallet, nonce=1)
    with pytest.raises(IntegrityError, match="bound to a transaction already"):
        order.save()


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": Status.FAILED, "fail_reason": ""}, "order_failed_has_reason"),
        ({"status": Status.PENDING, "fail_reason": "no"}, "order_failed_has_reason"),
        ({"status": Status.BUSY, "transaction": None}, "order_bound_has_transaction"),
        ({"status": Status.COMPLETED, "transaction": None}, "order_bound_has_transaction"),
        ({"status": Status.HELD, "reason": ""}, "order_held_has_reason"),
    ],
)
def test_a_status_needs_what_it_says(values: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make_order(**values)


def test_a_pending_order_has_no_transaction() -> None:
    with pytest.raises(IntegrityError, match="order_waiting_has_no_transaction"):
        make_order(transaction=make_transaction())


def test_orders_are_never_deleted() -> None:
    order = make_order()
    with pytest.raises(IntegrityError, match="append-only"):
        order.delete()


def make_event() -> Event:
    return Event.objects.create(order=make_order(), to_status=Status.PENDING, actor="client:shop")


def test_history_is_never_rewritten() -> None:
    event = make_event()
    event.actor = "nobody"
    with pytest.raises(IntegrityError, match="append-only"):
        event.save()


def test_history_is_never_deleted() -> None:
    event = make_event()
    with pytest.raises(IntegrityError, match="append-only"):
        event.delete()


@pytest.mark.fault(47)
def test_a_bulk_request_is_answered_once_for_a_key() -> None:
    answered = {"client": make_client(), "idempotency_key": "k", "request_hash": "h", "results": []}
    BulkRequest.objects.create(**answered)
    with pytest.raises(IntegrityError, match="bulk_request_once"):
        BulkRequest.objects.create(**answered)


@pytest.mark.parametrize("column", ["external_id", "idempotency_key"])
def test_a_client_uses_a_key_once(column: str) -> None:
    client, key = make_client(), dict[str, Any]({column: "a"})
    make_order(client=client, **key)
    make_order(client=make_client(), **key)
    with pytest.raises(IntegrityError):
        make_order(client=client, **key)


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_claim_is_of_something(quantity: int) -> None:
    with pytest.raises(IntegrityError):
        make_claim(quantity=quantity)


@pytest.mark.parametrize("amount", [-1, 0, 2**256])
def test_a_withdrawal_is_of_an_amount_that_exists(amount: int) -> None:
    with pytest.raises(IntegrityError, match="withdrawal_amount_uint256"):
        make_withdrawal(amount=amount)


def test_rows_name_themselves_for_people() -> None:
    event = make_event()
    assert (str(event), str(event.order)) == ("new → pending", f"claim {event.order.pk}")
