"""Transactions, to look at. One thing may be asked for: that a transaction be cancelled."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from chain import shown, steering
from chain.admin import solana
from chain.admin.attempts import AttemptInline
from chain.forwarding import until
from chain.models import Transaction, by_hash
from chain.requests import ForwardRequest
from chain.states import Outcome, TransactionStatus
from look.admin import ShownAdmin, ShownInline, status_column
from look.badges import Tone, badge
from look.staff_actions import Refused, StaffAction
from look.values import full, short

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
    Outcome.EXPIRED: Tone.WAIT,
}
SENTENCES: dict[str, str] = {
    TransactionStatus.SIGNED: "Signed and stored; about to be sent.",
    TransactionStatus.SENT: "Sent. It waits until the network puts it into a block.",
    TransactionStatus.MINED: "In a block. It waits until that block can no longer be undone.",
    Outcome.SUCCEEDED: "Done: the network carried it out, and that is final.",
    Outcome.REVERTED: "The contract refused it and undid everything it did. That is final; only the fee was spent.",
    Outcome.CANCELLED: "Cancelled: our empty transaction came first. Nothing was paid.",
    Outcome.FOREIGN: "Another transaction, which was not made here, took its place. People must look at this wallet.",
    Outcome.EXPIRED: "No block took it in time, and none can any more. Nothing was done; what it was to do goes again.",
}
CANCEL = (
    "We will ask the network to carry out an empty transaction in this one's place. Both are then on their way, and the "
    "network takes one of them: if this one comes first, it pays as planned. So what is mined decides, and nothing is certain "
    "before. Orders of a cancelled transaction are held for you; nothing is sent again by itself."
)


def ask_to_cancel(request: HttpRequest, transaction: Transaction, answers: Mapping[str, Any]) -> None:
    by = f"staff:{request.user.get_username()}"
    try:
        asked = steering.ask_to_cancel(transaction, by=by, reason=answers["reason"])
    except steering.CannotCancel as error:
        raise Refused(str(error)) from error
    if not asked:
        raise Refused("It is final already, or somebody has asked before.")


def can_be_asked(transaction: Transaction) -> bool:
    waits = transaction.status != TransactionStatus.FINAL and not transaction.cancel_asked_by
    return waits and not transaction.wallet.network.is_solana


class RequestInline(ShownInline):
    """Signed requests that it carries, where a sponsor sends it. Shown only where there are any."""

    model = ForwardRequest
    verbose_name_plural = "Signed requests"
    fields = ["order", "signer", "nonce", "gas", "dies", "outcome"]

    @admin.display(description="may be executed")
    def dies(self, request: ForwardRequest) -> str:
        return until(request.deadline)


@admin.register(Transaction)
class TransactionAdmin(solana.SolanaColumns, ShownAdmin[Transaction]):
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

    def get_fieldsets(self, request: HttpRequest, obj: Transaction | None = None) -> Any:
        return solana.FIELDSETS if obj is not None and obj.wallet.network.is_solana else self.fieldsets

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
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(pk=UUID(term)), False
        except ValueError:
            return queryset.filter(pk__in=by_hash(term).values("transaction")), False

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
        paid = transaction.fee
        if transaction.gas_used is not None and transaction.gas_price is not None:
            paid = transaction.gas_used * transaction.gas_price
        return shown.coin(transaction.wallet.network, paid)

    @admin.display(description="to")
    def target(self, transaction: Transaction) -> str:
        return full(transaction.to) + shown.outside(transaction.wallet.network, "address", transaction.to)

    @admin.display(description="value")
    def coins(self, transaction: Transaction) -> str:
        return shown.coin(transaction.wallet.network, transaction.value)

    @admin.display(description="call data")
    def call(self, transaction: Transaction) -> str:
        data = bytes(transaction.data)
        return format_html("{} <span class='look-dim'>({} bytes)</span>", short("0x" + data.hex()), len(data))

    @admin.display(description="hash")
    def mined(self, transaction: Transaction) -> str:
        return full(transaction.mined_hash) + shown.outside(transaction.wallet.network, "tx", transaction.mined_hash)

    @admin.display(description="gas price paid")
    def price(self, transaction: Transaction) -> str:
        return shown.price(transaction.wallet.network, transaction.gas_price)
