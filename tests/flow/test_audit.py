"""The audit of a real chain: clean after every kind of order, and not when somebody has been at the contracts or the key."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chain.audit import Scope
from chain.calls import checksummed
from chain.findings import ChainCode, Finding
from chain.models import Wallet
from claims.models import Reward
from orders.audit.codes import OrderCode
from orders.audit.examine import examine
from orders.models import Event, Order
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import an_address, make_claim, make_pool, make_withdrawal
from tests.flow.conftest import World
from tests.forge import forge
from withdrawals.models import PoolKind, Withdrawal

THIEF = "0x8DEe23fF788c97B45C11d0e10076744A3FA509Ca"  # nobody has its key

Work = Callable[[Wallet], None]


def found() -> list[Finding]:
    return list(examine(Scope(list(Wallet.objects.select_related("network")))))


def told(findings: list[Finding]) -> list[tuple[str, Any]]:
    return sorted((finding.code.value, finding.order) for finding in findings)


def by(deployed: Deployed, address: str) -> Deployed:
    """The contract as another account calls it."""
    return replace(deployed, sender=address)


def bury(world: World) -> None:
    """Everything mined so far is final."""
    world.chain.request("anvil_mine", hex(world.network.confirmations))


EACH = {"function": "claim(address,uint256,uint256)", "arguments": ["{recipient}", "{token_id}", "{quantity}"]}
ARRAYS = {
    "strategy": "batch",
    "function": "claimBatch(address[],uint256[],uint256[])",
    "arguments": [{"each": "{recipient}"}, {"each": "{token_id}"}, {"each": "{quantity}"}],
}


@pytest.fixture
def same() -> str:
    """One recipient for all orders of a test: what makes telling payments apart hard."""
    return an_address()


def done(work: Work) -> list[Finding]:
    for wallet in Wallet.objects.all():
        work(wallet)
    assert Order.objects.exclude(status=Status.COMPLETED).count() == 0
    return found()


def test_all_kinds_of_claims_are_clean(world: World, work: Work, same: str) -> None:
    wallet = world.wallet()
    strategies: list[dict[str, Any]] = [{}, {"strategy": "single"}]
    for over in strategies:
        reward, _ = world.badge(wallet=wallet, **over)
        for quantity in (1, 2, 1):
            make_claim(reward, quantity=quantity, recipient=same)
    shapes: list[dict[str, Any]] = [EACH, ARRAYS]
    for shape in shapes:
        reward, _ = world.badge("Badge1155", wallet=wallet, **shape)
        for token_id in (0, 7, 7):
            make_claim(reward, token_id=token_id, quantity=3, recipient=same)
    assert done(work) == []


def test_all_kinds_of_withdrawals_are_clean(world: World, work: Work, same: str) -> None:
    token, wallet = world.token(), world.wallet()
    contract = world.put("WithdrawalPool", token.address, world.me, wallet.address, 0)
    token.send("mint", contract.address, 10**12)
    values = {"wallet": wallet, "kind": PoolKind.ASSET_POOL, "contract": checksummed(contract.address)}
    pools = [make_pool(**values, finalize=finalize) for finalize in (True, False)]
    pools += [world.erc20_pool(token, wallet), make_pool(wallet=wallet, kind=PoolKind.NATIVE, token="")]
    for pool in pools * 2:
        make_withdrawal(pool, recipient=same)
    assert done(work) == []


def test_claims_through_multicall3_are_clean(world: World, work: Work) -> None:
    multicall = world.put("Multicall3")
    type(world.network).objects.update(multicall3=checksummed(multicall.address))
    world.network.refresh_from_db()
    reward, _ = world.badge("OpenBadge", strategy="aggregate3", needs_role=False, wallet=world.wallet())
    for _ in range(3):
        make_claim(reward)
    assert done(work) == []


@pytest.mark.fault(32, 40)
def test_the_key_was_used_elsewhere(world: World, work: Work) -> None:
    """Both the nonce and what it paid are told, with the transaction's hash."""
    token = world.token()
    pool = world.erc20_pool(token)
    make_withdrawal(pool)
    work(pool.wallet)
    thief = an_address()
    receipt = by(token, pool.wallet.address).send("transfer", thief, 5)
    bury(world)
    findings = found()
    assert told(findings) == [(ChainCode.NONCE_NOT_STORED, None), (OrderCode.PAID_WITHOUT_ORDER, None)]
    assert {finding.tx_hash for finding in findings} == {receipt["transactionHash"]}
    assert next(each for each in findings if each.code == OrderCode.PAID_WITHOUT_ORDER).evidence["recipient"] == thief


