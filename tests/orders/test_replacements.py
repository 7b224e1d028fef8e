"""Bumps that a node refuses, again and again: priced from the dearest attempt, in both fields, and never above the ceiling."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from chain.models import Attempt, Transaction
from chain.states import AttemptKind
from orders.states import Status
from tests.chain.rpc_server import Refuse
from tests.factories import make_claim
from tests.model_chain import GWEI
from tests.orders.conftest import Desk
from tests.orders.life import assert_all_paid_once, later, turns

pytestmark = pytest.mark.fault(25)
CEILING = 10 * GWEI
UNDERPRICED = Refuse(-32000, "replacement transaction underpriced")


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Its network has a ceiling of 10 gwei; gas costs 2."""
    desk.network.gas_ceiling = CEILING
    desk.network.save()
    return desk


def fees() -> list[tuple[int, int]]:
    return list(Attempt.objects.order_by("pk").values_list("max_fee", "tip"))


def bumped(desk: Desk) -> Iterator[list[tuple[int, int]]]:
    """Wait too long, again and again, while the node refuses each replacement; the fees so far."""
    desk.chain.lie("eth_sendRawTransaction", UNDERPRICED)
    for _ in range(20):
        later(desk.network.bump_after * 6)
        desk.turn()
        yield fees()


def test_each_is_an_eighth_above_the_highest_and_none_above_the_ceiling(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    for found in bumped(desk):
        for earlier, bump in pairwise(found):
            assert all(after * 8 >= before * 9 for before, after in zip(earlier, bump, strict=True))
        assert all(tip <= max_fee <= CEILING for max_fee, tip in found)
    assert fees()[-1][0] * 9 > CEILING * 8  # there is no room for another
    assert set(Attempt.objects.values_list("kind", flat=True)) == {AttemptKind.ORIGINAL, AttemptKind.BUMP}


def test_at_the_ceiling_the_same_bytes_go_again(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    *_, before = bumped(desk)
    desk.chain.honest()
    later()
    desk.turn()
    assert desk.chain.received[-1] == bytes(Attempt.objects.latest("pk").raw)
    assert fees() == before


@pytest.mark.parametrize("mines", ["original", "last"])
def test_whichever_mines_the_order_is_paid_once(desk: Desk, mines: str) -> None:
    claim = make_claim(desk.reward)
    desk.turn()
    for _ in bumped(desk):
        claim.order.refresh_from_db()
        assert claim.order.status == Status.BUSY
    desk.chain.honest()
    attempts = Attempt.objects.order_by("pk")
    winner = attempts[0] if mines == "original" else attempts[len(attempts) - 1]
    if mines == "last":
        desk.lane.node.send(bytes(winner.raw))
    desk.chain.mine(2)
    assert_all_paid_once(desk, [claim], turns)
    assert Transaction.objects.get().mined_hash == winner.hash
