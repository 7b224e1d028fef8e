"""Stakes from what a user signed to what the contract says, on a real chain."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.models import Transaction, Wallet
from orders import actions
from orders.gate.judgement import Cause, Safety
from orders.gate.retry import find
from orders.models import Order, Stop
from orders.states import Reason, Status
from stakes import defaults
from stakes.models import Stake
from tests.factories import a_key, make_stake, signed
from tests.flow.by_hand import by_hand
from tests.flow.conftest import Staking, World

Work = Callable[[Wallet], None]

AS_IT_USED_TO_BE: dict[str, Any] = {
    "stake_event": defaults.STAKED, "stake_proof": defaults.stake_proof(), "restake_event": defaults.RESTAKED,
    "restake_proof": defaults.restake_proof(), "used_view": "", "used_view_arguments": [],
}  # fmt: skip


def played(work: Work, *stakes: Stake) -> list[Order]:
    work(stakes[0].staking.wallet)
    found = {order.pk: order for order in Order.objects.select_related("transaction")}
    return [found[stake.pk] for stake in stakes]


def submitted_by_others(staking: Staking, stake: Stake) -> None:
    """As anybody may; where blocks come by hand, in front of everything of ours in the next one."""
    call = staking.row.recipe(stake.action).call(stake.fields)
    fees = {"maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**11), "gas": hex(400_000)}
    sent = {"from": staking.world.me, "to": call.to, "data": "0x" + call.data.hex(), **fees}
    staking.world.chain.request("eth_sendTransaction", sent)


@pytest.mark.parametrize("how", [{}, AS_IT_USED_TO_BE], ids=["with signature ids", "as it used to be"])
def test_a_user_without_coin_stakes_and_restakes(world: World, work: Work, how: dict[str, Any]) -> None:
    staking = world.staking(**how)
    user = staking.user(tokens=1000)
    world.chain.request("anvil_setBalance", user.address, "0x0")
    (staked,) = played(work, make_stake(staking.row, user, target=7, amount=1000))
    assert (staked.status, staked.tries) == (Status.COMPLETED, 0)
    (restaked,) = played(work, make_stake(staking.row, user, target=8, stake_id=1))
    assert restaked.status == Status.COMPLETED
    assert [staking.deployed.call("stakedOn", target) for target in (7, 8)] == [0, 1000]
    assert staking.token.call("balanceOf", user.address) == 0


def test_one_order_a_transaction_unless_they_may_share_one(world: World, work: Work) -> None:
    staking = world.staking()
    stakes = [make_stake(staking.row, staking.user()) for _ in range(3)]
    assert {order.status for order in played(work, *stakes)} == {Status.COMPLETED}
    assert Transaction.objects.count() == 3


def test_several_share_a_transaction_and_the_one_that_is_refused_fails_alone(world: World, work: Work) -> None:
    staking = world.staking(batch_size=10)
    poor = make_stake(staking.row, staking.user(tokens=5), amount=1000)
    stakes = [make_stake(staking.row, staking.user()) for _ in range(3)]
    refused, *done = played(work, poor, *stakes)
    assert (refused.status, refused.fail_reason) == (Status.FAILED, "ERROR:STK-290:DIP_BALANCE_INSUFFICIENT")
    assert {order.status for order in done} == {Status.COMPLETED}
    assert len({order.transaction_id for order in done}) == 1


@pytest.mark.fault(35)
def test_one_that_somebody_else_submits_first_fails_alone(world: World) -> None:
    staking = world.staking(batch_size=10)
    stakes = [make_stake(staking.row, staking.user()) for _ in range(3)]
    with by_hand(world, staking.row.wallet) as hand:
        hand.turn()
        submitted_by_others(staking, stakes[1])
        hand.finish()
    assert [Stake.objects.get(pk=stake.pk).order.status for stake in stakes] == ["completed", "failed", "completed"]
    lost = Order.objects.get(pk=stakes[1].pk)
    assert lost.reason == Reason.NOT_PAID
    assert find(lost).cause == Cause.STRANGE_PAYMENT
    assert staking.deployed.call("stakedOn", 7) == 3000


@pytest.mark.fault(35)
def test_a_transaction_of_one_that_somebody_else_submits_first_reverts_and_the_order_fails(world: World) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user())
    with by_hand(world, staking.row.wallet) as hand:
        hand.turn()
        submitted_by_others(staking, stake)
        hand.finish()
    order = Order.objects.get()
    assert (order.status, order.fail_reason) == (Status.FAILED, "ERROR:SMH-001:SIGNATURE_USED")
    assert find(order).cause == Cause.STRANGE_PAYMENT


@pytest.mark.fault(54)
def test_a_used_signature_fails_with_the_contracts_own_words(world: World, work: Work) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user())
    submitted_by_others(staking, stake)
    (order,) = played(work, stake)
    assert (order.status, order.fail_reason) == (Status.FAILED, "ERROR:SMH-001:SIGNATURE_USED")
    assert not Transaction.objects.exists()


@pytest.mark.fault(54)
def test_a_used_signature_does_not_go_again_and_people_are_told_why(world: World, work: Work) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user())
    submitted_by_others(staking, stake)
    (order,) = played(work, stake)
    finding = find(order)
    assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)
    with pytest.raises(actions.NotSafe):
        actions.retry(order.pk, actor="staff:ana", reason="again", revision=order.revision)


def test_the_view_decides_where_the_events_do_not_tell(world: World, work: Work) -> None:
    staking = world.staking(emitter="0x" + "11" * 20)
    stake = make_stake(staking.row, staking.user())
    submitted_by_others(staking, stake)
    (order,) = played(work, stake)
    finding = find(order)
    assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.SAID_PAID)


def test_a_stake_goes_again_once_its_owner_has_the_tokens(world: World, work: Work) -> None:
    staking = world.staking()
    user = staking.user(tokens=5)
    stake = make_stake(staking.row, user, amount=1000)
    (order,) = played(work, stake)
    assert order.status == Status.FAILED
    staking.token.send("mint", user.address, 1000)
    staking.approve(user.address, 1000)
    actions.retry(order.pk, actor="staff:ana", reason="he has them now", revision=order.revision)
    (order,) = played(work, stake)
    assert order.status == Status.COMPLETED


def test_what_its_owner_staked_otherwise_is_no_reason_against_it(world: World, work: Work) -> None:
    staking = world.staking()
    user = staking.user(tokens=500)
    stake = make_stake(staking.row, user, amount=1000)
    (order,) = played(work, stake)
    submitted_by_others(staking, signed(staking.row, user, amount=500))
    assert find(order).verdict == Safety.SAFE


def test_many_poor_owners_do_not_stop_the_others(world: World, work: Work) -> None:
    staking = world.staking()
    stakes = [make_stake(staking.row, a_key()) for _ in range(6)]
    assert {order.status for order in played(work, *stakes)} == {Status.FAILED}
    assert not Stop.objects.exists()


def test_a_paused_contract_stops_at_the_first_order_and_loses_none(world: World, work: Work) -> None:
    staking = world.staking()
    stake = make_stake(staking.row, staking.user())
    staking.deployed.send("pause")
    (order,) = played(work, stake)
    assert (order.status, Stop.objects.get().reason) == (Status.PENDING, "EnforcedPause()")
    staking.deployed.send("unpause")
    Stop.objects.all().delete()
    (order,) = played(work, stake)
    assert order.status == Status.COMPLETED


@pytest.mark.fault(53)
def test_what_the_owner_has_not_signed_is_refused_by_the_contract(world: World, work: Work) -> None:
    """Where signatures are not checked at the door."""
    staking = world.staking()
    forged = signed(staking.row, amount=1)
    (order,) = played(work, make_stake(staking.row, staking.user(), signature=bytes(forged.signature)))
    assert (order.status, order.fail_reason) == (Status.FAILED, "ERROR:SMH-002:SIGNATURE_INVALID")
