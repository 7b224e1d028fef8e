"""What the rows of the chain room know of themselves."""

import pytest
from django.test import override_settings

from chain.fees import FeeKind, Fees
from chain.models import Attempt, Network, Transaction
from chain.states import TransactionStatus
from tests.chain.test_guards import make_transaction
from tests.factories import make_wallet


@pytest.mark.parametrize(("block_limit", "cap"), [(30_000_000, 15_000_000), (60_000_000, 16_777_216), (1_000_000, 500_000)])
def test_a_transaction_may_use_half_a_block_and_no_more_than_the_protocol_allows(block_limit: int, cap: int) -> None:
    assert Network().gas_cap(block_limit) == cap


@override_settings(MAXIMUM_GAS_PRICE=70)
def test_a_network_without_a_ceiling_has_the_installations() -> None:
    assert Network().ceiling == 70
    assert Network(gas_ceiling=0).ceiling == 0


@pytest.mark.django_db
def test_open_and_unmined_transactions_are_told_apart() -> None:
    wallet = make_wallet()
    for nonce, status in enumerate(TransactionStatus):
        make_transaction(status, wallet=wallet, nonce=nonce)
    assert {t.nonce for t in Transaction.objects.open()} == {0, 1, 2}
    assert {t.nonce for t in Transaction.objects.unmined()} == {0, 1}


def test_an_attempt_tells_its_fees() -> None:
    attempt = Attempt(fee_kind="eip1559", max_fee=3, tip=1)
    assert attempt.fees == Fees(FeeKind.EIP1559, 3, 1)


@pytest.mark.django_db
def test_rows_name_themselves_for_people() -> None:
    wallet = make_wallet(name="minter")
    transaction = make_transaction(wallet=wallet, nonce=7)
    attempt = Attempt(transaction=transaction, hash="0xabc")
    names = [str(row) for row in (wallet, transaction, attempt, Network(name="Base"))]
    assert names == ["minter", "minter nonce 7", "0xabc", "Base"]
