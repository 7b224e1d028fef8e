"""From the events of a contract to who was given what, for each kind of reward and pool."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from chain.calls import ZERO_ADDRESS, encode
from chain.events import Emitted, Log, topic_of
from claims.models import Claim, Reward
from claims.processor import owed as claim_owed
from orders.minting import Standard
from orders.minting import source as claim_source
from orders.models import Order
from orders.payments import Step
from orders.states import Status
from tests.claims.test_processor import minted, minted1155, reward
from tests.factories import CONTRACT, MINTER, an_address
from tests.model_chain import fits
from tests.withdrawals.test_processor import TOKEN, event, pool, transfer
from withdrawals.models import PoolKind, Withdrawal
from withdrawals.processor import POLL_CREATED, WITHDRAWN
from withdrawals.processor import owed as withdrawal_owed
from withdrawals.processor import source as withdrawal_source

TX = "0x" + "ab" * 32
ME = an_address()


def emitted(*logs: Log) -> list[Emitted]:
    return [Emitted(replace(log, index=place), TX, 7, "0x" + "cd" * 32) for place, log in enumerate(logs)]


def badge(standard: Standard = Standard.ERC721) -> Reward:
    return reward(standard=standard)


def test_a_mint_is_a_payment() -> None:
    (paid,) = claim_source(badge(), None).read(emitted(minted(an_address(), 1, sender=an_address()), minted(ME, 5)))
    assert (paid.step, paid.contract, paid.recipient, paid.amount, paid.token_id) == (Step.PAID, CONTRACT, ME, 1, 5)
    assert (paid.tx_hash, paid.block_number, paid.log_index) == (TX, 7, 1)


def test_an_erc1155_batch_makes_several() -> None:
    batch = event_batch(ME, [3, 4], [10, 20])
    found = claim_source(badge(Standard.ERC1155), None).read(emitted(batch, minted1155(ME, 9, 2)))
    assert [(paid.token_id, paid.amount, paid.log_index) for paid in found] == [(3, 10, 0), (4, 20, 0), (9, 2, 1)]


def event_batch(recipient: str, tokens: list[int], quantities: list[int]) -> Log:
    topic = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"  # TransferBatch, EIP-1155
    parties = [topic_of(party) for party in (MINTER, ZERO_ADDRESS, recipient)]
    return Log(CONTRACT, (topic, *parties), encode(["uint256[]", "uint256[]"], [tokens, quantities]), 0)


def test_only_what_leaves_the_wallet_is_a_payment_of_a_token() -> None:
    others = transfer(ME, 7, sender=an_address()), transfer(ME, 8, token=CONTRACT), transfer(ZERO_ADDRESS, 9)
    logs = emitted(transfer(ME, 1000), *others)
    (paid,) = withdrawal_source(pool(), None).read(logs)
    assert (paid.contract, paid.recipient, paid.amount, paid.token_id) == (TOKEN, ME, 1000, None)


def test_an_asset_pool_proposes_and_pays() -> None:
    found = withdrawal_source(pool(PoolKind.ASSET_POOL), None).read(
        emitted(event(POLL_CREATED, 7, 1), event(POLL_CREATED, 8, 1, contract=TOKEN), event(WITHDRAWN, 7, ME, 1000))
    )
    assert [(paid.step, paid.recipient, paid.amount, paid.token_id) for paid in found] == [
        (Step.PROPOSED, "", None, 7),
        (Step.PAID, ME, 1000, 7),
    ]


def test_native_coin_has_no_event() -> None:
    source = withdrawal_source(pool(PoolKind.NATIVE), None)
    assert (source.contract, source.topics, source.read(emitted(transfer(ME, 1)))) == ("", (), [])


@pytest.mark.parametrize(
    ("source", "log"),
    [
        (claim_source(badge(), ME), minted(ME, 1)),
        (claim_source(badge(Standard.ERC1155), ME), event_batch(ME, [1], [1])),
        (withdrawal_source(pool(), ME), transfer(ME, 1)),
        (withdrawal_source(pool(PoolKind.ASSET_POOL), ME), event(WITHDRAWN, 1, ME, 1)),
    ],
)
def test_the_topics_find_what_the_source_reads(source: Any, log: Log) -> None:
    assert fits(source.topics, log.topics)
    assert source.read(emitted(log))


@pytest.mark.parametrize(
    ("source", "log"),
    [
        (claim_source(badge(), ME), minted(an_address(), 1)),
        (claim_source(badge(), None), minted(ME, 1, sender=an_address())),
        (claim_source(badge(Standard.ERC1155), ME), minted1155(an_address(), 1, 1)),
        (withdrawal_source(pool(), None), transfer(ME, 1, sender=an_address())),
    ],
)
def test_the_topics_pass_over_the_rest(source: Any, log: Log) -> None:
    assert not fits(source.topics, log.topics)


def test_what_a_claim_comes_to() -> None:
    one = Claim(order_id=uuid4(), reward=badge(), recipient=ME, quantity=2)
    assert (claim_owed(one).amount, claim_owed(one).token_ids) == (2, None)
    one.token_id = 5
    assert claim_owed(one).token_ids == (5,)
    one.token_ids = [8, 9]
    assert claim_owed(one).token_ids == (8, 9)


@pytest.mark.parametrize(
    ("kind", "finalize", "steps"),
    [
        (PoolKind.ERC20, False, (Step.PAID,)),
        (PoolKind.NATIVE, False, (Step.PAID,)),
        (PoolKind.ASSET_POOL, False, (Step.PROPOSED,)),
        (PoolKind.ASSET_POOL, True, (Step.PROPOSED, Step.PAID)),
    ],
)
def test_what_a_withdrawal_comes_to(kind: PoolKind, finalize: bool, steps: tuple[Step, ...]) -> None:
    one = Withdrawal(order=Order(), pool=pool(kind, finalize=finalize), recipient=ME, amount=1000)
    assert (withdrawal_owed(one).recipient, withdrawal_owed(one).amount, withdrawal_owed(one).steps) == (ME, 1000, steps)


@pytest.mark.parametrize(("paid", "steps"), [(None, (Step.PROPOSED,)), (1000, (Step.PROPOSED, Step.PAID))])
def test_a_completed_withdrawal_keeps_what_it_came_to(paid: int | None, steps: tuple[Step, ...]) -> None:
    changed_since = pool(PoolKind.ASSET_POOL, finalize=paid is None)
    order = Order(status=Status.COMPLETED)
    one = Withdrawal(order=order, pool=changed_since, recipient=ME, amount=1000, withdrawal_id=7, paid_amount=paid)
    assert withdrawal_owed(one).steps == steps
