"""The orders list and an order's page. Nothing is edited: staff ask, `orders.actions` decides."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.text import Truncator

from look.admin import ShownAdmin
from look.base import RangeDateTimeFilter
from look.values import NOTHING, explorer, full, short
from orders.admin import page
from orders.admin.actions import ACTIONS, asked
from orders.admin.filters import GroupFilter, search
from orders.csv_export import stream
from orders.details import detail_of, group_of, joins
from orders.models import Event, Order
from orders.states import Reason


@admin.register(Order)
class OrderAdmin(ShownAdmin[Order]):
    change_form_template = "orders/order_page.html"
    change_list_template = "orders/order_list.html"
    list_display = ["short_id", "status_badge", "created", "kind", "group_name", "recipient", "why", "client", "wallet", "hash"]
    list_filter = ["status", "kind", "reason", GroupFilter, "client", "wallet", ("created", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["pk"]
    search_help_text = "Whole order id, recipient's address, transaction hash or external id"
    staff_actions = ACTIONS

    # -- list ---------------------------------------------------------------------------------------------------------

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """With the details of every kind and their groups: one query, however many rows the page has."""
        rows: QuerySet[Order] = super().get_queryset(request)
        return rows.select_related("client", "wallet__network", "transaction", *joins()).defer("transaction__data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        term = search_term.strip()
        return (search(queryset, term) if term else queryset), False

    @admin.display(description="order", ordering="id")
    def short_id(self, order: Order) -> str:
        return format_html('<span title="{}">…{}</span>', order.pk, str(order.pk)[-8:])

    @admin.display(description="status", ordering="status")
    def status_badge(self, order: Order) -> str:
        return page.status_badge(order.status)

    @admin.display(description="reward, pool or contract")
    def group_name(self, order: Order) -> str:
        return str(group_of(order) or NOTHING)

    @admin.display
    def recipient(self, order: Order) -> str:
        detail = detail_of(order)
        return short(detail.recipient) if detail else NOTHING

    @admin.display(description="why")
    def why(self, order: Order) -> str:
        text = order.fail_reason or (Reason(order.reason).label if order.reason else "")
        return format_html('<span title="{}">{}</span>', text, Truncator(text).chars(40)) if text else NOTHING

    @admin.display(description="transaction")
    def hash(self, order: Order) -> str:
        return short(order.transaction.mined_hash) if order.transaction else NOTHING

    # -- CSV ----------------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export_view)
        return [path("export.csv", export, name="orders_order_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse | Any:
        """All rows that the list's filters and search choose, however many pages they fill."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return stream(self.get_changelist_instance(request).get_queryset(request))

    # -- page ---------------------------------------------------------------------------------------------------------

    def head(self, row: Order) -> tuple[str, str]:
        return page.head(row)

    def page_context(self, request: HttpRequest, row: Order) -> dict[str, Any]:
        network = row.wallet.network
        return {
            "facts": self._facts(row),
            "details": page.details(row, network),
            "transactions": page.transactions(row, network),
            "timeline": page.timeline(row),
        }

    def _facts(self, order: Order) -> list[tuple[str, Any]]:
        wallet = page.row_link(order.wallet)
        outside = explorer(order.wallet.network.explorer_url, "address", order.wallet.address)
        held = f"{order.held_by} until {order.held_until:%Y-%m-%d %H:%M}" if order.held_until else order.held_by
        facts = [
            ("Order id", full(str(order.pk))),
            ("Kind", order.get_kind_display()),
            ("Reason", order.get_reason_display()),
            ("Client", order.client or "entered by staff"),
            ("External id", full(order.external_id) if order.external_id else ""),
            ("Paid from wallet", format_html("{}{}", wallet, outside)),
            ("Network", order.wallet.network),
            ("Ordered", order.created),
            ("Last moved", order.moved_at),
            ("Held by", held),
            ("Release asked for", next((f"{each.asked_by}: {each.asked_reason}" for each in asked(order)), "")),
            ("Tries that did not pay", order.tries or ""),
            ("Gas, its share", f"{order.gas_used:,}" if order.gas_used is not None else ""),
        ]
        return [(name, value) for name, value in facts if value not in ("", None)]


@admin.register(Event)
class EventAdmin(ShownAdmin[Event]):
    list_display = ["at", "order_link", "move", "actor", "reason", "note"]
    list_filter = ["to_status", "reason", ("at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["order"]
    ordering = ["-id"]
    search_fields = ["actor"]
    search_help_text = "Whole order id, or an actor such as staff:ana"
    fields = ["order_link", "at", "move", "actor", "reason", "note", "evidence", "transaction"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(order__in=search(Order.objects.order_by(), term)) | queryset.filter(actor=term), False

    @admin.display(description="order")
    def order_link(self, event: Event) -> str:
        return page.row_link(event.order)

    @admin.display(description="move")
    def move(self, event: Event) -> str:
        before = page.status_badge(event.from_status) if event.from_status else "new"
        return format_html("{} → {}", before, page.status_badge(event.to_status))
