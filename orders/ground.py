"""Groundwork, on a network of any family: what is open, and what the end of its transaction means for it."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models.functions import Now

from chain.decisions import End
from chain.models import Transaction
from chain.states import Outcome
from orders.groundwork import Groundwork
from orders.models import Stop

_WHY_STOPPED = {
    Outcome.REVERTED: "failed on the chain",
    Outcome.CANCELLED: "was cancelled by staff",
    Outcome.FOREIGN: "lost its nonce to a transaction that was not made here",
}


def of(group: UUID) -> list[Groundwork]:
    """All that the group needs, in the order in which it is to be done."""
    return list(Groundwork.objects.filter(group=group).order_by("id"))


def note(ended: Sequence[End]) -> None:
    """Done where the transaction succeeded; else it is open again, and people look first unless it only came too late.

    Inside the seat's `writing()`.
    """
    ends = {end.transaction.pk: end for end in ended}
    for work in Groundwork.objects.filter(transaction__in=list(ends), done_at=None):
        assert work.transaction_id is not None
        outcome = ends[work.transaction_id].outcome
        if outcome == Outcome.SUCCEEDED:
            Groundwork.objects.filter(pk=work.pk).update(done_at=Now())
            continue
        Groundwork.objects.filter(pk=work.pk).update(transaction=None, address="")
        if outcome in _WHY_STOPPED:
            why = f"Its groundwork ({work.get_work_display()}) {_WHY_STOPPED[outcome]}."
            Stop.objects.get_or_create(group=work.group, defaults={"wallet_id": work.wallet_id, "reason": why, "by": "lane"})


def done_by(transactions: Sequence[Transaction]) -> set[UUID | None]:
    """Those of these transactions that are groundwork, and so may carry no order."""
    works = Groundwork.objects.filter(transaction__in=[transaction.pk for transaction in transactions])
    return set(works.values_list("transaction_id", flat=True))
