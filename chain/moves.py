"""The one door through which a transaction's status changes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import ProgrammingError
from django.db.transaction import atomic
from psycopg.errors import InsufficientPrivilege

from chain.models import Transaction
from chain.states import TRANSACTION_MOVES, Outcome, TransactionStatus


class MayNotCorrect(Exception):
    """The web process writes no transactions."""


def move(transactions: Iterable[UUID], to: TransactionStatus, **facts: Any) -> int:
    """Move those that may go to `to` from where they are, setting `facts` on them; return how many did.

    The caller holds the wallet's fence. A transaction that is already there is left alone and not counted.
    """
    sources = [source for source, targets in TRANSACTION_MOVES.items() if to in targets]
    return Transaction.objects.filter(pk__in=list(transactions), status__in=sources).update(status=to, **facts)


def correct(transaction: UUID, outcome: Outcome, **facts: Any) -> bool:
    """Write another end on a final transaction: what all nodes say now, where it was settled by a lie or a silence.

    Its status stays; `facts` are the receipt's. False when that end is written there already, or it is not final. Raises
    MayNotCorrect in a process whose database user writes no transactions, if there is something to write.
    """
    there = Transaction.objects.filter(pk=transaction, status=TransactionStatus.FINAL)
    wrong = there.exclude(outcome=outcome, mined_hash=facts["mined_hash"])
    if not wrong.exists():
        return False
    try:
        with atomic():
            return bool(wrong.update(outcome=outcome, **facts))
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            raise MayNotCorrect from error
        raise
