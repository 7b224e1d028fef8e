"""The alarm clock: who has work, who is asked, and who asks."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models.functions import Now
from django_q.models import OrmQ, Schedule

from chain.locks import lock_connection, lock_key
from chain.models import Network, Wallet
from orders.models import Heartbeat, Order, Stop
from orders.notify import CHANNEL, notify
from orders.states import Part, Reason, Status
from orders.worker import pulse, runner
from orders.worker.heartbeat import Heart
from tests.factories import make_claim, make_network, make_reward, make_wallet
from tests.lanes import opened
from tests.orders.at_once import DEADLINE, at_once, until
from tests.orders.test_guards import make_order


def wallet_with_order(**over: Any) -> Wallet:
    wallet = make_wallet(**over)
    make_claim(make_reward(wallet=wallet))
    return wallet


def is_due(wallet: Wallet) -> bool:
    return runner.wallets_due().filter(pk=wallet.pk).exists()


# -- who has work -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_pending_order_is_work() -> None:
    assert is_due(wallet_with_order())


@pytest.mark.django_db
def test_no_orders_are_no_work() -> None:
    assert not is_due(make_wallet())


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.HELD, Status.FAILED, Status.COMPLETED, Status.CANCELLED])
def test_orders_that_wait_for_people_or_have_ended_are_no_work(status: Status) -> None:
    assert not is_due(make_order(status).wallet)


@pytest.mark.django_db
def test_an_open_transaction_is_work() -> None:
    assert is_due(make_order(Status.BUSY, mined=False).wallet)


@pytest.mark.django_db
def test_a_stopped_group_is_no_work() -> None:
    wallet = wallet_with_order()
    Stop.objects.create(group=Order.objects.get().group, wallet=wallet, reason="closed", by="lane")
    assert not is_due(wallet)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "works"), [(3, False), (-1, True)])
def test_a_network_that_rests_is_left_alone_for_a_while(seconds: int, works: bool) -> None:
    wallet = wallet_with_order()
    Network.objects.update(rests_until=Now() + timedelta(seconds=seconds))
    assert is_due(wallet) is works


# -- asking for ticks ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_each_wallet_with_work_is_asked_for_once() -> None:
    for _ in range(2):
        wallet_with_order()
    assert [runner.ask_for_ticks(), runner.ask_for_ticks()] == [2, 0]
    assert OrmQ.objects.count() == 2


@pytest.mark.django_db
def test_a_wallet_with_a_balance_to_keep_is_looked_at_now_and_then() -> None:
    wallet = make_wallet(alert_balance=10**18)
    assert is_due(wallet)
    Wallet.objects.update(looked_at=Now())
    assert not is_due(wallet)
    Wallet.objects.update(looked_at=Now() - timedelta(minutes=6))
    assert is_due(wallet)
    Wallet.objects.update(alert_balance=None)
    assert not is_due(wallet)


@pytest.mark.django_db
def test_two_pulses_at_once_ask_for_one_tick(monkeypatch: pytest.MonkeyPatch) -> None:
    wallet_with_order()

    def meanwhile(wallet: UUID) -> int:
        """The other pulse asks between our look and our request."""
        Wallet.objects.update(tick_asked_at=Now())
        return lock_key(wallet)

    monkeypatch.setattr(runner, "lock_key", meanwhile)
    assert runner.ask_for_ticks() == 0


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
    assert [wallet.name for wallet in runner.wallets_due()] == ["3 minutes", "2 minutes", "1 minutes"]


# -- the pulse ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_scheduled_pulse_looks_once() -> None:
    wallet_with_order()
    assert [runner.pulse(), runner.pulse()] == [1, 0]


@pytest.mark.django_db
def test_a_pulse_lets_expired_holds_go() -> None:
    order = make_claim(order_status=Status.HELD, order_reason=Reason.STAFF, order_held_until=Now()).order
    assert runner.pulse() == 1
    order.refresh_from_db()
    assert (order.status, order.reason) == (Status.PENDING, Reason.RELEASED)


@pytest.mark.django_db(transaction=True)
def test_a_running_pulse_looks_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOK_EVERY", 0.1)
    with at_once(pulse.run, Heart()):
        until(listening)
        wallet_with_order()
        until(OrmQ.objects.exists)


@pytest.mark.django_db(transaction=True)
def test_a_notify_wakes_the_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOK_EVERY", 10 * DEADLINE)
    wallet_with_order()
    with at_once(pulse.run, Heart()):
        until(OrmQ.objects.exists)  # it has looked, and would not look again by itself
        notify([wallet_with_order().pk])
        until(lambda: OrmQ.objects.count() == 2)


@pytest.mark.django_db
def test_the_pulse_that_beats_holds_a_lock() -> None:
    with lock_connection() as listener:
        assert pulse._wait_for_lock(listener, Heart())
        assert runner.PULSE_LOCK in runner.held_lanes()


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault(43)
def test_a_second_pulse_waits_for_the_end_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOK_EVERY", 0.1)
    with lock_connection() as first, at_once(pulse.run, heart := Heart("second")):
        first.execute("SELECT pg_advisory_lock(%s)", [runner.PULSE_LOCK])
        heart.begin([Part.PULSE])
        assert not listening()
        first.close()
        until(listening)


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault(38)
def test_a_pulse_outlives_its_connection() -> None:
    with at_once(pulse.run, Heart()):
        until(listening)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) {LISTENS.removeprefix('SELECT ')}", [f"LISTEN {CHANNEL}"])
        until(lambda: not listening())
        until(listening)


@pytest.mark.django_db(transaction=True)
def test_a_pulse_leaves_signs_of_life() -> None:
    heart = Heart()
    heart.begin([Part.PULSE])
    before = Heartbeat.objects.get().at
    with at_once(pulse.run, heart):
        until(lambda: Heartbeat.objects.get().at > before)


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault(44)
def test_a_pulse_removes_a_poisonous_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "LOOK_EVERY", 0.1)
    monkeypatch.setattr(pulse, "SCHEDULES_EVERY", 0.1)
    with at_once(pulse.run, Heart()):
        until(listening)
        Schedule.objects.create(name="poison", func="orders.worker.runner.pulse", args="1, (")
        until(lambda: not Schedule.objects.filter(name="poison").exists())


LISTENS = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query = %s AND state = 'idle'"


def listening() -> bool:
    """Whether some session waits for notes on our channel, having looked for work."""
    with connection.cursor() as cursor:
        cursor.execute(LISTENS, [f"LISTEN {CHANNEL}"])
        return runner.PULSE_LOCK in runner.held_lanes() and bool(cursor.rowcount)


# -- the note -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_note_names_each_wallet_once() -> None:
    wallet = make_wallet()
    with lock_connection() as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        notify([wallet.pk, wallet.pk])
        heard = [note.payload for note in listener.notifies(timeout=2, stop_after=1)]
    assert heard == [str(wallet.pk)]
