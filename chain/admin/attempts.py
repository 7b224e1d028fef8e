"""Attempts, to look at: by themselves, and on the page of the transaction that they were signed for."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from chain import shown
from chain.models import Attempt, Network, Transaction, by_hash
from look.admin import ShownAdmin, ShownInline
from look.values import NOTHING, full, short


def _network(attempt: Attempt) -> Network:
    return attempt.transaction.wallet.network


class AttemptFees:
    """An attempt's fees as people read them: the same on its own page and on its transaction's."""

    @admin.display(description="highest fee per unit")
    def highest_fee(self, attempt: Attempt) -> str:
        return shown.price(_network(attempt), attempt.max_fee)

    @admin.display(description="tip per gas")
    def tip_fee(self, attempt: Attempt) -> str:
        network = _network(attempt)
        return NOTHING if network.is_solana else shown.price(network, attempt.tip)


class AttemptInline(AttemptFees, ShownInline):
    model = Attempt
    fields = ["kind", "full_hash", "highest_fee", "tip_fee", "created", "first_sent_at", "last_sent_at", "answer", "message"]
    fields_on_solana = [
        "kind", "full_hash", "highest_fee", "blockhash", "last_valid_height", "created", "first_sent_at", "last_sent_at",
        "answer", "message",
    ]  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Transaction | None = None) -> Any:
        return self.fields_on_solana if obj is not None and obj.wallet.network.is_solana else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Transaction | None = None) -> Any:
        return self.get_fields(request, obj)

    @admin.display(description="hash")
    def full_hash(self, attempt: Attempt) -> str:
        return short(attempt.hash) + shown.outside(_network(attempt), "tx", attempt.hash)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: QuerySet[Attempt] = super().get_queryset(request)
        return rows.select_related("transaction__wallet__network").defer("raw", "transaction__data")


@admin.register(Attempt)
class AttemptAdmin(AttemptFees, ShownAdmin[Attempt]):
    list_display = ["short_hash", "kind", "transaction", "highest_fee", "tip_fee", "created", "first_sent_at", "answer"]
    list_filter = ["kind"]
    list_select_related = ["transaction__wallet__network"]
    search_fields = ["hash"]
    search_help_text = "Whole transaction hash"
    fields = ["transaction", "kind", "full_hash", "fee_kind", "highest_fee", "tip_fee", "blockhash", "last_valid_height",
              "created", "first_sent_at", "last_sent_at", "answer", "message"]  # fmt: skip
    readonly_fields = ["full_hash", "highest_fee", "tip_fee"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        rows: QuerySet[Attempt] = super().get_queryset(request)
        return rows.defer("raw", "transaction__data")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Attempt], search_term: str
    ) -> tuple[QuerySet[Attempt], bool]:
        term = search_term.strip()
        return (queryset & by_hash(term) if term else queryset), False

    @admin.display(description="hash")
    def short_hash(self, attempt: Attempt) -> str:
        return short(attempt.hash)

    @admin.display(description="hash")
    def full_hash(self, attempt: Attempt) -> str:
        return full(attempt.hash) + shown.outside(_network(attempt), "tx", attempt.hash)
