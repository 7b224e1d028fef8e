"""Going again on a real chain: one item of a batch, a badge from elsewhere, a poll that nobody noted."""

from collections.abc import Callable

import pytest
from django.db.models.functions import Now

from chain import moves as chain_moves
from chain.calls import checksummed
from chain.lane import Lane
from chain.models import Network, Transaction, Wallet
from chain.states import Outcome, TransactionStatus
from claims.models import Claim, Reward
from orders import actions
from orders.actions import NotSafe
from orders.gate import retry
from orders.gate.judgement import Cause, Safety
from orders.models import Order, Stop
from orders.moves import Move, move
from orders.queue import queues
from orders.states import Reason, Status
from orders.turn import take_turn
from tests.contracts.deployed import Deployed
from tests.factories import make_claim, make_withdrawal
from tests.flow.conftest import World
from withdrawals.models import Pool, Withdrawal
from withdrawals.processor import FINALIZE

Work = Callable[[Wallet], None]


def first(world: World, badge: Deployed, function: str, *arguments: object) -> None:
    """Send it so that it comes before whatever is in the pool, without mining it."""
    call = {**badge._call(function, *arguments), "maxPriorityFeePerGas": hex(10**12), "maxFeePerGas": hex(10**13)}
    world.chain.request("eth_sendTransaction", call)


def one_of_a_batch(world: World, work: Work, contract: str, meanwhile: str) -> tuple[Claim, Reward, Deployed]:
    """A claim whose call failed in a batch that went through Multicall3 and paid the other one."""
    reward, badge = world.badge(contract, strategy="aggregate3", needs_role=False)
    together = world.put("Multicall3")
    Network.objects.update(multicall3=checksummed(together.address))
    for minter in (together.address, world.me):
        badge.send("grantRole", badge.call("MINTER_ROLE"), minter)
    bad, good = make_claim(reward), make_claim(reward)
    assert reward.wallet is not None
    world.chain.request("evm_setAutomine", False)
    turn(reward.wallet)
    arguments = (bad.recipient, True) if meanwhile == "refuse" else (bad.recipient, 1)
    first(world, badge, meanwhile, *arguments)
    world.chain.request("evm_mine")
    world.chain.request("evm_setAutomine", True)
    work(reward.wallet)
    assert status(good.order) == (Status.COMPLETED, "")
    assert status(bad.order) == (Status.FAILED, Reason.NOT_PAID)
    return bad, reward, badge


def turn(wallet: Wallet) -> None:
    lane = Lane.open(wallet.pk)
    assert lane is not None
    with lane:
        take_turn(lane, list(queues()))


def status(order: Order) -> tuple[str, str]:
    order.refresh_from_db()
    return order.status, order.reason


@pytest.mark.fault(35, 36)
def test_one_item_of_a_batch_goes_again_and_is_minted_once(world: World, work: Work) -> None:
    bad, reward, badge = one_of_a_batch(world, work, "Badge721", "refuse")
    badge.send("refuse", bad.recipient, False)
    finding = retry.find(bad.order)
    assert (finding.verdict, finding.evidence["transactions"][0]["came_to"]) == (Safety.SAFE, "did not pay it")
    actions.retry(bad.pk, actor="staff:ana", reason="allowed again")
    assert reward.wallet is not None
    work(reward.wallet)
    assert status(bad.order) == (Status.COMPLETED, "")
    assert badge.call("balanceOf", bad.recipient) == 1


@pytest.mark.parametrize("view", ["", "hasClaimed(address)"])
def test_one_that_somebody_else_has_minted_for_is_not_minted_again(world: World, work: Work, view: str) -> None:
    bad, _, badge = one_of_a_batch(world, work, "OnceBadge", "claim")
    Reward.objects.update(paid_view=view, paid_view_arguments=["{recipient}"] if view else [])
    with pytest.raises(NotSafe) as caught:
        actions.retry(bad.pk, actor="staff:ana", reason="again")
    finding = caught.value.finding
    assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)
    (payment,) = finding.evidence["recipient"]["payments"]
    assert (payment["amount"], payment["token_id"], payment["accounted_for"]) == ("1", "1", False)
    (answers,) = finding.evidence["recipient"]["answers"]
    assert answers == {"owned": "1", **({view: "1"} if view else {})}
    assert status(bad.order) == (Status.FAILED, Reason.NOT_PAID)
    assert badge.call("balanceOf", bad.recipient) == 1


