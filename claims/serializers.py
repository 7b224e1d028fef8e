"""What a claim looks like in REST."""

from collections.abc import Sequence

from rest_framework import serializers

from chain.calls import Signature
from claims.intake import wishes
from claims.models import Claim
from orders.api.fields import CountField, TextField, UintField
from orders.api.paging import ListQuery
from orders.api.serializers import Body, OrderAnswer
from orders.api.shapes import Ordering, Shape
from orders.states import Kind, Scope


class RewardBody(Body):
    """A claim of the reward that the path names."""

    quantity = CountField(default=1, help_text="Units. A token reward pays its amount times this.")
    token_id = UintField(required=False, help_text="Where the reward's contract has several tokens.")


class ClaimBody(RewardBody):
    """A claim of any reward."""

    kind = serializers.ChoiceField([Kind.CLAIM], required=False, help_text="Required where other kinds may stand.")
    reward = TextField(max_length=100, help_text="The reward's id, or its external id.")


class ClaimAnswer(OrderAnswer):
    """A claim of an NFT reward."""

    reward = serializers.UUIDField(source="claim.reward_id")
    recipient = serializers.CharField(source="claim.recipient")
    quantity = serializers.IntegerField(source="claim.quantity")
    token_id = UintField(source="claim.token_id", allow_null=True)
    token_ids = serializers.ListField(
        source="claim.token_ids", child=UintField(), allow_null=True, help_text="What was minted; null until it is final."
    )


class ClaimQuery(ListQuery):
    reward = serializers.UUIDField(required=False)


def signatures(claim: Claim) -> Sequence[Signature]:
    return [claim.reward.signature]


SHAPE = Shape(
    kind=Kind.CLAIM,
    related="claim",
    answer=ClaimAnswer,
    filters={"recipient": "recipient", "reward": "reward"},
    signatures=signatures,
    ordering=Ordering(ClaimBody, Scope.CLAIMS_CREATE, wishes),
)
