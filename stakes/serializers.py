"""What a stake looks like in REST."""

from collections.abc import Sequence

from rest_framework import serializers

from chain.calls import Signature
from orders.api.fields import RecipientField, TextField, UintField
from orders.api.paging import ListQuery
from orders.api.serializers import OrderAnswer, PlainBody
from orders.api.shapes import Ordering, Shape
from orders.models import Order
from orders.states import Kind, Scope
from stakes import recipes
from stakes.intake import wishes
from stakes.models import Stake, StakeAction


class SignedBody(PlainBody):
    """What a user signed. It is sent as it is, and once."""

    staking = TextField(max_length=100, help_text="The staking contract's id, its external id, or its address.")
    owner = RecipientField(help_text="Whose signature it is.")
    target = UintField(help_text="The NFT id that is staked on (uint96).")
    signature_id = TextField(
        max_length=31, trim_whitespace=False, help_text="The owner's own text of 1 to 31 bytes. A second idempotency key."
    )
    signature = TextField(max_length=200, help_text="The owner's EIP-712 signature: 65 bytes (r, s, v) as 0x and hexadecimal.")


class StakeBody(SignedBody):
    """A stake of the owner's tokens."""

    amount = UintField(lowest=1, help_text="Base units.")


class RestakeBody(SignedBody):
    """A stake that moves to another target."""

    stake_id = UintField(help_text="The NFT id of the stake (uint96).")


class AnyStakeBody(SignedBody):
    """A stake, which has an `amount`, or a restake, which has a `stake_id`."""

    kind = serializers.ChoiceField([Kind.STAKE], required=False, help_text="Required where other kinds may stand.")
    action = serializers.ChoiceField(StakeAction.choices, default=StakeAction.STAKE)
    amount = UintField(lowest=1, required=False, help_text="Base units; of a stake.")
    stake_id = UintField(required=False, help_text="The NFT id (uint96); of a restake.")


class StakeAnswer(OrderAnswer):
    """A stake or a restake."""

    staking = serializers.UUIDField(source="stake.staking_id")
    action = serializers.ChoiceField(StakeAction.choices, source="stake.action")
    owner = serializers.CharField(source="stake.owner")
    target = UintField(source="stake.target")
    amount = UintField(source="stake.amount", allow_null=True, help_text="Base units; null of a restake.")
    stake_id = UintField(source="stake.stake_id", allow_null=True, help_text="Null of a stake.")
    signature_id = serializers.CharField(source="stake.signature_id")
    signature = serializers.SerializerMethodField()

    def get_signature(self, order: Order) -> str:
        return "0x" + bytes(order.stake.signature).hex()


class StakeQuery(ListQuery):
    staking = serializers.UUIDField(required=False)
    action = serializers.ChoiceField(StakeAction.choices, required=False)
    signature_id = serializers.CharField(max_length=31, required=False, trim_whitespace=False)


def signatures(stake: Stake) -> Sequence[Signature]:
    return [recipes.signature(stake.staking.stake_function), recipes.signature(stake.staking.restake_function)]


SHAPE = Shape(
    kind=Kind.STAKE,
    related="stake",
    answer=StakeAnswer,
    filters={"recipient": "owner", "staking": "staking", "action": "action", "signature_id": "signature_id"},
    signatures=signatures,
    ordering=Ordering(AnyStakeBody, Scope.STAKES_CREATE, wishes),
)
