"""A transaction of Solana on its page: in the network's own words, and its instructions one by one."""

from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from chain.models import Transaction
from chain.payload import PayloadError
from look.values import NOTHING

FIELDSETS: list[Any] = [
    (None, {"fields": ["wallet", "number", "target", "coins", "compute", "steps", "created"]}),
    ("Landing", {"fields": ["mined", "slot", "compute_used", "fee_paid", "mined_at", "final_at"]}),
]


class SolanaColumns:
    """What stands there instead of nonce, gas and call data."""

    @admin.display(description="number")
    def number(self, transaction: Transaction) -> int:
        return transaction.nonce

    @admin.display(description="compute units asked for")
    def compute(self, transaction: Transaction) -> str:
        return f"{transaction.gas_limit:,}"

    @admin.display(description="compute units used")
    def compute_used(self, transaction: Transaction) -> str:
        return NOTHING if transaction.gas_used is None else f"{transaction.gas_used:,}"

    @admin.display(description="slot")
    def slot(self, transaction: Transaction) -> int | None:
        return transaction.block_number

    @admin.display(description="instructions")
    def steps(self, transaction: Transaction) -> SafeString:
        from chain.solana import payload  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it

        data = bytes(transaction.data)
        try:
            told = payload.told(data)
        except PayloadError:
            return format_html("{} bytes that are no message", len(data))
        lines = ((each.program, each.name, _facts(each.facts)) for each in told)
        return format_html_join("", "<div><strong>{}</strong> {} {}</div>", lines)


def _facts(facts: Any) -> SafeString:
    return format_html_join("", "<span class='look-dim'>{}</span> {} ", facts)
