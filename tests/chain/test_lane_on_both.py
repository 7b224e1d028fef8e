"""One short suite on the model and on anvil, so that what the model teaches holds on a real chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest

from chain.lane import Lane
from chain.models import Attempt, Transaction
from chain.states import Outcome, TransactionStatus
from local.anvil import Anvil
from tests.factories import make_network, make_wallet
from tests.lanes import grow_old, observe, opened, pay, recover, replace
from tests.model_chain import ModelChain


class Chain(Protocol):
    @property
    def url(self) -> str: ...

    def mine(self, blocks: int = 1) -> None: ...

    def reorg(self, depth: int) -> None: ...

    def drop(self, tx_hash: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Real:
    """anvil, mining on demand."""

    anvil: Anvil

    @property
    def url(self) -> str:
        return self.anvil.url

    def mine(self, blocks: int = 1) -> None:
        self.anvil.request("anvil_mine", hex(blocks))

    def reorg(self, depth: int) -> None:
        self.anvil.request("anvil_reorg", depth, [])

    def drop(self, tx_hash: str) -> None:
        self.anvil.request("anvil_dropTransaction", tx_hash)


@pytest.fixture(params=["model", "anvil"])
def either(request: pytest.FixtureRequest, keys: None) -> Chain:
    if request.param == "model":
        model: ModelChain = request.getfixturevalue("model")
        return model
    anvil: Anvil = request.getfixturevalue("chain")
    anvil.request("evm_setAutomine", False)
    return Real(anvil)


@pytest.fixture
def lane(either: Chain, db: None) -> Iterator[Lane]:
    network = make_network(rpc_urls=either.url, chain_id=31337, confirmations=2)
    with opened(make_wallet(network=network)) as lane:
        lane.look()
        yield lane


def status() -> str:
    return Transaction.objects.get().status


def test_sent_mined_final(lane: Lane, either: Chain) -> None:
    pay(lane)
    assert status() == TransactionStatus.SENT
    either.mine()
    observe(lane)
    assert status() == TransactionStatus.MINED
    either.mine()
    assert [end.outcome for end in observe(lane)] == [Outcome.SUCCEEDED]


def test_the_same_bytes_twice_are_known(lane: Lane) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    recover(lane)
    assert Attempt.objects.get().answer == "known"


def test_bytes_of_a_spent_nonce_are_too_low(lane: Lane, either: Chain) -> None:
    (transaction,) = pay(lane)
    either.mine()
    grow_old(transaction)
    recover(lane)
    assert Attempt.objects.get().answer == "nonce_low"


def test_a_bump_replaces_the_original(lane: Lane, either: Chain) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    replace(lane)
    either.mine(2)
    (end,) = observe(lane)
    assert end.attempt
    assert end.attempt.kind == "bump"


def test_a_cancellation_takes_the_nonce(lane: Lane, either: Chain) -> None:
    pay(lane)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    replace(lane)
    either.mine(2)
    assert [end.outcome for end in observe(lane)] == [Outcome.CANCELLED]


@pytest.mark.fault(29)
def test_a_reorganisation_takes_it_back_and_it_is_mined_again(lane: Lane, either: Chain) -> None:
    (transaction,) = pay(lane)
    either.mine()
    observe(lane)
    either.reorg(1)
    observe(lane)
    assert status() == TransactionStatus.SENT
    grow_old(transaction)
    recover(lane)
    either.mine(2)
    assert [end.outcome for end in observe(lane)] == [Outcome.SUCCEEDED]


@pytest.mark.fault(17, 23)
def test_a_dropped_transaction_is_sent_again(lane: Lane, either: Chain) -> None:
    (transaction,) = pay(lane)
    either.drop(transaction.attempts.get().hash)
    grow_old(transaction)
    recover(lane)
    either.mine(2)
    assert [end.outcome for end in observe(lane)] == [Outcome.SUCCEEDED]


def test_several_nonces_are_mined_in_one_block(lane: Lane, either: Chain) -> None:
    pay(lane, 5)
    either.mine(2)
    ends = observe(lane)
    assert [end.transaction.nonce for end in ends] == [0, 1, 2, 3, 4]
    assert len({end.receipt.block_number for end in ends if end.receipt}) == 1
