"""What must hold before anything is signed, also when others change it while it is tried out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chain.errors import LaneLost
from chain.locks import lock_connection
from chain.models import Attempt, Network, Wallet
from chain.solana.cluster import Cluster
from chain.solana.rpc import Rpc
from chain.states import Waiting, WalletStatus
from orders.models import Order
from orders.states import Status
from tests.orders.solana.conftest import FINALIZED, Drop

Meanwhile = Callable[..., None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """Somebody else changes the database while the node tries a transaction out."""

    def change(statement: str, *values: Any) -> None:
        simulate = Rpc.simulate

        def interrupted(node: Rpc, *rest: Any, **more: Any) -> Any:
            with lock_connection() as other:
                other.execute(statement, values)
            return simulate(node, *rest, **more)

        monkeypatch.setattr(Rpc, "simulate", interrupted)

    return change


def _newest(drop: Drop) -> Attempt:
    return Attempt.objects.filter(transaction__wallet=drop.wallet).latest("pk")


# -- by the lane itself ----------------------------------------------------------------------------------------------------


@pytest.mark.fault(61)
def test_beside_what_may_have_expired_nothing_is_signed(drop: Drop) -> None:
    """One node is not there yet, so it may still be in a block that only that one has seen."""
    drop.prepare()
    drop.items(1)
    drop.cluster.faults(drop=1)
    drop.turn()
    drop.cluster.faults(second=True, behind=100)
    drop.expire()
    over = _newest(drop)
    drop.items(1)
    drop.turn()
    assert (_newest(drop), drop.statuses()) == (over, [Status.COMPLETED, Status.BUSY, Status.PENDING])


def test_a_strict_wallet_sends_one_at_a_time(drop: Drop) -> None:
    Wallet.objects.filter(pk=drop.wallet.pk).update(max_in_flight=1)
    drop.prepare()
    drop.items(5)  # more than fit into one transaction
    assert [drop.turn().sent, drop.turn().sent] == [1, 0]


def test_what_is_next_must_be_affordable(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what the transactions on their way may still cost."""
    drop.prepare()
    drop.items(1)
    drop.turn()
    drop.items(1)
    snapshot = Cluster.snapshot
    monkeypatch.setattr(
        Cluster, "snapshot", lambda *given: replace(snapshot(*given), balance=150_000)
    )  # one costs 95,000 or so
    drop.turn()
    drop.wallet.refresh_from_db()
    assert (drop.wallet.waiting, drop.statuses()[-1]) == (Waiting.FUNDS, Status.PENDING)


def test_nothing_is_signed_for_another_cluster(drop: Drop) -> None:
    drop.items(1)
    Network.objects.filter(pk=drop.network.pk).update(genesis_hash="1" * 32)
    drop.turn()
    drop.wallet.refresh_from_db()
    assert (drop.wallet.status, Attempt.objects.exists()) == (WalletStatus.QUARANTINED, False)


# -- by others, meanwhile --------------------------------------------------------------------------------------------------


def test_an_item_cancelled_meanwhile_is_not_signed(committed_drop: Drop, meanwhile: Meanwhile) -> None:
    """The transaction as planned is given up; the next one goes without that item."""
    committed_drop.prepare()
    first, second = committed_drop.items(2)
    meanwhile("UPDATE orders_order SET status = 'cancelled' WHERE id = %s", first.pk)
    assert [committed_drop.turn().sent, committed_drop.turn().sent] == [0, 1]
    committed_drop.pass_blocks(FINALIZED + 2)
    committed_drop.turn()
    assert Order.objects.get(pk=first.pk).status == Status.CANCELLED
    assert Order.objects.get(pk=second.pk).status == Status.COMPLETED


def test_a_wallet_paused_meanwhile_signs_nothing(committed_drop: Drop, meanwhile: Meanwhile) -> None:
    committed_drop.items(1)
    meanwhile("UPDATE chain_wallet SET status = 'paused'")
    assert committed_drop.turn().sent == 0
    assert (committed_drop.statuses(), Attempt.objects.exists()) == ([Status.PENDING], False)


def test_of_a_collection_stopped_meanwhile_nothing_is_signed(committed_drop: Drop, meanwhile: Meanwhile) -> None:
    committed_drop.items(1)
    stop = """INSERT INTO orders_stop ("group", wallet_id, reason, "by") VALUES (%s, %s, 'wait', 'staff:ana')"""
    meanwhile(stop + " ON CONFLICT DO NOTHING", committed_drop.collection.pk, committed_drop.wallet.pk)
    assert committed_drop.turn().sent == 0
    assert (committed_drop.statuses(), Attempt.objects.exists()) == ([Status.PENDING], False)


def test_once_maintenance_has_begun_nothing_is_signed(committed_drop: Drop, meanwhile: Meanwhile) -> None:
    committed_drop.items(1)
    meanwhile("UPDATE chain_installation SET maintenance_since = now(), maintenance_reason = 'restored'")
    assert committed_drop.turn().sent == 0
    assert not Attempt.objects.exists()


def test_a_lane_that_lost_its_lock_meanwhile_signs_nothing(committed_drop: Drop, meanwhile: Meanwhile) -> None:
    committed_drop.items(1)
    meanwhile("SELECT pg_terminate_backend(%s, 5000)", committed_drop.lane.lock.info.backend_pid)
    with pytest.raises(LaneLost):
        committed_drop.turn()
    assert not Attempt.objects.exists()
