"""Folders and their files, from the disk or from memory, into a store: what every upload begins with."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from mints.ipfs.blocks import Sink
from mints.ipfs.files import KUBO_V1, Entry, Profile, add_file
from mints.ipfs.folders import NameRefused, add_folder
from mints.ipfs.store import Store

Source = Path | bytes  # a file on the disk, which is streamed, or a small one in memory
Told = Callable[[int], None]  # is told how many files are done


def _tell_nobody(_done: int) -> None:
    """For callers that show no progress."""


@dataclass(frozen=True, slots=True)
class Added:
    """A folder that is in the store: its root, and each file's entry by its path in the folder."""

    root: Entry
    files: dict[str, Entry] = field(default_factory=dict)


def add_tree(store: Store, files: Mapping[str, Source], profile: Profile = KUBO_V1, told: Told = _tell_nobody) -> Added:
    """Store a folder by the paths of its files (`images/1.png`). Raises NameRefused, OSError.

    What is there already is not written again, so a folder whose adding was cut off goes on where it stopped.
    """
    _check(files)
    added: dict[str, Entry] = {}
    with store.writing() as writer:
        for path, source in files.items():
            with _opened(source) as file:
                added[path] = add_file(file, profile, writer.put)
            told(len(added))
        root = fold(added, profile, writer.put)
    store.keep(root.cid)
    return Added(root, added)


def fold(entries: Mapping[str, Entry], profile: Profile, sink: Sink) -> Entry:
    """The folder, and the folders in it, above files that have their CIDs. Raises NameRefused."""
    here: dict[str, Entry] = {}
    below: defaultdict[str, dict[str, Entry]] = defaultdict(dict)
    for path, entry in entries.items():
        first, slash, rest = path.partition("/")
        if slash:
            below[first][rest] = entry
        else:
            here[first] = entry
    here.update({name: fold(each, profile, sink) for name, each in below.items()})
    return add_folder(here, profile, sink)


def _check(paths: Iterable[str]) -> None:
    """No path is both a file and a folder."""
    known = set(paths)
    for path in known:
        parts = path.split("/")
        if any("/".join(parts[:depth]) in known for depth in range(1, len(parts))):
            raise NameRefused(f"{path} lies in what is a file.")


def _opened(source: Source) -> BinaryIO:
    return BytesIO(source) if isinstance(source, bytes) else source.open("rb")
