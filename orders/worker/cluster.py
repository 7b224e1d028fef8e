"""The django-q2 cluster as a child of `manage.py work`: its sentinel, and below that its pusher, workers and monitor.

What is different from django-q2's own
- A process that is killed may have had one of the queues in its hands, and nobody could use that queue ever again. The whole
  cluster then ends, and its supervisor starts another one.
- It stops by a flag in shared memory, which no killed process can keep locked, and it leaves signs of life.
"""

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any
from uuid import uuid4

from django.db import InterfaceError, OperationalError, connections
from django_q.cluster import Sentinel

from chain.models import Wallet
from local.children import call_me
from orders.notify import call
from orders.states import Part
from orders.worker.broker import BeatingBroker, pass_through
from orders.worker.heartbeat import Heart
from orders.worker.runner import stopping
from orders.worker.schedules import ensure_schedules

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 3.0  # for a worker that has ended its work and is about to leave


def run(heart: Heart) -> None:
    """Be the sentinel of a new cluster; returns when `stopping` is set and all below have ended."""
    logging.getLogger("django-q").addFilter(_is_no_beat)
    while not (stopping.value or _prepared()):
        time.sleep(1)
    if not stopping.value:
        Guard(heart)


def _prepared() -> bool:
    """Put the database in order for a new cluster; False while it cannot be reached."""
    try:
        ensure_schedules()
        # Ticks that a killed cluster had taken from the queue are lost. To ask twice changes nothing: the lane's lock decides.
        Wallet.objects.filter(tick_asked_at__isnull=False).update(tick_asked_at=None)
        call("a new cluster")
    except (OperationalError, InterfaceError):
        log.warning("database_lost")
        return False
    finally:
        connections.close_all()  # a connection must not be shared with the workers that fork now
    return True


class Guard(Sentinel):  # type: ignore[misc]
    """django-q2's sentinel; made is running, and it returns from its making when all has stopped."""

    def __init__(self, heart: Heart) -> None:
        self._heart = heart
        self._spawns = ""
        super().__init__(_Stop(self), Event(), uuid4(), BeatingBroker(heart))

    def start(self) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # only `manage.py work` hears it; those below inherit this
        os.register_at_fork(after_in_child=lambda: call_me(self._spawns))
        super().start()

    def spawn_process(self, target: Callable[..., None], *args: Any) -> Any:
        self._spawns = target.__name__
        return super().spawn_process(target, *args)

    def reincarnate(self, process: Any) -> None:
        """Replace what has ended by itself, between two tasks. Give up with what was killed, or does not end."""
        process.join(GOODBYE_SECONDS)
        if process.exitcode == 0:
            super().reincarnate(process)
            return
        role = {id(self.monitor): "monitor", id(self.pusher): "pusher"}.get(id(process), "worker")
        log.error("cluster_broken", extra={"role": role, "exitcode": process.exitcode})
        os._exit(1)  # those below end with us

    def once_a_cycle(self) -> None:
        """Leave our sign of life, and also that of the tasks while all workers are busy, so that no beat can pass.

        django-q2's time-out ends a task that goes on for ever.
        """
        self._heart.beat(Part.GUARD)
        if all(worker.timer.value > 0 for worker in self.pool):
            self._heart.beat(Part.TASKS)


@dataclass(slots=True)
class _Stop:
    """`stopping` in the shape of the event that the sentinel waits for between two looks at its processes."""

    guard: Guard

    def is_set(self) -> bool:
        return bool(stopping.value)

    def wait(self, seconds: float) -> bool:
        if not self.is_set():
            self.guard.once_a_cycle()
            time.sleep(seconds)
        return self.is_set()


def _is_no_beat(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or pass_through.__name__ not in record.getMessage()
