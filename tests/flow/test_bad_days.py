"""Wallets that run dry, one bad order among many, batches that fail on the chain although their simulation passed."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.evm import simulate
from chain.models import Attempt, Transaction, Wallet
from chain.states import Outcome, Waiting
from claims.models import Reward
from orders import plan
from orders.models import Event
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import make_claim, make_reward
from tests.flow.by_hand import all_or_nothing, by_hand, each_may_fail, minted, only_transaction, raws, statuses
from tests.flow.conftest import World
from tests.flow.test_batches import behind
from tests.orders.life import later

ETHER = 10**18
Make = Callable[..., tuple[Reward, Deployed]]


@pytest.mark.fault(33)
def test_a_wallet_that_runs_dry_in_flight_waits_and_sends_the_same_bytes_after_the_top_up(world: World) -> None:
    reward, badge = world.badge()
    flying, waiting = make_claim(reward), make_claim(reward)
    Reward.objects.update(batch_size=1)
    with by_hand(world, world.network.wallets.get()) as hand:
        Wallet.objects.update(max_in_flight=1)
        hand.lane.wallet.max_in_flight = 1
        hand.turn()
        bytes_before = raws()
        hand.evict()
        hand.balance(0)
        for _ in range(2):
            later()
            assert hand.turn().blocked
        assert Wallet.objects.get().waiting == Waiting.FUNDS
        assert statuses(flying, waiting) == [(Status.BUSY, ""), (Status.PENDING, "")]
        assert raws() == bytes_before
        hand.balance(ETHER)
        later()
        hand.finish()
        assert statuses(flying, waiting) == [(Status.COMPLETED, "")] * 2
        assert minted(badge, flying, waiting) == [1, 1]
        assert raws()[:1] == bytes_before
        assert Attempt.objects.count() == 2
    assert Wallet.objects.get().waiting == ""


@pytest.mark.fault(33)
def test_an_empty_wallet_signs_nothing_before_it_is_filled(world: World) -> None:
    reward, badge = world.badge()
    claim = make_claim(reward)
    with by_hand(world, world.network.wallets.get()) as hand:
        hand.balance(0)
        assert hand.turn().blocked
        assert (Wallet.objects.get().waiting, Attempt.objects.exists()) == (Waiting.FUNDS, False)
        hand.balance(ETHER)
        hand.finish()
        assert (statuses(claim), minted(badge, claim)) == ([(Status.COMPLETED, "")], [1])


@pytest.mark.fault(34)
def test_of_a_hundred_the_one_bad_order_is_found_by_one_simulation(world: World, work: Callable[[Wallet], None]) -> None:
    with behind(world) as relay:
        reward, badge = world.badge(batch_size=100)
        claims = [make_claim(reward) for _ in range(100)]
        badge.send("refuse", claims[57].recipient, True)
        work(claims[0].order.wallet)
    assert len(relay.asked("eth_simulateV1")) == 1
    assert not relay.asked("eth_call")
    assert minted(badge, *claims) == [int(i != 57) for i in range(100)]
    assert statuses(claims[57]) == [(Status.FAILED, Reason.SIMULATION_REVERTED)]
    assert Transaction.objects.count() == 1


@pytest.mark.fault(35)
def test_all_or_nothing_a_late_revert_pays_nobody_and_the_good_ones_go_again_once_it_is_final(world: World) -> None:
    reward, badge = all_or_nothing(world)
    good, bad = make_claim(reward), make_claim(reward)
    with by_hand(world, world.network.wallets.get(), 3) as hand:
        hand.turn()
        hand.refuse(badge, bad)
        hand.mine()
        hand.turn()
        assert statuses(good, bad) == [(Status.BUSY, "")] * 2
        hand.mine(2)
        hand.finish()
        first = Transaction.objects.earliest("nonce")
        assert first.outcome == Outcome.REVERTED
        assert Event.objects.filter(transaction=first, reason=Reason.BATCH_REVERTED).count() == 2
        assert statuses(good, bad) == [(Status.COMPLETED, ""), (Status.FAILED, Reason.SIMULATION_REVERTED)]
        assert minted(badge, good, bad) == [1, 0]


@pytest.mark.fault(35)
def test_where_each_may_fail_alone_a_late_revert_fails_its_own_order_only(world: World) -> None:
    reward, badge = each_may_fail(world)
    good, bad = make_claim(reward), make_claim(reward)
    with by_hand(world, world.network.wallets.get()) as hand:
        hand.turn()
        hand.refuse(badge, bad)
        hand.mine()
        hand.finish()
        assert only_transaction().outcome == Outcome.SUCCEEDED
        assert statuses(good, bad) == [(Status.COMPLETED, ""), (Status.FAILED, Reason.NOT_PAID)]
        assert minted(badge, good, bad) == [1, 0]


@pytest.mark.fault(36)
def test_a_part_that_is_starved_of_gas_is_not_taken_for_paid(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction succeeds, and the last of its calls ran out of gas inside (EIP-150 keeps a 64th for what comes after)."""
    enough = simulate.gas_for
    monkeypatch.setattr(plan, "gas_for", lambda *given: int(enough(*given) * 0.75))
    badge = world.put("OpenBadge")
    make: Any = make_reward(
        wallet=world.wallet(), contract=badge.address, strategy="aggregate3", needs_role=False, batch_size=2
    )
    world.network.multicall3 = world.put("Multicall3").address
    world.network.save()
    good, starved = make_claim(make, quantity=40), make_claim(make, quantity=40)
    with by_hand(world, world.network.wallets.get()) as hand:
        hand.turn()
        hand.mine(2)
        hand.turn()
        assert only_transaction().outcome == Outcome.SUCCEEDED
        assert statuses(good, starved) == [(Status.COMPLETED, ""), (Status.FAILED, Reason.NOT_PAID)]
        assert minted(badge, good, starved) == [40, 0]


@pytest.mark.fault(36)
@pytest.mark.parametrize("make", [all_or_nothing, each_may_fail])
def test_no_part_of_a_batch_as_we_size_it_starves(world: World, make: Make) -> None:
    """The gas limit of a batch is enough for every call, also where each may fail alone."""
    reward, badge = make(world, batch_size=30)
    claims = [make_claim(reward, quantity=1 + i % 7) for i in range(30)]
    with by_hand(world, world.network.wallets.get()) as hand:
        hand.finish()
        assert minted(badge, *claims) == [1 + i % 7 for i in range(30)]
        assert set(statuses(*claims)) == {(Status.COMPLETED, "")}
    assert Transaction.objects.count() == 1
