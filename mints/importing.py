"""A collection from a folder on this machine: one CSV file and pictures. Twice imports once."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mints import staging
from mints.incoming import Incoming
from mints.intake import Accepted, Offer, accept, checked
from mints.models import Method
from orders.api.base import hash_of
from orders.intake import CellError, FieldError, invalid
from orders.models import Client

_SHEETS = (".csv", ".tsv")
Told = Callable[[str, int, int], None]  # is told what is being done, and how far it is


def import_folder(folder: Path, client: Client, method: Method, said: Mapping[str, Any], told: Told) -> Accepted:
    """Raises Refused, with every mistake in it, OSError. The folder stays as it is."""
    return accept(_offer(folder, client, method, said, told), lambda done, total: told("looking at the pictures", done, total))


def check_folder(folder: Path, client: Client | None, method: Method, said: Mapping[str, Any], told: Told) -> int:
    """How many items it would be; nothing is stored. Raises Refused, OSError."""
    offer = _offer(folder, client, method, said, told)
    assert offer.incoming is not None
    try:
        return len(checked(offer, lambda done, total: told("looking at the pictures", done, total))[1].rows)
    finally:
        staging.discard(offer.incoming.collection)


def sentence(error: FieldError | CellError) -> str:
    """A mistake, for people at a terminal."""
    if isinstance(error, CellError):
        place = ", ".join([*([f"row {error.row}"] if error.row else []), *([error.column] if error.column else [])])
        return f"{place}: {error.message}" if place else error.message
    return f"{error.field}: {error.message}"


def _offer(folder: Path, client: Client | None, method: Method, said: Mapping[str, Any], told: Told) -> Offer:
    incoming = Incoming()
    staging.begin(incoming.collection)
    try:
        _copy(folder, incoming, told)
        offer = Offer(client, method, said, incoming)
        name = str(getattr(method, "name", "") or method.contract or method.program)
        digest = hash_of("import_collection", [said, str(method.wallet_id), name, incoming.said])
        return replace(offer, key=f"import:{digest}", request_hash=digest)
    except BaseException:
        staging.discard(incoming.collection)
        raise


def _copy(folder: Path, incoming: Incoming, told: Told) -> None:
    """Each file as if it had come in a form."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    sheets = [file for file in files if file.suffix.lower() in _SHEETS]
    if len(sheets) != 1:
        found = ", ".join(sheet.name for sheet in sheets) or "none"
        raise invalid("sheet", f"The folder needs exactly one CSV file, and it has: {found}.")
    here = staging.folder(incoming.collection)
    incoming.sheet = Path(shutil.copyfile(sheets[0], here / "sheet"))
    for done, file in enumerate(files, 1):
        if file != sheets[0]:
            incoming.add(file.name, Path(shutil.copyfile(file, here / "arriving")))
        told("reading the files", done, len(files))
