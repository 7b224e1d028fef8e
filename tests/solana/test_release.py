"""Out of quarantine on Solana: two people, all nodes, and nothing that may still land; what a stranger minted is noted once."""

import pytest

from chain import steering
from chain.models import Wallet
from chain.solana.lane import SolanaLane
from chain.states import Outcome, Waiting, WalletStatus
from orders.models import Order
from orders.solana.release import end_doubt
from orders.states import Reason, Status
from tests.solana.farm import EXPIRED, FINAL, Farm, last_transaction

ANA, BEN = "staff:ana", "staff:ben"


def wallet() -> Wallet:
    return Wallet.objects.select_related("network").get()


def ask(by: str = ANA) -> bool:
    return steering.ask_for_release(wallet(), by=by, reason="looked at both")


def agree(by: str = BEN) -> bool:
    return steering.release(wallet(), by=by, asked_by=ANA, nonce=wallet().release_nonce or 0)


def quarantined(farm: Farm) -> Farm:
    """One item is minted; then a stranger mints two with the wallet's key, which the lane finds when the next item waits."""
    farm.mint()
    farm.stranger(farm.tree.address, 2)
    farm.items()
    farm.turn()
    assert wallet().status == WalletStatus.QUARANTINED
    return farm


def states() -> list[tuple[str, str]]:
    return list(Order.objects.order_by("created").values_list("status", "reason"))


def test_two_people_release_it_and_what_waited_is_held(farm: Farm) -> None:
    quarantined(farm)
    assert ask()
    assert not agree(by=ANA)
    assert agree()
    farm.turn()
    assert (wallet().status, farm.tree.leaves, wallet().doubt_before) == (WalletStatus.ACTIVE, 3, None)
    assert states() == [(Status.COMPLETED, ""), (Status.HELD, Reason.REVIEW)]
    (item,) = farm.mint()
    assert (item.order.status, item.leaf_index) == (Status.COMPLETED, 3)


def test_the_next_stranger_is_seen_as_well(farm: Farm) -> None:
    quarantined(farm)
    ask()
    agree()
    farm.turn()
    farm.stranger(farm.tree.address)
    farm.items()
    farm.turn()
    assert wallet().status == WalletStatus.QUARANTINED


def test_a_node_that_is_silent_keeps_it_there(farm: Farm) -> None:
    quarantined(farm)
    farm.cluster.faults(second=True, busy=100)
    with pytest.raises(steering.NotSettled, match="Node 2 of 2"):
        ask()


def test_what_may_still_land_keeps_it_there(farm: Farm) -> None:
    """And what has landed, until all nodes know that it stays."""
    farm.mint()
    farm.items()
    farm.lose()
    farm.turn()
    steering.quarantine(wallet(), by="lane", reason="because")
    with pytest.raises(steering.NotSettled, match="number 2 may still land"):
        ask()
    farm.lose(0)
    farm.cluster.advance(blocks=EXPIRED)
    with pytest.raises(steering.NotSettled):
        ask()
    farm.cluster.advance(blocks=FINAL)
    assert ask()
    farm.cluster.faults(second=True, behind=60)
    with pytest.raises(steering.NotSettled):
        agree()


def test_an_expired_transaction_whose_tree_has_a_strangers_leaf_is_settled_after_the_release(farm: Farm) -> None:
    """Its item is not sent again by itself: it may be the one that the stranger minted."""
    farm.mint()
    farm.items()
    farm.lose()
    farm.turn()
    farm.lose(0)
    farm.stranger(farm.tree.address, then=EXPIRED + FINAL)
    farm.turn()
    assert wallet().status == WalletStatus.QUARANTINED
    assert last_transaction().outcome == ""
    ask()
    agree()
    farm.turn()
    assert (last_transaction().outcome, farm.tree.leaves) == (Outcome.EXPIRED, 2)
    assert states() == [(Status.COMPLETED, ""), (Status.HELD, Reason.REVIEW)]
    assert wallet().status == WalletStatus.ACTIVE


def test_a_leaf_of_ours_that_landed_meanwhile_is_counted_once(farm: Farm) -> None:
    farm.mint()
    farm.items(2)
    farm.turn(then=FINAL)
    farm.stranger(farm.tree.address)
    steering.quarantine(wallet(), by="lane", reason="because")
    ask()
    agree()
    farm.turn()
    farm.turn()
    assert farm.tree.leaves == 4
    assert [status for status, _ in states()] == [Status.COMPLETED] * 3


def test_nothing_is_signed_before_all_that_was_sent_has_ended(farm: Farm) -> None:
    farm.mint()
    farm.items()
    farm.lose()
    farm.turn()
    farm.lose(0)
    farm.stranger(farm.tree.address, then=EXPIRED + FINAL)
    steering.quarantine(wallet(), by="lane", reason="because")
    ask()
    agree()
    farm.cluster.faults(second=True, busy=1_000)
    farm.items()
    farm.turn()
    assert (wallet().status, wallet().waiting) == (WalletStatus.ACTIVE, Waiting.BEHIND)
    assert wallet().doubt_before is not None
    assert (wallet().transactions.count(), states()[-1]) == (3, (Status.PENDING, ""))
    farm.cluster.faults(second=True, busy=0)
    farm.turn()
    assert [status for status, _ in states()] == [Status.COMPLETED, Status.HELD, Status.BUSY]


def test_the_doubt_outlives_whatever_is_open_still(farm: Farm) -> None:
    """Else what comes back to the queue once it has expired would be in doubt no more."""
    farm.mint()
    farm.items()
    farm.lose()
    farm.turn(then=EXPIRED + FINAL)
    steering.quarantine(wallet(), by="lane", reason="because")
    ask()
    agree()
    lane = SolanaLane.open(wallet().pk)
    assert lane is not None
    with lane:
        lane.look()
        assert not end_doubt(lane)
    assert wallet().doubt_before is not None
