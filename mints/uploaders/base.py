"""What every uploader takes and gives, and what becomes of one that could not do it."""

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from mints.ipfs.cid import Cid
from mints.ipfs.files import KUBO_V1, Profile
from mints.ipfs.store import BlockDamaged, Store
from mints.ipfs.tree import Added, Source, add_tree

Told = Callable[[float], None]  # is told which share is done, from 0 to 1; what it raises ends the upload


class UploadError(Exception):
    """The folder is not up. Its message is for people and has no secret in it."""


class RetryLater(UploadError):
    """The same again may well succeed. `seconds`: how long the other end asks to be left alone; None if it does not say."""

    def __init__(self, message: str, seconds: float | None = None) -> None:
        super().__init__(message)
        self.seconds = seconds


class NeedsPerson(UploadError):
    """The same again would fail again, until somebody has done what the message says."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What is to be uploaded: a name for people, and files by their paths in it (`images/1.png`)."""

    name: str
    files: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Pinned:
    """A folder that is up. `size` in bytes, with all blocks; `warned` is a sentence for people, or empty."""

    cid: Cid
    size: int
    warned: str = ""


class Uploader(Protocol):
    """Keeps folders where others can find them. To upload one again that is up costs a question, or nothing."""

    def upload(self, folder: Folder, told: Told = ...) -> Pinned:
        """Raises RetryLater, NeedsPerson, and NameRefused for a path that no file can have."""

    def has(self, cid: Cid) -> bool:
        """Whether all below a root is there. Raises RetryLater, NeedsPerson."""


def tell_nobody(_share: float) -> None:
    """For callers that show no progress."""


def keep(store: Store, folder: Folder, profile: Profile = KUBO_V1, told: Told = tell_nobody) -> Added:
    """Put the folder into the store here, which every upload begins with: what is sent is what was hashed.

    Raises NeedsPerson where the disk refuses, NameRefused, OSError.
    """
    count = len(folder.files) or 1
    try:
        store.sweep()
        return add_tree(store, folder.files, profile, lambda done: told(done / count))
    except OSError as error:
        if error.errno in _FULL:
            raise NeedsPerson(f"The disk of IPFS_STORE_DIR takes nothing more: {error.strerror}.") from error
        raise


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def spoilt(error: BlockDamaged) -> NeedsPerson:
    """To raise: the disk has changed a block between two reads."""
    return NeedsPerson(f"The disk of IPFS_STORE_DIR does not keep what is written: {error}")
