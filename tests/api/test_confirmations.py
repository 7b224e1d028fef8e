"""How deep a transaction is, for callers."""

import pytest

from chain.models import Transaction, Wallet
from orders.api.serializers import TransactionBrief


@pytest.mark.parametrize(("block", "head", "shown"), [(None, 5, 0), (10, 10, 1), (10, 12, 3), (10, None, 1)])
def test_its_own_block_counts(block: int | None, head: int | None, shown: int) -> None:
    transaction = Transaction(block_number=block, wallet=Wallet(head_number=head))
    assert TransactionBrief().get_confirmations(transaction) == shown
