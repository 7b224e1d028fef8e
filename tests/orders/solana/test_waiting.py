"""What people read of an item on its way."""

from orders.models import Order
from orders.waiting import sentence
from tests.orders.solana.conftest import Drop


def _sentence(drop: Drop) -> str:
    return sentence(Order.objects.filter(kind="item").select_related("wallet__network", "transaction").latest("id"))


def test_no_nonce_is_told_where_there_is_none(drop: Drop) -> None:
    drop.prepare()
    drop.items(1)
    drop.turn()
    assert _sentence(drop).startswith("Sent at ")
    drop.pass_blocks(2)
    drop.turn()
    assert _sentence(drop).startswith("In slot ")


def test_before_the_tree_stands(drop: Drop) -> None:
    drop.items(3)
    assert _sentence(drop) == "Waits until the collection's Merkle tree is opened: that comes next."
