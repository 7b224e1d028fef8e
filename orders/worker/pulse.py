"""The pulse: a process of each worker that asks for a tick as soon as a wallet has work. One of them at a time does so.

django-q2's schedule does the same once a minute (`runner.pulse`); neither needs the other.
"""

import logging
import time
from typing import Any

import psycopg
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils.module_loading import import_string

from chain.locks import lock_connection
from orders.notify import CHANNEL
from orders.states import Part
from orders.worker.heartbeat import Heart
from orders.worker.runner import PULSE_LOCK, listen, pulse, stopping
from orders.worker.schedules import ensure_schedules

log = logging.getLogger(__name__)

LOOK_EVERY = 5.0  # seconds; the longest any wallet with work goes unlooked at
BREATH = 0.05  # seconds between two looks, however many orders arrive
SCHEDULES_EVERY = 30.0  # seconds; one schedule that cannot be read keeps django-q2 from starting any


def run(heart: Heart) -> None:
    """Look at once on NOTIFY, and every LOOK_EVERY seconds whatever happens. A restarted database is only a pause."""
    while not stopping.value:
        try:
            with lock_connection() as listener:
                if _wait_for_lock(listener, heart):
                    _beat(listener, heart)
        except (psycopg.OperationalError, OperationalError, InterfaceError):
            log.warning("database_lost")
            connection.close()
            time.sleep(1)


def _wait_for_lock(listener: "psycopg.Connection[Any]", heart: Heart) -> bool:
    """Wait until no other pulse has the lock, which dies with its holder; False when we are to stop."""
    while not stopping.value:
        heart.beat(Part.PULSE)
        if listener.execute("SELECT pg_try_advisory_lock(%s)", [PULSE_LOCK]).fetchone() == (True,):
            return True
        next(listen(listener, LOOK_EVERY / 5), None)
    return False


def _beat(listener: "psycopg.Connection[Any]", heart: Heart) -> None:
    listener.execute(f"LISTEN {CHANNEL}")
    checked = 0.0
    while not stopping.value:
        heart.beat(Part.PULSE)
        if time.monotonic() - checked > SCHEDULES_EVERY:
            ensure_schedules()
            checked = time.monotonic()
        pulse()
        for look in settings.LOOKS:
            import_string(look)()
        time.sleep(BREATH)
        next(filter(None, listen(listener, LOOK_EVERY)), None)
