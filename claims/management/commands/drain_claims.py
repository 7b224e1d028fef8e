import json
import signal
from argparse import ArgumentParser
from dataclasses import asdict
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from claims.queue_keys import AWAY, Drained, turn
from orders.outside import connect
from orders.worker.runner import stopping


class Command(OneLineCommand):
    help = (
        "Take the orders out of the old claim queue: hashes cs_… in the Redis of CLAIM_QUEUE_REDIS_URL. Twice takes them once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="One turn, which looks at a bounded number of keys.")
        parser.add_argument("--json", action="store_true", help="One JSON object.")

    def handle(self, *_: Any, **options: Any) -> None:
        if not settings.CLAIM_QUEUE_REDIS_URL:
            raise bad_argument("CLAIM_QUEUE_REDIS_URL is not set: it names the Redis that has the cs_… hashes.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        try:
            drained = _all(once=options["once"])
        except AWAY as error:
            raise CommandError(f"It ended in the middle, and may simply be run again: {type(error).__name__}.") from error
        self.stdout.write(json.dumps(asdict(drained)) if options["json"] else _sentence(drained))


def _all(*, once: bool) -> Drained:
    """Turn after turn until one has come to the last key."""
    redis = connect(settings.CLAIM_QUEUE_REDIS_URL)
    total = turn(redis)
    while not (once or total.whole or stopping.value):
        total.add(turn(redis))
    return total


def _sentence(drained: Drained) -> str:
    rest = "" if drained.whole else " There are more keys to look at."
    return (
        f"{drained.stored} stored or released, {drained.known} known before, {drained.busy} busy and left alone, "
        f"{drained.unreadable} unreadable (see the admin), {drained.foreign} hashes of no reward.{rest}"
    )


def _stop(number: int, frame: FrameType | None) -> None:
    stopping.value = True
