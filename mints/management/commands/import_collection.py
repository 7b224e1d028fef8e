import json
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.db.models import Field
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from chain.commands import Command as OneLineCommand
from chain.commands import bad_argument, find_wallet
from chain.solana.wanted import Program
from chain.strategies import Strategy
from mints import jobs, presses
from mints.importing import check_folder, import_folder, sentence
from mints.models import FileNames, Method, Press, Standard
from orders.intake import Refused
from orders.models import Client

DEFAULT_CLIENT = "import"
ACTOR = "command"


class Command(OneLineCommand):
    help = "Take a collection from a folder with one CSV file and its pictures. Twice imports once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--name", help="The collection's; the folder's unless given.")
        parser.add_argument("--symbol", default="")
        parser.add_argument("--description", default="")
        parser.add_argument("--external-url", default="", metavar="URL")
        parser.add_argument("--external-id", default="", metavar="ID")
        parser.add_argument("--recipient", default="", metavar="ADDRESS", help="For rows that name no wallet.")
        parser.add_argument("--royalty", type=int, default=0, metavar="N", help="Basis points of a resale.")
        parser.add_argument("--creator", type=_creator, action="append", default=[], metavar="ADDRESS=SHARE")
        parser.add_argument("--client", metavar="NAME", help=f"Whose it is; `{DEFAULT_CLIENT}` unless given.")
        parser.add_argument("--mint", action="store_true", help="Start its job at once.")
        parser.add_argument("--dry-run", action="store_true", help="Check everything and store nothing.")
        self._add_how(parser)

    def _add_how(self, parser: ArgumentParser) -> None:
        how = parser.add_argument_group("how it is minted: a press, or a wallet and")
        how.add_argument("--press", metavar="NAME|ID")
        how.add_argument("--wallet", metavar="NAME|ADDRESS|ID")
        how.add_argument("--standard", choices=list(map(str, Standard)))
        how.add_argument("--contract", metavar="ADDRESS")
        how.add_argument("--function", metavar="SIGNATURE")
        how.add_argument("--arguments", type=_json, metavar="JSON")
        how.add_argument("--errors", metavar="SIGNATURES")
        how.add_argument("--strategy", choices=[strategy.value for strategy in Strategy])
        how.add_argument("--anybody", dest="needs_role", action="store_false", default=None, help="Anybody may call it.")
        how.add_argument("--base-uri-function", metavar="SIGNATURE")
        how.add_argument("--file-names", choices=list(map(str, FileNames)))
        how.add_argument("--program", choices=[program.value for program in Program])
        how.add_argument("--canopy", type=int, metavar="N")
        how.add_argument("--batch-size", type=int, metavar="N")

    def handle(self, *_: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        if not folder.is_dir():
            raise bad_argument(f"There is no folder {folder}.")
        try:
            self._import(folder, _method(options), _said(folder, options), options)
        except Refused as refused:
            for error in refused.errors:
                self.stdout.write(sentence(error))
            raise bad_argument(refused.message) from refused
        except OSError as error:
            raise bad_argument(f"The files cannot be read or stored: {error.strerror}.") from error

    def _import(self, folder: Path, method: Method, said: dict[str, Any], options: dict[str, Any]) -> None:
        if options["dry_run"]:
            with _bars() as progress:
                count = check_folder(folder, None, method, said, _Bars(progress))
            self.stdout.write(f"{count} items, and nothing is wrong with them.")
            return
        with _bars() as progress:
            accepted = import_folder(folder, _client(options["client"]), method, said, _Bars(progress))
        collection = accepted.collection
        done = "imported before" if accepted.replayed else "imported"
        self.stdout.write(f"collection {collection.pk}: {collection.items.count()} items {done}")
        for warning in collection.warnings:
            self.stdout.write(f"warning: {warning}")
        if options["mint"]:
            job = jobs.start(collection, collection.client, actor=ACTOR).job
            self.stdout.write(f"job {job.pk} is started")


class _Bars(dict[str, Any]):
    """A bar for each thing that is done."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self:
            self[what] = self._progress.add_task(what, total=total)
        self._progress.update(self[what], completed=done, total=total)


def _bars() -> Progress:
    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _method(options: dict[str, Any]) -> Method:
    """A press, or one made of the options, which is not stored. Raises CommandError."""
    if (options["press"] is None) == (options["wallet"] is None):
        raise bad_argument("Say how it is minted: --press NAME, or --wallet NAME with --standard and more.")
    if options["press"] is not None:
        found = presses.one(options["press"])
        if found is None:
            raise bad_argument(f"No press has the name, external id or id {options['press']}.")
        return found
    if options["standard"] is None:
        raise bad_argument("--wallet needs --standard.")
    names = [field.name for field in Method._meta.get_fields() if isinstance(field, Field) and field.name != "wallet"]
    given = {name: options[name] for name in names if options[name] is not None}
    return Press(wallet=find_wallet(options["wallet"]), **given)


def _said(folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    same = {name: options[name] for name in ("symbol", "description", "external_url", "external_id", "royalty")}
    name = options["name"] or folder.resolve().name
    return {**same, "name": name, "default_recipient": options["recipient"], "creators": options["creator"]}


def _client(name: str | None) -> Client:
    if name is None:
        return Client.objects.get_or_create(name=DEFAULT_CLIENT)[0]
    found = Client.objects.filter(name=name).first()
    if found is None:
        raise bad_argument(f"There is no client {name}.")
    return found


def _creator(text: str) -> dict[str, Any]:
    address, _, share = text.partition("=")
    if not share.isdecimal():
        raise ArgumentTypeError("such as ADDRESS=100")
    return {"address": address, "share": int(share)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"that is not JSON: {error}") from error
