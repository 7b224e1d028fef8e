"""What goes wrong between a Solana lane and its cluster: every item is minted once, or waits and says why."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from chain.models import Attempt, Network, Transaction, Wallet
from chain.solana.rpc import Rpc
from chain.solana.wanted import Program
from chain.states import Outcome, TransactionStatus, Waiting, WalletStatus
from mints.models import Item
from orders.groundwork import Groundwork
from orders.models import Event, Order, Stop
from orders.states import Reason, Status
from tests.orders.solana.conftest import FINALIZED, Drop


def _last(drop: Drop) -> Transaction:
    return drop.wallet.transactions.latest("nonce")


def _silent_for_long(drop: Drop) -> None:
    Attempt.objects.filter(transaction__wallet=drop.wallet).update(last_sent_at=F("last_sent_at") - timedelta(minutes=1))


def _wallet(drop: Drop) -> Wallet:
    return Wallet.objects.get(pk=drop.wallet.pk)


@pytest.mark.fault(16)
def test_what_was_dropped_is_sent_again_as_it_is(drop: Drop) -> None:
    drop.prepare()
    drop.items(2)
    drop.cluster.faults(drop=1)
    drop.turn()
    before = bytes(_last(drop).attempts.get().raw)
    drop.pass_blocks(5)
    _silent_for_long(drop)
    drop.turn()
    drop.pass_blocks(FINALIZED + 2)
    drop.turn()
    assert bytes(_last(drop).attempts.get().raw) == before
    assert drop.statuses() == [Status.COMPLETED] * 3


def test_what_never_landed_is_signed_anew_once_it_has_expired_for_all(drop: Drop) -> None:
    drop.prepare()
    drop.items(2)
    drop.cluster.faults(drop=1)
    drop.turn()
    first = _last(drop)
    drop.expire()
    drop.turn()
    first.refresh_from_db()
    assert (first.status, first.outcome) == (TransactionStatus.FINAL, Outcome.EXPIRED)
    assert Event.objects.filter(reason=Reason.TRANSACTION_EXPIRED, transaction=first).count() == 2
    drop.finish()
    drop.finish()
    assert drop.statuses() == [Status.COMPLETED] * 3
    assert drop.tree.leaves == 3


def test_a_late_landing_is_not_minted_again(drop: Drop) -> None:
    """It lands in the very last blocks that may take it, when this lane has given up sending."""
    drop.prepare()
    drop.items(2)
    drop.cluster.faults(late=1, late_slots=140)
    drop.turn()
    first = _last(drop)
    drop.pass_blocks(139)
    drop.turn()
    first.refresh_from_db()
    assert first.status == TransactionStatus.SENT
    drop.pass_blocks(15 + FINALIZED)
    drop.turn()
    first.refresh_from_db()
    assert (first.status, first.outcome) == (TransactionStatus.FINAL, Outcome.SUCCEEDED)
    drop.finish()
    assert drop.tree.leaves == 3
    assert drop.wallet.transactions.count() == 3  # the tree, the first item, these two


def test_while_one_node_lags_nothing_has_expired(drop: Drop) -> None:
    drop.prepare()
    drop.items(1)
    drop.cluster.faults(drop=1)
    drop.turn()
    drop.cluster.faults(second=True, behind=100)
    drop.expire()
    drop.turn()
    assert _last(drop).status == TransactionStatus.SENT
    assert (_wallet(drop).waiting, drop.statuses()[-1]) == (Waiting.BEHIND, Status.BUSY)
    drop.cluster.faults(second=True, behind=0)
    drop.turn()
    assert _last(drop).nonce == 3
    drop.finish()
    assert drop.statuses() == [Status.COMPLETED] * 2


def test_while_one_node_is_silent_nothing_has_expired(drop: Drop) -> None:
    drop.prepare()
    drop.items(1)
    drop.cluster.faults(drop=1)
    drop.turn()
    drop.expire()
    network = Network.objects.get(pk=drop.network.pk)
    network.rpc_urls = f"{drop.cluster.url}\nhttp://127.0.0.1:1"
    network.save()
    drop.turn()
    assert (_last(drop).status, drop.statuses()[-1]) == (TransactionStatus.SENT, Status.BUSY)
    assert "Node 2 of 2 does not answer" in _wallet(drop).waiting_detail


def test_a_node_that_denies_what_landed_is_not_believed(drop: Drop) -> None:
    """Both its words, that the signature is unknown and that its block height is past, are true of a node without history."""
    drop.prepare()
    drop.items(1)
    drop.turn()
    drop.expire()
    drop.cluster.faults(deny=4)
    drop.cluster.faults(second=True, deny=4)
    drop.turn()
    assert drop.statuses()[-1] == Status.BUSY
    assert "leaves on the chain" in _wallet(drop).status_reason
    assert _wallet(drop).status == WalletStatus.QUARANTINED
    drop.cluster.faults(deny=0)
    drop.cluster.faults(second=True, deny=0)
    drop.turn()
    assert drop.statuses() == [Status.COMPLETED] * 2
    assert drop.tree.leaves == 2


@pytest.mark.fault(5)
def test_a_lost_answer_mints_once(drop: Drop) -> None:
    drop.prepare()
    drop.items(4)
    drop.cluster.faults(lose=1)
    drop.turn()
    _silent_for_long(drop)
    drop.turn()  # the same bytes once more
    drop.pass_blocks(FINALIZED + 2)
    drop.turn()
    assert drop.statuses() == [Status.COMPLETED] * 5
    assert drop.tree.leaves == 5


def test_a_fork_that_is_dropped_takes_it_back_and_it_lands_again(drop: Drop) -> None:
    drop.prepare()
    drop.items(1)
    drop.turn()
    drop.pass_blocks(2)
    drop.turn()
    assert _last(drop).status == TransactionStatus.MINED
    drop.cluster.fork(3, pending=False)
    drop.turn()
    assert _last(drop).status == TransactionStatus.SENT
    _silent_for_long(drop)
    drop.turn()
    drop.pass_blocks(FINALIZED + 2)
    drop.turn()
    assert drop.statuses() == [Status.COMPLETED] * 2


def test_a_busy_node_blames_nobody(drop: Drop) -> None:
    drop.prepare()
    drop.items(2)
    drop.cluster.faults(busy=50)
    drop.cluster.faults(second=True, busy=50)
    assert drop.turn().blocked
    assert _wallet(drop).waiting == Waiting.RPC
    assert drop.statuses()[1:] == [Status.PENDING] * 2
    drop.cluster.faults(busy=0)
    drop.cluster.faults(second=True, busy=0)
    drop.finish()
    assert drop.statuses() == [Status.COMPLETED] * 3


@pytest.mark.fault(31)
def test_a_leaf_of_a_stranger_stops_the_wallet(drop: Drop) -> None:
    """The key is used elsewhere, or this database has lost what it signed."""
    drop.prepare()
    drop.items(1)
    drop.finish()
    item = Item.objects.latest("number")
    _forget(drop, item)
    drop.turn()
    assert _wallet(drop).status == WalletStatus.QUARANTINED
    assert "only 1 can be of our making" in _wallet(drop).status_reason
    assert Order.objects.get(pk=item.pk).status == Status.PENDING


def _forget(drop: Drop, item: Item) -> None:
    """As a backup that is older than the chain would have it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE orders_groundwork SET leaves = 1 WHERE address = %s", [drop.tree.address])
        cursor.execute("UPDATE orders_order SET status = 'pending', transaction_id = NULL WHERE id = %s", [item.pk])
        cursor.execute(
            "UPDATE mints_item SET tree = '', leaf_index = NULL, leaf_hash = '', asset_id = '' WHERE order_id = %s", [item.pk]
        )
        cursor.execute("SET session_replication_role = origin")


