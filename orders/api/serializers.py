"""What an order looks like from outside. Each kind adds its own fields to `OrderAnswer`."""

from typing import Any

from rest_framework import serializers

from chain.models import Transaction
from chain.states import Outcome, TransactionStatus
from look.values import explorer_page
from orders.actions import allowed
from orders.api.fields import FlagField, RecipientField, Strict, TextField, UintField
from orders.gate.judgement import Cause, Finding, Safety
from orders.models import Event, Order
from orders.states import Action, Kind, Reason, Status


class PlainBody(Strict):
    """What every request for an order may say."""

    external_id = TextField(
        max_length=100, default="", allow_blank=True, help_text="Your own name for the order; once per client."
    )
    hold = FlagField(default=False, help_text="Store the order, and send it only once it is released.")


class Body(PlainBody):
    """What a request for an order says that names its recipient so."""

    recipient = RecipientField()


class ActionBody(Strict):
    """`revision` is the one you looked at: if the order has moved since, nothing is done."""

    revision = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    reason = TextField(max_length=300, help_text="For the order's history.")


class HoldBody(ActionBody):
    until = serializers.DateTimeField(required=False, help_text="Released by itself then.")


def current_hash(transaction: Transaction) -> str:
    """The hash that was mined; before that, of the last bytes that were signed."""
    attempts = list(transaction.attempts.all())
    return transaction.mined_hash or (attempts[-1].hash if attempts else "")


class TransactionBrief(serializers.Serializer[Transaction]):
    """The transaction an order is bound to."""

    id = serializers.UUIDField()
    hash = serializers.SerializerMethodField(help_text="Of the mined attempt; before that, of the latest one.")
    nonce = serializers.IntegerField()
    status = serializers.ChoiceField(TransactionStatus.choices)
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    attempts = serializers.SerializerMethodField(help_text="How many payloads were signed for its nonce.")
    block_number = serializers.IntegerField(allow_null=True)
    confirmations = serializers.SerializerMethodField(help_text="Blocks, its own included, as last seen; 0 until it is mined.")
    gas_used = serializers.IntegerField(allow_null=True)
    explorer_url = serializers.SerializerMethodField()

    def get_hash(self, transaction: Transaction) -> str:
        return current_hash(transaction)

    def get_attempts(self, transaction: Transaction) -> int:
        return len(transaction.attempts.all())

    def get_confirmations(self, transaction: Transaction) -> int:
        if transaction.block_number is None:
            return 0
        return max(1, (transaction.wallet.head_number or 0) - transaction.block_number + 1)

    def get_explorer_url(self, transaction: Transaction) -> str:
        explorer, tx_hash = transaction.wallet.network.explorer_url, current_hash(transaction)
        return explorer_page(explorer, "tx", tx_hash) if explorer and tx_hash else ""


class OrderAnswer(serializers.Serializer[Order]):
    """An order of any kind."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Kind.choices)
    client = serializers.CharField(source="client.name", default="")
    external_id = serializers.CharField()
    status = serializers.ChoiceField(Status.choices)
    reason = serializers.ChoiceField(Reason.choices, allow_blank=True)
    fail_reason = serializers.CharField()
    waiting_for = serializers.SerializerMethodField(
        help_text="Why it is not moving, in one sentence. Empty once it has ended, and in the answer that accepts it."
    )
    allowed_actions = serializers.SerializerMethodField()
    revision = serializers.IntegerField()
    created = serializers.DateTimeField()
    moved_at = serializers.DateTimeField()
    transaction = TransactionBrief(allow_null=True)
    gas_used = serializers.IntegerField(allow_null=True, help_text="Its share of its transactions' gas.")

    def get_waiting_for(self, order: Order) -> str:
        sentences: dict[Any, str] = self.context.get("sentences", {})
        return sentences.get(order.pk, "")

    def get_allowed_actions(self, order: Order) -> list[Action]:
        return list(allowed(order))


class EventLine(serializers.Serializer[Event]):
    """A line of an order's history."""

    at = serializers.DateTimeField()
    from_status = serializers.ChoiceField(Status.choices, allow_blank=True)
    to_status = serializers.ChoiceField(Status.choices)
    actor = serializers.CharField()
    reason = serializers.ChoiceField(Reason.choices, allow_blank=True)
    note = serializers.CharField()
    evidence = serializers.JSONField(allow_null=True)
    transaction = serializers.UUIDField(source="transaction_id", allow_null=True)


class Timeline(serializers.Serializer[Any]):
    events = EventLine(many=True)


class FindingAnswer(serializers.Serializer[Finding]):
    """Whether an order may go again, and what that rests on. Nothing was changed."""

    verdict = serializers.ChoiceField(Safety.choices)
    cause = serializers.ChoiceField(
        [(cause.value, cause.value) for cause in Cause], help_text="Why it is unsure; else null.", allow_null=True
    )
    sentence = serializers.CharField()
    revision = serializers.SerializerMethodField(help_text="The order's, for the retry.")
    allowed_actions = serializers.SerializerMethodField()
    evidence = serializers.JSONField(
        help_text="`transactions`: each that the order was ever bound to, with the receipt of each attempt by each node. "
        "`recipient`: what it was given since the order came, and whether an order accounts for it. `hash`, `block` and `logs` "
        "are the proof of a payment."
    )

    def get_revision(self, finding: Finding) -> int:
        revision: int = finding.evidence["revision"]
        return revision

    def get_allowed_actions(self, _finding: Finding) -> list[Action]:
        return list(allowed(self.context["order"]))


class PreviewAnswer(serializers.Serializer[Any]):
    """What would be sent now. Nothing is stored, and the price may change."""

    ok = serializers.BooleanField(help_text="Whether it would be sent.")
    why_not = serializers.CharField(help_text="The contract's own reason where it refuses; empty when `ok`.")
    wallet = serializers.CharField(help_text="The address that would send it.")
    to = serializers.CharField()
    function = serializers.CharField(help_text="The canonical signature; empty for a transfer of coin.")
    arguments = serializers.ListField(child=serializers.JSONField(), help_text="Numbers as decimal text, bytes as hexadecimal.")
    data = serializers.CharField(help_text="Calldata, hexadecimal.")  # type: ignore[assignment]  # shadows `.data`, of instances
    value = UintField(help_text="wei")
    gas = serializers.IntegerField(allow_null=True, help_text="Gas limit of a transaction of its own.")
    max_fee = UintField(allow_null=True, help_text="wei per gas, at most")
    cost = UintField(allow_null=True, help_text="wei, at most, value included")
