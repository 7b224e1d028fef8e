import os
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, ProgressColumn, TimeElapsedColumn

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument
from mints import uploads
from mints.ipfs import car, checking
from mints.ipfs.blocks import BlockError
from mints.ipfs.car import CarError
from mints.ipfs.cid import Cid, CidError
from mints.ipfs.store import StoreError


class Command(OneLineCommand):
    help = "The store of collections' files: take one out as a CAR, put one in, see that all of it is intact."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="command", required=True, metavar="export | import | verify")
        out = commands.add_parser("export", help="Write a folder, or a file, with all that is below it.")
        out.add_argument("cid", metavar="CID")
        out.add_argument("file", type=Path, metavar="FILE.car", help="Replaced if it is there.")
        into = commands.add_parser("import", help="Store what is in a CAR; this also mends blocks that a disk has damaged.")
        into.add_argument("file", type=Path, metavar="FILE.car")
        commands.add_parser("verify", help="Read every block again; exit code 1 if any is damaged or missing.")

    def handle(self, *_: Any, **options: Any) -> None:
        match options["command"]:
            case "export":
                self._export(_cid(options["cid"]), options["file"])
            case "import":
                self._import(options["file"])
            case "verify":
                self._verify()

    def _export(self, root: Cid, path: Path) -> None:
        """The file is there whole or not at all."""
        store, draft = uploads.store(), path.with_name(f"{path.name}.part")
        if not store.has(root):
            raise bad_argument(f"{root} is not in the store.")
        try:
            with draft.open("wb") as file, _bar(DownloadColumn()) as progress:
                bar = progress.add_task("", total=None)
                for piece in car.export(store, root):
                    progress.advance(bar, file.write(piece))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except OSError as error:
            raise bad_argument(f"{path} cannot be written: {error.strerror}.") from error
        except (StoreError, BlockError) as error:
            raise CommandError(str(error)) from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
        self.stdout.write(f"{path}: {path.stat().st_size:,} bytes")

    def _import(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                root = car.take(uploads.store(), file)
        except OSError as error:
            raise bad_argument(f"{path} cannot be read, or the store not be written: {error.strerror}.") from error
        except (CarError, StoreError, BlockError) as error:
            raise bad_argument(str(error)) from error
        self.stdout.write(str(root))

    def _verify(self) -> None:
        store, found = uploads.store(), 0
        with _bar(MofNCompleteColumn()) as progress:
            for problem in progress.track(checking.problems(store), total=None):
                found += bool(problem)
                if problem:
                    self.stdout.write(problem)
        roots = len(store.roots())
        if found:
            raise CommandError(f"{found} of the store's blocks are damaged or missing.")
        self.stdout.write(f"All blocks are intact, and below {roots} folders none is missing.")


def _cid(text: str) -> Cid:
    try:
        return Cid.parse(text)
    except CidError as error:
        raise bad_argument(str(error)) from error


def _bar(column: ProgressColumn) -> Progress:
    console = Console(stderr=True)
    return Progress(BarColumn(), column, TimeElapsedColumn(), console=console, transient=True, disable=not console.is_terminal)
