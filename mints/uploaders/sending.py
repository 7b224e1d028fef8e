"""A folder that is in the store here, as the fields of a form; and what is said when the other end cuts files differently."""

from collections.abc import Iterator
from dataclasses import dataclass

from mints.ipfs.cid import Cid, CidError
from mints.ipfs.files import Entry
from mints.ipfs.reading import File
from mints.ipfs.store import Store
from mints.ipfs.tree import Added
from mints.uploaders.base import RetryLater, Told
from mints.uploaders.multipart import Part

ROOT = "folder"  # what it is called on its way; no CID depends on it
OCTETS = "application/octet-stream"


def in_order(added: Added) -> list[tuple[str, Entry]]:
    """The files with all of one folder next to each other, as nodes want them that read a folder as it comes in."""
    return sorted(added.files.items(), key=lambda item: item[0].split("/"))


def file_part(store: Store, name: str, path: str, entry: Entry) -> Part:
    """A file as a field. Its bytes come out of the store, each block held against its name."""
    return Part(name, entry.length, lambda: _bytes(store, entry.cid), path, OCTETS)


def _bytes(store: Store, cid: Cid) -> Iterator[bytes]:
    return File.open(store, cid).read()


@dataclass(slots=True)
class Halves:
    """One `told` for reading a folder and for sending it, perhaps twice. What it hears never falls."""

    told: Told
    highest: float = 0.0

    def read(self, share: float) -> None:
        self._tell(share / 2)

    def sent(self, share: float) -> None:
        self._tell(0.5 + share / 2)

    def _tell(self, share: float) -> None:
        self.highest = max(self.highest, share)
        self.told(self.highest)


def parsed(host: str, text: object) -> Cid:
    """A CID out of an answer. Raises RetryLater for anything else."""
    try:
        return Cid.parse(str(text))
    except CidError:
        raise RetryLater(f"{host} does not say which CID the folder has.") from None


def same(theirs: Cid, ours: Cid) -> bool:
    """Whether both name one block, in whichever version."""
    return theirs.modern == ours.modern


def differs(host: str, theirs: Cid, ours: Cid) -> str:
    """The warning."""
    return (
        f"{host} cuts files differently and calls the folder {theirs}; computed here it is {ours}. Links use {theirs}, "
        "so only who takes it from there finds it under this name."
    )
