"""What a lane concludes from receipts, and from their absence."""

import pytest

from chain import evidence
from chain.lane import Lane
from chain.models import Network, Transaction
from chain.states import AttemptKind, Outcome, TransactionStatus
from tests.lanes import PAYEE, grow_old, observe, pay, recover, replace
from tests.model_chain import ModelChain, Result, always


def test_a_receipt_makes_it_mined(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    assert observe(lane) == []
    transaction = Transaction.objects.get()
    assert (transaction.status, transaction.block_number, transaction.gas_used) == ("mined", 1, 21_000)


def test_depth_makes_it_final(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine(2)
    assert [end.outcome for end in observe(lane)] == [Outcome.SUCCEEDED]
    assert Transaction.objects.get().status == TransactionStatus.FINAL


def test_a_final_transaction_ends_once(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine(2)
    snapshot, transactions = lane.look(), lane.transactions()
    (landed,) = evidence.observe(lane, transactions, snapshot)
    assert [evidence.finish(landed), evidence.finish(landed)] == [True, False]


def test_with_a_finalized_tag_depth_alone_is_not_enough(lane: Lane, model: ModelChain) -> None:
    Network.objects.update(uses_finalized_tag=True)
    pay(lane)
    model.mine(2)
    assert observe(lane) == []
    model.mine()
    assert [end.outcome for end in observe(lane)] == [Outcome.SUCCEEDED]


def test_a_failed_receipt_is_a_reverted_transaction(lane: Lane, model: ModelChain) -> None:
    model.contracts[PAYEE] = always(Result(ok=False))
    pay(lane, data=b"\1\2\3\4")
    model.mine(2)
    assert [end.outcome for end in observe(lane)] == [Outcome.REVERTED]


@pytest.mark.fault(29)
def test_a_reorganised_transaction_is_sent_again_and_mined_elsewhere(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    model.mine()
    observe(lane)
    model.reorg(1)
    observe(lane)
    assert Transaction.objects.get().status == TransactionStatus.SENT
    grow_old(transaction)
    recover(lane)
    model.mine(2)
    observe(lane)
    assert (Transaction.objects.get().status, Transaction.objects.get().block_number) == ("final", 2)


def test_a_transaction_mined_anew_in_another_block_is_noted_there(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    observe(lane)
    first = Transaction.objects.get().block_hash
    model.reorg(1)
    lane.node.send(model.received[0])
    model.mine()
    observe(lane)
    assert (Transaction.objects.get().status, Transaction.objects.get().block_number) == ("mined", 2)
    assert Transaction.objects.get().block_hash != first


@pytest.mark.fault(18, 29)
def test_a_missing_receipt_alone_is_no_reorganisation(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    observe(lane)
    model.lie("eth_getTransactionReceipt", None)
    observe(lane)
    assert Transaction.objects.get().status == TransactionStatus.MINED


@pytest.mark.fault(19)
def test_a_node_that_lags_moves_nothing_back(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    observe(lane)
    model.lag(1)
    observe(lane)
    assert Transaction.objects.get().status == TransactionStatus.MINED


@pytest.mark.fault(20)
def test_a_receipt_without_its_block_settles_nothing(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    receipt = model.answer_receipt([Transaction.objects.get().attempts.get().hash])
    model.mine(5)
    model.lie("eth_getTransactionReceipt", {**receipt, "blockHash": "0x" + "22" * 32})
    assert observe(lane) == []
    assert Transaction.objects.get().status == TransactionStatus.MINED


def test_a_receipt_is_noted_once(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    model.mine()
    observe(lane)
    noted = Transaction.objects.get().mined_at
    observe(lane)
    assert Transaction.objects.get().mined_at == noted


def test_nothing_is_asked_while_no_nonce_is_spent(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    observe(lane)
    assert model.server.count("eth_getTransactionReceipt") == 0


def test_a_nonce_taken_by_an_unknown_transaction_waits(lane: Lane, model: ModelChain) -> None:
    """Silence of one node proves nothing, so nobody decides from it that the order was not paid."""
    (transaction,) = pay(lane)
    model.drop(transaction.attempts.get().hash)
    model.steal_nonce(lane.wallet.address)
    model.mine(5)
    assert observe(lane) == []
    assert Transaction.objects.get().status == TransactionStatus.SENT


@pytest.mark.fault(27, 28)
@pytest.mark.parametrize(("winner", "outcome"), [(0, Outcome.SUCCEEDED), (1, Outcome.CANCELLED)])
def test_whichever_of_payment_and_cancellation_wins_is_told_apart(
    lane: Lane, model: ModelChain, winner: int, outcome: Outcome
) -> None:
    (transaction,) = pay(lane)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    replace(lane)
    hashes = [attempt.hash for attempt in transaction.attempts.order_by("pk")]
    model.drop(hashes[1 - winner])
    lane.node.send(model.received[winner])
    model.mine(2)
    assert [(end.attempt and end.attempt.hash, end.outcome) for end in observe(lane)] == [(hashes[winner], outcome)]


def test_the_mined_one_of_several_attempts_is_kept(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    Network.objects.update(bump_after=1)
    grow_old(transaction)
    replace(lane)
    model.mine(2)
    observe(lane)
    bump = transaction.attempts.get(kind=AttemptKind.BUMP)
    assert Transaction.objects.get().mined_hash == bump.hash
