"""Processes as threads that pass one baton: exactly one runs at any time, so that chance is Hypothesis' alone.

An actor runs a job until it returns, or until its mishap befalls it: it is killed (SIGKILL: its connections are cut and nothing
of its clean-up reaches anything), or frozen (SIGSTOP: it stays where it is until `thaw`), or its database connection is lost.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, cast

import psycopg
from django.db import OperationalError, connection
from psycopg.pq import TransactionStatus

DEADLINE = 60.0  # seconds; a job that takes longer hangs


class Died(BaseException):
    """SIGKILL, as seen from inside: nothing may catch it."""


class What(StrEnum):
    DIES = "dies"
    FREEZES = "freezes"
    LOSES_DATABASE = "loses its database connection"


@dataclass(frozen=True, slots=True)
class Mishap:
    """`what` befalls an actor at the `nth` passage of a boundary in one job."""

    what: What
    where: str
    nth: int = 1


class State(StrEnum):
    DONE = "done"
    RAISED = "raised"
    DIED = "died"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Said:
    """What an actor says as it hands the baton back."""

    state: State
    value: Any = None


Job = Callable[[], Any]


class Registrar:
    """A connection past Django's, as a server's administrator has it."""

    connection: "psycopg.Connection[tuple[object, ...]]"

    @classmethod
    def cut(cls, pid: int) -> None:
        """End a session from the server's side, and see it gone with its locks. Its client learns of it when it next speaks."""
        cls.connection.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@dataclass(eq=False)
class Actor:
    """One process-to-be."""

    name: str
    frozen: bool = False
    disturbed: bool = False  # something happened to the present job, or to what it holds
    locks: list["psycopg.Connection[tuple[object, ...]]"] = field(default_factory=list)
    _jobs: "queue.Queue[Job | None]" = field(default_factory=queue.Queue)
    _said: "queue.Queue[Said]" = field(default_factory=queue.Queue)
    _thaw: threading.Event = field(default_factory=threading.Event)
    _mishap: Mishap | None = None
    _passages: int = 0
    _killed: bool = False
    _is_cut: bool = False
    _in_transaction: bool = False
    _pid: int = 0

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._live, name=self.name, daemon=True)
        self._thread.start()

    # -- from the stage --------------------------------------------------------------------------------------------

    def do(self, job: Job, mishap: Mishap | None = None) -> Said:
        """Give it the baton until the job ends or it freezes."""
        assert not self.frozen
        self._mishap, self._passages = mishap, 0
        self._jobs.put(job)
        return self._wait()

    def thaw(self) -> Said:
        """It goes on where it was, and knows nothing of the time between."""
        assert self.frozen
        self.frozen = False
        self._thaw.set()
        return self._wait()

    def kill_frozen(self) -> Said:
        self._killed = True
        return self.thaw()

    def end(self) -> None:
        if self.frozen:
            self.kill_frozen()
        self._jobs.put(None)
        self._thread.join(DEADLINE)

    def cut_locks(self) -> None:
        """Its lanes' lock connections break, which it does not notice by itself."""
        self.disturbed = True
        self.locks = [lock for lock in self.locks if not lock.closed]
        for lock in self.locks:
            with suppress(psycopg.OperationalError):
                Registrar.cut(lock.info.backend_pid)

    def cut_database(self) -> None:
        self.disturbed = self._is_cut = True
        Registrar.cut(self._pid)

    def _wait(self) -> Said:
        said = self._said.get(timeout=DEADLINE)
        self.frozen = said.state == State.FROZEN
        if said.state == State.FROZEN and self._in_transaction:
            self.cut_database()  # as the server does with a session that is idle in a transaction: its locks stop others
        if said.state == State.DIED:
            for lock in self.locks:
                lock.close()
            self.locks.clear()
        return said

    # -- from inside -----------------------------------------------------------------------------------------------

    def _live(self) -> None:
        self._watch()
        while (job := self._jobs.get()) is not None:
            self._ready()
            try:
                said = Said(State.DONE, job())
            except Died:
                connection.close()
                said = Said(State.DIED)
            except Exception as error:  # noqa: BLE001 - the stage judges it
                said = Said(State.RAISED, error)
            self._killed = False
            self._in_transaction = False
            self._said.put(said)
        connection.close()

    def _watch(self) -> None:
        """Make every statement and commit of this thread's connection a boundary."""
        connection.execute_wrappers.append(self._statement)
        watcher = cast(Any, connection)
        commit = watcher._commit

        def watched() -> None:
            self.passes("before commit")
            commit()
            self.passes("after commit")

        watcher._commit = watched

    def _ready(self) -> None:
        if self._is_cut or connection.errors_occurred:
            connection.close()
        self._is_cut = self._in_transaction = False
        connection.ensure_connection()
        self._pid = connection.connection.info.backend_pid

    def _statement(self, execute: Callable[..., Any], *args: Any) -> Any:
        self.passes("before statement")
        result = execute(*args)
        self.passes("after statement")
        return result

    def passes(self, *boundaries: str) -> None:
        """A boundary. What may happen here happens here. Raises Died, OperationalError."""
        if self._killed:
            raise Died  # whatever it does while it unwinds
        mishap = self._mishap
        if mishap is None or mishap.where not in boundaries:
            return
        self._passages += 1
        if self._passages == mishap.nth:
            self._mishap = None
            self.disturbed = True
            self._befall(mishap.what)

    def _befall(self, what: What) -> None:
        match what:
            case What.DIES:
                self._die()
            case What.LOSES_DATABASE:
                self.cut_database()
                raise OperationalError("server closed the connection unexpectedly")
            case What.FREEZES:
                self._freeze()

    def _die(self) -> NoReturn:
        """All that a dead process holds is cut before anything unwinds, so that no clean-up reaches the database or a node."""
        self._killed = True
        self.cut_database()
        self.cut_locks()
        raise Died

    def _freeze(self) -> None:
        self._in_transaction = connection.connection.info.transaction_status != TransactionStatus.IDLE
        self._thaw.clear()
        self._said.put(Said(State.FROZEN))
        self._thaw.wait()
        if self._killed:
            self._die()


def here() -> Actor | None:
    """The actor whose thread this is; None on the stage."""
    return ACTORS.get(threading.current_thread().name)


ACTORS: dict[str, Actor] = {}
