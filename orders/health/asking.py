"""Asking checks one after the other so that none of them can silence the rest, or whoever asks.

A check is a function that says whether all is well, and one line about it. It runs in a thread beside the request: one that
hangs, as on a Redis or a database that takes a question and never answers, is left behind and counts as red.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

Check = tuple[bool, str]
Function = Callable[[], Check]

EACH = 1.5  # seconds for one check
ALL = 5.0  # seconds for all of them
MOST = 8  # threads of this process that may ask, those left behind included; each may hold a database connection

_places = BoundedSemaphore(MOST)
_hanging: dict[str, "Asker"] = {}  # whom each check has held up last


@dataclass(frozen=True, slots=True)
class Result:
    """What one check has come to."""

    name: str
    ok: bool
    detail: str


def registered() -> dict[str, Function]:
    """The checks of this installation by name, in the order in which they are shown."""
    return {dotted.rpartition(".")[2]: partial(_call, dotted) for dotted in settings.MONITOR_CHECKS}


def _call(dotted: str) -> Check:
    found: Check = import_string(dotted)()
    return found


def ask(checks: Mapping[str, Function]) -> list[Result]:
    """One result for each check, within ALL seconds whatever hangs."""
    ends = time.monotonic() + ALL
    asker: Asker | None = None
    results = []
    for name, check in checks.items():
        answer = False, "earlier questions still hang"
        if _has_let_go(name, _left(ends)) and (asker := asker or Asker.begin()):
            found = asker.ask(check, _left(ends))
            if found is None:
                _hanging[name], asker = asker, None
            answer = found or (False, "cannot be checked: no answer in time")
        results.append(Result(name, *answer))
    if asker:
        asker.end()
    return results


def _left(ends: float) -> float:
    """Seconds that one check may have now."""
    return max(0.0, min(EACH, ends - time.monotonic()))


def _has_let_go(name: str, seconds: float) -> bool:
    """Whether the thread that this check has held up last ends in time: each holds up one, so that all have room."""
    asker = _hanging.get(name)
    return asker is None or asker.ends(seconds)


class Asker:
    """A thread with database connections of its own, which answers one question at a time."""

    def __init__(self) -> None:
        self._questions: SimpleQueue[Function | None] = SimpleQueue()
        self._answers: SimpleQueue[Check] = SimpleQueue()
        # A daemon: one that hangs must not keep the process from ending.
        self._thread = Thread(target=self._work, name="monitor", daemon=True)
        self._thread.start()

    @classmethod
    def begin(cls) -> "Asker | None":
        """None while as many as may are busy."""
        return cls() if _places.acquire(blocking=False) else None

    def ask(self, check: Function, seconds: float) -> Check | None:
        """None when it has not answered by then; the thread is then of no use any more, and ends once the check does."""
        if seconds > 0:
            self._questions.put(check)
            try:
                return self._answers.get(timeout=seconds)
            except Empty:
                pass
        self._questions.put(None)
        return None

    def end(self) -> None:
        self._questions.put(None)
        self._thread.join(EACH)

    def ends(self, seconds: float) -> bool:
        """Whether it has ended by then, once it has been told to."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            for check in iter(self._questions.get, None):
                self._answers.put(_safely(check))
        finally:
            _places.release()
            connections.close_all()


def _safely(check: Function) -> Check:
    """What cannot be checked is not well. The error's own words may name hosts and users, so they stay here."""
    try:
        return check()
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be told and must not keep the others from being told
        return False, f"cannot be checked: {type(error).__name__}"
