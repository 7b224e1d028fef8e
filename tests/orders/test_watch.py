"""The supervisor of a worker, with a child that is made to misbehave between two of its looks."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from local.server import wait_until
from orders.models import Heartbeat
from orders.states import Part
from orders.worker import watch
from orders.worker.runner import stopping
from tests.orders.at_once import DEADLINE

pytestmark = pytest.mark.django_db(transaction=True)

Step = Callable[["Watched"], Any]


def until_told() -> None:
    while not stopping.value:
        time.sleep(0.02)


def for_ever() -> None:
    time.sleep(600)


class Watched(watch.Watch):
    """A watch of one child. Each look at the signs of life is one of the steps of the test; after the last it is to stop."""

    def __init__(self, run: Callable[[], None], *steps: Step) -> None:
        super().__init__()
        self.child = watch.Child("pulse", run, (Part.PULSE,))
        self.children = [self.child]
        self.steps = list(steps)
        self.pids: list[int] = []

    def _start(self, child: watch.Child, why: str = "") -> None:
        super()._start(child, why)
        assert child.fork is not None
        self.pids.append(child.fork.pid)

    def _listen(self) -> None:
        super()._listen()
        if not self.steps:
            stopping.value = True
            return
        self.steps.pop(0)(self)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No pauses, and the test's own process stays what it is."""
    for name, value in (("STEP", 0.01), ("PAUSE", 0.0), ("LISTEN_EVERY", 0.0), ("DRAIN_SECONDS", 0.3)):
        monkeypatch.setattr(watch, name, value)
    for name in ("adopt_orphans", "bury_orphans", "call_me"):
        monkeypatch.setattr(watch, name, lambda *_: None)
    yield
    stopping.value = False


def look(_: Watched) -> None: ...


def kill(watched: Watched) -> None:
    fork = watched.child.fork
    assert fork is not None
    os.kill(fork.pid, signal.SIGKILL)
    assert wait_until(lambda: bool(fork.ended()), DEADLINE)


def say_nothing_for(seconds: float) -> Step:
    def step(watched: Watched) -> None:
        for silence in watched.child.silences.values():
            silence.since -= seconds

    return step


def left() -> list[tuple[int, str]]:
    return list(Heartbeat.objects.values_list("restarts", "restarted_because"))


def test_nothing_is_left_of_a_worker_that_ended_in_good_order() -> None:
    Watched(until_told, look).run()
    assert not Heartbeat.objects.exists()


@pytest.mark.fault(12)
def test_a_child_that_does_not_end_is_killed() -> None:
    watched = Watched(for_ever, look)
    watched.run()
    assert not os.path.exists(f"/proc/{watched.pids[0]}")  # noqa: PTH110


@pytest.mark.fault(11)
def test_a_child_that_was_killed_is_started_again_and_the_cause_is_kept() -> None:
    seen: list[list[tuple[int, str]]] = []
    watched = Watched(until_told, kill, lambda _: seen.append(left()))
    watched.run()
    assert len(set(watched.pids)) == 2
    assert seen == [[(1, "it was ended by SIGKILL")]]


@pytest.mark.fault(11)
def test_a_child_that_ends_without_being_told_is_started_again_whatever_its_exit_code() -> None:
    watched = Watched(lambda: None, lambda it: wait_until(lambda: bool(it.child.fork and it.child.fork.ended()), DEADLINE))
    watched.run()
    assert len(watched.pids) == 2


@pytest.mark.fault(11)
@pytest.mark.parametrize(("seconds", "starts"), [(29, 1), (31, 2)])
def test_a_child_that_looks_alive_and_says_nothing_is_started_again(seconds: float, starts: int) -> None:
    watched = Watched(until_told, say_nothing_for(seconds))
    watched.run()
    assert len(watched.pids) == starts


def test_a_sign_of_life_ends_the_silence() -> None:
    def beat(watched: Watched) -> None:
        Heartbeat.objects.update(at=Heartbeat.objects.get().at + timedelta(seconds=1))

    def is_heard(watched: Watched) -> None:
        assert not watched.child.trouble()

    watched = Watched(until_told, say_nothing_for(29), beat, say_nothing_for(29), is_heard)
    watched.run()
    assert len(watched.pids) == 1


@pytest.mark.fault(38)
def test_while_the_database_is_away_nobody_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(watched: Watched) -> None:
        monkeypatch.setattr(watched, "_signs", lambda: lost(watched))

    def lost(watched: Watched) -> None:
        say_nothing_for(31)(watched)
        raise psycopg.OperationalError

    watched = Watched(until_told, away, look, look)
    watched.run()
    assert len(watched.pids) == 1


@pytest.mark.fault(38)
def test_the_keeper_of_the_embedded_server_is_kept_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    revived: list[Any] = []
    monkeypatch.setattr("local.postgres.revive", revived.append)
    with override_settings(DATABASE_URL="postgres://elsewhere/claimdesk"):
        Watched(until_told, look).run()
    assert not revived
    stopping.value = False
    with override_settings(DATABASE_URL=""):
        Watched(until_told, look).run()
    assert revived
