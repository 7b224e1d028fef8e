"""The supervisor inside `manage.py work`: it starts the cluster, the pulse and whatever else is configured, and starts again
what ended or fell silent.

It does next to nothing itself, so that there is nothing for it to fall over. Its children are forks of it: they share its
memory, and another start takes no imports and no unlocking of keys.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django.utils.module_loading import import_string

from chain.locks import lock_connection
from local import postgres
from local.children import Fork, adopt_orphans, bury_orphans, call_me
from local.server import wait_until
from orders.states import Part
from orders.worker import cluster, pulse
from orders.worker.heartbeat import Heart, Silence
from orders.worker.runner import stopping

log = logging.getLogger(__name__)

STEP = 0.2  # seconds between two looks at the processes
LISTEN_EVERY = 2.0  # seconds between two looks at the heartbeats
PAUSE = 2.0  # seconds before what lived for a shorter time is started again
DRAIN_SECONDS = 10.0


@dataclass(slots=True)
class Child:
    """A part of the worker with a session of its own, and the signs of life it must leave."""

    name: str
    run: Callable[[], None]
    parts: tuple[Part, ...]
    fork: Fork | None = None
    started: float = 0.0
    silences: dict[Part, Silence] = field(default_factory=dict)

    def start(self) -> None:
        self.started = time.monotonic()
        self.silences = {part: Silence(self.started) for part in self.parts}
        self.fork = Fork(self._be)

    def _be(self) -> None:
        call_me(self.name)
        self.run()

    def trouble(self) -> str:
        """Why it must be started again; empty if it must not."""
        assert self.fork is not None
        now = time.monotonic()
        silent = [str(part) for part, silence in self.silences.items() if silence.is_long(now)]
        return self.fork.ended() or (f"no sign of life from: {', '.join(silent)}" if silent else "")

    def is_running(self) -> bool:
        return self.fork is not None and not self.fork.ended()

    def kill(self) -> None:
        if self.fork is not None and not self.fork.kill():
            log.critical("processes_left", extra={"child": self.name, "session": self.fork.pid})
        self.fork = None


class Watch:
    """Keeps a cluster, a pulse and what the apps above want beside them running until `stopping` is set."""

    def __init__(self) -> None:
        self.heart = Heart()
        self.children = [
            Child("cluster", partial(cluster.run, self.heart), (Part.GUARD, Part.TASKS)),
            Child("pulse", partial(pulse.run, self.heart), (Part.PULSE,)),
            *(
                Child(name, partial(import_string(path), self.heart), (Part(name),))
                for name, path in settings.WORKER_CHILDREN.items()
            ),
        ]
        self._listener: psycopg.Connection[Any] | None = None
        self._listened = 0.0

    def run(self) -> None:
        """Return when all have ended in good order, or DRAIN_SECONDS after they were asked to."""
        adopt_orphans()
        call_me("work")
        for child in self.children:
            self._start(child)
        while not stopping.value:
            time.sleep(STEP)
            bury_orphans([child.fork.pid for child in self.children if child.fork])
            self._listen()
            for child in self.children:
                why = child.trouble()
                if why and not stopping.value:
                    self._restart(child, why)
        self._drain()

    def _start(self, child: Child, why: str = "") -> None:
        self._close()  # a connection must not be shared with a fork
        try:
            self.heart.begin(child.parts, why)
        except (DatabaseError, InterfaceError):
            log.warning("database_lost")  # its row from the start before is still there, or it will be late and start again
        connections.close_all()
        child.start()

    def _restart(self, child: Child, why: str) -> None:
        log.error("child_restarted", extra={"child": child.name, "why": why})
        lived = time.monotonic() - child.started
        child.kill()
        if lived < PAUSE:
            wait_until(lambda: bool(stopping.value), PAUSE)
        if not stopping.value:
            self._start(child, why)

    # -- the signs of life -----------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Read the heartbeats. Silence counts only while we can read: with the database away, everybody is silent."""
        now = time.monotonic()
        if now - self._listened < LISTEN_EVERY:
            return
        if not settings.DATABASE_URL:  # the embedded server has a keeper, and somebody has to keep that
            postgres.revive(settings.DATA_DIR)
        try:
            signs = self._signs()
        except psycopg.Error:
            log.warning("database_lost")
            self._close()
            signs = None
        self._listened = now = time.monotonic()
        for part, silence in (pair for child in self.children for pair in child.silences.items()):
            if signs is None:
                silence.deaf(now)
            else:
                silence.hear(signs.get(part), now)

    def _signs(self) -> dict[str, object]:
        if self._listener is None:
            self._listener = lock_connection()
        rows = self._listener.execute("SELECT part, at FROM orders_heartbeat WHERE worker = %s", [self.heart.worker])
        return {str(part): at for part, at in rows.fetchall()}

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    # -- the end ---------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        self._close()
        wait_until(lambda: not any(child.is_running() for child in self.children), DRAIN_SECONDS)
        for child in self.children:
            if child.is_running():
                log.warning("child_killed", extra={"child": child.name})
            child.kill()
        try:
            self.heart.end()
        except (DatabaseError, InterfaceError):
            log.warning("database_lost")  # the rows are forgotten by themselves
        connections.close_all()
