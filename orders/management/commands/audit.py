import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from chain.audit import Course, Scope
from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument, find_wallet
from chain.findings import Finding, Watch
from chain.models import Wallet
from orders.audit.examine import examine

COLUMNS = ["code", "severity", "wallet", "order", "transaction", "tx_hash", "sentence", "evidence"]


class Command(OneLineCommand):
    help = "Hold everything that is stored against the rules, and the orders against the chain, both ways. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wallet", metavar="NAME|ADDRESS|ID", help="Only this wallet.")
        parser.add_argument("--from-block", type=int, metavar="N", help="The first block. Unless given, that of our first.")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="One JSON object a finding, one finding a line.")
        form.add_argument("--csv", action="store_true", help="One finding a line, with a line of column names.")

    def handle(self, *_: Any, **options: Any) -> None:
        if (options["from_block"] or 0) < 0:
            raise bad_argument("--from-block takes a number from 0 on.")
        wallets = [find_wallet(options["wallet"])] if options["wallet"] else list(Wallet.objects.select_related("network"))
        first = {} if options["from_block"] is None else {each.network_id: options["from_block"] for each in wallets}
        with self._watching() as watch:
            findings = list(examine(Scope(wallets, first), Course(watch)))
        self._form(options)(findings)
        if findings:
            sys.exit(1)

    def _form(self, options: dict[str, Any]) -> Callable[[Sequence[Finding]], None]:
        return self._as_json if options["json"] else self._as_csv if options["csv"] else self._as_table

    @contextmanager
    def _watching(self) -> Iterator[Watch]:
        console = Console(stderr=True)
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            bars: dict[str, Any] = {}

            def watch(what: str, done: int, total: int) -> None:
                if what not in bars:
                    bars[what] = progress.add_task(what, total=total)
                progress.update(bars[what], completed=done, total=total)

            yield watch

    # -- the forms -----------------------------------------------------------------------------------------------------

    def _as_json(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.stdout.write(json.dumps(as_dict(finding)))

    def _as_csv(self, findings: Iterable[Finding]) -> None:
        writer = csv.DictWriter(self.stdout, COLUMNS)
        writer.writeheader()
        for finding in findings:
            row = as_dict(finding)
            writer.writerow(row | {"evidence": json.dumps(row["evidence"])})

    def _as_table(self, findings: Sequence[Finding]) -> None:
        if not findings:
            self.stdout.write("Nothing was found: the rules hold, and orders and chain agree.")
            return
        table = Table("severity", "code", "what was found", box=None)
        for finding in findings:
            table.add_row(finding.severity.value, finding.code.value, finding.sentence)
        console = Console(width=None if self.stdout.isatty() else 180)
        with console.capture() as drawn:
            console.print(table)
        self.stdout.write(drawn.get())
        self.stdout.write(f"{len(findings)} found. docs/audit.md says what each means and what to do.")


def as_dict(finding: Finding) -> dict[str, Any]:
    """A finding for other programs: ids as texts, empty where it is not about such a thing."""
    return {
        "code": finding.code.value,
        "severity": finding.severity.value,
        "wallet": finding.wallet.name if finding.wallet else "",
        "order": str(finding.order or ""),
        "transaction": str(finding.transaction or ""),
        "tx_hash": finding.tx_hash,
        "sentence": finding.sentence,
        "evidence": finding.evidence,
    }
