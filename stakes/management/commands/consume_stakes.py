import json
import signal
from argparse import ArgumentParser
from contextlib import suppress
from types import FrameType
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from orders.states import Part
from orders.worker.heartbeat import Heart
from orders.worker.runner import stopping
from stakes.consumer import AWAY, Consumer, drain, loop
from stakes.stream import configured


class Command(OneLineCommand):
    help = (
        "Take signed stakes from the Redis stream of REDIS_QUEUE_STREAM_KEY until SIGTERM; safe beside the worker, which does "
        "the same. Nothing is acknowledged before it is stored."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Take what is there now, and end.")
        parser.add_argument("--json", action="store_true", help="One JSON object at the end.")

    def handle(self, *_: Any, **options: Any) -> None:
        stream = configured()
        if stream is None:
            raise bad_argument("No stream is configured: set REDIS_URL and REDIS_QUEUE_STREAM_KEY.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        consumer = Consumer(stream)
        try:
            drain(consumer) if options["once"] else _loop(consumer)
        except AWAY as error:
            raise CommandError(f"Redis or the database was lost; run it again: {type(error).__name__}.") from error
        counts = {"taken": consumer.taken, "unreadable": consumer.unreadable}
        sentence = f"{consumer.taken} messages taken, {consumer.unreadable} of them unreadable (see the admin)"
        self.stdout.write(json.dumps(counts) if options["json"] else sentence)


def _loop(consumer: Consumer) -> None:
    """With signs of life, as the worker's own, so that nobody thinks that there is no loop."""
    heart = Heart()
    heart.begin([Part.STREAM])
    try:
        loop(consumer, heart)
    finally:
        with suppress(DatabaseError, InterfaceError):
            heart.end()


def _stop(number: int, frame: FrameType | None) -> None:
    stopping.value = True
