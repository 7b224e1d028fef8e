"""A claim from pending to proved, on a real chain, by each strategy and on contracts of every temper."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.calls import checksummed
from chain.models import Transaction, Wallet
from claims.models import Claim, Reward
from orders.models import Order
from orders.states import Reason, Status
from tests.contracts.deployed import Deployed
from tests.factories import make_claim, make_reward
from tests.flow.conftest import World

Work = Callable[[Wallet], None]
ARRAYS = {"strategy": "batch", "function": "claimBatch(address[],uint256[])"}


def played(work: Work, *claims: Claim) -> list[Claim]:
    """The claims as they are after their lane has nothing left to do."""
    wallet = claims[0].reward.wallet
    assert wallet is not None
    work(wallet)
    return [Claim.objects.select_related("order").get(pk=claim.pk) for claim in claims]


def owners(badge: Deployed, *claims: Claim) -> list[str]:
    return [checksummed(badge.call("ownerOf", token)) for claim in claims for token in claim.token_ids or ()]


def test_a_claim_is_minted_and_completed_with_its_token(world: World, work: Work) -> None:
    reward, badge = world.badge()
    (claim,) = played(work, make_claim(reward))
    assert claim.order.status == Status.COMPLETED
    assert owners(badge, claim) == [claim.recipient]


@pytest.mark.parametrize(
    ("contract", "over", "transactions"),
    [
        ("Badge721", {"strategy": "multicall"}, 1),
        ("Badge721", {**ARRAYS, "arguments": [{"each": "{recipient}"}, {"each": "{quantity}"}]}, 1),
        ("Badge721", {"strategy": "single"}, 3),
        ("OpenBadge", {"strategy": "aggregate3", "needs_role": False}, 1),
    ],
)
def test_each_strategy_mints_each_claim_once(
    world: World, work: Work, contract: str, over: dict[str, Any], transactions: int
) -> None:
    _, badge = world.badge(contract, **over)
    world.network.multicall3 = checksummed(world.put("Multicall3").address)
    world.network.save()
    claims = played(work, *(make_claim(Reward.objects.get(), quantity=n) for n in (1, 2, 3)))
    assert owners(badge, *claims) == [claims[0].recipient, *[claims[1].recipient] * 2, *[claims[2].recipient] * 3]
    assert Transaction.objects.count() == transactions


def test_gas_is_shared_out_to_the_last_unit(world: World, work: Work) -> None:
    reward, _ = world.badge()
    claims = played(work, *(make_claim(reward) for _ in range(3)))
    assert sum(claim.order.gas_used or 0 for claim in claims) == Transaction.objects.get().gas_used


@pytest.mark.parametrize(
    "over",
    [
        {"function": "claim(address,uint256,uint256)", "arguments": ["{recipient}", "{token_id}", "{quantity}"]},
        {
            "strategy": "batch",
            "function": "claimBatch(address[],uint256[],uint256[])",
            "arguments": [{"each": "{recipient}"}, {"each": "{token_id}"}, {"each": "{quantity}"}],
        },
    ],
)
def test_erc1155_badges_are_claimed_by_kind_and_number(world: World, work: Work, over: dict[str, Any]) -> None:
    reward, badge = world.badge("Badge1155", **over)
    claims = played(work, make_claim(reward, token_id=7, quantity=3), make_claim(reward, token_id=8, quantity=1))
    assert [c.order.status for c in claims] == [Status.COMPLETED] * 2
    assert [list(map(int, c.token_ids or [])) for c in claims] == [[7], [8]]
    assert [badge.call("balanceOf", c.recipient, c.token_id) for c in claims] == [3, 1]


def test_a_third_partys_drop_works_without_code(world: World, work: Work) -> None:
    drop = world.put("ThirdPartyDrop", 2, 0)
    native = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
    reward = make_reward(
        wallet=world.wallet(),
        contract=checksummed(drop.address),
        function="claim(address,uint256,address,uint256,(bytes32[],uint256,uint256,address),bytes)",
        arguments=["{recipient}", "{quantity}", native, 0, [["0x" + "00" * 32], 0, 0, native], "0x"],
        errors="DropClaimExceedLimit(uint256 limit, uint256 wanted)",
    )
    reward.full_clean()
    good, greedy = played(work, make_claim(reward, quantity=2), make_claim(reward, quantity=3))
    assert (good.order.status, owners(drop, good)) == (Status.COMPLETED, [good.recipient] * 2)
    assert greedy.order.fail_reason == "DropClaimExceedLimit(limit=2, wanted=3)"


def test_of_two_claims_that_only_one_can_have_the_first_gets_it(world: World, work: Work) -> None:
    reward, badge = world.badge("OnceBadge")
    first = make_claim(reward)
    first, second = played(work, first, make_claim(reward, recipient=first.recipient))
    assert (first.order.status, owners(badge, first)) == (Status.COMPLETED, [first.recipient])
    assert second.order.fail_reason == f"AlreadyClaimed(recipient={second.recipient})"


def test_the_same_recipient_twice_gets_two_tokens(world: World, work: Work) -> None:
    reward, badge = world.badge()
    first = make_claim(reward)
    claims = played(work, first, make_claim(reward, recipient=first.recipient))
    assert owners(badge, *claims) == [first.recipient] * 2
    assert claims[0].token_ids != claims[1].token_ids


@pytest.mark.parametrize(
    ("quantity", "reason"),
    [
        (1, "ClaimRejected(recipient={recipient}, quantity=1)"),
        (2, "claims are closed"),
        (3, "panic 0x11: arithmetic overflow or underflow"),
        (4, "reverted without a reason"),
    ],
)
def test_a_contracts_refusal_is_told_in_its_own_words(world: World, work: Work, quantity: int, reason: str) -> None:
    reward, _ = world.badge("Reverter")
    (claim,) = played(work, make_claim(reward, quantity=quantity))
    assert (claim.order.status, claim.order.reason) == (Status.FAILED, Reason.SIMULATION_REVERTED)
    assert claim.order.fail_reason == reason.format(recipient=claim.recipient)


def test_a_claim_that_leaves_no_trace_goes_to_review(world: World, work: Work) -> None:
    reward, _ = world.badge("Reverter")
    (claim,) = played(work, make_claim(reward, quantity=5))
    assert (claim.order.status, claim.order.reason) == (Status.HELD, Reason.REVIEW)


def test_the_oldest_orders_of_a_flood_go_first(world: World, work: Work) -> None:
    reward, _ = world.badge(batch_size=2)
    claims = played(work, *(make_claim(reward) for _ in range(6)))
    nonces = [Order.objects.select_related("transaction").get(pk=claim.pk).transaction for claim in claims]
    assert [transaction.nonce for transaction in nonces if transaction] == [0, 0, 1, 1, 2, 2]
