"""The old claim queue: `cs_…` hashes in somebody's Redis, drained into claims. Stored first, removed after.

Only hashes whose name is a reward's external id are read; others may be anybody's. No key of the server is ever listed at once.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from redis import Redis

from chain import crash
from claims.models import Reward
from claims.queue_fields import BUSY, Field, Outcome, take
from orders.outside import LOST, connect, readable
from orders.worker.runner import stopping

log = logging.getLogger(__name__)

AWAY = (LOST, OperationalError, InterfaceError)
PATTERN = "cs_*"
STEP = 1000  # keys that the server looks at in one SCAN
STEPS = 200  # of them in one turn
FIELDS = 500  # fields of a hash that are stored in one go
CURSOR = "claim_queue_cursor"  # where the next turn goes on; lost, it begins anew

# Removes each field whose value is still the one that was read: what was written meanwhile is read next time.
_REMOVE = """
local removed = 0
for i = 1, #ARGV, 2 do
    if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
        removed = removed + redis.call('HDEL', KEYS[1], ARGV[i])
    end
end
return removed
"""


@dataclass(slots=True)
class Drained:
    """What one turn came to, in fields; `foreign` counts hashes that are no reward's. `whole`: every key was looked at."""

    stored: int = 0
    known: int = 0
    busy: int = 0
    unreadable: int = 0
    foreign: int = 0
    whole: bool = False

    def add(self, more: "Drained") -> None:
        for name in ("stored", "known", "busy", "unreadable", "foreign"):
            setattr(self, name, getattr(self, name) + getattr(more, name))
        self.whole = more.whole


def drain() -> Drained | None:
    """One turn: a bounded number of keys, from where the turn before ended. None where no queue is configured.

    The task of django-q2's schedule. A Redis or a database that is away is left to the next turn.
    """
    if not settings.CLAIM_QUEUE_REDIS_URL:
        return None
    try:
        return turn(connect(settings.CLAIM_QUEUE_REDIS_URL))
    except AWAY as error:
        log.warning("claim_queue_lost", extra={"error": type(error).__name__})
        connection.close_if_unusable_or_obsolete()
        return Drained()


def turn(redis: Redis) -> Drained:
    """Raises AWAY; what was not removed is read again."""
    drained = Drained()
    cursor = int(cache.get(CURSOR, 0))
    for _ in range(STEPS):
        cursor, keys = cast("tuple[int, list[bytes]]", redis.scan(cursor, match=PATTERN, count=STEP, _type="HASH"))
        for key in _of_rewards(keys, drained):
            _drain_hash(redis, key, drained)
        drained.whole = cursor == 0
        if drained.whole or stopping.value:
            break
    cache.set(CURSOR, cursor, timeout=None)
    return drained


def _of_rewards(keys: Sequence[bytes], drained: Drained) -> list[str]:
    named = [readable(key, 100) for key in keys]
    rewards = set(Reward.objects.filter(external_id__in=named).values_list("external_id", flat=True)) if named else set()
    drained.foreign += sum(1 for key in named if key not in rewards)
    return [key for key in named if key in rewards]


def _drain_hash(redis: Redis, key: str, drained: Drained) -> None:
    for some in _fields(redis, key):
        waiting = {name: value for name, value in some.items() if value != BUSY}
        drained.busy += len(some) - len(waiting)
        if waiting:
            _take(redis, key, waiting, drained)


def _fields(redis: Redis, key: str) -> Iterator[dict[bytes, bytes]]:
    cursor = 0
    while not stopping.value:
        cursor, some = cast("tuple[int, dict[bytes, bytes]]", redis.hscan(key, cursor, count=FIELDS))
        yield some
        if cursor == 0:
            return


def _take(redis: Redis, key: str, waiting: dict[bytes, bytes], drained: Drained) -> None:
    outcomes = take(key, [Field(readable(name, 150), value) for name, value in waiting.items()])
    crash.point("drained")
    pairs: list[Any] = [part for pair in waiting.items() for part in pair]
    redis.eval(_REMOVE, 1, key, *pairs)
    crash.point("removed")
    _count(outcomes, drained)


def _count(outcomes: Sequence[Outcome], drained: Drained) -> None:
    for outcome in outcomes:
        if outcome.problem:
            drained.unreadable += 1
        elif outcome.new:
            drained.stored += 1
        else:
            drained.known += 1