# -- money -----------------------------------------------------------------------------------------------------------------


def test_priority_above_the_ceiling_waits(drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    drop.prepare()
    drop.items(1)
    monkeypatch.setattr(Rpc, "priority_fees", lambda *_: [1_000] * 150)
    Network.objects.filter(pk=drop.network.pk).update(gas_ceiling=999)
    drop.turn()
    assert (_wallet(drop).waiting, drop.statuses()[-1]) == (Waiting.GAS, Status.PENDING)
    Network.objects.filter(pk=drop.network.pk).update(gas_ceiling=1_000)
    drop.finish()
    assert _last(drop).attempts.get().max_fee == 1_000
    assert drop.statuses() == [Status.COMPLETED] * 2


def test_a_wallet_without_coin_waits_for_it(drop: Drop) -> None:
    Wallet.objects.filter(pk=drop.wallet.pk).update(minimum_balance=200 * 10**9, alert_balance=200 * 10**9)
    drop.items(1)
    drop.turn()
    assert _wallet(drop).waiting == Waiting.FUNDS
    assert "100" in _wallet(drop).waiting_detail


def test_a_tree_that_the_program_refuses_stops_the_collection(drop: Drop) -> None:
    drop.items(1)
    Groundwork.objects.filter(pk=drop.tree.pk).update(spec={"version": 2, "depth": 6, "buffer": 8, "canopy": 0})
    drop.turn()
    assert Stop.objects.get(group=drop.collection.pk).reason == "No tree has this depth and buffer."
    assert drop.statuses() == [Status.PENDING]


@pytest.mark.parametrize("drop", [Program.MINT_V2_TO_CORE], indirect=True)
def test_groundwork_that_expired_is_done_anew(drop: Drop) -> None:
    drop.items(1)
    drop.cluster.faults(drop=2)
    drop.turn()
    drop.expire()
    drop.turn()
    assert drop.wallet.transactions.filter(outcome=Outcome.EXPIRED).count() == 2
    drop.finish()
    drop.finish()
    drop.finish()
    assert drop.statuses() == [Status.COMPLETED]
