"""What a kind of order keeps of its verdicts."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from claims.models import Claim
from orders.queue import Verdict
from orders.states import Status
from tests.factories import make_claim, make_withdrawal
from withdrawals.models import Withdrawal
from withdrawals.processor import QUEUE

pytestmark = pytest.mark.django_db


def test_facts_of_one_order_leave_the_columns_of_another_alone() -> None:
    proposed, paid = make_withdrawal(), make_withdrawal(withdrawal_id=9)
    QUEUE.record(
        [
            Verdict(proposed.pk, Status.PENDING, facts={"withdrawal_id": 7}),
            Verdict(paid.pk, Status.COMPLETED, facts={"paid_amount": 1000}),
            Verdict(make_withdrawal().pk, Status.HELD),
        ]
    )
    rows = Withdrawal.objects.in_bulk([proposed.pk, paid.pk])
    assert (rows[proposed.pk].withdrawal_id, rows[proposed.pk].paid_amount) == (7, None)
    assert (rows[paid.pk].withdrawal_id, rows[paid.pk].paid_amount) == (9, 1000)


@pytest.mark.parametrize(
    "facts", [{"withdrawal_id": None}, {"withdrawal_id": 8}, {"amount": 1}, {"recipient": "0x" + "1" * 40}]
)
def test_what_was_ordered_and_what_the_chain_answered_never_change(facts: dict[str, Any]) -> None:
    withdrawal = make_withdrawal(withdrawal_id=9)
    with pytest.raises(IntegrityError, match="never changes"), atomic():
        Withdrawal.objects.filter(pk=withdrawal.pk).update(**facts)


@pytest.mark.parametrize("facts", [{"token_ids": None}, {"token_ids": [2]}, {"quantity": 2}, {"recipient": "0x" + "1" * 40}])
def test_nor_does_what_was_claimed_and_minted(facts: dict[str, Any]) -> None:
    claim = make_claim(token_ids=[1])
    with pytest.raises(IntegrityError, match="never changes"), atomic():
        Claim.objects.filter(pk=claim.pk).update(**facts)
