"""One wallet's lane in a worker's hands, or in a person's."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django_q.exceptions import TimeoutException
from django_q.timeout import TimeoutHandler
from pytest_django import Settings

from chain import crash
from chain.lane import Lane
from chain.locks import lock_connection, lock_key
from chain.models import Attempt, Wallet
from orders.models import Order
from orders.notify import wake
from orders.queue import queues
from orders.states import Status
from orders.turn import Turn
from orders.worker import runner
from tests.factories import make_claim, make_network, make_wallet
from tests.lanes import opened
from tests.orders.at_once import DEADLINE, at_once, until
from tests.orders.conftest import Desk

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


@pytest.mark.fault(13, 38)
def test_a_tick_whose_lock_is_cut_off_says_so(committed_desk: Desk) -> None:
    with at_once(runner.tick, str(committed_desk.wallet.pk)) as tick:
        until(lambda: Wallet.objects.get().balance is not None)
        with lock_connection() as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
                "AND (classid::bigint << 32) | objid::bigint = %s",
                [lock_key(committed_desk.wallet.pk)],
            )
        assert tick.result(DEADLINE) == "the lane was lost"


@pytest.mark.fault(13, 38)
def test_a_tick_that_was_frozen_in_a_transaction_says_so(committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server ends its session, so that its row locks stop nobody else; it finds out when it wakes."""
    make_claim(committed_desk.reward)

    def freeze(name: str) -> None:
        if name == "before_commit":
            with connection.cursor() as cursor, lock_connection() as other:
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '1ms'")
                cursor.execute("SELECT pg_backend_pid()")
                (session,) = cursor.fetchone()
                alive = "SELECT FROM pg_stat_activity WHERE pid = %s"
                until(lambda: other.execute(alive, [session]).fetchone() is None)

    monkeypatch.setattr(crash, "point", freeze)
    assert runner.tick(str(committed_desk.wallet.pk)) == "the database was lost"
    assert (Order.objects.get().status, Attempt.objects.exists()) == (Status.PENDING, False)


@pytest.mark.fault(43)
def test_of_five_ticks_at_once_one_works(committed_desk: Desk) -> None:
    chain, wallet = committed_desk.chain, committed_desk.wallet
    others_are_back = Event()

    def hold(params: list[Any]) -> Any:
        others_are_back.wait(DEADLINE)
        return chain.answer_send(params)

    make_claim(committed_desk.reward)
    chain.lie("eth_sendRawTransaction", hold)
    with ThreadPoolExecutor(5) as pool:
        ticks = [pool.submit(_tick_and_close, str(wallet.pk)) for _ in range(5)]
        until(lambda: sum(tick.done() for tick in ticks) == 4)
        others_are_back.set()
        said = sorted(tick.result(DEADLINE) for tick in ticks)
    assert said == ["1 turns"] + ["another worker has this lane"] * 4
    assert Wallet.objects.get(pk=wallet.pk).fence == wallet.fence + 1


def _tick_and_close(wallet_id: str) -> str:
    try:
        return runner.tick(wallet_id, seconds=0)
    finally:
        connection.close()


# -- its time is up inside a send ---------------------------------------------------------------------------------


@pytest.mark.fault(14)
@pytest.mark.parametrize("taken", [True, False])
def test_a_tick_that_is_timed_out_inside_a_send_has_lost_nothing(committed_desk: Desk, taken: bool) -> None:
    """django-q2's alarm raises wherever the code is. The next tick sends the same bytes, and the order is paid once."""
    chain, wallet = committed_desk.chain, committed_desk.wallet
    over = Event()

    def hang(params: list[Any]) -> Any:
        answer = chain.answer_send(params) if taken else None
        over.wait(DEADLINE)
        return answer

    make_claim(committed_desk.reward)
    chain.lie("eth_sendRawTransaction", hang)
    with pytest.raises(TimeoutException), TimeoutHandler(1):
        runner.tick(str(wallet.pk))
    over.set()
    chain.honest()
    raw = bytes(Attempt.objects.get().raw)
    for _ in range(2):
        runner.tick(str(wallet.pk), seconds=0)
        chain.mine(2)
    runner.tick(str(wallet.pk), seconds=0)
    assert Order.objects.get().status == Status.COMPLETED
    assert bytes(Attempt.objects.get().raw) == raw
    assert chain.nonce(wallet.address) == 1


def test_a_warm_lane_is_woken_by_a_new_order(committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    listen = runner.listen

    def noted(listener: Any, seconds: float) -> Iterator[set[str]]:
        waits.append(seconds)
        return listen(listener, seconds)

    monkeypatch.setattr(runner, "listen", noted)
    with at_once(runner.tick, str(committed_desk.wallet.pk)):
        until(lambda: runner.WARM_SECONDS in waits)  # it has found nothing to do, and would not look again for so long
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


def test_a_warm_lane_makes_room_for_a_task_of_another_kind(committed_desk: Desk, settings: Settings) -> None:
    settings.WAITS = [f"{__name__}.third_time"]
    asked.clear()
    with at_once(runner.tick, str(committed_desk.wallet.pk)) as tick:
        assert tick.result(DEADLINE).endswith("turns")
    assert len(asked) == 4  # the fourth after a last turn


asked: list[None] = []


def third_time() -> bool:
    asked.append(None)
    return len(asked) >= 3


def test_a_stopping_worker_ends_its_tick(committed_desk: Desk) -> None:
    with at_once(runner.tick, str(committed_desk.wallet.pk)) as tick:
        until(lambda: Wallet.objects.get().balance is not None)
        runner.stopping.value = True
        assert tick.result(DEADLINE) == "1 turns"


def test_an_idle_lane_cools_down(committed_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "WARM_SECONDS", 0.1)
    began = time.monotonic()
    assert runner.tick(str(committed_desk.wallet.pk)).endswith(" turns")
    assert time.monotonic() - began < runner.TICK_SECONDS


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


def test_pauses_depend_on_what_the_turn_did() -> None:
    turns = [Turn(blocked=True), Turn(), Turn(open=1)]
    assert [runner._pause(turn, 0.2) for turn in turns] == [1.0, runner.WARM_SECONDS, 0.2]
