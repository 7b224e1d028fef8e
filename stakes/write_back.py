"""What the old front end is told of its users' actions: it reads the very hashes that the orders came from.

Nothing is remembered but what was said last. What is to be said follows from the orders, so a turn that was lost is taken
again. A hash that is gone is left alone: somebody has removed it, or Redis has lost it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Coalesce, Concat, NullIf

from chain import crash
from chain.models import Attempt
from orders.outside import readable
from orders.states import Status
from stakes.inbox import StreamMessage
from stakes.stream import Stream

MOST = 500  # messages told of in one turn
ENDED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)

# Only into a hash that is still there: HSET would make one with nothing else in it.
_SAY = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], unpack(ARGV)) end"


@dataclass(frozen=True, slots=True)
class News:
    """What a hash is to be made to say: the transaction's hash, and why an order has failed. `done`: it may go."""

    message: int
    entity: str
    state: str
    tx_hash: str
    fail_reason: str
    done: bool


def tell(stream: Stream) -> int:
    """Write what has become of the orders into their hashes; how many there were. Raises `orders.outside.LOST`."""
    news = list(_news(stream.key))
    if news:
        _say(stream, news)
        crash.point("telling")
        _note(news)
    return len(news)


def _news(key: str) -> Iterator[News]:
    rows = _untold(key)[:MOST].values_list("pk", "entity", "state", "hash", "order__fail_reason", "order__status")
    for pk, entity, state, tx_hash, fail_reason, status in rows:
        yield News(pk, entity, state, tx_hash, fail_reason, status == Status.COMPLETED)


def _untold(key: str) -> QuerySet[Any, Any]:
    """Messages whose order is not where it was when its hash was last written: sent, signed anew, at its end."""
    attempts = Attempt.objects.filter(transaction=OuterRef("order__transaction"), first_sent_at__isnull=False).order_by("-id")
    current = Coalesce(NullIf("order__transaction__mined_hash", Value("")), Subquery(attempts.values("hash")[:1]), Value(""))
    state = Concat("order__status", Value(":"), current, output_field=TextField())
    rows = StreamMessage.objects.filter(stream=key, order__isnull=False).exclude(told__startswith="completed:")
    rows = rows.annotate(hash=current, state=state).exclude(told=F("state"))
    return rows.filter(Q(order__status__in=ENDED) | Q(order__status=Status.BUSY) & ~Q(hash="")).order_by("pk")


def _say(stream: Stream, news: Sequence[News]) -> None:
    pipeline = stream.redis.pipeline(transaction=False)
    for each in news:
        if each.done and settings.STAKING.removes_done:
            pipeline.unlink(each.entity)
        else:
            fields = ["transactionHash", each.tx_hash, "failReason", readable(each.fail_reason)]
            pipeline.eval(_SAY, 1, each.entity, *fields)
    pipeline.execute()


def _note(news: Sequence[News]) -> None:
    rows = [StreamMessage(pk=each.message, told=each.state) for each in news]
    StreamMessage.objects.bulk_update(rows, ["told"])
