import getpass
import json
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import track

from chain import maintenance
from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from chain.journal import Entry, entries
from chain.models import Attempt, Installation
from orders.memory import Fate, quarantine_wallets_with_gaps, replay


class Command(OneLineCommand):
    help = "Stop all sending, put back what a restored database has lost, and let sending go on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="status | begin | replay | end")
        commands.add_parser("status", help="Whether it is on, and what the journal here has that the database has not.")
        for name, text in (("begin", "Send nothing from now on."), ("end", "Let the lanes send again.")):
            each = commands.add_parser(name, help=text)
            each.add_argument("--reason", required=True, help="Why; it is logged.")
            each.add_argument("--by", default=getpass.getuser(), help="Who; this system's user unless given.")
        commands.choices["end"].add_argument(
            "--anyway", action="store_true", help="Although the journal here has transactions that the database has not."
        )
        again = commands.add_parser("replay", help="Put back what journals have and the database has not.")
        again.add_argument("folder", nargs="*", type=Path, help="The journals of ALL worker hosts; this host's unless given.")
        again.add_argument("--dry-run", action="store_true", help="Say what would come back and change nothing.")
        again.add_argument("--json", action="store_true", help="One JSON object a line.")

    def handle(self, *_: Any, **options: Any) -> None:
        match options["command"]:
            case "status":
                self._status()
            case "begin":
                self._say("on", changed=maintenance.begin(options["reason"], by=f"command:{options['by']}"))
            case "replay":
                self._replay(options["folder"] or [settings.JOURNAL_DIR], dry_run=options["dry_run"], as_json=options["json"])
            case "end":
                self._end(options)

    def _say(self, state: str, *, changed: bool) -> None:
        self.stdout.write(f"Maintenance is {state}." if changed else f"Maintenance was {state} already.")

    def _status(self) -> None:
        here = Installation.objects.exclude(maintenance_since=None).first()
        since = f"on since {here.maintenance_since:%Y-%m-%d %H:%M}: {here.maintenance_reason}" if here else "off"
        self.stdout.write(f"Maintenance is {since}")
        self.stdout.write(f"Of this host's journal the database lacks {len(_lacking(_read([settings.JOURNAL_DIR])))} entries.")

    def _end(self, options: dict[str, Any]) -> None:
        lacking = _lacking(_read([settings.JOURNAL_DIR]))
        if lacking and not options["anyway"]:
            raise CommandError(
                f"The database lacks {len(lacking)} transactions that this host has sent: replay them first, "
                "or say --anyway if you know what they paid."
            )
        self._say("off", changed=maintenance.end(by=f"command:{options['by']}", reason=options["reason"]))

    def _replay(self, folders: list[Path], *, dry_run: bool, as_json: bool) -> None:
        if not maintenance.reason() and not dry_run:
            raise CommandError("Begin maintenance first: nothing may be signed while the past is put back.")
        fates: Counter[Fate] = Counter()
        found = _read(folders)
        console = Console(stderr=True)
        done = replay(found, dry_run=dry_run)
        for each in track(done, "replaying", len(found), console=console, disable=as_json or not console.is_terminal):
            fates[each.fate] += 1
            if each.fate != Fate.KNOWN:
                self._tell(each.entry, each.fate, each.note, as_json=as_json)
        if not dry_run:
            for wallet in quarantine_wallets_with_gaps():
                self.stderr.write(f"wallet {wallet.name} is quarantined: some of its nonces are in no journal given here")
        if not as_json:
            self.stdout.write(", ".join(f"{fates[fate]} {fate}" for fate in Fate))
        if fates[Fate.CONFLICT]:
            raise CommandError(f"{fates[Fate.CONFLICT]} entries say something else than the database; a person must look.")

    def _tell(self, entry: Entry, fate: Fate, note: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"fate": fate, "hash": entry.hash, "nonce": entry.nonce, "note": note}))
        else:
            self.stdout.write(f"{fate}  nonce {entry.nonce}  {entry.hash}  {note}".rstrip())


def _read(folders: list[Path]) -> list[Entry]:
    """Everything that these journals have, oldest first. Raises CommandError for a folder that is not there."""
    for folder in folders:
        if not folder.is_dir() and folder != settings.JOURNAL_DIR:
            raise bad_argument(f"There is no folder {folder}.")
    return sorted((entry for folder in folders for entry in entries(folder)), key=lambda entry: entry.at)


def _lacking(found: list[Entry]) -> set[str]:
    """The hashes that the database does not have."""
    hashes = {entry.hash for entry in found}
    return hashes - set(Attempt.objects.filter(hash__in=hashes).values_list("hash", flat=True))
