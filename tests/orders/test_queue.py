"""What a kind of order keeps of its verdicts."""

import pytest

from orders.queue import Verdict
from orders.states import Status
from tests.factories import make_withdrawal
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
