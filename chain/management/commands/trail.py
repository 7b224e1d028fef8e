import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from chain import trail
from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument


class Command(OneLineCommand):
    help = "The trail of changes: write it out, and prove that nothing of it was altered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="export | verify")
        export = commands.add_parser("export", help="One JSON object a line on stdout, with hashes. Keep it elsewhere.")
        export.add_argument("--after", type=int, default=0, metavar="ID", help="Only changes with a greater id.")
        verify = commands.add_parser("verify", help="Follow the hashes; exit code 1 if anything was altered or is missing.")
        verify.add_argument("file", nargs="*", type=Path, help="Exports: whole in themselves, and still what the database has?")

    def handle(self, *_: Any, **options: Any) -> None:
        if options["command"] == "export":
            for link in trail.links(options["after"]):
                self.stdout.write(link.line)
            return
        wrong = [fault for path in options["file"] for fault in _in_file(path)] + list(trail.faults(trail.links()))
        for fault in wrong:
            self.stderr.write(f"{fault}.")
        if wrong:
            sys.exit(1)
        self.stdout.write("The trail is whole.")


def _in_file(path: Path) -> Iterator[str]:
    """What is wrong with an export, by itself and beside the database."""
    try:
        exported = list(trail.read(path.read_text().splitlines()))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise bad_argument(f"{path} is no export of the trail.") from error
    yield from (f"{path}: {fault}" for fault in trail.faults(exported, first=None))
    now = {link.id: link.hash for link in trail.links(exported[0].id - 1)} if exported else {}
    yield from (f"{path}: change {link.id} is another one now" for link in exported if now.get(link.id) != link.hash)
