"""Files on their way in: below UPLOADS_DIR, in a folder for each collection, from the request until the cleanup.

    UPLOADS_DIR/<collection's id>/<SHA-256>    a picture, called by its content
    UPLOADS_DIR/<collection's id>/…            whatever else is there while the request is being read

Web processes write there and workers read: on several hosts it is a shared disk.
"""

import hashlib
import shutil
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings

from mints.ipfs.blocks import Block
from mints.ipfs.files import KUBO_V1, Entry, add_file

FORGOTTEN = 24 * 3600  # seconds after which no request is still writing


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that is here, and what it is called in IPFS."""

    path: Path
    sha256: str
    entry: Entry


def root() -> Path:
    return Path(settings.UPLOADS_DIR)


def folder(collection: UUID) -> Path:
    return root() / str(collection)


def path(collection: UUID, sha256: str) -> Path:
    """Where a picture is, or was."""
    return folder(collection) / sha256


def begin(collection: UUID) -> Path:
    """A new folder. Raises OSError."""
    here = folder(collection)
    here.mkdir(parents=True, mode=0o750)
    return here


def take(file: Path) -> Staged:
    """Name a file of the folder by its content; the same picture under two names is here once. Raises OSError."""
    sha256, entry = digests(file)
    target = file.with_name(sha256)
    file.replace(target)
    return Staged(target, sha256, entry)


def digests(file: Path) -> tuple[str, Entry]:
    """The SHA-256 of a file and its entry in IPFS, read twice and never held. Raises OSError."""
    with file.open("rb") as opened:
        sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        opened.seek(0)
        return sha256, entry_of(opened)


def entry_of(file: BinaryIO) -> Entry:
    """What a file is called in IPFS; nothing is stored."""
    return add_file(file, KUBO_V1, _nowhere)


def _nowhere(_block: Block) -> None:
    """Nothing to do."""


def keep_only(collection: UUID, names: Collection[str]) -> None:
    """Remove whatever else is in the folder."""
    for each in folder(collection).iterdir():
        if each.is_dir():
            shutil.rmtree(each, ignore_errors=True)
        elif each.name not in names:
            each.unlink(missing_ok=True)


def discard(collection: UUID) -> None:
    """Remove all that is here of a collection."""
    shutil.rmtree(folder(collection), ignore_errors=True)


def left() -> Iterator[tuple[UUID, float]]:
    """The collections that have a folder here, and the seconds since anything was last added to it."""
    now = time.time()
    for each in sorted(root().glob("*-*-*-*-*")):
        try:
            yield UUID(each.name), now - each.stat().st_mtime
        except (ValueError, FileNotFoundError):
            continue
