"""Signing the same nonce again: dearer, or empty; and never above the ceiling."""

import pytest

from chain import evidence
from chain.fees import AboveCeiling
from chain.lane import Lane
from chain.models import Network, Transaction, Wallet
from chain.states import AttemptKind, WalletStatus
from tests.lanes import fees_of, grow_old, pay, replace
from tests.model_chain import GWEI, ModelChain, read_transaction


def kinds(transaction: Transaction) -> list[str]:
    return [attempt.kind for attempt in transaction.attempts.order_by("pk")]


def test_a_young_transaction_is_left_alone(lane: Lane) -> None:
    (transaction,) = pay(lane)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL]


@pytest.mark.fault(25)
def test_an_old_one_is_signed_again_an_eighth_dearer_in_both_fields(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    replace(lane)
    assert fees_of(transaction) == [(3.0, 1.0), (3.375, 1.125)]
    assert len(model.pool) == 1


def test_a_second_bump_is_an_eighth_over_the_first(lane: Lane) -> None:
    (transaction,) = pay(lane)
    for _ in range(2):
        grow_old(transaction)
        replace(lane)
    assert fees_of(transaction)[1:] == [(3.375, 1.125), (3.796875, 1.265625)]


def test_a_bump_pays_the_same_with_the_same_nonce(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    replace(lane)
    first, second = map(read_transaction, model.received)
    assert (first.nonce, first.to, first.value, first.data) == (second.nonce, second.to, second.value, second.data)
    assert first.hash != second.hash


def test_a_market_that_rose_is_followed(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    model.base_fee = 10 * GWEI
    grow_old(transaction, seconds=90)
    replace(lane)
    assert fees_of(transaction)[1] == (21.0, 1.125)


def test_a_cheap_market_gives_a_transaction_more_time(lane: Lane) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction, seconds=90)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL]


@pytest.mark.fault(24, 25)
def test_at_the_ceiling_nothing_new_is_signed(lane: Lane) -> None:
    (transaction,) = pay(lane)
    Network.objects.update(gas_ceiling=3 * GWEI)
    grow_old(transaction)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL]


def test_above_the_ceiling_no_new_price_is_quoted(lane: Lane, model: ModelChain) -> None:
    Network.objects.update(gas_ceiling=3 * GWEI)
    model.base_fee = 9 * GWEI
    with pytest.raises(AboveCeiling):
        lane.quote(lane.look())


def test_only_the_lowest_nonce_is_bumped(lane: Lane) -> None:
    first, second = pay(lane, 2)
    grow_old(first)
    grow_old(second)
    replace(lane)
    assert (kinds(first), kinds(second)) == (["original", "bump"], ["original"])


def test_a_cancellation_is_empty_and_goes_to_ourselves(lane: Lane, model: ModelChain) -> None:
    pay(lane)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    replace(lane)
    empty = read_transaction(model.received[-1])
    assert (empty.to, empty.value, empty.data, empty.nonce) == (lane.wallet.address, 0, b"", 0)


def test_a_cancellation_is_signed_once(lane: Lane) -> None:
    (transaction,) = pay(lane)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    replace(lane)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL, AttemptKind.CANCEL]


def test_an_old_cancellation_is_bumped_as_a_cancellation(lane: Lane) -> None:
    (transaction,) = pay(lane)
    Transaction.objects.update(cancel_asked_by="staff:ana")
    replace(lane)
    grow_old(transaction)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL, AttemptKind.CANCEL, AttemptKind.CANCEL]


def test_a_higher_nonce_that_staff_want_freed_is_cancelled_too(lane: Lane) -> None:
    first, second = pay(lane, 2)
    Transaction.objects.filter(pk=second.pk).update(cancel_asked_by="staff:ana")
    replace(lane)
    assert (kinds(first), kinds(second)) == (["original"], ["original", "cancel"])


def test_a_mined_transaction_is_not_replaced(lane: Lane, model: ModelChain) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    model.mine()
    evidence.observe(lane, lane.transactions(), lane.look())
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL]


def test_a_quarantined_wallet_signs_no_replacement(lane: Lane) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    Wallet.objects.update(status=WalletStatus.QUARANTINED)
    replace(lane)
    assert kinds(transaction) == [AttemptKind.ORIGINAL]


def test_a_legacy_network_raises_its_one_price(lane: Lane) -> None:
    Network.objects.update(fee_kind="legacy")
    (transaction,) = pay(lane)
    grow_old(transaction)
    replace(lane)
    assert fees_of(transaction) == [(2.0, 0.0), (2.25, 0.0)]
