"""What the old claim queue held and nobody could read: shown, and read again by somebody who has mended the cause."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator

from claims.leftovers import Leftover
from claims.queue_fields import take_again
from look.admin import ShownAdmin
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING
from orders.admin import page
from orders.admin.actions import OPERATE


def again(_request: HttpRequest, row: Leftover, _answers: Mapping[str, Any]) -> None:
    if problem := take_again(row):
        raise Refused(problem)


class UnreadableFilter(admin.SimpleListFilter):
    title = "could be read"
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "later")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Leftover]) -> QuerySet[Leftover]:
        return queryset.filter(order__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Leftover)
class LeftoverAdmin(ShownAdmin[Leftover]):
    list_display = ["key", "field", "state", "said", "found"]
    list_filter = [UnreadableFilter]
    search_fields = ["=key", "=field"]
    search_help_text = "Whole name of the hash or of the field"
    list_select_related = ["order"]
    fields = ["key", "field", "state", "value", "problem", "order_link", "found"]
    staff_actions = [
        StaffAction(
            "again", "Read again",
            "It is taken as if the queue still held it. Do this when the cause is gone, such as a claim that had not been sent "
            "yet: it then becomes an order, or its claim is released.",
            "read", OPERATE, again, lambda row: bool(row.problem), tone=Tone.GOOD,
        )
    ]  # fmt: skip

    def head(self, row: Leftover) -> tuple[str, str]:
        return self.state(row), row.problem or "It is an order."

    @admin.display(description="state")
    def state(self, row: Leftover) -> str:
        return page.status_badge(row.order.status) if row.order else badge("unreadable", Tone.BAD)

    @admin.display(description="why, or which order")
    def said(self, row: Leftover) -> str:
        return Truncator(row.problem).chars(160) if row.problem else self.order_link(row)

    @admin.display(description="order")
    def order_link(self, row: Leftover) -> str:
        return page.row_link(row.order) if row.order else NOTHING
