"""Transactions that are evicted, bumped and cancelled while others of the same nonce mine, on a real chain."""

from collections.abc import Iterator

import pytest

from chain.models import Attempt, Transaction
from chain.states import AttemptKind, Outcome, TransactionStatus, Waiting
from claims.models import Claim, Reward
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import make_claim
from tests.flow.by_hand import ByHand, by_hand, fees, minted, only_transaction, raws, statuses
from tests.flow.conftest import World
from tests.orders.life import later

GWEI = 10**9
CEILING = 20 * GWEI


@pytest.fixture
def badge(world: World) -> Deployed:
    world.network.gas_ceiling = CEILING
    world.network.save()
    return world.badge()[1]


@pytest.fixture
def hand(world: World, badge: Deployed) -> Iterator[ByHand]:
    """A claim that is in the pool, on a chain where gas costs 1 gwei."""
    with by_hand(world, world.network.wallets.get()) as hand:
        hand.base_fee(GWEI)
        yield hand
        hand.base_fee(GWEI)


def claimed(hand: ByHand) -> Claim:
    claim = make_claim(Reward.objects.get())
    hand.turn()
    assert hand.in_pool() == 1
    return claim


# -- the price rises ---------------------------------------------------------------------------------------------


@pytest.mark.fault(24)
def test_evicted_while_gas_is_too_dear_it_waits_and_goes_as_it_is_when_the_price_falls(hand: ByHand, badge: Deployed) -> None:
    claim = claimed(hand)
    hand.evict()
    for _ in range(3):
        hand.base_fee(3 * CEILING)
        later()
        hand.turn()
    hand.lane.wallet.refresh_from_db()
    assert hand.lane.wallet.waiting == Waiting.GAS
    assert statuses(claim) == [(Status.BUSY, "")]
    assert Attempt.objects.count() == 1
    hand.base_fee(GWEI)
    later()
    hand.finish()
    assert (statuses(claim), minted(badge, claim)) == ([(Status.COMPLETED, "")], [1])
    assert Attempt.objects.count() == 1
    hand.lane.wallet.refresh_from_db()
    assert hand.lane.wallet.waiting == ""


@pytest.mark.fault(24)
def test_while_the_ceiling_has_room_the_price_is_followed(hand: ByHand, badge: Deployed) -> None:
    claim = claimed(hand)
    hand.evict()
    hand.base_fee(10 * GWEI)
    later(400)
    hand.turn()
    (before, _), (after, _) = fees()
    assert before < 10 * GWEI < after <= CEILING
    hand.finish()
    assert (statuses(claim), minted(badge, claim)) == ([(Status.COMPLETED, "")], [1])
    assert max(max_fee for max_fee, _ in fees()) <= CEILING


# -- several of one nonce ----------------------------------------------------------------------------------------


@pytest.mark.fault(26)
def test_the_original_mines_while_a_bump_is_on_its_way(hand: ByHand, badge: Deployed) -> None:
    claim = claimed(hand)
    later(400)
    transactions, snapshot = hand.lane.transactions(), hand.lane.look()
    hand.mine()  # after the lane has looked
    hand.lane.replace(transactions, snapshot)
    assert list(Attempt.objects.order_by("pk").values_list("kind", "answer")) == [
        (AttemptKind.ORIGINAL, "accepted"), (AttemptKind.BUMP, "nonce_low")
    ]  # fmt: skip
    hand.finish()
    assert only_transaction().mined_hash == Attempt.objects.earliest("pk").hash
    assert (statuses(claim), minted(badge, claim)) == ([(Status.COMPLETED, "")], [1])


@pytest.mark.fault(27)
def test_a_cancellation_that_comes_too_late_is_kept_as_lost(hand: ByHand, badge: Deployed) -> None:
    claim = claimed(hand)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    snapshot = hand.lane.look()
    hand.mine()
    hand.lane.replace(hand.lane.transactions(), snapshot)
    assert Attempt.objects.latest("pk").answer == "nonce_low"
    hand.finish()
    transaction = only_transaction()
    assert (transaction.outcome, transaction.cancel_asked_by) == (Outcome.SUCCEEDED, "staff:ana")
    assert (statuses(claim), minted(badge, claim)) == ([(Status.COMPLETED, "")], [1])


@pytest.mark.fault(28)
@pytest.mark.parametrize("winner", [0, 1], ids=["the payment", "the cancellation"])
def test_after_a_reorganisation_the_other_one_mines_and_that_one_counts(hand: ByHand, badge: Deployed, winner: int) -> None:
    """The order is not let go while what mined may still leave the chain."""
    claim = claimed(hand)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    hand.turn()
    pair = raws()
    hand.evict()
    hand.send(pair[1 - winner])
    hand.mine()
    hand.turn()
    assert only_transaction().status == TransactionStatus.MINED
    assert statuses(claim) == [(Status.BUSY, "")]
    hand.reorg(1, pair[winner])
    hand.turn()
    assert statuses(claim) == [(Status.BUSY, "")]
    hand.mine(2)
    hand.turn()
    end = (Status.HELD, Reason.TRANSACTION_CANCELLED) if winner else (Status.COMPLETED, "")
    assert (statuses(claim), minted(badge, claim)) == ([end], [1 - winner])
    assert raws() == pair
