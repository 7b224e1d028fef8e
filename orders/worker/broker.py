"""The cluster's broker: django-q2's own, and every ten seconds a beat that goes the way of a task through all its processes."""

import logging
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.signing import SignedPackage
from redis.exceptions import RedisError

from orders.states import Part
from orders.worker.heartbeat import Heart

log = logging.getLogger(__name__)

BEAT = "beat"  # instead of the id by which a broker knows a task
BEAT_EVERY = 10.0  # seconds
LOST = (DatabaseError, InterfaceError, RedisError)


def pass_through() -> None:
    """The task that a beat is: that it is done is all it says."""


class BeatingBroker:
    """In the pusher it hands out the beat, in the monitor it hears of its end, and there it leaves the sign of life.

    A broker that cannot be reached is asked again; django-q2 would end the pusher, or the monitor.
    """

    def __init__(self, heart: Heart) -> None:
        self._broker = get_broker()
        self._heart = heart
        self._beaten = -BEAT_EVERY

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    def dequeue(self) -> list[tuple[Any, Any]]:
        if time.monotonic() - self._beaten > BEAT_EVERY:
            self._beaten = time.monotonic()
            return [(BEAT, _package())]
        try:
            return self._broker.dequeue() or []
        except LOST:
            log.warning("broker_lost")
            connection.close()
            time.sleep(1)
            return []

    def acknowledge(self, task_id: Any) -> None:
        if task_id == BEAT:
            self._heart.beat(Part.TASKS)
            return
        try:
            self._broker.acknowledge(task_id)
        except LOST:  # it will be handed out again, which changes nothing
            log.warning("broker_lost")
            connection.close()

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """Not written, twice a second, for nobody to read: heartbeats say it."""


def _package() -> str:
    now = timezone.now()
    task = {
        "id": f"{BEAT} {now:%H:%M:%S}", "name": BEAT, "func": f"{__name__}.{pass_through.__name__}", "args": (), "kwargs": {},
        "started": now, "save": False, "ack_failure": False,
    }  # fmt: skip
    return str(SignedPackage.dumps(task))
