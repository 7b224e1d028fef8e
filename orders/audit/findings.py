"""Findings about orders."""

from typing import Any

from chain.findings import Finding, Severity
from orders.audit.codes import OrderCode
from orders.models import Order


def of_order(code: OrderCode, order: Order, sentence: str, *, tx_hash: str = "", **evidence: Any) -> Finding:
    """A critical finding about one order. Its wallet is loaded."""
    named = f"{order.get_kind_display()} {order.pk} ({order.status}): {sentence}"
    return Finding(
        code, f"{order.pk}:{tx_hash}", named, Severity.CRITICAL, order.wallet, order.transaction_id, tx_hash, order.pk, evidence
    )
