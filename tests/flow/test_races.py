"""Several workers, staff and clients at once on the same orders."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.db.transaction import atomic

from chain.models import Transaction, Wallet
from local.server import wait_until
from orders import actions
from orders.actions import NotAllowed, Stale
from orders.models import Order
from orders.moves import Move, move
from orders.queue import queues
from orders.states import Reason, Status
from orders.worker.runner import drain, tick
from tests.chain.test_guards import make_transaction
from tests.factories import make_claim, make_pool, make_withdrawal
from tests.flow.conftest import World
from tests.orders.at_once import lock_awaited, until
from withdrawals.models import PoolKind

DEADLINE = 90.0  # seconds


def together(*works: Callable[[], Any]) -> list[Any]:
    """Begin all of them at one moment, each in a thread with its own database connection; results or errors, in order."""
    start = Barrier(len(works))

    def closing(work: Callable[[], Any]) -> Any:
        start.wait(DEADLINE)
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(closing, works))


def open_orders() -> bool:
    return Order.objects.filter(status__in=[Status.PENDING, Status.BUSY]).exists()


def by_hand(wallet: Wallet) -> None:
    """`process_claims` again and again, as an impatient person does."""
    wait_until(lambda: not (list(drain(wallet, list(queues()))) and open_orders()) and not open_orders(), DEADLINE)


def by_the_clock(wallet: Wallet) -> None:
    wait_until(lambda: bool(tick(str(wallet.pk), seconds=0.5)) and not open_orders(), DEADLINE)


def test_three_workers_pay_each_of_many_orders_once(world: World) -> None:
    reward, badge = world.badge()
    assert reward.wallet is not None
    wallet = reward.wallet
    claims = [make_claim(reward) for _ in range(200)]
    pool = make_pool(wallet=wallet, kind=PoolKind.NATIVE, token="")
    payouts = [make_withdrawal(pool, amount=7) for _ in range(40)]
    results = together(lambda: by_the_clock(wallet), lambda: by_the_clock(wallet), lambda: by_hand(wallet))
    assert results == [None, None, None]
    assert set(Order.objects.values_list("status", flat=True)) == {Status.COMPLETED}
    assert [badge.call("balanceOf", claim.recipient) for claim in claims] == [1] * 200
    assert [balance(world, payout.recipient) for payout in payouts] == [7] * 40
    assert_no_gap(wallet)


def balance(world: World, address: str) -> int:
    return int(world.chain.request("eth_getBalance", address, "latest"), 16)


def assert_no_gap(wallet: Wallet) -> None:
    nonces = sorted(Transaction.objects.filter(wallet=wallet).values_list("nonce", flat=True))
    assert nonces == list(range(len(nonces)))
    wallet.refresh_from_db()
    assert wallet.next_nonce == len(nonces)


@pytest.mark.django_db(transaction=True)
def test_of_two_clicks_at_once_one_counts() -> None:
    order = make_claim().order
    click = [lambda who=who: actions.cancel(order.pk, actor=who, reason="", revision=0) for who in ("staff:a", "staff:b")]
    results = together(*click)
    assert sorted(type(result).__name__ for result in results) == sorted([Order.__name__, Stale.__name__])
    assert order.events.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_different_clicks_at_once_do_not_both_count() -> None:
    order = make_claim().order
    results = together(
        lambda: actions.cancel(order.pk, actor="staff:a", reason=""),
        lambda: actions.hold(order.pk, actor="staff:b", reason="", revision=0),
    )
    order.refresh_from_db()
    assert not isinstance(results[0], Exception)  # a held order may be cancelled too
    assert order.status == Status.CANCELLED


def test_an_order_being_cancelled_is_left_out_of_the_batch_and_holds_nobody_up(world: World) -> None:
    reward, badge = world.badge()
    assert reward.wallet is not None
    leaving, staying = make_claim(reward), make_claim(reward)
    with atomic():
        actions.cancel(leaving.order.pk, actor="client:shop", reason="changed their mind")
        assert together(lambda: work_once(reward.wallet)) == [None]
        assert not Transaction.objects.exists()
    work_once(reward.wallet)
    assert statuses(leaving, staying) == [Status.CANCELLED, Status.COMPLETED]
    assert badge.call("balanceOf", leaving.recipient) == 0


def work_once(wallet: Wallet | None) -> None:
    assert wallet is not None
    for _ in drain(wallet, list(queues())):
        pass


def statuses(*claims: Any) -> list[str]:
    return [Order.objects.get(pk=claim.pk).status for claim in claims]


@pytest.mark.django_db(transaction=True)
def test_a_cancellation_that_comes_while_the_batch_is_committed_is_refused() -> None:
    order = make_claim().order
    with ThreadPoolExecutor(1) as pool:
        with atomic():
            transaction = make_transaction(wallet=order.wallet)
            move([Move(order.pk, Status.PENDING, Status.BUSY, transaction=transaction.pk)], actor="lane")
            late = pool.submit(closing, lambda: actions.cancel(order.pk, actor="client:shop", reason=""))
            until(lock_awaited)
        with pytest.raises(NotAllowed, match="busy"):
            late.result(DEADLINE)
    assert Order.objects.get().status == Status.BUSY


@pytest.mark.django_db(transaction=True)
def test_of_two_moves_at_once_from_one_status_one_happens() -> None:
    order = make_claim().order
    with ThreadPoolExecutor(1) as pool:
        with atomic():
            move([Move(order.pk, Status.PENDING, Status.HELD, Reason.STAFF)], actor="staff:a")
            late = pool.submit(closing, lambda: move([Move(order.pk, Status.PENDING, Status.CANCELLED)], actor="staff:b"))
            until(lock_awaited)
        assert late.result(DEADLINE) == set()
    assert Order.objects.get().status == Status.HELD


def closing(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()
