"""From what has landed to what is stored of it."""

from collections.abc import Callable

import pytest
from django.db import connection

from mints.models import Item
from orders.models import Order
from orders.states import Reason, Status
from tests.orders.conftest import Died
from tests.orders.solana.conftest import FINALIZED, Drop


def test_an_item_whose_leaf_is_another_waits_for_a_person(drop: Drop) -> None:
    """It is settled by the hash that we compute for it, and by nothing that merely stands at its place."""
    drop.prepare()
    first, second = drop.items(2)
    drop.turn()
    with connection.cursor() as cursor:  # past the guard, as whoever has the database in his hands could
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE mints_item SET name = 'another one' WHERE order_id = %s", [first.pk])
        cursor.execute("SET LOCAL session_replication_role = origin")
    drop.pass_blocks(FINALIZED + 2)
    drop.turn()
    held = Order.objects.get(pk=first.pk)
    assert (held.status, held.reason) == (Status.HELD, Reason.REVIEW)
    second = Item.objects.get(pk=second.pk)
    assert (second.order.status, second.leaf_index) == (Status.COMPLETED, 2)
    assert drop.tree.leaves == 3  # whatever they are, they stand on the chain


@pytest.mark.fault(8)
def test_a_settling_that_breaks_off_has_counted_no_leaf(drop: Drop, die_at: Callable[[str], None]) -> None:
    drop.prepare()
    drop.items(2)
    drop.turn()
    drop.pass_blocks(FINALIZED + 2)
    die_at("settling")
    with pytest.raises(Died):
        drop.turn()
    assert (drop.tree.leaves, drop.statuses()[1:]) == (1, [Status.BUSY] * 2)
    die_at("")
    drop.reopen()
    drop.turn()
    assert (drop.tree.leaves, drop.statuses()) == (3, [Status.COMPLETED] * 3)
