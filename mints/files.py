"""The pictures of a collection on this installation's disk, from when they came in until the cleanup of its job."""

import os
import shutil
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from django.conf import settings

from mints.models import Asset


def folder_of(collection: UUID) -> Path:
    return Path(settings.UPLOADS_DIR) / str(collection)


def path_of(asset: Asset) -> Path:
    """Named by a hash: what a sheet calls a picture is no name for a file of ours."""
    return _path(asset.collection_id, asset.name)


def keep(collection: UUID, name: str, chunks: Iterable[bytes]) -> Path:
    """Write a picture as it comes in. It is on the disk when this returns. Raises OSError."""
    path = _path(collection, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return path


def discard(collection: UUID) -> None:
    """All pictures of a collection; nothing where there are none."""
    shutil.rmtree(folder_of(collection), ignore_errors=True)


def _path(collection: UUID, name: str) -> Path:
    return folder_of(collection) / sha256(name.encode()).hexdigest()
