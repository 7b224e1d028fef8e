from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from claims.models import Reward
from claims.sheet import Line, Report, Sheet, SheetError, said, store
from orders.intake import Refused
from orders.models import Client
from withdrawals.intake import named

DEFAULT_CLIENT = "import"


class Command(OneLineCommand):
    help = "Take claims from a CSV file with the columns recipient, quantity, token_id, external_id. Twice imports once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--reward", required=True, metavar="ID", help="The reward's id, or its external id.")
        parser.add_argument("--client", metavar="NAME", help=f"Whose orders they are; `{DEFAULT_CLIENT}` unless given.")
        parser.add_argument("--dry-run", action="store_true", help="Check every line and store nothing.")

    def handle(self, *_: Any, **options: Any) -> None:
        sheet = Sheet(options["file"], _reward(options["reward"]))
        client = None if options["dry_run"] else _client(options["client"])
        try:
            reports = self._import(sheet, client)
        except SheetError as error:
            raise bad_argument(str(error)) from error
        for report in reports:
            if report.problem:
                self.stdout.write(f"line {report.line}: {report.problem}")
        bad = sum(1 for report in reports if report.problem)
        self.stdout.write(_summary(reports, bad, dry_run=client is None))
        if bad:
            raise CommandError(f"{bad} of {len(reports)} lines were not imported.")

    def _import(self, sheet: Sheet, client: Client | None) -> list[Report]:
        digest = sheet.digest()
        console = Console(stderr=True)
        columns = BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        reports: list[Report] = []
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task("", total=_count(sheet.path))
            for lines in sheet.chunks():
                reports += store(lines, client, digest) if client else [_checked(line) for line in lines]
                progress.update(bar, completed=len(reports))
        return reports


def _checked(line: Line) -> Report:
    return Report(line.number, problem=said(line.wish) if isinstance(line.wish, Refused) else "")


def _summary(reports: list[Report], bad: int, *, dry_run: bool) -> str:
    known = sum(1 for report in reports if report.replayed and not report.problem)
    good = len(reports) - bad - known
    return f"{len(reports)} lines: {good} {'good' if dry_run else 'imported'}, {known} imported before, {bad} bad"


def _reward(text: str) -> Reward:
    found: Reward | None = named(Reward.objects.all(), {text}).get(text)
    if found is None:
        raise bad_argument(f"No reward has the id or external id {text}.")
    return found


def _client(name: str | None) -> Client:
    if name is None:
        return Client.objects.get_or_create(name=DEFAULT_CLIENT)[0]
    found = Client.objects.filter(name=name).first()
    if found is None:
        raise bad_argument(f"There is no client {name}.")
    return found


def _count(path: Path) -> int:
    """Lines under the header, for the bar only."""
    with path.open("rb") as file:
        return max(0, sum(1 for _ in file) - 1)
