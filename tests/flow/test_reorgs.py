"""Blocks that leave the chain, less deep than finality, on a real one: what counts is what is there in the end."""

import pytest

from chain.models import Attempt, Transaction
from chain.states import Outcome, TransactionStatus
from orders.states import Reason, Status
from tests.factories import make_claim
from tests.flow.by_hand import all_or_nothing, by_hand, each_may_fail, minted, only_transaction, raws, statuses
from tests.flow.conftest import World
from tests.orders.life import later

CONFIRMATIONS = 5


@pytest.mark.fault(29)
@pytest.mark.parametrize("returns", ["elsewhere", "by our own sending"])
def test_at_every_depth_short_of_finality_the_order_is_paid_once(world: World, returns: str) -> None:
    reward, badge = world.badge()
    with by_hand(world, world.network.wallets.get(), CONFIRMATIONS) as hand:
        hand.mine(CONFIRMATIONS)
        claims = []
        for depth in range(1, CONFIRMATIONS):
            claims.append(make_claim(reward))
            hand.turn()
            hand.mine(depth)
            hand.turn()
            mined = Transaction.objects.latest("nonce")
            assert mined.block_number is not None
            hand.reorg(depth, *raws()[-1:] * (returns == "elsewhere"))
            hand.turn()
            now = Transaction.objects.latest("nonce")
            assert now.status == (TransactionStatus.MINED if returns == "elsewhere" else TransactionStatus.SENT)
            assert now.block_number == (mined.block_number + depth - 1 if returns == "elsewhere" else None)
            later()
            hand.finish()
        assert statuses(*claims) == [(Status.COMPLETED, "")] * len(claims)
        assert minted(badge, *claims) == [1] * len(claims)
    assert Attempt.objects.count() == len(claims)
    assert world.chain.request("eth_getTransactionCount", hand.lane.wallet.address, "latest") == hex(len(claims))


@pytest.mark.fault(30)
def test_an_item_that_fails_only_after_the_reorganisation_is_not_paid(world: World) -> None:
    """Each call may fail alone: both were minted in the block that left the chain, one is in the block that stays."""
    reward, badge = each_may_fail(world)
    good, bad = make_claim(reward), make_claim(reward)
    with by_hand(world, world.network.wallets.get(), CONFIRMATIONS) as hand:
        hand.mine(CONFIRMATIONS)
        hand.turn()
        hand.mine()
        hand.turn()
        assert minted(badge, good, bad) == [1, 1]
        hand.reorg(1)
        hand.refuse(badge, bad)
        hand.mine()
        hand.send(raws()[0])
        hand.finish()
        assert statuses(good, bad) == [(Status.COMPLETED, ""), (Status.FAILED, Reason.NOT_PAID)]
        assert minted(badge, good, bad) == [1, 0]


@pytest.mark.fault(30)
def test_a_batch_that_reverts_only_after_the_reorganisation_pays_its_good_orders_later(world: World) -> None:
    """All or nothing: the whole batch reverts in the block that stays; then the bad one is found, and the good one is paid."""
    reward, badge = all_or_nothing(world)
    good, bad = make_claim(reward), make_claim(reward)
    with by_hand(world, world.network.wallets.get(), CONFIRMATIONS) as hand:
        hand.mine(CONFIRMATIONS)
        hand.turn()
        hand.mine()
        hand.turn()
        hand.reorg(1)
        hand.refuse(badge, bad)
        hand.mine()
        hand.send(raws()[0])
        hand.mine()
        hand.turn()
        assert statuses(good, bad) == [(Status.BUSY, "")] * 2  # not let go before it is final
        assert only_transaction().mined_hash
        hand.mine(CONFIRMATIONS)
        hand.finish()
        assert list(Transaction.objects.order_by("nonce").values_list("outcome", flat=True)) == [
            Outcome.REVERTED, Outcome.SUCCEEDED
        ]  # fmt: skip
        assert statuses(good, bad) == [(Status.COMPLETED, ""), (Status.FAILED, Reason.SIMULATION_REVERTED)]
        assert minted(badge, good, bad) == [1, 0]
