"""A tree is opened once, also by a database that has forgotten it."""

import pytest
from django.conf import settings
from django.db import connection

from chain import steering
from chain.models import Attempt, Wallet
from chain.solana import past
from chain.states import Waiting, WalletStatus
from orders.states import Status
from tests.orders.solana.conftest import FINALIZED, Drop
from tests.orders.solana.rows import an_id_of, make_compressed, make_item, plan_ground

pytestmark = pytest.mark.fault(40)


def _forget(drop: Drop) -> None:
    """All that was signed, as a backup from before it has it, and the journal is lost as well."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE orders_groundwork SET leaves = 0, transaction_id = NULL, address = '', done_at = NULL")
        cursor.execute("UPDATE orders_order SET status = 'pending', transaction_id = NULL")
        cursor.execute("UPDATE mints_item SET tree = '', leaf_index = NULL, leaf_hash = '', asset_id = ''")
        cursor.execute("DELETE FROM orders_event")
        cursor.execute("DELETE FROM chain_attempt")
        cursor.execute("DELETE FROM chain_transaction")
        cursor.execute("UPDATE chain_wallet SET next_nonce = 0")
        cursor.execute("SET session_replication_role = origin")
    for file in settings.JOURNAL_DIR.glob(f"{drop.wallet.pk}.*"):
        file.unlink()


def _wallet(drop: Drop) -> Wallet:
    return Wallet.objects.select_related("network").get(pk=drop.wallet.pk)


def test_a_tree_that_was_forgotten_is_not_opened_again(drop: Drop) -> None:
    drop.prepare()
    _forget(drop)
    drop.turn()
    assert (_wallet(drop).status, Attempt.objects.exists()) == (WalletStatus.QUARANTINED, False)
    assert "is signed by this wallet's key" in _wallet(drop).status_reason


def test_once_people_have_looked_it_may_be_opened(committed_drop: Drop) -> None:
    drop = committed_drop
    drop.prepare()
    _forget(drop)
    drop.turn()
    drop.close()
    assert steering.ask_for_release(_wallet(drop), by="staff:ana", reason="looked")
    assert steering.release(_wallet(drop), by="staff:ben", asked_by="staff:ana", nonce=0)
    drop.reopen()
    drop.turn()  # what waited meanwhile is held: it may be what has been minted
    assert drop.statuses() == [Status.HELD]
    drop.items(1)
    drop.turn()
    assert Attempt.objects.count() == 1


def test_what_the_key_did_before_the_wallet_was_here_is_nothing_of_ours(drop: Drop) -> None:
    drop.prepare()
    _forget(drop)
    wallet = _wallet(drop)
    assert past.strange(drop.lane.cluster, wallet)
    wallet.pk = an_id_of(-60)
    assert past.strange(drop.lane.cluster, wallet) == ""


def test_a_second_collection_has_its_tree_and_a_gift_disturbs_nobody(drop: Drop) -> None:
    drop.prepare()
    drop.cluster.request("requestAirdrop", drop.wallet.address, 10**9)
    drop.pass_blocks(FINALIZED + 2)
    second = make_compressed(drop.wallet)
    plan_ground(second)
    make_item(second, 0)
    drop.finish()
    drop.finish()
    assert list(second.items.values_list("order__status", flat=True)) == [Status.COMPLETED]


def test_a_node_that_is_silent_keeps_the_tree_waiting(drop: Drop) -> None:
    """It may be the only one that remembers."""
    drop.items(1)
    drop.cluster.faults(second=True, busy=1_000)
    drop.turn()
    assert (_wallet(drop).waiting, Attempt.objects.exists()) == (Waiting.RPC, False)
