"""How claims become calls, and how a receipt's events settle them: without a chain."""

from typing import Any
from uuid import uuid4

import pytest

from chain.calls import Signature, checksummed
from chain.events import Log
from chain.models import Network, Wallet
from chain.templates import TemplateError
from claims.models import Claim, Reward
from claims.processor import batch, questions, read, size
from orders.minting import OWNED721, OWNED1155, Standard
from orders.states import Reason, Status
from tests.factories import CONTRACT, an_address

TRANSFER = Signature.parse("Transfer(address indexed a, address indexed b, uint256 indexed c)")
SINGLE = Signature.parse(
    "TransferSingle(address indexed o, address indexed a, address indexed b, uint256 token, uint256 quantity)"
)
ARRAYS = {"function": "claimBatch(address[],uint256[])", "arguments": [{"each": "{recipient}"}, {"each": "{quantity}"}]}


def reward(strategy: str = "multicall", **over: Any) -> Reward:
    values: dict[str, Any] = {
        "function": "claim(address,uint256)", "arguments": ["{recipient}", "{quantity}"], "contract": CONTRACT,
        "wallet": Wallet(network=Network()), "strategy": strategy,
    }  # fmt: skip
    return Reward(**{**values, **over})


def claim(of: Reward | None = None, **over: Any) -> Claim:
    return Claim(order_id=uuid4(), reward=of or reward(), **{"recipient": an_address(), **over})


def word(value: str | int) -> str:
    return f"0x{value:064x}" if isinstance(value, int) else "0x" + value[2:].lower().rjust(64, "0")


def minted(recipient: str, token: int, *, contract: str = CONTRACT, sender: str = "0x" + "00" * 20) -> Log:
    return Log(contract, (TRANSFER.topic, word(sender), word(recipient), word(token)), b"", 0)


def minted1155(recipient: str, token: int, quantity: int) -> Log:
    nobody = word("0x" + "00" * 20)
    data = token.to_bytes(32) + quantity.to_bytes(32)
    return Log(CONTRACT, (SINGLE.topic, nobody, nobody, word(recipient)), data, 0)


# -- calls --------------------------------------------------------------------------------------------------------


def test_each_claim_has_a_call_of_its_own() -> None:
    one = claim(quantity=2)
    (call,) = batch([one]).calls
    assert (call.to, one.reward.signature.decode(call.data)) == (CONTRACT, (one.recipient, 2))


@pytest.mark.parametrize("strategy", ["multicall", "aggregate3"])
def test_claims_are_put_together_by_the_contract_or_by_multicall3(strategy: str) -> None:
    of = reward(strategy)
    made = batch([claim(of), claim(of)])
    assert made.combine is not None
    together = made.combine([0, 1])
    assert together.to == (CONTRACT if strategy == "multicall" else of.network.multicall3)
    assert all(call.data in together.data for call in made.calls)


def test_an_array_call_has_the_chosen_claims_only() -> None:
    of = reward("batch", **ARRAYS)
    claims = [claim(of) for _ in range(3)]
    made = batch(claims)
    assert made.combine is not None
    recipients, quantities = of.signature.decode(made.combine([0, 2]).data)
    assert (list(recipients), list(quantities)) == ([claims[0].recipient, claims[2].recipient], [1, 1])


def test_single_claims_are_not_put_together() -> None:
    of = reward("single", batch_size=20)
    assert (batch([claim(of)]).combine, size(claim(of))) == (None, 1)


def test_a_batch_is_as_large_as_the_reward_says() -> None:
    assert size(claim(reward(batch_size=7))) == 7


def test_a_rehearsal_of_aggregate3_lets_no_part_fail_unseen() -> None:
    of = reward("aggregate3")
    made = batch([claim(of)])
    assert made.rehearse is not None
    assert made.combine is not None
    assert made.rehearse([0]) != made.combine([0])


def test_a_claim_without_what_the_template_names_has_no_call() -> None:
    with pytest.raises(TemplateError, match="no token_id"):
        batch([claim(reward(arguments=["{recipient}", "{token_id}"]))])


def test_every_placeholder_has_a_value() -> None:
    of = reward(function="f(uint256,uint256,bytes16)", arguments=["{token_id}", "{amount}", "{order_id}"])
    one = claim(of, token_id=5, quantity=3)
    assert of.signature.decode(batch([one]).calls[0].data) == (5, 3, one.pk.bytes)


# -- events -------------------------------------------------------------------------------------------------------


