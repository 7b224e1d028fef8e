"""What the lists and pages of claims, withdrawals and stakes share: they show one kind's details beside its order's state."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from look.admin import ShownAdmin
from look.base import M, RangeDateTimeFilter
from look.values import explorer, full, short
from orders.admin import page
from orders.admin.filters import search
from orders.models import Order


class DetailAdmin(ShownAdmin[M]):
    """`group` names the foreign key to the reward, pool or staking contract."""

    group: str
    list_filter_submit = True
    ordering = ["-order"]  # ids are UUIDv7: the newest first, by the primary key's own index
    search_fields = ["pk"]
    search_help_text = "Whole order id, recipient's address, transaction hash or external id"

    def get_list_filter(self, request: HttpRequest) -> Any:
        return ["order__status", self.group, ("order__created", RangeDateTimeFilter)]

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        rows: QuerySet[M] = super().get_queryset(request)
        return rows.select_related("order__wallet__network", self.group)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[M], search_term: str) -> tuple[QuerySet[M], bool]:
        term = search_term.strip()
        found = search(Order.objects.order_by(), term).values("pk")
        return (queryset.filter(pk__in=found) if term else queryset), False

    def head(self, row: Any) -> tuple[str, str]:
        return page.head(row.order)

    @admin.display(description="order", ordering="order")
    def order_link(self, row: Any) -> str:
        return page.row_link(row.order)

    @admin.display(description="status", ordering="order__status")
    def status_badge(self, row: Any) -> str:
        return page.status_badge(row.order.status)

    @admin.display(description="recipient")
    def short_recipient(self, row: Any) -> str:
        return short(row.recipient)

    @admin.display(description="recipient")
    def full_recipient(self, row: Any) -> str:
        return full(row.recipient) + explorer(row.order.wallet.network.explorer_url, "address", row.recipient)

    @admin.display(description="ordered", ordering="order__created")
    def ordered(self, row: Any) -> datetime:
        moment: datetime = row.order.created
        return moment
