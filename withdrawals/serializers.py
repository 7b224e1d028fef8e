"""What a withdrawal looks like in REST."""

from collections.abc import Sequence

from rest_framework import serializers

from chain.calls import Signature
from orders.api.fields import TextField, UintField
from orders.api.paging import ListQuery
from orders.api.serializers import Body, OrderAnswer
from orders.api.shapes import Ordering, Shape
from orders.models import Order
from orders.states import Kind, Scope
from withdrawals.intake import wishes
from withdrawals.models import Withdrawal
from withdrawals.processor import PROPOSE, TRANSFER


class WithdrawalBody(Body):
    """A payment from a pool."""

    kind = serializers.ChoiceField([Kind.WITHDRAWAL], required=False, help_text="Required where other kinds may stand.")
    pool = TextField(max_length=100, help_text="The pool's id, or its external id.")
    amount = UintField(lowest=1, help_text="Base units.")


class WithdrawalAnswer(OrderAnswer):
    """A payment from a pool. It has a `withdrawal_id` or a `fail_reason`, never both."""

    pool = serializers.UUIDField(source="withdrawal.pool_id")
    recipient = serializers.CharField(source="withdrawal.recipient")
    amount = UintField(source="withdrawal.amount", help_text="Base units, ordered.")
    withdrawal_id = serializers.SerializerMethodField(help_text="The poll's id, where the pool has polls.")
    paid_amount = UintField(source="withdrawal.paid_amount", allow_null=True, help_text="Base units, as its event says.")

    def get_withdrawal_id(self, order: Order) -> str | None:
        number = order.withdrawal.withdrawal_id
        return None if number is None or order.fail_reason else str(number)


class WithdrawalQuery(ListQuery):
    pool = serializers.UUIDField(required=False)


def signatures(_: Withdrawal) -> Sequence[Signature]:
    return [TRANSFER, PROPOSE]


SHAPE = Shape(
    kind=Kind.WITHDRAWAL,
    related="withdrawal",
    answer=WithdrawalAnswer,
    filters={"recipient": "recipient", "pool": "pool"},
    signatures=signatures,
    ordering=Ordering(WithdrawalBody, Scope.WITHDRAWALS_CREATE, wishes, counted=True),
)
