"""What the database refuses whatever the code does."""

import itertools
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from chain.models import Attempt, Transaction, Wallet
from chain.states import TRANSACTION_MOVES, Outcome, TransactionStatus
from tests.factories import CONTRACT, make_network, make_wallet

pytestmark = pytest.mark.django_db
PAIRS = [pair for pair in itertools.product(TransactionStatus, repeat=2) if pair[0] != pair[1]]


def make_transaction(status: TransactionStatus = TransactionStatus.SIGNED, **over: Any) -> Transaction:
    over.setdefault("outcome", Outcome.SUCCEEDED if status == TransactionStatus.FINAL else "")
    over.setdefault("wallet", None)
    wallet = over.pop("wallet") or make_wallet()
    values: dict[str, Any] = {"nonce": 0, "to": CONTRACT, "data": b"", "gas_limit": 21_000}
    return Transaction.objects.create(wallet=wallet, status=status, **{**values, **over})


def make_attempt(**over: Any) -> Attempt:
    values: dict[str, Any] = {"hash": "0x" + "ab" * 32, "raw": b"\2", "fee_kind": "eip1559", "max_fee": 2, "tip": 1}
    return Attempt.objects.create(transaction=make_transaction(), **{**values, **over})


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_the_database_knows_the_same_moves_as_the_code(before: TransactionStatus, after: TransactionStatus) -> None:
    transaction = make_transaction(before)
    transaction.status = after
    transaction.outcome = Outcome.SUCCEEDED if after == TransactionStatus.FINAL else ""
    legal = after in TRANSACTION_MOVES[before]
    try:
        with atomic():
            transaction.save()
    except IntegrityError:
        assert not legal
    else:
        assert legal


@pytest.mark.parametrize(
    "change",
    [{"nonce": 7}, {"to": "0x90F79bf6EB2c4f870365E785982E1f101E93b906"}, {"data": b"\1"}, {"value": 1}, {"gas_limit": 1}],
)
def test_what_a_nonce_is_bound_to_never_changes(change: dict[str, Any]) -> None:
    make_transaction()
    with pytest.raises(IntegrityError, match="never changes"):
        Transaction.objects.update(**change)


@pytest.mark.parametrize(
    "change",
    [{"raw": b"\3"}, {"hash": "0x" + "cd" * 32}, {"kind": "cancel"}, {"max_fee": 3}, {"tip": 0}, {"fee_kind": "legacy"}],
)
def test_signed_bytes_never_change(change: dict[str, Any]) -> None:
    make_attempt()
    with pytest.raises(IntegrityError, match="never changes"):
        Attempt.objects.update(**change)


def test_what_nodes_say_of_an_attempt_may_be_added() -> None:
    make_attempt()
    assert Attempt.objects.update(answer="accepted", message="") == 1


def test_transactions_are_never_deleted() -> None:
    transaction = make_transaction()
    with pytest.raises(IntegrityError):
        transaction.delete()


def test_attempts_are_never_deleted() -> None:
    attempt = make_attempt()
    with pytest.raises(IntegrityError):
        attempt.delete()


def test_a_nonce_is_used_once() -> None:
    transaction = make_transaction()
    with pytest.raises(IntegrityError, match="transaction_nonce_once"):
        make_transaction(wallet=transaction.wallet)


def test_a_hash_is_stored_once() -> None:
    attempt = make_attempt()
    with pytest.raises(IntegrityError):
        Attempt.objects.create(transaction=attempt.transaction, hash=attempt.hash, raw=b"\2", max_fee=1, tip=1)


@pytest.mark.parametrize(("status", "outcome"), [(TransactionStatus.FINAL, ""), (TransactionStatus.SENT, Outcome.SUCCEEDED)])
def test_an_outcome_stands_on_final_transactions_only(status: TransactionStatus, outcome: str) -> None:
    with pytest.raises(IntegrityError, match="transaction_outcome_iff_final"):
        make_transaction(status, outcome=outcome)


@pytest.mark.parametrize("value", [-1, 2**256])
def test_a_value_is_a_uint256(value: int) -> None:
    with pytest.raises(IntegrityError):
        make_transaction(value=value)


def test_the_largest_uint256_is_kept_exactly() -> None:
    make_transaction(value=2**256 - 1)
    assert Transaction.objects.get().value == 2**256 - 1


@pytest.mark.parametrize("change", [{"confirmations": 0}, {"max_block_share": 0}, {"max_block_share": 101}])
def test_a_network_has_sane_rules(change: dict[str, int]) -> None:
    with pytest.raises(IntegrityError):
        make_network(**change)


def test_a_wallet_must_be_able_to_send() -> None:
    with pytest.raises(IntegrityError, match="wallet_in_flight_positive"):
        make_wallet(max_in_flight=0)


def test_an_address_is_one_wallet_of_a_network() -> None:
    wallet = make_wallet()
    with pytest.raises(IntegrityError, match="wallet_once_per_network"):
        make_wallet(network=wallet.network)


def test_an_address_may_serve_two_networks() -> None:
    make_wallet()
    make_wallet()
    assert Wallet.objects.count() == 2
