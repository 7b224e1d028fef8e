"""What the orders' tables must say of themselves: each rule is one query that finds its breaches. No node is asked.

I1 an order is in at most one transaction that may still pay it; I6 every order that came in is accounted for: it has what was
ordered, and is where its history says; I7 an order leaves a transaction only once that one is final.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from chain.audit import Scope
from chain.findings import Finding, Watch
from orders.audit.codes import OrderCode
from orders.audit.findings import of_order
from orders.models import Order
from orders.queue import queues

MOST = 10_000  # breaches of one rule; whoever has more has seen enough

# Each query: the orders that break the rule, with what the sentence needs.
RULES: dict[OrderCode, tuple[str, str]] = {
    OrderCode.COMPLETED_WITHOUT_PROOF: (
        "it is completed, and its transaction is {0}.",
        """SELECT o.id, COALESCE(NULLIF(t.outcome, ''), t.status, 'missing') FROM orders_order o
           LEFT JOIN chain_transaction t ON t.id = o.transaction_id
           WHERE o.status = 'completed' AND (t.status, t.outcome) IS DISTINCT FROM ('final', 'succeeded')""",
    ),
    OrderCode.TWO_TRANSACTIONS: (
        "it has left transaction {0}, which is only {1}: that one may still pay it.",
        """SELECT DISTINCT o.id, t.id::text, t.status FROM chain_transaction t
           JOIN orders_event e ON e.transaction_id = t.id AND e.to_status = 'busy'
           JOIN orders_order o ON o.id = e.order_id
           WHERE t.status <> 'final' AND (o.status <> 'busy' OR o.transaction_id IS DISTINCT FROM t.id)""",
    ),
    OrderCode.NOT_SETTLED: (
        "it is busy, though its transaction is final ({0}).",
        """SELECT o.id, t.outcome FROM orders_order o JOIN chain_transaction t ON t.id = o.transaction_id
           WHERE o.status = 'busy' AND t.status = 'final'""",
    ),
    OrderCode.HISTORY_DIFFERS: (
        "its history ends with {0}.",
        """SELECT o.id, COALESCE(e.to_status, 'nothing') FROM orders_order o LEFT JOIN LATERAL (
               SELECT to_status FROM orders_event WHERE order_id = o.id ORDER BY id DESC LIMIT 1
           ) e ON true
           WHERE o.status <> COALESCE(e.to_status, 'pending')""",
    ),
    # What a journal has brought back was signed in its time, and its groundwork done; only the times are lost.
    OrderCode.BOUND_TOO_EARLY: (
        "it was signed before the {0} of its group was done.",
        """SELECT DISTINCT o.id, replace(g.work, '_', ' ') FROM orders_groundwork g JOIN orders_order o ON o."group" = g."group"
           JOIN orders_event e ON e.order_id = o.id AND e.to_status = 'busy' AND e.actor <> 'journal'
           JOIN chain_transaction t ON t.id = e.transaction_id AND t.created >= g.created
           LEFT JOIN chain_transaction laid ON laid.id = g.transaction_id
           WHERE (g.done_at IS NULL OR t.created < g.done_at
                  OR (laid.status, laid.outcome) IS DISTINCT FROM ('final', 'succeeded'))""",
    ),
}


def check(scope: Scope, watch: Watch) -> Iterator[Finding]:
    for done, code in enumerate(RULES):
        watch("rules of the database", done, len(RULES) + 1)
        yield from _breaches(code, scope)
    yield from _without_details(scope)
    watch("rules of the database", len(RULES) + 1, len(RULES) + 1)


def _breaches(code: OrderCode, scope: Scope) -> Iterator[Finding]:
    said, query = RULES[code]
    within = "o.wallet_id = ANY(%s) AND (%s::timestamptz IS NULL OR o.moved_at >= %s)"
    with connection.cursor() as cursor:
        wallets = [wallet.pk for wallet in scope.wallets]
        cursor.execute(f"{query} AND {within} LIMIT {MOST}", [wallets, scope.since, scope.since])
        rows = cursor.fetchall()
    orders = Order.objects.select_related("wallet").in_bulk([row[0] for row in rows])
    for order, *facts in rows:
        yield of_order(code, orders[order], said.format(*facts), **_evidence(facts))


def _evidence(facts: list[Any]) -> dict[str, str]:
    return {"seen": " ".join(map(str, facts))}


def _without_details(scope: Scope) -> Iterator[Finding]:
    """Orders that have no row in their kind's own table: nobody knows what was ordered."""
    for kind, queue in queues().items():
        details = queue.details._default_manager.filter(pk=OuterRef("pk"))
        orders = Order.objects.filter(~Exists(details), kind=kind, wallet__in=scope.wallets).select_related("wallet")
        for order in orders[:MOST]:
            yield of_order(OrderCode.DETAILS_MISSING, order, "what was ordered is not stored.")
