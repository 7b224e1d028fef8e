"""The way of a compressed item, turn by turn."""

import pytest

from chain.solana.wanted import Program
from chain.states import Outcome, TransactionStatus
from mints.models import Item
from orders.models import Order
from orders.solana.settle import noted
from orders.states import Status
from tests.orders.solana.conftest import Drop


@pytest.mark.parametrize("drop", list(Program), indirect=True)
def test_a_collection_is_minted_by_each_instruction(drop: Drop) -> None:
    drop.items(7)
    drop.finish()  # the tree, and what its items are filed under
    drop.finish()
    assert drop.statuses() == [Status.COMPLETED] * 7
    items = list(Item.objects.order_by("leaf_index"))
    assert [item.leaf_index for item in items] == list(range(7))
    assert {item.tree for item in items} == {drop.tree.address}
    assert all(len(item.leaf_hash) == 64 and item.asset_id for item in items)
    assert noted(drop.lane) == {drop.tree.address: 7}


def test_nothing_is_minted_before_the_tree_stands(drop: Drop) -> None:
    drop.items(2)
    drop.turn()
    assert drop.tree.transaction is not None
    assert drop.tree.done_at is None
    assert drop.statuses() == [Status.PENDING] * 2
    drop.pass_blocks(2)  # confirmed, and not final
    drop.turn()
    assert drop.tree.transaction.status == TransactionStatus.MINED
    assert drop.statuses() == [Status.PENDING] * 2


def test_what_is_confirmed_is_noted_and_what_is_final_settles(drop: Drop) -> None:
    drop.prepare()
    drop.items(1)
    drop.turn()
    transaction = drop.wallet.transactions.latest("nonce")
    drop.pass_blocks(2)
    drop.turn()
    transaction.refresh_from_db()
    assert (transaction.status, transaction.block_number is not None) == (TransactionStatus.MINED, True)
    drop.pass_blocks(5)
    drop.turn()
    transaction.refresh_from_db()
    assert (transaction.status, transaction.outcome) == (TransactionStatus.FINAL, Outcome.SUCCEEDED)
    assert transaction.fee is not None
    assert transaction.fee >= 5_000


def test_a_bad_row_is_taken_out_and_the_others_go_on(drop: Drop) -> None:
    drop.prepare()
    good, bad = drop.items(2), drop.items(1, name="x" * 33)
    good += drop.items(2)
    drop.finish()
    order = Order.objects.get(pk=bad[0].pk)
    assert (order.status, order.fail_reason) == (Status.FAILED, "The name is longer than 32 bytes.")
    assert {Order.objects.get(pk=item.pk).status for item in good} == {Status.COMPLETED}
