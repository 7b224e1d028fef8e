"""A folder of this host as what a form would have brought: one CSV file, and the pictures or a zip of them.

Its files are copied in piece by piece, and stay where they are.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from mints import names, staging
from mints.archive import is_litter, is_sheet
from mints.gathering import Told, tell_nobody, unpack
from mints.incoming import ARCHIVE, IMAGES, SHEET, Incoming
from orders.intake import FieldError, invalid


@dataclass(slots=True)
class Found:
    """The files of a folder, none of them read yet. `problems` are of those that cannot be taken."""

    sheet: Path | None = None
    archive: Path | None = None
    pictures: list[Path] = field(default_factory=list)
    problems: list[FieldError] = field(default_factory=list)


def look(folder: Path) -> Found:
    """What is there, folders below it included. Raises Refused where it is not clear what is what, OSError."""
    found, sheets, archives = Found(), [], []
    for path in _files(folder):
        if problem := _problem(folder, path):
            found.problems.append(problem)
        elif is_sheet(path.name):
            sheets.append(path)
        elif path.suffix.lower() == ".zip":
            archives.append(path)
        else:
            found.pictures.append(path)
    found.sheet, found.archive = _sole(sheets, SHEET, "CSV files"), _sole(archives, ARCHIVE, "zips")
    _check(found)
    return found


def bring(found: Found, told: Told = tell_nobody) -> Incoming:
    """Copy the files to where those of a form are written. Nothing is left of them if it raises Refused, OSError."""
    incoming = Incoming(problems=list(found.problems))
    try:
        _copy(found, incoming, staging.begin(incoming.collection), told)
    except BaseException:
        staging.discard(incoming.collection)
        raise
    return incoming


# -- looking -----------------------------------------------------------------------------------------------------------


def _files(folder: Path) -> Iterator[Path]:
    """In the same order everywhere, without what nobody has put there. Raises OSError."""
    for above, folders, files in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not is_litter([name]))
        yield from (Path(above, name) for name in sorted(files) if not is_litter([name]))


def _raise(error: OSError) -> None:
    raise error


def _problem(folder: Path, path: Path) -> FieldError | None:
    """A link may lead to another file of the folder: what is outside of it was not meant, or not by whoever looks."""
    if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
        return FieldError(IMAGES, f"{names.shown(path.name)} is a device, or a link that leads out of the folder.", "no_file")
    try:
        path.name.encode()
    except UnicodeEncodeError:
        return FieldError(IMAGES, f"{names.shown(path.name)} is no name of a file: it is not in UTF-8.", "name")
    return None


def _sole(files: list[Path], name: str, what: str) -> Path | None:
    if len(files) > 1:
        shown = ", ".join(names.shown(path.name) for path in files[:5])
        raise invalid(name, f"There are several {what} in the folder: {shown}.")
    return files[0] if files else None


def _check(found: Found) -> None:
    if found.archive and found.pictures:
        raise invalid(ARCHIVE, "A zip brings its own pictures, and there are others beside it: leave one of both.")
    if not (found.sheet or found.archive):
        raise invalid(SHEET, "There is no CSV file in the folder.", "required")
    whole = [*found.pictures, *(path for path in (found.sheet, found.archive) if path)]
    if (size := sum(path.stat().st_size for path in whole)) > settings.UPLOAD_MAX_SIZE:
        said = f"All files together have {size:,} bytes, and UPLOAD_MAX_SIZE is {settings.UPLOAD_MAX_SIZE:,}."
        raise invalid(IMAGES, said, "too_large")


# -- copying -----------------------------------------------------------------------------------------------------------


def _copy(found: Found, incoming: Incoming, here: Path, told: Told) -> None:
    if found.sheet:
        incoming.sheet = Path(shutil.copyfile(found.sheet, here / SHEET))
    if found.archive:
        unpack(incoming, Path(shutil.copyfile(found.archive, here / ARCHIVE)))
    for done, path in enumerate(found.pictures, 1):
        incoming.add(path.name, Path(shutil.copyfile(path, here / "arriving")))
        told(done, len(found.pictures))
