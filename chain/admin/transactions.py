"""Transactions and the attempts made for them, to look at. One thing may be asked for: that a transaction be cancelled."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from chain import steering
from chain.forwarding import until
from chain.models import Attempt, Transaction
from chain.requests import ForwardRequest
from chain.states import Outcome, TransactionStatus
from look.admin import ShownAdmin, ShownInline, status_column
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import NOTHING, explorer, full, gwei, short, units

TONES: dict[str, Tone] = {
    TransactionStatus.SIGNED: Tone.PLAIN,
    TransactionStatus.SENT: Tone.BUSY,
    TransactionStatus.MINED: Tone.BUSY,
    TransactionStatus.FINAL: Tone.GOOD,
}
OUTCOME_TONES: dict[str, Tone] = {
    Outcome.SUCCEEDED: Tone.GOOD,
    Outcome.REVERTED: Tone.BAD,
    Outcome.CANCELLED: Tone.WAIT,
    Outcome.FOREIGN: Tone.BAD,
}
SENTENCES: dict[str, str] = {
    TransactionStatus.SIGNED: "Signed and stored; about to be sent.",
    TransactionStatus.SENT: "Sent. It waits until the network puts it into a block.",
    TransactionStatus.MINED: "In a block. It waits until that block can no longer be undone.",
    Outcome.SUCCEEDED: "Done: the network carried it out, and that is final.",
    Outcome.REVERTED: "The contract refused it and undid everything it did. That is final; only the fee was spent.",
    Outcome.CANCELLED: "Cancelled: our empty transaction came first. Nothing was paid.",
    Outcome.FOREIGN: "Another transaction, which was not made here, took its place. People must look at this wallet.",
}
CANCEL = (
    "We will ask the network to carry out an empty transaction in this one's place. Both are then on their way, and the "
    "network takes one of them: if this one comes first, it pays as planned. So what is mined decides, and nothing is certain "
    "before. Orders of a cancelled transaction are held for you; nothing is sent again by itself."
)


def ask_to_cancel(request: HttpRequest, transaction: Transaction, answers: Mapping[str, Any]) -> None:
    by = f"staff:{request.user.get_username()}"
    if not steering.ask_to_cancel(transaction, by=by, reason=answers["reason"]):
        raise Refused("It is final already, or somebody has asked before.")


def can_be_asked(transaction: Transaction) -> bool:
    return transaction.status != TransactionStatus.FINAL and not transaction.cancel_asked_by


class AttemptFees:
    """An attempt's fees as people read them: the same on its own page and on its transaction's."""

    @admin.display(description="highest fee per gas")
    def highest_fee(self, attempt: Attempt) -> str:
        return gwei(attempt.max_fee)

    @admin.display(description="tip per gas")
    def tip_fee(self, attempt: Attempt) -> str:
        return gwei(attempt.tip)


class AttemptInline(AttemptFees, ShownInline):
    model = Attempt
    fields = ["kind", "full_hash", "highest_fee", "tip_fee", "created", "first_sent_at", "last_sent_at", "answer", "message"]

    @admin.display(description="hash")
    def full_hash(self, attempt: Attempt) -> str:
        return short(attempt.hash) + explorer(attempt.transaction.wallet.network.explorer_url, "tx", attempt.hash)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: QuerySet[Attempt] = super().get_queryset(request)
        return rows.select_related("transaction__wallet__network").defer("raw", "transaction__data")


class RequestInline(ShownInline):
    """Signed requests that it carries, where a sponsor sends it. Shown only where there are any."""

    model = ForwardRequest
    verbose_name_plural = "Signed requests"
    fields = ["order", "signer", "nonce", "gas", "dies", "outcome"]

    @admin.display(description="may be executed")
    def dies(self, request: ForwardRequest) -> str:
        return until(request.deadline)


@admin.register(Transaction)
class TransactionAdmin(ShownAdmin[Transaction]):
    list_display = ["nonce", "wallet", "status_badge", "outcome_badge", "hash", "fee_paid", "block_number", "created"]
    list_filter = ["status", "outcome", "wallet"]
    list_select_related = ["wallet__network"]
    search_fields = ["pk"]
    search_help_text = "Whole transaction hash or id"
    fieldsets = [
        (None, {"fields": ["wallet", "nonce", "target", "coins", "gas_limit", "call", "created"]}),
        ("Receipt", {"fields": ["mined", "block_number", "block_hash", "gas_used", "price", "mined_at", "final_at"]}),
        ("Cancellation", {"fields": ["cancel_asked_by", "cancel_reason"]}),
    ]
    inlines = [AttemptInline, RequestInline]
    staff_actions = [
        StaffAction(
            "cancel", "Ask to cancel", CANCEL, "asked to be cancelled", "chain.operate_wallet", ask_to_cancel, can_be_asked,
            tone=Tone.BAD,
        )
    ]  # fmt: skip
    status_badge = status_column(TONES)
    outcome_badge = status_column(OUTCOME_TONES, "outcome", "Outcome")

    def get_inlines(self, request: HttpRequest, obj: Transaction | None = None) -> Any:
        carries = obj is not None and obj.requests.exists()
        return self.inlines if carries else [AttemptInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        rows: QuerySet[Transaction] = super().get_queryset(request)
        return rows.prefetch_related("attempts")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        """By the whole hash of any attempt, or by id. Both are index look-ups."""
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if term.startswith("0x"):
            return queryset.filter(pk__in=Attempt.objects.filter(hash=term).values("transaction")), False
        try:
            return queryset.filter(pk=UUID(term)), False
        except ValueError:
            return queryset.none(), False

    def head(self, row: Transaction) -> tuple[str, str]:
        text = row.get_outcome_display() or row.get_status_display()
        tone = OUTCOME_TONES.get(row.outcome) or TONES[row.status]
        alive = row.requests.filter(outcome="").order_by("-deadline").first() if row.status == TransactionStatus.MINED else None
        waits = (
            f" What its minter signed may be executed {until(alive.deadline)}, if it was not in this block." if alive else ""
        )
        asked = " Somebody has asked to cancel it; what is mined decides." if row.cancel_asked_by and not row.outcome else ""
        return badge(text, tone), SENTENCES[row.outcome or row.status] + waits + asked

    @admin.display(description="hash")
    def hash(self, transaction: Transaction) -> str:
        attempts = list(transaction.attempts.all())
        return short(transaction.mined_hash or (attempts[-1].hash if attempts else ""))

    @admin.display(description="fee paid")
    def fee_paid(self, transaction: Transaction) -> str:
        if transaction.gas_used is None or transaction.gas_price is None:
            return NOTHING
        return units(transaction.gas_used * transaction.gas_price, 18, transaction.wallet.network.currency)

    @admin.display(description="to")
    def target(self, transaction: Transaction) -> str:
        return full(transaction.to) + explorer(transaction.wallet.network.explorer_url, "address", transaction.to)

    @admin.display(description="value")
    def coins(self, transaction: Transaction) -> str:
        return units(transaction.value, 18, transaction.wallet.network.currency)

    @admin.display(description="call data")
    def call(self, transaction: Transaction) -> str:
        data = bytes(transaction.data)
        return format_html("{} <span class='look-dim'>({} bytes)</span>", short("0x" + data.hex()), len(data))

    @admin.display(description="hash")
    def mined(self, transaction: Transaction) -> str:
        url = transaction.wallet.network.explorer_url
        return full(transaction.mined_hash) + explorer(url, "tx", transaction.mined_hash)

    @admin.display(description="gas price paid")
    def price(self, transaction: Transaction) -> str:
        return gwei(transaction.gas_price)


@admin.register(Attempt)
class AttemptAdmin(AttemptFees, ShownAdmin[Attempt]):
    list_display = ["short_hash", "kind", "transaction", "highest_fee", "tip_fee", "created", "first_sent_at", "answer"]
    list_filter = ["kind"]
    list_select_related = ["transaction__wallet"]
    search_fields = ["hash"]
    search_help_text = "Whole transaction hash"
    fields = ["transaction", "kind", "full_hash", "fee_kind", "highest_fee", "tip_fee", "created", "first_sent_at",
              "last_sent_at", "answer", "message"]  # fmt: skip
    readonly_fields = ["full_hash", "highest_fee", "tip_fee"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: QuerySet[Attempt] = super().get_queryset(request)
        return rows.defer("raw", "transaction__data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attempt], search_term: str
    ) -> tuple[QuerySet[Attempt], bool]:
        term = search_term.strip().lower()
        return (queryset.filter(hash=term) if term else queryset), False

    @admin.display(description="hash")
    def short_hash(self, attempt: Attempt) -> str:
        return short(attempt.hash)

    @admin.display(description="hash")
    def full_hash(self, attempt: Attempt) -> str:
        return full(attempt.hash) + explorer(attempt.transaction.wallet.network.explorer_url, "tx", attempt.hash)