def test_somebody_else_may_not_mint_or_propose_what_is_ours(world: World, work: Work) -> None:
    reward, badge = world.badge(wallet=world.wallet(1))
    token = world.token()
    wallet = world.wallet(2)
    contract = world.put("WithdrawalPool", token.address, world.me, wallet.address, 0)
    pool = make_pool(wallet=wallet, kind=PoolKind.ASSET_POOL, contract=checksummed(contract.address))
    make_claim(reward)
    make_withdrawal(pool)
    for each in Wallet.objects.all():
        work(each)
    for deployed, role in ((badge, "MINTER_ROLE"), (contract, "MANAGER_ROLE")):
        deployed.send("grantRole", deployed.call(role), world.me)
    badge.send("claim", an_address(), 1)
    contract.send("proposeWithdraw", 5, an_address())
    bury(world)
    assert told(found()) == [(OrderCode.PAID_BY_OTHERS, None)] * 2
    Reward.objects.update(needs_role=False)
    assert told(found()) == [(OrderCode.PAID_BY_OTHERS, None)]


@pytest.fixture
def proposed(world: World, work: Work) -> tuple[Withdrawal, Deployed]:
    """A completed proposal, whose poll a manager has still to pay out."""
    token, wallet = world.token(), world.wallet()
    contract = world.put("WithdrawalPool", token.address, world.me, wallet.address, 0)
    token.send("mint", contract.address, 10**12)
    contract.send("grantRole", contract.call("MANAGER_ROLE"), world.me)
    pool = make_pool(wallet=wallet, kind=PoolKind.ASSET_POOL, contract=checksummed(contract.address))
    withdrawal = make_withdrawal(pool)
    work(wallet)
    withdrawal.refresh_from_db()
    assert withdrawal.withdrawal_id is not None
    return withdrawal, contract


def finalized(world: World, proposed: tuple[Withdrawal, Deployed]) -> list[tuple[str, Any]]:
    withdrawal, contract = proposed
    contract.send("withdrawPollFinalize", withdrawal.withdrawal_id)
    bury(world)
    return told(found())


def test_a_manager_pays_out_what_was_proposed_here(world: World, proposed: tuple[Withdrawal, Deployed]) -> None:
    assert finalized(world, proposed) == []


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("amount", 999, OrderCode.WRONG_AMOUNT), ("recipient", THIEF, OrderCode.WRONG_RECIPIENT)],
)
def test_a_poll_pays_something_else(
    world: World, proposed: tuple[Withdrawal, Deployed], column: str, value: Any, code: str
) -> None:
    forge(proposed[0], **{column: value})
    assert finalized(world, proposed) == [(code, proposed[0].pk)]


def test_a_poll_of_a_held_order_is_paid_out(world: World, proposed: tuple[Withdrawal, Deployed]) -> None:
    order = proposed[0].order
    forge(order, status=Status.HELD, reason=Reason.REVIEW, transaction=None)
    Event.objects.create(order=order, to_status=Status.HELD, actor="bug")
    assert finalized(world, proposed) == [(OrderCode.PAID_NOT_COMPLETED, order.pk)]


def test_an_order_that_was_proposed_twice(world: World, work: Work, proposed: tuple[Withdrawal, Deployed]) -> None:
    withdrawal, _ = proposed
    forge(withdrawal.order, status=Status.PENDING, transaction=None)
    Event.objects.create(order=withdrawal.order, to_status=Status.PENDING, actor="bug")
    forge(withdrawal, withdrawal_id=None)
    work(withdrawal.pool.wallet)
    withdrawal.refresh_from_db()
    assert withdrawal.withdrawal_id == 2
    (finding,) = found()
    assert (finding.code, finding.order, finding.evidence["poll"]) == (OrderCode.PAID_TWICE, withdrawal.pk, "1")


def test_a_proposal_that_is_not_there(world: World, proposed: tuple[Withdrawal, Deployed]) -> None:
    withdrawal, _ = proposed
    forge(withdrawal, withdrawal_id=77)
    (finding,) = found()
    assert (finding.code, finding.order, finding.evidence) == (OrderCode.WRONG_TOKEN, withdrawal.pk, {"poll": "1"})


def test_a_journal_brings_back_no_history_and_the_poll_is_known_all_the_same(
    world: World, proposed: tuple[Withdrawal, Deployed]
) -> None:
    withdrawal, _ = proposed
    forge(withdrawal.order, transaction=None, status=Status.HELD, reason=Reason.STAFF)
    forge(Event, Event.objects.get(to_status=Status.BUSY).pk, transaction=None)
    Event.objects.create(order=withdrawal.order, to_status=Status.HELD, actor="journal")
    assert told(found()) == []


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("amount", 1001, OrderCode.WRONG_AMOUNT), ("recipient", THIEF, OrderCode.WRONG_RECIPIENT)],
)
def test_a_token_was_paid_otherwise_than_ordered(world: World, work: Work, column: str, value: Any, code: str) -> None:
    pool = world.erc20_pool(world.token())
    withdrawal = make_withdrawal(pool, amount=1000)
    work(pool.wallet)
    forge(withdrawal, **{column: value})
    assert told(found()) == [(code, withdrawal.pk)]


def test_a_contract_may_be_written_in_lower_case(world: World, work: Work) -> None:
    reward, _ = world.badge(wallet=world.wallet())
    Reward.objects.update(contract=reward.contract.lower())
    make_claim(Reward.objects.get())
    assert done(work) == []
