"""From the alarm clock to the lanes."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.functions import Now
from django_q.models import OrmQ

from chain.lane import Lane, lock_connection, lock_key
from chain.models import Network, Wallet
from local.server import wait_until
from orders import runner
from orders.models import Order, Stop
from orders.notify import CHANNEL, notify, wake
from orders.queue import queues
from orders.states import Reason, Status
from tests.factories import make_claim, make_network, make_reward, make_wallet
from tests.lanes import opened
from tests.orders.conftest import Desk
from tests.orders.test_guards import make_order

DEADLINE = 20.0  # seconds


@pytest.fixture(autouse=True)
def not_stopping() -> Iterator[None]:
    yield
    runner.stopping.value = False


@contextmanager
def at_once(work: Callable[..., Any], *args: Any) -> Iterator["Future[Any]"]:
    """Run it in another thread, with a database connection of its own, that ends with the block."""

    def closing() -> Any:
        try:
            return work(*args)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        try:
            yield pool.submit(closing)
        finally:
            runner.stopping.value = True


def until(condition: Callable[[], Any]) -> None:
    wait_until(condition, DEADLINE)
    assert condition()


def wallet_with_order(**over: Any) -> Wallet:
    wallet = make_wallet(**over)
    make_claim(make_reward(wallet=wallet))
    return wallet


def work_of(wallet: Wallet) -> bool:
    return runner.wallets_with_work().filter(pk=wallet.pk).exists()


# -- who has work -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pending_order_is_work() -> None:
    assert work_of(wallet_with_order())


@pytest.mark.django_db
def test_no_orders_are_no_work() -> None:
    assert not work_of(make_wallet())


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.HELD, Status.FAILED, Status.COMPLETED, Status.CANCELLED])
def test_orders_that_wait_for_people_or_have_ended_are_no_work(status: Status) -> None:
    assert not work_of(make_order(status).wallet)


@pytest.mark.django_db
def test_an_open_transaction_is_work() -> None:
    assert work_of(make_order(Status.BUSY, mined=False).wallet)


@pytest.mark.django_db
def test_a_stopped_group_is_no_work() -> None:
    wallet = wallet_with_order()
    Stop.objects.create(group=Order.objects.get().group, wallet=wallet, reason="closed", by="lane")
    assert not work_of(wallet)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "works"), [(3, False), (-1, True)])
def test_a_network_that_rests_is_left_alone_for_a_while(seconds: int, works: bool) -> None:
    wallet = wallet_with_order()
    Network.objects.update(rests_until=Now() + timedelta(seconds=seconds))
    assert work_of(wallet) is works


# -- asking for ticks ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_wallet_with_work_is_asked_for_once() -> None:
    for _ in range(2):
        wallet_with_order()
    assert [runner.ask_for_ticks(), runner.ask_for_ticks()] == [2, 0]
    assert OrmQ.objects.count() == 2


@pytest.mark.django_db
def test_a_tick_that_never_came_is_asked_for_again() -> None:
    wallet_with_order()
    runner.ask_for_ticks()
    Wallet.objects.update(tick_asked_at=Now() - timedelta(seconds=61))
    assert runner.ask_for_ticks() == 1


@pytest.mark.django_db
def test_opening_the_lane_answers_the_request_for_a_tick() -> None:
    wallet = wallet_with_order()
    runner.ask_for_ticks()
    with opened(wallet):
        assert Wallet.objects.get().tick_asked_at is None


@pytest.mark.django_db
@pytest.mark.parametrize("first_byte", ["00", "ff"])
def test_a_wallet_whose_lane_is_open_is_not_asked_for(first_byte: str) -> None:
    wallet = wallet_with_order(id=UUID(f"01890a5d-ac96-774b-{first_byte}ce-b302099a8057"))
    with opened(wallet):
        assert lock_key(Wallet.objects.get().pk) in runner.held_lanes()
        assert runner.ask_for_ticks() == 0
    assert runner.ask_for_ticks() == 1


@pytest.mark.django_db
def test_of_a_network_that_was_silent_one_wallet_is_tried() -> None:
    network = make_network()
    for number in range(3):
        wallet_with_order(network=network, address=f"0x{number:040x}")
    Network.objects.update(rests_until=Now() - timedelta(seconds=1))
    assert runner.ask_for_ticks() == 1


@pytest.mark.django_db
def test_the_wallet_that_waited_longest_comes_first() -> None:
    for age in (1, 3, 2):
        wallet_with_order(name=f"{age} minutes", last_tick_at=Now() - timedelta(minutes=age))
    assert [wallet.name for wallet in runner.wallets_with_work()] == ["3 minutes", "2 minutes", "1 minutes"]


# -- the pulse ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_pulse_asks_and_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOOK_EVERY", 0.1)
    wallet_with_order()
    assert runner.pulse(0.1) == 1


@pytest.mark.django_db(transaction=True)
def test_a_notify_wakes_the_pulse() -> None:
    wallet = make_wallet()
    with at_once(runner.pulse):
        until(listening)
        make_claim(make_reward(wallet=wallet))
        notify([wallet.pk])
        until(OrmQ.objects.exists)


@pytest.mark.django_db(transaction=True)
def test_a_newer_pulse_relieves_the_older_one() -> None:
    with at_once(runner.pulse, 60.0) as older:
        until(listening)
        with at_once(runner.pulse, 0.0) as newer:
            assert (older.result(DEADLINE), newer.result(DEADLINE)) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_pulse_lets_expired_holds_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOOK_EVERY", 0.1)
    order = make_claim(order_status=Status.HELD, order_reason=Reason.STAFF, order_held_until=Now()).order
    assert runner.pulse(0.1) == 1
    order.refresh_from_db()
    assert (order.status, order.reason) == (Status.PENDING, Reason.RELEASED)


@pytest.mark.django_db(transaction=True)
def test_a_pulse_that_is_not_let_in_leaves_the_work_to_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    with lock_connection() as other, lock_connection() as mine:
        other.execute("SELECT pg_advisory_lock(%s)", [runner.PULSE_LOCK])
        monkeypatch.setattr(runner, "lock_connection", lambda: Impatient(mine))
        assert runner.pulse() == 0


class Impatient:
    """A connection that does not wait for locks as long as it is told to."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, query: str, *args: Any) -> Any:
        return self.real.execute(query.replace("20s", "50ms"), *args)


