"""The door through which a transaction's status changes."""

import pytest

from chain.models import Transaction
from chain.moves import correct, move
from chain.states import TRANSACTION_MOVES, Outcome, TransactionStatus
from tests.chain.test_guards import PAIRS, make_transaction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_move_goes_only_where_the_law_lets_it(before: TransactionStatus, after: TransactionStatus) -> None:
    transaction = make_transaction(before)
    facts = {"outcome": Outcome.SUCCEEDED} if after == TransactionStatus.FINAL else {}
    moved = move([transaction.pk], after, **facts)
    assert moved == (after in TRANSACTION_MOVES[before])
    assert Transaction.objects.get().status == (after if moved else before)


def test_a_transaction_that_is_there_already_is_not_counted() -> None:
    transaction = make_transaction(TransactionStatus.SENT)
    assert move([transaction.pk], TransactionStatus.SENT) == 0


def test_facts_are_kept_with_the_move() -> None:
    transaction = make_transaction(TransactionStatus.SENT)
    move([transaction.pk], TransactionStatus.MINED, block_number=7, gas_used=21_000)
    transaction.refresh_from_db()
    assert (transaction.block_number, transaction.gas_used) == (7, 21_000)


def test_facts_are_not_kept_without_the_move() -> None:
    transaction = make_transaction(TransactionStatus.FINAL)
    move([transaction.pk], TransactionStatus.MINED, block_number=7)
    transaction.refresh_from_db()
    assert transaction.block_number is None


def test_several_move_at_once_and_only_those_named() -> None:
    wallet = make_transaction().wallet
    others = [make_transaction(wallet=wallet, nonce=n) for n in (1, 2)]
    assert move([t.pk for t in others], TransactionStatus.SENT) == 2
    assert Transaction.objects.get(nonce=0).status == TransactionStatus.SIGNED


def test_the_end_of_a_final_transaction_can_be_set_right() -> None:
    transaction = make_transaction(TransactionStatus.FINAL, outcome=Outcome.REVERTED)
    assert correct(transaction.pk, Outcome.SUCCEEDED, mined_hash="0xab", block_number=7)
    transaction.refresh_from_db()
    assert (transaction.status, transaction.outcome, transaction.block_number) == ("final", "succeeded", 7)


def test_there_is_nothing_to_set_right_where_it_says_so_already_or_has_not_ended() -> None:
    right = make_transaction(TransactionStatus.FINAL, mined_hash="0xab")
    sent = make_transaction(TransactionStatus.SENT)
    assert not correct(right.pk, Outcome.SUCCEEDED, mined_hash="0xab")
    assert not correct(sent.pk, Outcome.SUCCEEDED, mined_hash="0xab")
