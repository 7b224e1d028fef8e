"""What is concluded only when every node says so: a nonce that a stranger took, and a chain that changed below finality."""

from collections.abc import Iterator

import pytest

from chain import evidence
from chain.errors import NodesDisagree, RpcUnavailable
from chain.lane import Lane
from chain.models import Transaction, Wallet
from chain.states import Outcome, TransactionStatus, WalletStatus
from tests.chain.rpc_server import Http
from tests.chain.window import Window
from tests.factories import make_network, make_wallet
from tests.lanes import observe, opened, pay
from tests.model_chain import ModelChain


@pytest.fixture
def window(model: ModelChain) -> Iterator[Window]:
    """A second URL of the same chain, which can lag and fail by itself."""
    with Window(model) as window:
        yield window


@pytest.fixture
def lane(model: ModelChain, window: Window, db: None) -> Iterator[Lane]:
    network = make_network(rpc_urls=f"{model.url}\n{window.url}", chain_id=model.chain_id, confirmations=2)
    with opened(make_wallet(network=network)) as lane:
        lane.look()
        yield lane


def wallet() -> Wallet:
    return Wallet.objects.get()


def rob(lane: Lane, model: ModelChain) -> Transaction:
    """Our transaction leaves the pool, and somebody else's is mined on its nonce, deep enough to be final."""
    (transaction,) = pay(lane)
    model.drop(transaction.attempts.get().hash)
    model.steal_nonce(lane.wallet.address)
    model.mine(5)
    return transaction


# -- a stranger on our nonce -------------------------------------------------------------------------------------------


@pytest.mark.fault(32)
def test_two_nodes_that_agree_end_the_transaction_as_foreign(lane: Lane, model: ModelChain) -> None:
    rob(lane, model)
    assert [end.outcome for end in observe(lane)] == [Outcome.FOREIGN]
    transaction = Transaction.objects.get()
    assert (transaction.status, transaction.outcome, transaction.mined_hash) == (TransactionStatus.FINAL, Outcome.FOREIGN, "")
    assert (wallet().status, wallet().status_reason) == (
        WalletStatus.QUARANTINED,
        "Nonce 0 was spent by a transaction that was not made here; 2 nodes agree.",
    )


@pytest.mark.fault(19, 32)
def test_a_second_node_that_lags_keeps_the_question_open(lane: Lane, model: ModelChain, window: Window) -> None:
    rob(lane, model)
    window.lag = 5
    assert observe(lane) == []
    assert Transaction.objects.get().status == TransactionStatus.SENT
    assert wallet().status == WalletStatus.ACTIVE


@pytest.mark.fault(18, 32)
def test_a_second_node_that_fails_keeps_the_question_open(lane: Lane, model: ModelChain, window: Window) -> None:
    rob(lane, model)
    window.server.fault = Http(500)
    with pytest.raises(RpcUnavailable):
        observe(lane)
    assert Transaction.objects.get().status == TransactionStatus.SENT


@pytest.mark.fault(19)
def test_a_receipt_that_only_the_second_node_has_keeps_it_ours(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine(5)
    model.lie("eth_getTransactionReceipt", None)
    assert observe(lane) == []
    assert (Transaction.objects.get().status, wallet().status) == (TransactionStatus.SENT, WalletStatus.ACTIVE)


def test_a_stranger_in_a_young_block_proves_nothing(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    model.drop(transaction.attempts.get().hash)
    model.steal_nonce(lane.wallet.address)
    assert observe(lane) == []
    assert wallet().status == WalletStatus.ACTIVE


@pytest.mark.fault(32)
def test_a_nonce_after_ours_is_believed_when_both_nodes_have_it(lane: Lane, model: ModelChain, window: Window) -> None:
    model.steal_nonce(lane.wallet.address)
    window.lag = 1
    with pytest.raises(NodesDisagree):
        lane.look()
    assert wallet().status == WalletStatus.ACTIVE
    window.lag = 0
    lane.look()
    assert wallet().status == WalletStatus.QUARANTINED


# -- below finality ----------------------------------------------------------------------------------------------------


def settled(lane: Lane, model: ModelChain) -> Transaction:
    pay(lane)
    model.mine(3)
    observe(lane)
    return Transaction.objects.get()


@pytest.mark.fault(31)
def test_a_final_block_that_left_the_chain_quarantines(lane: Lane, model: ModelChain) -> None:
    settled(lane, model)
    model.reorg(3)
    evidence.check_ground(lane)
    assert wallet().status == WalletStatus.QUARANTINED
    assert wallet().status_reason == "Final block 1, with nonce 0 in it, has left the chain."
    assert Transaction.objects.get().status == TransactionStatus.FINAL


@pytest.mark.fault(31)
def test_nodes_that_disagree_on_a_final_block_stop_the_lane_for_now(lane: Lane, model: ModelChain, window: Window) -> None:
    settled(lane, model)
    window.freeze()
    model.reorg(3)
    with pytest.raises(NodesDisagree):
        evidence.check_ground(lane)
    assert wallet().status == WalletStatus.ACTIVE


def test_ground_that_holds_is_looked_at_once_a_minute(lane: Lane, model: ModelChain) -> None:
    settled(lane, model)
    evidence.check_ground(lane)
    asked = model.server.count("eth_getBlockByNumber")
    evidence.check_ground(lane)
    assert (wallet().status, model.server.count("eth_getBlockByNumber")) == (WalletStatus.ACTIVE, asked)


def test_a_node_without_the_block_says_nothing_against_it(lane: Lane, model: ModelChain) -> None:
    settled(lane, model)
    model.lag(3)
    evidence.check_ground(lane)
    assert wallet().status == WalletStatus.ACTIVE
