"""Signs of life, kept in PostgreSQL: each part of a worker leaves them, its own supervisor judges them, staff can see them."""

import logging
import os
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, Q
from django.db.models.functions import Now

from orders.models import Heartbeat
from orders.states import Part

log = logging.getLogger(__name__)

BEAT_EVERY = 5.0  # seconds
LATE = timedelta(seconds=30)  # a part that has said nothing for so long has stopped, whatever its process looks like
FORGOTTEN = timedelta(minutes=10)  # a worker that vanished without a word is shown for so long


@dataclass(slots=True)
class Heart:
    """Leaves the signs of one worker. Shared by all that fork from it, each of which keeps its own time."""

    worker: str = field(default_factory=lambda: f"{socket.gethostname()[:80]}:{os.getpid()}")
    _last: dict[Part, float] = field(default_factory=dict)

    def begin(self, parts: Iterable[Part], restarted_because: str = "") -> None:
        """These parts start now. Raises DatabaseError; a row that is there already will do."""
        Heartbeat.objects.filter(at__lt=Now() - FORGOTTEN).delete()
        for part in parts:
            Heartbeat.objects.get_or_create(worker=self.worker, part=part)
            again = {"restarts": F("restarts") + 1, "restarted_because": restarted_because[:200]} if restarted_because else {}
            Heartbeat.objects.filter(worker=self.worker, part=part).update(at=Now(), started=Now(), **again)

    def beat(self, part: Part) -> None:
        """This part works, as of now; written every BEAT_EVERY seconds at most. A lost database is not our trouble here."""
        now = time.monotonic()
        if now - self._last.get(part, -BEAT_EVERY) < BEAT_EVERY:
            return
        self._last[part] = now
        try:
            Heartbeat.objects.filter(worker=self.worker, part=part).update(at=Now())
        except (DatabaseError, InterfaceError):
            log.warning("heartbeat_not_written", extra={"part": str(part)})
            connection.close()

    def end(self) -> None:
        """All parts have ended in good order."""
        Heartbeat.objects.filter(worker=self.worker).delete()


def late() -> Q:
    """Heartbeats that are overdue."""
    return Q(at__lt=Now() - LATE)


@dataclass(slots=True)
class Silence:
    """How long nothing new has been heard of somebody; in seconds of the monotonic clock, and only while we could listen."""

    since: float
    heard: object = None

    def hear(self, sign: object, now: float) -> None:
        if sign != self.heard:
            self.heard, self.since = sign, now

    def deaf(self, now: float) -> None:
        self.since = now

    def is_long(self, now: float) -> bool:
        return now - self.since > LATE.total_seconds()
