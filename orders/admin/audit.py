"""What audits found: shown, and marked as looked at by somebody who says why nothing more is to be done."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.text import Truncator

from chain.findings import Severity
from look.admin import ShownAdmin, status_column
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING, explorer, full
from orders.admin import page
from orders.admin.actions import OPERATE
from orders.audit.runs import look_at
from orders.models import AuditFinding, AuditRun

TONES = {Severity.CRITICAL: Tone.BAD, Severity.WARNING: Tone.WAIT}


def mark(request: HttpRequest, finding: AuditFinding, answers: Mapping[str, Any]) -> None:
    if not look_at(finding, by=f"staff:{request.user.get_username()}", reason=answers["reason"]):
        raise Refused("Somebody has looked at it already.")


class OpenFilter(admin.SimpleListFilter):
    title = "looked at"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "not yet"), ("no", "by somebody")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditFinding]) -> QuerySet[AuditFinding]:
        return queryset.filter(looked_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(AuditFinding)
class AuditFindingAdmin(ShownAdmin[AuditFinding]):
    list_display = ["id", "severity_badge", "code", "said", "first_seen", "last_seen", "looked_at_by"]
    list_filter = [OpenFilter, "severity", "code", "wallet"]
    search_fields = ["=order__pk", "=tx_hash", "key"]
    search_help_text = "Whole order id, transaction hash, or the beginning of a code"
    list_select_related = ["first_run", "last_run"]
    fields = [
        "severity_badge", "code", "sentence", "order_link", "transaction_link", "hash", "wallet", "evidence",
        "first_seen", "last_seen", "looked_at", "looked_at_by", "looked_at_reason",
    ]  # fmt: skip
    severity_badge = status_column(TONES, "severity", "Severity")
    staff_actions = [
        StaffAction(
            "look", "Mark as looked at",
            "It disappears from what needs a person, also when the next audit finds it again. Nothing else changes: no order "
            "moves, nothing is sent. Say what you found out.",
            "marked as looked at", OPERATE, mark, lambda finding: finding.looked_at is None, tone=Tone.GOOD,
        )
    ]  # fmt: skip

    def head(self, row: AuditFinding) -> tuple[str, str]:
        if row.looked_at is None:
            return badge(row.severity, TONES[Severity(row.severity)]), row.sentence
        who = row.looked_at_by.partition(":")[2] or row.looked_at_by
        return badge("looked at", Tone.PLAIN), f"{row.sentence} {who} has looked at it: {row.looked_at_reason}"

    @admin.display(description="what was found")
    def said(self, finding: AuditFinding) -> str:
        return Truncator(finding.sentence).chars(160)

    @admin.display(description="order")
    def order_link(self, finding: AuditFinding) -> str:
        return page.row_link(finding.order) if finding.order else NOTHING

    @admin.display(description="transaction")
    def transaction_link(self, finding: AuditFinding) -> str:
        return page.row_link(finding.transaction) if finding.transaction else NOTHING

    @admin.display(description="hash")
    def hash(self, finding: AuditFinding) -> str:
        if not finding.tx_hash:
            return NOTHING
        url = finding.wallet.network.explorer_url if finding.wallet else ""
        return format_html("{}{}", full(finding.tx_hash), explorer(url, "tx", finding.tx_hash))

    @admin.display(description="first found", ordering="first_run")
    def first_seen(self, finding: AuditFinding) -> Any:
        return finding.first_run.started

    @admin.display(description="last found", ordering="last_run")
    def last_seen(self, finding: AuditFinding) -> Any:
        return finding.last_run.started


@admin.register(AuditRun)
class AuditRunAdmin(ShownAdmin[AuditRun]):
    list_display = ["id", "started", "finished", "complete", "found", "problem"]
    list_filter = ["complete"]
    fields = ["started", "finished", "complete", "problem", "found", "totals", "reached"]
