"""The Redis stream of the old staking processor: its consumer group, its hashes and its keys. Bytes in, bytes out; no database.

The group is made at id 0, so that what was written before us is ours as well. What is read is not acknowledged before `finish`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from redis import Redis
from redis.exceptions import ResponseError

from orders.outside import connect

# All that is read of an entity's hash: whoever writes more into it does not cost us more.
FIELDS = ("owner", "targetNftId", "stakeNftId", "dipAmount", "signatureId", "signature")
MOST_LETTERS = 10_000  # in the dead-letter stream; the database has them all
LAST_CHECK = "last-check"
LAST_MESSAGE = "timestamp-last-message-in-redis"


@dataclass(frozen=True, slots=True)
class Entry:
    """A message as it stands in the stream. `fields` None: it was deleted there before anybody had dealt with it."""

    id: str
    fields: Mapping[bytes, bytes] | None

    @property
    def is_gone(self) -> bool:
        return self.fields is None


@dataclass(frozen=True, slots=True)
class Letter:
    """What goes to the dead-letter stream: the message, and why nobody could read it."""

    id: str
    fields: Mapping[str, str]
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages given to somebody and not acknowledged, and those not given yet (None: unknown). `oldest` in epoch ms."""

    unacknowledged: int
    undelivered: int | None
    oldest: int | None


class Stream:
    """One consumer of one stream. Every method may raise `orders.outside.LOST`."""

    def __init__(self, redis: Redis, key: str, group: str, consumer: str) -> None:
        self.redis = redis
        self.key = key
        self.group = group
        self.consumer = consumer

    # -- reading ---------------------------------------------------------------------------------------------------------

    def new(self, count: int, wait: float | None = None) -> list[Entry]:
        """Messages that nobody was given yet; waits up to `wait` seconds for the first of them."""
        return self._read(">", count, None if wait is None else max(1, int(wait * 1000)))

    def own(self, after: str, count: int) -> list[Entry]:
        """Messages that this consumer was given and has not acknowledged: an earlier life of it, or a moment before a fault."""
        return self._read(after, count, None)

    def left_behind(self, idle: int, start: str, count: int) -> tuple[str, list[Entry]]:
        """Take over what nobody has touched for `idle` milliseconds: where to go on (`0-0`: that was all), and the messages.

        Those that were deleted from the stream meanwhile are among them, with no fields.
        """
        with self._group():
            following, found, *deleted = self.redis.xautoclaim(self.key, self.group, self.consumer, idle, start, count)
            # Redis before 7 has no third answer, and gives nothing for the deleted: `own` comes across them.
            gone = [Entry(_text(id_), None) for id_ in (deleted[0] if deleted else [])]
            return _text(following), [Entry(_text(id_), fields) for id_, fields in found if id_ is not None] + gone
        return "0-0", []

    def _read(self, position: str, count: int, block: int | None) -> list[Entry]:
        with self._group():
            answer = cast(
                "list[Any]", self.redis.xreadgroup(self.group, self.consumer, {self.key: position}, count=count, block=block)
            )
            return [Entry(_text(id_), fields or None) for _, found in answer for id_, fields in found]
        return []

    @contextmanager
    def _group(self) -> Iterator[None]:
        """A read that finds no group makes it and comes back empty-handed; the next one finds it."""
        try:
            yield
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            self.make_group()

    def make_group(self) -> None:
        """At id 0, together with the stream itself. It is there again after a Redis that came back empty."""
        with suppress(ResponseError):  # BUSYGROUP: somebody was faster
            self.redis.xgroup_create(self.key, self.group, id="0", mkstream=True)

    def hashes(self, keys: Sequence[str]) -> list[list[bytes | None] | None]:
        """The FIELDS of each of these hashes in one round trip; None for what is no hash."""
        if not keys:
            return []
        pipeline = self.redis.pipeline(transaction=False)
        for key in keys:
            pipeline.hmget(key, list(FIELDS))
        return [None if isinstance(answer, ResponseError) else answer for answer in pipeline.execute(raise_on_error=False)]

    # -- answering -------------------------------------------------------------------------------------------------------

    def finish(self, ids: Sequence[str], letters: Sequence[Letter]) -> None:
        """Acknowledge these messages; those that nobody could read go to the dead-letter stream in the same step."""
        if not ids:
            return
        pipeline = self.redis.pipeline(transaction=True)
        for letter in letters:
            fields: Any = {"id": letter.id, "reason": letter.reason, **letter.fields}
            pipeline.xadd(f"{self.key}:dead", fields, maxlen=MOST_LETTERS, approximate=True)
        pipeline.xack(self.key, self.group, *ids)
        pipeline.execute()

    def say(self) -> None:
        """The two keys that the old service keeps: when it last looked, and how old the oldest message is that waits."""
        counts = self.counts()
        now = self.now()
        self.redis.mset({LAST_CHECK: _iso(now), LAST_MESSAGE: -1 if counts.oldest is None else counts.oldest})

    # -- counting --------------------------------------------------------------------------------------------------------

    def counts(self) -> Counts:
        """Exact, whatever their number: the server counts, nothing is read."""
        try:
            pending = self.redis.xpending(self.key, self.group)
        except ResponseError:  # no group yet, or none any more: nobody was given anything
            return Counts(0, self.redis.xlen(self.key), self._first_after("-"))
        groups = {_text(group["name"]): group for group in self.redis.xinfo_groups(self.key)}
        mine = groups.get(self.group, {})
        waiting = [pending["min"]] if pending["pending"] else []
        oldest = _time(_text(waiting[0])) if waiting else self._first_after(f"({_text(mine.get('last-delivered-id', b'0-0'))}")
        return Counts(int(pending["pending"]), mine.get("lag"), oldest)

    def now(self) -> int:
        """Epoch milliseconds by the clock of Redis, by which message ids are made."""
        seconds, microseconds = self.redis.time()
        return seconds * 1000 + microseconds // 1000

    def last_check(self) -> int | None:
        """When a loop last ran, in epoch milliseconds by the clock of Redis; None where nobody has said so."""
        said = cast("bytes | None", self.redis.get(LAST_CHECK))
        try:
            return None if said is None else int(datetime.fromisoformat(said.decode()).timestamp() * 1000)
        except ValueError:
            return None

    def _first_after(self, start: str) -> int | None:
        found = cast("list[Any]", self.redis.xrange(self.key, min=start, count=1))
        return _time(_text(found[0][0])) if found else None


def configured() -> Stream | None:
    """The stream that the environment names; None where it names none."""
    staking = settings.STAKING
    if not (settings.REDIS_URL and staking.stream):
        return None
    return Stream(connect(settings.REDIS_URL), staking.stream, staking.group, staking.consumer)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _time(id_: str) -> int:
    """When a message was written, in epoch milliseconds: the first half of its id."""
    return int(id_.partition("-")[0])


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
