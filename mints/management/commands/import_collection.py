import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from mints import by_hand, folder, telling
from mints.by_hand import Brought
from mints.commands import add_how, add_said, method_of, said_of
from mints.following import follow
from mints.gathering import Told
from mints.models import Method, MintJob
from mints.states import JobStatus
from orders.intake import Refusal, Refused

_SAID_OTHERWISE = (
    "These files are a collection already, of which something else was said. To have them a second time give it "
    "an --external-id of its own."
)


class Command(OneLineCommand):
    help = "Take a collection from a folder with one CSV file and its pictures, or a zip of them. Twice imports once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        add_said(parser)
        parser.add_argument("--dry-run", action="store_true", help="Check everything, tell the costs, store nothing.")
        parser.add_argument("--start", action="store_true", help="Start its mint job; on a terminal, show how far it is.")
        parser.add_argument("--json", action="store_true", help="One JSON object a line.")
        add_how(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        if options["dry_run"] and options["start"]:
            raise bad_argument("--dry-run stores nothing that --start could start.")
        _check_folder(options["folder"])
        try:
            brought = self._bring(method_of(options), said_of(options), options)
        except Refused as refused:
            raise self._refusal(refused, as_json=options["json"]) from refused
        except OSError as error:
            raise CommandError(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
        except KeyboardInterrupt:
            raise CommandError("Interrupted. Run it again: nothing is stored twice.", returncode=130) from None
        self._tell(brought, dry_run=options["dry_run"], as_json=options["json"])
        if options["start"]:
            self._start(brought, as_json=options["json"])

    def _bring(self, method: Method, said: dict[str, Any], options: dict[str, Any]) -> Brought:
        """Raises Refused, OSError; then nothing is left of it."""
        found = folder.look(options["folder"])
        with _bar("Copying", as_json=options["json"]) as told:
            offer = by_hand.offer_of(method, said, folder.bring(found, told))
        with _bar("Looking at pictures", as_json=options["json"]) as told:
            return (by_hand.try_out if options["dry_run"] else by_hand.bring_in)(offer, told)

    # -- the job -------------------------------------------------------------------------------------------------------

    def _start(self, brought: Brought, *, as_json: bool) -> None:
        try:
            job = by_hand.start(brought.collection)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        console = Console(stderr=True)
        if console.is_terminal and not as_json:
            job = self._follow(job, console)
        self._tell_job(job, as_json=as_json)
        if job.status in (JobStatus.FAILED, JobStatus.PAUSED, JobStatus.CANCELLED):
            raise CommandError(f"The job is {job.status}.")

    def _follow(self, job: MintJob, console: Console) -> MintJob:
        try:
            return follow(job, console, time.sleep)
        except KeyboardInterrupt:
            self.stderr.write("The job goes on without you: the workers have it.")
            job.refresh_from_db()
            return job

    def _tell_job(self, job: MintJob, *, as_json: bool) -> None:
        self.stdout.write(json.dumps(telling.facts_of_job(job)) if as_json else telling.of_job(job))

    # -- what came of it -----------------------------------------------------------------------------------------------

    def _tell(self, brought: Brought, *, dry_run: bool, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(telling.facts(brought, dry_run=dry_run)))
            return
        for warning in brought.collection.warnings:
            self.stdout.write(f"warning: {telling.visible(warning)}")
        for sentence in telling.sentences(brought, dry_run=dry_run):
            self.stdout.write(sentence)

    def _refusal(self, refused: Refused, *, as_json: bool) -> CommandError:
        """Every mistake is told on stdout, but for a single one: that is the line for stderr, which is returned."""
        if refused.code == Refusal.KEY_REUSED:
            return bad_argument(_SAID_OTHERWISE)
        mistakes = [telling.mistake(error) for error in refused.errors]
        if as_json:
            for error in refused.errors:
                self.stdout.write(json.dumps(error._asdict()))
        elif len(mistakes) == 1:
            return bad_argument(": ".join(mistakes[0]))
        else:
            self._show(mistakes)
        return bad_argument(refused.message)

    def _show(self, mistakes: Sequence[tuple[str, str]]) -> None:
        console = Console()
        if not (self.stdout.isatty() and console.is_terminal):
            for place, message in mistakes:
                self.stdout.write(f"{place}: {message}")
            return
        table = Table("where", "what is wrong", box=None)
        for place, message in mistakes:
            table.add_row(Text(place), Text(message))
        with console.capture() as drawn:
            console.print(table)
        self.stdout.write(drawn.get())


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise bad_argument(f"{folder} is no folder.")


@contextmanager
def _bar(what: str, *, as_json: bool) -> Iterator[Told]:
    """Shown on a terminal only."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=as_json or not console.is_terminal) as progress:
        bar = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(bar, completed=done, total=total)
