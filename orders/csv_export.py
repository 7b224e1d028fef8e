"""Orders as CSV, row by row, in a form that a spreadsheet can neither misread nor be tricked by."""

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse

from orders.details import detail_of, group_of
from orders.models import Order

COLUMNS = [
    "id", "kind", "status", "reason", "fail_reason", "client", "external_id", "group", "recipient", "quantity", "amount",
    "wallet", "network", "transaction", "block", "gas_used", "created", "moved_at",
]  # fmt: skip
ROWS_AT_ONCE = 2000


def stream(orders: QuerySet[Order]) -> StreamingHttpResponse:
    """A download that starts at once and needs little memory, however many rows there are."""
    answer = StreamingHttpResponse(lines(orders.iterator(chunk_size=ROWS_AT_ONCE)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="orders.csv"'
    return answer


def lines(orders: Iterable[Order]) -> Iterator[str]:
    writer: Any = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield writer.writerow(COLUMNS)
    for order in orders:
        yield writer.writerow([cell(value) for value in _row(order)])


def cell(value: object) -> str:
    """Text that stays text: a cell that a spreadsheet would run as a formula gets an apostrophe in front.

    So does a number too long for a spreadsheet's 15 digits, which would round it. Times are ISO 8601.
    """
    if value is None:
        return ""
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    guarded = text.startswith(("=", "+", "-", "@", "\t", "\r")) or (text.isdigit() and len(text) > 15)
    return f"'{text}" if guarded else text


def _row(order: Order) -> list[object]:
    detail = detail_of(order)
    transaction = order.transaction
    return [
        order.pk, order.kind, order.status, order.reason, order.fail_reason, order.client, order.external_id,
        group_of(order), getattr(detail, "recipient", None), getattr(detail, "quantity", None),
        getattr(detail, "amount", None), order.wallet.name, order.wallet.network.name,
        transaction.mined_hash if transaction else "", transaction.block_number if transaction else None,
        order.gas_used, order.created, order.moved_at,
    ]  # fmt: skip


class _Echo:
    """A file for csv.writer that hands each line straight back."""

    def write(self, line: str) -> str:
        return line
