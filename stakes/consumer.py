"""The loop at the stream: read, store, acknowledge, and tell the old front end. In that order, and as often as it takes.

The worker keeps it running, `manage.py consume_stakes` does by hand, and each minute a task does where neither is alive.
Several at once are safe: Redis gives a message to one of them, and what reaches two all the same the database takes once.
"""

import logging
import time
from contextlib import suppress

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from chain import crash
from chain.calls import address
from local.server import wait_until
from orders.models import Heartbeat
from orders.outside import LOST
from orders.states import Part
from orders.worker.heartbeat import Heart, late
from orders.worker.runner import stopping
from stakes.messages import Message, read
from stakes.models import StakingContract
from stakes.stream import Entry, Stream, configured
from stakes.stream_intake import store
from stakes.write_back import tell

log = logging.getLogger(__name__)

AWAY = (LOST, OperationalError, InterfaceError)
BATCH = 500  # messages stored in one database transaction
LOOK = 0.5  # seconds to wait for a message, at most, before we look whether we are to stop
TELL_EVERY = 1.0  # seconds
FIRST_PAUSE = 0.5  # seconds after a fault; doubled up to ERROR_TIMEOUT
TASK_SECONDS = 40.0  # of the schedule's task


class Consumer:
    """One consumer and where it stands. All of it may be forgotten: a new one begins with what is not acknowledged."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.taken = self.unreadable = 0  # messages
        self._own_after: str | None = "0"  # where among our own un-acknowledged messages we are; None: through
        self._claim_from = "0-0"
        self._claimed_at = -float("inf")
        self._told_at = -float("inf")

    def turn(self, wait: float | None = None) -> int:
        """Deal with the next messages; how many. Waits up to `wait` seconds for the first. Raises AWAY."""
        staking = target()
        entries = [] if staking is None else self._next(wait)
        if staking is not None and entries:
            self._take(staking, entries)
        elif staking is None:
            time.sleep(wait or 0)
        if not entries or time.monotonic() - self._told_at > TELL_EVERY:
            self._tell()
        return len(entries)

    def again(self) -> None:
        """After a fault: what we were given and have not acknowledged comes first."""
        self._own_after = "0"

    def _next(self, wait: float | None) -> list[Entry]:
        """First what an earlier life left, now and then what others did, and then what is new."""
        if self._own_after is not None:
            if own := self.stream.own(self._own_after, BATCH):
                self._own_after = own[-1].id
                return own
            self._own_after = None
        return self._left_behind() or self.stream.new(BATCH, wait)

    def _left_behind(self) -> list[Entry]:
        idle = settings.STAKING.left_behind_after
        if self._claim_from == "0-0" and time.monotonic() - self._claimed_at < idle / 2000:
            return []
        self._claim_from, entries = self.stream.left_behind(idle, self._claim_from, BATCH)
        self._claimed_at = time.monotonic()
        return entries

    def _take(self, staking: StakingContract, entries: list[Entry]) -> None:
        messages = self._read(entries)
        letters = store(self.stream.key, staking, messages)
        crash.point("consumed")
        self.stream.finish([entry.id for entry in entries], letters)
        crash.point("acknowledged")
        self.taken += len(entries)
        self.unreadable += len(letters)
        log.info("messages_taken", extra={"messages": len(entries), "unreadable": len(letters)})

    def _read(self, entries: list[Entry]) -> list[Message]:
        messages = [read(entry) for entry in entries]
        keys = [message.entity for message in messages if not message.problem]
        hashes = dict(zip(keys, self.stream.hashes(keys), strict=True))
        return [message.with_hash(hashes.get(message.entity)) for message in messages]

    def _tell(self) -> None:
        tell(self.stream)
        self.stream.say()
        self._told_at = time.monotonic()


def target() -> StakingContract | None:
    """The contract that the stream's actions are for: STAKING_ADDRESS, or the only one. None: not there, or closed."""
    contracts = StakingContract.objects.select_related("wallet__network").order_by("pk")
    if settings.STAKING.address:
        contracts = contracts.filter(contract=address(settings.STAKING.address))
    found = list(contracts[:2])
    if len(found) != 1 or not found[0].is_open:
        return None
    return found[0]


def run(heart: Heart) -> None:
    """The worker's child: until `stopping` is set."""
    if stream := configured():
        loop(Consumer(stream), heart)


def loop(consumer: Consumer, heart: Heart) -> None:
    """Until `stopping` is set. A Redis or a database that is away is only a pause."""
    pause = FIRST_PAUSE
    while not stopping.value:
        heart.beat(Part.STREAM)
        try:
            consumer.turn(min(LOOK, settings.STAKING.read_block / 1000))
            pause = FIRST_PAUSE
        except AWAY as error:
            log.warning("stream_lost", extra={"error": type(error).__name__})
            connection.close()
            consumer.again()
            _rest(pause, heart)
            pause = min(pause * 2, settings.STAKING.error_pause / 1000)


def _rest(seconds: float, heart: Heart) -> None:
    def over() -> bool:
        heart.beat(Part.STREAM)
        return bool(stopping.value)

    wait_until(over, seconds)


def drain(consumer: Consumer, seconds: float = float("inf")) -> None:
    """Take what is there now. Raises AWAY."""
    began = time.monotonic()
    while not stopping.value and consumer.turn() and time.monotonic() - began < seconds:
        pass


def when_alone() -> str:
    """The schedule's task: what the loop does, where no loop is alive."""
    stream = configured()
    if stream is None:
        return "no stream"
    if Heartbeat.objects.filter(part=Part.STREAM).exclude(late()).exists():
        return "a loop is alive"
    consumer = Consumer(stream)
    with suppress(*AWAY):  # the next minute goes on
        drain(consumer, TASK_SECONDS)
    return f"{consumer.taken} messages"