def listening() -> bool:
    """Whether some session waits for notes on our channel, having looked for work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_stat_activity WHERE query = %s AND state = 'idle'", [f"LISTEN {CHANNEL}"])
        return runner.PULSE_LOCK in runner.held_lanes() and bool(cursor.rowcount)


# -- the tick -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_tick_whose_lane_is_taken_goes_home() -> None:
    wallet = make_wallet()
    with opened(wallet):
        assert runner.tick(str(wallet.pk)) == "another worker has this lane"


@pytest.mark.django_db
def test_a_tick_on_a_resting_network_asks_no_node() -> None:
    wallet = make_wallet(network=make_network(rests_until=Now() + timedelta(seconds=9)))
    assert runner.tick(str(wallet.pk)) == "its network rests"


def test_a_tick_works_until_its_time_is_up(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    assert runner.tick(str(committed_desk.wallet.pk), seconds=0) == "1 turns"
    assert Order.objects.get().status == Status.BUSY


def test_a_tick_that_loses_its_lane_says_so(committed_desk: Desk) -> None:
    def steal(params: list[Any]) -> Any:
        with lock_connection() as other:
            other.execute("UPDATE chain_wallet SET fence = fence + 1")
        return hex(10**9)

    committed_desk.chain.lie("eth_gasPrice", steal)
    assert runner.tick(str(committed_desk.wallet.pk)) == "the lane was lost"


def test_a_warm_lane_is_woken_by_a_new_order(committed_desk: Desk) -> None:
    wallet = committed_desk.wallet
    with at_once(runner.tick, str(wallet.pk)):
        until(lambda: Wallet.objects.get(pk=wallet.pk).balance is not None)
        began = time.monotonic()
        wake(make_claim(committed_desk.reward).order)
        until(lambda: committed_desk.chain.received)
        assert time.monotonic() - began < runner.WARM_SECONDS


def test_a_warm_lane_makes_room_for_a_wallet_that_waits(committed_desk: Desk) -> None:
    wallet = committed_desk.wallet
    with at_once(runner.tick, str(wallet.pk)) as tick:
        until(lambda: Wallet.objects.get(pk=wallet.pk).balance is not None)
        make_wallet(tick_asked_at=Now())
        assert tick.result(DEADLINE).endswith("turns")


def test_a_stopping_worker_ends_its_tick(committed_desk: Desk) -> None:
    with at_once(runner.tick, str(committed_desk.wallet.pk)) as tick:
        until(lambda: Wallet.objects.get().balance is not None)
        runner.stopping.value = True
        assert tick.result(DEADLINE) == "1 turns"


def test_an_idle_lane_cools_down(committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WARM_SECONDS", 0.1)
    assert runner.tick(str(committed_desk.wallet.pk)) in ("2 turns", "3 turns")


# -- by hand ------------------------------------------------------------------------------------------------------


def drained(desk: Desk) -> list[Any]:
    return list(runner.drain(desk.wallet, list(queues())))


def test_draining_ends_when_nothing_is_left(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    turns = []
    for turn in runner.drain(committed_desk.wallet, list(queues())):
        turns.append(turn)
        committed_desk.chain.mine(2)
    assert Order.objects.get().status == Status.COMPLETED
    assert (turns[0].sent, turns[-1].open) == (1, 0)


def test_draining_ends_when_the_wallet_is_held_up(committed_desk: Desk) -> None:
    committed_desk.network.gas_ceiling = 1
    committed_desk.network.save()
    make_claim(committed_desk.reward)
    assert [turn.blocked for turn in drained(committed_desk)] == [True]


def test_draining_a_taken_lane_does_nothing(committed_desk: Desk) -> None:
    lane = Lane.open(committed_desk.wallet.pk)
    assert lane is not None
    with lane:
        assert drained(committed_desk) == []


# -- the note -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_note_names_each_wallet_once() -> None:
    wallet = make_wallet()
    with lock_connection() as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        notify([wallet.pk, wallet.pk])
        heard = [note.payload for note in listener.notifies(timeout=2, stop_after=1)]
    assert heard == [str(wallet.pk)]


def test_pauses_depend_on_what_the_turn_did() -> None:
    turns = [runner.Turn(blocked=True), runner.Turn(), runner.Turn(open=1)]
    assert [runner._pause(turn) for turn in turns] == [1.0, runner.WARM_SECONDS, runner.STEP]
