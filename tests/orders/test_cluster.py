"""What is ours in the django-q2 cluster: the beat that goes the way of a task, and what is done about the dead."""

import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from django_q.models import OrmQ
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from orders.models import Heartbeat
from orders.states import Part
from orders.worker import cluster
from orders.worker.broker import BEAT, BeatingBroker
from orders.worker.heartbeat import LATE, Heart, late

pytestmark = pytest.mark.django_db


@pytest.fixture
def heart() -> Heart:
    heart = Heart("w:1")
    heart.begin([Part.PULSE, Part.GUARD, Part.TASKS])
    Heartbeat.objects.update(at=Now() - LATE)
    return heart


def silent() -> set[str]:
    return set(Heartbeat.objects.filter(late()).values_list("part", flat=True))


def test_the_first_that_the_pusher_gets_is_a_beat_and_then_the_tasks(heart: Heart) -> None:
    broker = BeatingBroker(heart)
    async_task("orders.worker.runner.pulse")
    assert [broker.dequeue()[0][0] == BEAT for _ in range(2)] == [True, False]


def test_a_beat_is_a_task_that_can_be_done(heart: Heart) -> None:
    ((_, package),) = BeatingBroker(heart).dequeue()
    task = SignedPackage.loads(package)
    assert task["func"] == "orders.worker.broker.pass_through"
    assert not task["save"]


def test_a_beat_that_has_come_through_is_a_sign_of_life(heart: Heart) -> None:
    BeatingBroker(heart).acknowledge(BEAT)
    assert silent() == {Part.PULSE, Part.GUARD}


def test_other_tasks_are_acknowledged_as_ever(heart: Heart) -> None:
    async_task("orders.worker.runner.pulse")
    BeatingBroker(heart).acknowledge(OrmQ.objects.get().pk)
    assert not OrmQ.objects.exists()
    assert silent() == {Part.PULSE, Part.GUARD, Part.TASKS}


@pytest.mark.fault(38)
def test_a_broker_that_is_lost_is_asked_again(heart: Heart, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any) -> Any:
        raise OperationalError

    broker = BeatingBroker(heart)
    monkeypatch.setattr("orders.worker.broker.connection", Deaf())
    monkeypatch.setattr("orders.worker.broker.time.sleep", lambda _: None)
    broker.dequeue()
    for name in ("dequeue", "acknowledge"):
        monkeypatch.setattr(broker._broker, name, lost)
    assert broker.dequeue() == []
    broker.acknowledge(1)


class Deaf:
    def close(self) -> None: ...


class Value:
    def __init__(self, value: float) -> None:
        self.value = value


class Process:
    """A dead process of the cluster, or one that does not end."""

    def __init__(self, exitcode: int | None = None, timer: float = -1) -> None:
        self.exitcode, self.timer = exitcode, Value(timer)

    def join(self, seconds: float) -> None: ...


def guard(heart: Heart, *pool: Process) -> cluster.Guard:
    made = cluster.Guard.__new__(cluster.Guard)
    made._heart, made.pool, made.monitor, made.pusher = heart, list(pool), Process(), Process()
    return made


def test_the_guard_answers_for_the_tasks_only_while_all_workers_are_busy(heart: Heart) -> None:
    guard(heart, Process(timer=100), Process(timer=-1)).once_a_cycle()
    assert silent() == {Part.PULSE, Part.TASKS}
    guard(Heart("w:1"), Process(timer=100), Process(timer=1)).once_a_cycle()
    assert silent() == {Part.PULSE}


@pytest.mark.fault(11)
@pytest.mark.parametrize("exitcode", [-9, -15, 1, None])
def test_the_cluster_ends_with_a_process_that_was_killed(
    heart: Heart, exitcode: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int] = []
    monkeypatch.setattr("orders.worker.cluster.os._exit", ends.append)
    process = Process(exitcode)
    guard(heart, process).reincarnate(process)
    assert ends == [1]


def test_beats_are_not_logged() -> None:
    def record(level: int, text: str) -> logging.LogRecord:
        return logging.LogRecord("django-q", level, "", 0, text, None, None)

    texts = ["Processed 'orders.worker.broker.pass_through' (beat)", "Processed 'orders.worker.runner.tick' (tick minter)"]
    assert [cluster._is_no_beat(record(logging.INFO, text)) for text in texts] == [False, True]
    assert cluster._is_no_beat(record(logging.ERROR, texts[0]))


def test_stopping_stops_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "stopping", Value(1))
    assert cluster._Stop(None).wait(60)  # type: ignore[arg-type]
