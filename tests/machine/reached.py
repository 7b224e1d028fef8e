"""What the examples of a run have reached: each state and each move of the law, counted over all of them."""

from collections import Counter
from collections.abc import Iterator

from django.db import connection

from chain.states import TRANSACTION_MOVES, Outcome, TransactionStatus
from orders.models import Event
from orders.states import MOVES, Status

Step = tuple[str, str]

ORDERS: Counter[Step] = Counter()
TRANSACTIONS: Counter[Step] = Counter()
OUTCOMES: Counter[str] = Counter()
STEPS: Counter[str] = Counter()

# Allowed by the law for what people decide with proof in hand; nothing in the product goes there yet.
NOBODY_YET: set[Step] = {(Status.HELD, Status.FAILED)}


def forget() -> None:
    for counter in (ORDERS, TRANSACTIONS, OUTCOMES, STEPS):
        counter.clear()


def remember() -> None:
    """Add what the example that ends here has in its tables."""
    STEPS["examples"] += 1
    ORDERS.update((frm, to) for frm, to in Event.objects.values_list("from_status", "to_status"))
    with connection.cursor() as cursor:
        cursor.execute('SELECT frm, "to", outcome FROM machine_move')
        for frm, to, outcome in cursor.fetchall():
            TRANSACTIONS[frm, to] += 1
            OUTCOMES.update([outcome] if outcome else [])


def table() -> Iterator[str]:
    """Each move of the law with how often it was made."""
    yield "orders: " + ", ".join(f"{status} {_arrivals(ORDERS, status)}" for status in Status)
    yield from (f"  {frm:>9} → {to:<9} {ORDERS[frm, to]:6}" for frm, targets in MOVES.items() for to in targets)
    yield "transactions: " + ", ".join(f"{status} {_arrivals(TRANSACTIONS, status)}" for status in TransactionStatus)
    moves = ((frm, to) for frm, targets in TRANSACTION_MOVES.items() for to in targets)
    yield from (f"  {frm:>9} → {to:<9} {TRANSACTIONS[frm, to]:6}" for frm, to in moves)
    yield "ends: " + ", ".join(f"{outcome} {OUTCOMES[outcome]}" for outcome in Outcome)


def missing() -> list[str]:
    """Moves and ends that ought to have been reached and were not; and those that no law knows."""
    lawful = {(frm, to) for frm, targets in MOVES.items() for to in targets}
    wanted = lawful - NOBODY_YET
    chain = {(frm, to) for frm, targets in TRANSACTION_MOVES.items() for to in targets}
    begun = {(frm, to) for frm, to in ORDERS if frm}
    return [
        *(f"order {frm} → {to} never" for frm, to in sorted(wanted - begun)),
        *(f"transaction {frm} → {to} never" for frm, to in sorted(chain - TRANSACTIONS.keys())),
        *(f"end {outcome} never" for outcome in sorted(set(Outcome) - OUTCOMES.keys())),
        *(f"unlawful: order {frm} → {to}" for frm, to in sorted(begun - lawful)),
        *(f"unlawful: transaction {frm} → {to}" for frm, to in sorted(TRANSACTIONS.keys() - chain)),
    ]


def _arrivals(counter: Counter[Step], status: str) -> int:
    return sum(number for (_, to), number in counter.items() if to == status)
