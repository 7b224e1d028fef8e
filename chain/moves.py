"""The one door through which a transaction's status changes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chain.models import Transaction
from chain.states import TRANSACTION_MOVES, Outcome, TransactionStatus


def move(transactions: Iterable[UUID], to: TransactionStatus, **facts: Any) -> int:
    """Move those that may go to `to` from where they are, setting `facts` on them; return how many did.

    The caller holds the wallet's fence. A transaction that is already there is left alone and not counted.
    """
    sources = [source for source, targets in TRANSACTION_MOVES.items() if to in targets]
    return Transaction.objects.filter(pk__in=list(transactions), status__in=sources).update(status=to, **facts)


def correct(transaction: UUID, outcome: Outcome, **facts: Any) -> bool:
    """Write another end on a final transaction: what all nodes say now, where it was settled by a lie or a silence.

    Its status stays; `facts` are the receipt's. False when that end is written there already, or it is not final.
    """
    there = Transaction.objects.filter(pk=transaction, status=TransactionStatus.FINAL)
    return bool(there.exclude(outcome=outcome, mined_hash=facts["mined_hash"]).update(outcome=outcome, **facts))