def test_a_poll_that_nobody_noted_is_not_made_twice(world: World, work: Work) -> None:
    """The proposal was mined, its receipt was hidden, and people took its nonce for a stranger's."""
    pool = world.asset_pool(world.token(), finalize=True)
    withdrawal = make_withdrawal(pool, amount=77)
    turn(pool.wallet)
    world.chain.request("evm_mine")
    transaction = Transaction.objects.get()
    chain_moves.move([transaction.pk], TransactionStatus.FINAL, outcome=Outcome.FOREIGN, final_at=Now())
    held = Move(withdrawal.pk, Status.BUSY, Status.HELD, Reason.FOREIGN, transaction=transaction.pk)
    move([held], actor="lane")
    actions.ask_to_release(withdrawal.pk, actor="staff:ana", reason="looked")
    actions.confirm_release(withdrawal.pk, actor="staff:bo", reason="looked too")
    assert Withdrawal.objects.get().withdrawal_id == 1
    work(pool.wallet)
    done = Withdrawal.objects.select_related("order").get()
    assert (done.order.status, done.withdrawal_id, done.paid_amount) == (Status.COMPLETED, 1, 77)


def test_after_its_first_step_an_order_takes_the_second(world: World, work: Work) -> None:
    pool, withdrawal, stop = proposed(world)
    finding = retry.find(Order.objects.get())
    assert (finding.verdict, finding.evidence["transactions"][0]["came_to"]) == (Safety.SAFE, "made its first step")
    actions.retry(withdrawal.pk, actor="staff:ana", reason="again")
    stop.delete()
    work(pool.wallet)
    done = Withdrawal.objects.select_related("order").get()
    assert (done.order.status, done.withdrawal_id, Transaction.objects.count()) == (Status.COMPLETED, 1, 2)


def proposed(world: World) -> tuple[Pool, Withdrawal, Stop]:
    """A withdrawal that failed after its first step."""
    pool = world.asset_pool(world.token(), finalize=True)
    withdrawal = make_withdrawal(pool, amount=77)
    turn(pool.wallet)
    stop = Stop.objects.create(group=pool.pk, wallet=pool.wallet, reason="", by="staff:ana")
    turn(pool.wallet)
    assert status(withdrawal.order) == (Status.PENDING, Reason.NEXT_STEP)
    move([Move(withdrawal.pk, Status.PENDING, Status.FAILED, fail_reason="no")], actor="lane")
    return pool, withdrawal, stop


def finalize(world: World, pool: Pool) -> None:
    """As a manager does, of poll 1."""
    world.chain.request("anvil_impersonateAccount", pool.wallet.address)
    call = {"from": pool.wallet.address, "to": pool.contract, "data": "0x" + FINALIZE.encode([1]).hex()}
    world.chain.request("eth_sendTransaction", call)


def test_one_whose_own_poll_its_managers_have_paid_is_for_a_person(world: World, work: Work) -> None:
    pool, withdrawal, _ = proposed(world)
    finalize(world, pool)
    finding = retry.find(Order.objects.get(pk=withdrawal.pk))
    assert (finding.verdict, finding.cause) == (Safety.UNSURE, Cause.STRANGE_PAYMENT)


def test_a_poll_that_its_managers_pay_is_its_own_orders(world: World, work: Work) -> None:
    pool = world.asset_pool(world.token(), finalize=False)
    earlier = make_withdrawal(pool, amount=5)
    later = make_withdrawal(pool, amount=6, recipient=earlier.recipient)
    Order.objects.filter(pk=later.pk).update(status=Status.FAILED, fail_reason="no")
    work(pool.wallet)
    finalize(world, pool)
    finding = retry.find(Order.objects.get(pk=later.pk))
    (payment,) = finding.evidence["recipient"]["payments"]
    assert (payment["amount"], payment["token_id"], payment["accounted_for"]) == ("5", "1", True)
    assert finding.verdict == Safety.SAFE
