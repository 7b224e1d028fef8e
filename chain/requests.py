"""The requests that wallets without coin have signed, each stored in one commit with the transaction that has it executed."""

from django.db import models
from django.db.models.functions import Now

from chain.fields import AddressField
from chain.states import RequestOutcome

UINT48_MAX = 2**48 - 1


class ForwardRequest(models.Model):
    """One signed request. Append-only; what became of it is added once, when nothing can change that any more.

    Until then whoever has seen it may have it executed, so its transaction is not final, and nothing else is signed for its
    order.
    """

    transaction = models.ForeignKey("chain.Transaction", on_delete=models.PROTECT, related_name="requests")
    order = models.UUIDField(db_index=True, help_text="What it was signed for; this room does not know orders.")
    signer = models.ForeignKey("chain.Wallet", on_delete=models.PROTECT, related_name="requests")
    forwarder = AddressField()
    nonce = models.PositiveBigIntegerField(help_text="The forwarder's for this signer.")
    deadline = models.PositiveBigIntegerField(help_text="Unix seconds by the chain's clock; its last one.")
    gas = models.PositiveBigIntegerField(help_text="For the call inside.")
    digest = models.CharField(max_length=66, unique=True, help_text="What was signed; the signature is in the transaction.")
    outcome = models.CharField(max_length=8, choices=RequestOutcome.choices, blank=True)
    created = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="forward_request_once", fields=["transaction", "order"]),
            # Of two requests with one nonce a single one can be executed: the other would wait for nothing.
            models.UniqueConstraint(
                name="forward_request_nonce_lives_once", fields=["signer", "forwarder", "nonce"], condition=models.Q(outcome="")
            ),
            models.CheckConstraint(
                name="forward_request_deadline_uint48", condition=models.Q(deadline__gte=1, deadline__lte=UINT48_MAX)
            ),
            models.CheckConstraint(name="forward_request_gas_positive", condition=models.Q(gas__gte=1)),
        ]

    def __str__(self) -> str:
        return f"request {self.nonce} of {self.signer}"
