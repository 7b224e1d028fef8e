"""What came out of the stream: one row a message, with the order it became or the reason why nobody could read it."""

from django.db import models
from django.db.models.functions import Now

from orders.models import Order


class StreamMessage(models.Model):
    """A message of the stream, once it is stored and may be acknowledged. Several may be of one order: the same action again.

    `told` is what the hash in Redis was last made to say of the order, for the old front end.
    """

    stream = models.CharField(max_length=200)
    message_id = models.CharField(max_length=48)
    entity = models.CharField(max_length=200, blank=True, help_text="The hash that has the action, such as PendingStake:01H….")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="stream_messages")
    problem = models.TextField(blank=True, help_text="Why nobody could read it.")
    fields = models.JSONField(default=dict, help_text="Of a message that nobody could read: what it said, and its hash.")
    told = models.CharField(max_length=80, blank=True)
    stored = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-id"]
        constraints = [
            # A Redis that came back empty may give an id again, to a message of another entity: that is another message.
            models.UniqueConstraint(name="stream_message_once", fields=["stream", "message_id", "entity"]),
            models.CheckConstraint(
                name="stream_message_has_order_or_problem", condition=models.Q(problem="") ^ models.Q(order__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                name="stream_message_to_tell",
                fields=["id"],
                condition=models.Q(order__isnull=False) & ~models.Q(told__startswith="completed:"),
            ),
            models.Index(name="stream_message_unread", fields=["-id"], condition=~models.Q(problem="")),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.message_id}"
