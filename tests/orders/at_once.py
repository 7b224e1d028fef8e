"""Doing two things at once, and waiting for what comes of it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.db import connection

from local.server import wait_until
from orders.worker import runner

# Seconds. The mutation check, where it is known that nobody comes, waits less.
DEADLINE = float(os.environ.get("TEST_DEADLINE", "20"))


@contextmanager
def at_once(work: Callable[..., Any], *args: Any) -> Iterator["Future[Any]"]:
    """Run it in another thread, with a database connection of its own, that is told to stop when the block ends."""

    def closing() -> Any:
        try:
            return work(*args)
        finally:
            connection.close()

    try:
        with ThreadPoolExecutor(1) as pool:
            try:
                yield pool.submit(closing)
            finally:
                runner.stopping.value = True
    finally:
        runner.stopping.value = False


def lock_awaited() -> bool:
    """Whether any session waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE NOT granted")
        return bool(cursor.rowcount)


def until(condition: Callable[[], Any]) -> None:
    wait_until(condition, DEADLINE)
    assert condition()
