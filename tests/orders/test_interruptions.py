"""What others do between a lane's simulation and its commit."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.errors import LaneLost
from chain.locks import lock_connection
from chain.models import Attempt, Transaction, Wallet
from orders.models import Order
from orders.states import Status
from tests.factories import make_claim
from tests.orders.conftest import Desk, Died


def while_simulating(desk: Desk, statement: str, *values: Any) -> None:
    """Let the node, asked to simulate, first have somebody else change the database."""

    def interrupt(params: list[Any]) -> Any:
        with lock_connection() as other:
            other.execute(statement, values)
        return desk.chain.answer_simulate(params)

    desk.chain.lie("eth_simulateV1", interrupt)


def test_an_order_cancelled_meanwhile_is_not_signed(committed_desk: Desk) -> None:
    """The batch as planned is given up; the next one goes without that order."""
    first, second = make_claim(committed_desk.reward), make_claim(committed_desk.reward)
    while_simulating(committed_desk, "UPDATE orders_order SET status = 'cancelled' WHERE id = %s", first.pk)
    assert [committed_desk.turn().sent, committed_desk.turn().sent] == [0, 1]
    assert Order.objects.get(pk=first.pk).status == Status.CANCELLED
    assert Order.objects.get(pk=second.pk).status == Status.BUSY


def test_a_wallet_paused_meanwhile_signs_nothing(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    while_simulating(committed_desk, "UPDATE chain_wallet SET status = 'paused'")
    assert committed_desk.turn().sent == 0
    assert (Order.objects.get().status, Transaction.objects.exists()) == (Status.PENDING, False)
    assert Wallet.objects.get().next_nonce == 0


def test_of_a_group_stopped_meanwhile_nothing_is_signed(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    stop = """INSERT INTO orders_stop ("group", wallet_id, reason, "by") VALUES (%s, %s, 'wait', 'staff:ana')"""
    while_simulating(committed_desk, stop, committed_desk.reward.pk, committed_desk.wallet.pk)
    assert committed_desk.turn().sent == 0
    assert (Order.objects.get().status, Transaction.objects.exists()) == (Status.PENDING, False)


def test_once_maintenance_has_begun_nothing_is_signed(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    begin = "UPDATE chain_installation SET maintenance_since = now(), maintenance_reason = 'restored'"
    while_simulating(committed_desk, begin)
    assert committed_desk.turn().sent == 0
    assert not Attempt.objects.exists()


def test_a_lane_that_lost_its_lock_meanwhile_signs_nothing(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    backend = committed_desk.lane.lock.info.backend_pid
    while_simulating(committed_desk, "SELECT pg_terminate_backend(%s, 5000)", backend)
    with pytest.raises(LaneLost):
        committed_desk.turn()
    assert not Attempt.objects.exists()


def test_what_is_signed_and_what_it_pays_are_stored_together_or_not_at_all(desk: Desk, die_at: Callable[[str], None]) -> None:
    make_claim(desk.reward)
    die_at("before_commit")
    with pytest.raises(Died):
        desk.turn()
    assert (Attempt.objects.exists(), Order.objects.get().status) == (False, Status.PENDING)
    assert Wallet.objects.get().next_nonce == 0