def test_a_mint_to_the_recipient_completes_the_claim() -> None:
    one = claim()
    (verdict,) = read([one], [minted(one.recipient, 9)])
    assert (verdict.order, verdict.to, verdict.facts) == (one.pk, Status.COMPLETED, {"token_ids": [9]})


def test_two_claims_of_one_recipient_have_a_token_each() -> None:
    of = reward()
    one = claim(of)
    two = claim(of, recipient=one.recipient)
    verdicts = read([one, two], [minted(one.recipient, 1), minted(one.recipient, 2)])
    assert [v.facts["token_ids"] for v in verdicts] == [[1], [2]]


@pytest.mark.parametrize("tokens", [[], [1], [1, 2, 3]])
def test_fewer_mints_than_ordered_go_to_review_and_more_do_not_harm(tokens: list[int]) -> None:
    one = claim(quantity=2)
    (verdict,) = read([one], [minted(one.recipient, token) for token in tokens])
    assert verdict.to == (Status.COMPLETED if len(tokens) >= 2 else Status.HELD)


@pytest.mark.parametrize("wrong", ["recipient", "contract", "sender"])
def test_a_mint_of_somebody_or_something_else_proves_nothing(wrong: str) -> None:
    one = claim()
    other = an_address()
    log = minted(other if wrong == "recipient" else one.recipient, 1, **({} if wrong == "recipient" else {wrong: other}))
    (verdict,) = read([one], [log])
    assert (verdict.to, verdict.reason) == (Status.HELD, Reason.REVIEW)


def test_an_erc1155_claim_needs_its_token_and_its_number() -> None:
    of = reward(standard=Standard.ERC1155)
    one = claim(of, token_id=7, quantity=3)
    assert read([one], [minted1155(one.recipient, 7, 3)])[0].to == Status.COMPLETED
    assert read([one], [minted1155(one.recipient, 8, 3)])[0].to == Status.HELD
    assert read([one], [minted1155(one.recipient, 7, 2)])[0].to == Status.HELD
    assert read([one], [minted1155(one.recipient, 7, 4)])[0].to == Status.HELD


@pytest.mark.fault(35, 36)
def test_in_aggregate3_a_claim_without_event_was_not_paid_if_the_others_were() -> None:
    of = reward("aggregate3")
    paid, unpaid = claim(of), claim(of)
    verdicts = read([paid, unpaid], [minted(paid.recipient, 1)])
    assert [(v.to, v.reason) for v in verdicts] == [(Status.COMPLETED, None), (Status.FAILED, Reason.NOT_PAID)]


@pytest.mark.fault(36)
def test_in_aggregate3_a_mint_left_over_makes_it_doubtful() -> None:
    of = reward("aggregate3")
    paid, unpaid = claim(of), claim(of, quantity=2)
    verdicts = read([paid, unpaid], [minted(paid.recipient, 1), minted(unpaid.recipient, 2)])
    assert [v.to for v in verdicts] == [Status.COMPLETED, Status.HELD]


def test_in_aggregate3_without_any_proof_nobody_is_judged() -> None:
    of = reward("aggregate3")
    assert {v.to for v in read([claim(of), claim(of)], [])} == {Status.HELD}


def test_addresses_are_compared_as_addresses() -> None:
    one = claim()
    log = minted(one.recipient, 1, contract=checksummed(CONTRACT.lower()))
    assert read([one], [log])[0].to == Status.COMPLETED


# -- what the contract is asked before an order goes again -------------------------------------------------------------------


def asked(of: Reward, **over: Any) -> dict[str, bytes]:
    return {question.name: question.call.data for question in questions(claim(of, **over))}


def test_the_contract_is_asked_how_many_the_recipient_owns() -> None:
    owner = an_address()
    assert asked(reward(), recipient=owner) == {"owned": OWNED721.encode([owner])}
    badge = reward(standard=Standard.ERC1155)
    assert asked(badge, recipient=owner, token_id=7) == {"owned": OWNED1155.encode([owner, 7])}
    assert asked(badge, recipient=owner) == {}


def test_and_whether_it_was_paid_where_it_can_tell() -> None:
    of = reward(paid_view="paid(uint256)", paid_view_arguments=["{order_id}"])
    one = claim(of)
    deciding = [question for question in questions(one) if question.decides]
    assert [(question.name, question.call.to) for question in deciding] == [("paid(uint256)", CONTRACT)]
    assert Signature.parse("paid(uint256)").decode(deciding[0].call.data) == (one.pk.int,)
