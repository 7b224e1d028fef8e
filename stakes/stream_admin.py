"""What came out of the stream is shown; what nobody could read may be read again, once its hash was mended."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import Truncator

from look.admin import ShownAdmin
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING
from orders.admin import page
from orders.admin.actions import OPERATE
from orders.outside import LOST
from stakes.consumer import target
from stakes.inbox import StreamMessage
from stakes.messages import read_again
from stakes.stream import configured
from stakes.stream_intake import store_again


def again(_request: HttpRequest, row: StreamMessage, _answers: Mapping[str, Any]) -> None:
    stream, staking = configured(), target()
    if stream is None or staking is None:
        raise Refused("No stream is configured, or there is no open staking contract that it is for.")
    if not row.fields:
        raise Refused("It was deleted from the stream before anybody had read it.")
    message = read_again(row.message_id, row.fields)
    try:
        with stream.redis:
            hashes = stream.hashes([message.entity] if message.entity else [])
        problem = store_again(row, staking, message.with_hash(hashes[0] if hashes else None))
    except (LOST, DatabaseError) as error:
        raise Refused(f"Redis or the database did not answer ({type(error).__name__}). Try again.") from error
    if problem:
        raise Refused(problem)


class UnreadableFilter(admin.SimpleListFilter):
    title = "could be read"
    parameter_name = "read"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "no"), ("yes", "yes")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StreamMessage]) -> QuerySet[StreamMessage]:
        return queryset.filter(order__isnull=self.value() == "no") if self.value() else queryset


@admin.register(StreamMessage)
class StreamMessageAdmin(ShownAdmin[StreamMessage]):
    list_display = ["message_id", "entity", "state", "said", "stored"]
    list_filter = [UnreadableFilter, "stream"]
    search_fields = ["=message_id", "=entity", "=order__pk"]
    search_help_text = "Whole message id, hash (PendingStake:…) or order id"
    list_select_related = ["order"]
    fields = ["stream", "message_id", "entity", "state", "order_link", "problem", "fields", "told", "stored"]
    staff_actions = [
        StaffAction(
            "again", "Read again",
            "Its hash in Redis is read once more. Do this when somebody has mended it: if it can be read now, it becomes an "
            "order and is sent; if not, the new reason is kept.",
            "read", OPERATE, again, lambda row: bool(row.problem and row.fields), tone=Tone.GOOD,
        )
    ]  # fmt: skip

    def head(self, row: StreamMessage) -> tuple[str, str]:
        return self.state(row), row.problem or "It is an order."

    @admin.display(description="state")
    def state(self, row: StreamMessage) -> str:
        return page.status_badge(row.order.status) if row.order else badge("unreadable", Tone.BAD)

    @admin.display(description="why, or which order")
    def said(self, row: StreamMessage) -> str:
        return Truncator(row.problem).chars(160) if row.problem else self.order_link(row)

    @admin.display(description="order")
    def order_link(self, row: StreamMessage) -> str:
        return page.row_link(row.order) if row.order else NOTHING
