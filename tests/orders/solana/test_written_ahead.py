"""What is stored before a node sees anything, and that it is stored as a whole or not at all."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chain import journal
from chain.errors import LaneLost
from chain.locks import lock_connection
from chain.models import Attempt, Transaction, Wallet
from chain.solana.rpc import Rpc
from chain.states import WalletStatus
from orders.models import Order
from orders.states import Status
from tests.orders.conftest import Died
from tests.orders.solana.conftest import FINALIZED, Drop

SEEN_BY_OTHERS = """
SELECT t.status, array_agg(o.status) FROM chain_attempt a JOIN chain_transaction t ON t.id = a.transaction_id
JOIN orders_order o ON o.transaction_id = t.id WHERE a.raw = %s AND a.last_valid_height > 0 GROUP BY t.status
"""
IDLE_IN_TRANSACTION = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'
"""


def other(query: str, values: Sequence[Any] | None = None) -> Any:
    """What another connection sees."""
    with lock_connection() as connection:
        return connection.execute(query, values).fetchone()


@pytest.fixture
def sending(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[bytes], object]], list[object]]:
    """Look when a node is handed bytes; what was seen."""

    def look_with(look: Callable[[bytes], object]) -> list[object]:
        seen: list[object] = []
        send = Rpc.send

        def watched(node: Rpc, raw: bytes, *rest: Any, **more: Any) -> Any:
            seen.append(look(raw))
            return send(node, raw, *rest, **more)

        monkeypatch.setattr(Rpc, "send", watched)
        return seen

    return look_with


def test_bytes_height_and_items_are_committed_before_a_node_sees_anything(
    committed_drop: Drop, sending: Callable[[Callable[[bytes], object]], list[object]]
) -> None:
    committed_drop.prepare()
    committed_drop.items(2)
    seen = sending(lambda raw: other(SEEN_BY_OTHERS, [raw]))
    committed_drop.turn()
    assert seen == [("signed", ["busy", "busy"])]


def test_bytes_stand_in_the_journal_before_a_node_sees_them(
    drop: Drop, sending: Callable[[Callable[[bytes], object]], list[object]]
) -> None:
    seen = sending(lambda raw: journal.last_hash(drop.wallet.pk) == Attempt.objects.get(raw=raw).hash)
    drop.items(1)
    drop.turn()
    assert seen == [True]


def test_no_node_is_asked_inside_a_database_transaction(committed_drop: Drop, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones: set[object] = set()
    read = Rpc._read

    def watched(node: Rpc, *question: Any) -> Any:
        open_ones.add(other(IDLE_IN_TRANSACTION))
        return read(node, *question)

    monkeypatch.setattr(Rpc, "_read", watched)
    committed_drop.prepare()
    committed_drop.items(2)
    committed_drop.cluster.faults(drop=1)
    committed_drop.turn()
    committed_drop.expire()
    committed_drop.finish()
    assert (committed_drop.statuses(), open_ones) == ([Status.COMPLETED] * 3, {(0,)})


def test_a_holder_without_its_lock_sends_nothing(
    drop: Drop, die_at: Callable[[str], None], sending: Callable[[Callable[[bytes], object]], list[object]]
) -> None:
    drop.items(1)
    die_at("after_commit")
    with pytest.raises(Died):
        drop.turn()
    die_at("")
    seen = sending(bytes)
    drop.lane.lock.close()
    with pytest.raises(LaneLost):
        drop.turn()
    assert seen == []


def test_nothing_is_sent_again_from_a_quarantined_wallet(
    drop: Drop, die_at: Callable[[str], None], sending: Callable[[Callable[[bytes], object]], list[object]]
) -> None:
    drop.items(1)
    die_at("after_commit")
    with pytest.raises(Died):
        drop.turn()
    die_at("")
    Wallet.objects.update(status=WalletStatus.QUARANTINED, status_reason="the key is used elsewhere")
    seen = sending(bytes)
    drop.reopen()
    drop.turn()
    assert seen == []


@pytest.mark.fault(5)
def test_what_was_signed_and_never_sent_goes_out_as_it_is(
    drop: Drop, die_at: Callable[[str], None], sending: Callable[[Callable[[bytes], object]], list[object]]
) -> None:
    drop.prepare()
    drop.items(2)
    die_at("after_commit")
    with pytest.raises(Died):
        drop.turn()
    die_at("")
    signed = bytes(Attempt.objects.latest("pk").raw)
    seen = sending(bytes)
    drop.reopen()
    drop.turn()
    drop.pass_blocks(FINALIZED + 2)
    drop.turn()
    assert seen == [signed]
    assert drop.statuses() == [Status.COMPLETED] * 3


def test_what_is_signed_and_what_it_mints_are_stored_together_or_not_at_all(drop: Drop, die_at: Callable[[str], None]) -> None:
    drop.prepare()
    item = drop.items(1)[0]
    before = Wallet.objects.get(pk=drop.wallet.pk).next_nonce
    die_at("before_commit")
    with pytest.raises(Died):
        drop.turn()
    assert Order.objects.get(pk=item.pk).status == Status.PENDING
    assert (Transaction.objects.count(), Wallet.objects.get(pk=drop.wallet.pk).next_nonce) == (before, before)


def test_groundwork_and_its_bytes_are_stored_together_or_not_at_all(drop: Drop, die_at: Callable[[str], None]) -> None:
    drop.items(1)
    die_at("before_commit")
    with pytest.raises(Died):
        drop.turn()
    assert (drop.tree.transaction, drop.tree.address, Attempt.objects.exists()) == (None, "", False)
