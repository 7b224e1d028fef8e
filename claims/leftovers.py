"""What the old claim queue held and nobody could read: kept for people, who may have it read again."""

from django.db import models
from django.db.models.functions import Now

from orders.models import Order


class Leftover(models.Model):
    """One field of a `cs_…` hash. It has either a problem or, once it could be read after all, its order."""

    key = models.CharField(max_length=200, help_text="The hash: the reward's external id.")
    field = models.CharField(max_length=200, help_text="The field: the order's id over there.")
    value = models.TextField()
    problem = models.TextField(blank=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="leftovers")
    found = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "claim queue leftover"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(name="leftover_once", fields=["key", "field"]),
            models.CheckConstraint(
                name="leftover_has_problem_or_order", condition=models.Q(problem="") ^ models.Q(order__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.field}"
