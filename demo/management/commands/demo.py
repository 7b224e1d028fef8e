import secrets
import sys
from argparse import SUPPRESS, ArgumentParser
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.urls import reverse
from rich.console import Console

from chain.commands import Command as OneLineCommand
from chain.errors import ChainError
from demo import world
from demo.galleries import NotFundedError
from demo.ground import OccupiedError, begin_anew, claim, port_for
from demo.orders import NotTakenError
from demo.play import Run, play
from demo.stage import Stage, running
from demo.watch import TooSlowError
from local.anvil import AnvilError
from local.processes import ProcessError
from local.solana.process import SolanaError

USUAL_PORT = 8000
_TROUBLE = (ProcessError, AnvilError, SolanaError, NotFundedError)
WIDTH = 100  # columns, where there is no terminal to ask


class Command(OneLineCommand):
    help = (
        "Run everything on this machine, send 710 orders and two collections of 200 over REST and 50 stakes through a Redis "
        "stream, prove their ends."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Stop at the end; exit 0 only if all ended as expected.")
        parser.add_argument("--port", type=int, help=f"The web server's port; {USUAL_PORT} or a free one unless given.")
        parser.add_argument("--keep", action="store_true", help="Go on with the data of the run before.")
        parser.add_argument("--begun", action="store_true", help=SUPPRESS)  # by ourselves, with the demo's environment

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            self._handle(**options)
        except OccupiedError as error:
            raise CommandError(str(error), returncode=2) from error
        except (*_TROUBLE, ChainError, TooSlowError, NotTakenError) as error:
            raise CommandError(str(error), returncode=1) from error
        except KeyboardInterrupt:
            sys.exit(130)  # before its end; everything has been stopped

    def _handle(self, *, begun: bool, once: bool, keep: bool, port: int | None, **_: Any) -> None:
        if not begun:
            begin_anew(settings.BASE_DIR / "var" / "demo", settings.DATA_DIR, [*sys.argv, "--begun"], keep=keep)
        lock = claim(settings.DATA_DIR)
        password = secrets.token_urlsafe(9)
        with running(settings.DATA_DIR, port_for(port, USUAL_PORT)) as stage:
            world.staff(password)
            run = play(stage, Console(width=None if sys.stdout.isatty() else WIDTH))
            if not once:
                self._stay(stage, password, run)
        lock.close()
        if run.problems:
            sys.exit(1)

    def _stay(self, stage: Stage, password: str, run: Run) -> None:
        self.stdout.write(f"\nThe admin is at {stage.url}/admin/ (user {world.STAFF}, password {password}).")
        for name, collection, link in run.links:
            page = reverse("admin:mints_collection_change", args=[collection])
            self.stdout.write(f"{name}: {stage.url}{page}, and the metadata of its first item {stage.url}{link}.")
        self.stdout.write(f"The API's pages are at {stage.url}/api/docs/. To send orders of your own:")
        self.stdout.write(f"\n  export URL={stage.url} KEY={run.key}\n\nCtrl-C stops everything.")
        self.stdout.flush()
        with suppress(KeyboardInterrupt):
            stage.processes.wait()
        self.stdout.write("Stopping …")
