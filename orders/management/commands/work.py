import gc
import signal
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connections

from chain.signing import unlock_all
from orders.worker.runner import stopping
from orders.worker.watch import Watch


class Command(BaseCommand):
    help = (
        "Run the worker: the pulse, and the django-q2 cluster whose tasks are the lanes. What dies or hangs is started again. "
        "SIGTERM drains all within seconds."
    )

    def get_check_kwargs(self, options: Any) -> Any:
        """Not on a database that may forget what it has said is stored."""
        return super().get_check_kwargs(options) | {"databases": ["default"]}

    def handle(self, *args: Any, **options: Any) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        while not (stopping.value or _unlocked()):
            time.sleep(1)
        # The children share our memory for as long as nobody writes to it, and a collection writes to all of it.
        gc.collect()
        gc.freeze()
        Watch().run()


def _stop(number: int, frame: FrameType | None) -> None:
    stopping.value = True


def _unlocked() -> bool:
    """Load the keys; False while the database cannot be reached, which says whose."""
    try:
        unlock_all()
    except (OperationalError, InterfaceError):
        return False
    finally:
        connections.close_all()
    return True
