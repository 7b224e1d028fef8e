"""Blocks on a disk, each in a file that is named by its CID: written whole or not at all, once, and verified whenever read.

    DIR/blocks/…/CID    the blocks; the folder's name is two letters from the CID's end, so that no folder grows large
    DIR/roots/CID       an empty file for each file or folder of which every block is on the disk
    DIR/tmp/            what is being written

Nothing is deleted but what was never finished. Several processes, and several hosts on one network disk, may share a store.
"""

import os
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mints.ipfs.blocks import Block
from mints.ipfs.cid import Cid

_BATCH = 256  # blocks written before the disk is asked to keep them all
_SYNCS = 8  # at a time, of which the disk makes one: measured, a fifth to a tenth of the time that they take one by one
_UNFINISHED = 24 * 3600  # seconds after which nobody is still writing a temporary file


class StoreError(Exception):
    """The store cannot give what it was asked for."""


class BlockMissing(StoreError):
    """No such block is here."""

    def __init__(self, cid: Cid) -> None:
        super().__init__(f"{cid} is not in the store.")


class BlockDamaged(StoreError):
    """The block's bytes are not those that its name stands for. Adding the same file again, or a CAR that has it, mends it."""

    def __init__(self, cid: Cid) -> None:
        super().__init__(f"{cid} is damaged: its bytes are others. Add its file again, or a CAR that has it.")


@dataclass(frozen=True, slots=True)
class Store:
    """The blocks below a folder."""

    folder: Path

    def read(self, cid: Cid) -> bytes:
        """A block's bytes. Raises BlockMissing, BlockDamaged."""
        try:
            data = self.path(cid).read_bytes()
        except FileNotFoundError:
            raise BlockMissing(cid) from None
        return verified(cid, data).data

    def has(self, cid: Cid) -> bool:
        """Whether there is a block of that name; reading it is what shows that it is intact."""
        return self.path(cid).exists()

    @contextmanager
    def writing(self) -> Iterator["Writer"]:
        """What is put in here is on the disk for good when the block of code ends without an error."""
        self._prepare()
        writer = Writer(self)
        try:
            yield writer
            writer.flush()
        finally:
            writer.forget()

    def _prepare(self) -> None:
        """The store's own folders, on the disk before anything is in them."""
        if not (self.folder / "tmp").is_dir():
            for name in ("blocks", "roots", "tmp"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            _sync(self.folder)
            _sync(self.folder.parent)

    def keep(self, root: Cid) -> None:
        """Note that all below a root is here. Call it after the blocks are written."""
        path = self.folder / "roots" / str(root.modern)
        path.touch()
        _sync(path.parent)

    def is_kept(self, root: Cid) -> bool:
        """Whether all below a root was here once."""
        return (self.folder / "roots" / str(root.modern)).exists()

    def roots(self) -> list[Cid]:
        """Whatever is kept. Raises CidError for a file that somebody else has put there."""
        return sorted(Cid.parse(path.name) for path in (self.folder / "roots").glob("*"))

    def sweep(self) -> int:
        """Remove what was never finished; how many files that were."""
        old = time.time() - _UNFINISHED
        left = [path for path in (self.folder / "tmp").glob("*") if _changed(path) < old]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def path(self, cid: Cid) -> Path:
        """Where a block is, or would be."""
        name = str(cid.modern)
        return self.folder / "blocks" / name[-3:-1] / name


class Writer:
    """Blocks on their way to the disk: a batch is written, then synced, then given its names, then the names are synced.

    Sync by sync the disk would be waited for once per block, and a folder of 10,000 small files would take minutes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._open: dict[Cid, tuple[int, Path]] = {}
        self._folders: set[Path] = set()  # those whose names are not yet certain to stay

    def put(self, block: Block) -> None:
        """Store a block, unless it is there and intact. Raises OSError."""
        cid = block.cid.modern
        # Of one that is there already, too: whoever wrote it may have died before the disk had its name.
        folder = self._store.path(cid).parent
        self._folders.update((folder, folder.parent))
        if cid in self._open or self._is_there(block):
            return
        path = self._store.folder / "tmp" / uuid.uuid4().hex
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        self._open[cid] = (file, path)
        _write(file, block.data)
        if len(self._open) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Wait until the disk has all of it. Raises OSError."""
        with ThreadPoolExecutor(_SYNCS) as threads:
            list(threads.map(os.fsync, [file for file, _ in self._open.values()]))
            for cid, (_, path) in self._open.items():
                self._name(cid, path)
            list(threads.map(_sync, self._folders))
        self._folders.clear()
        self._close()

    def forget(self) -> None:
        """Drop what was not flushed."""
        left = [path for _, path in self._open.values()]
        self._close()
        for path in left:
            path.unlink(missing_ok=True)

    def _is_there(self, block: Block) -> bool:
        with suppress(StoreError):
            return self._store.read(block.cid) == block.data
        return False

    def _name(self, cid: Cid, path: Path) -> None:
        """Give a written block its name."""
        target = self._store.path(cid)
        target.parent.mkdir(exist_ok=True)
        path.replace(target)

    def _close(self) -> None:
        for file, _ in self._open.values():
            os.close(file)
        self._open = {}


def verified(cid: Cid, data: bytes) -> Block:
    """Bytes held against the name they came under. Raises BlockDamaged."""
    if not cid.fits(data):
        raise BlockDamaged(cid)
    return Block(cid, data)


def _write(file: int, data: bytes) -> None:
    """All of it: a full disk may take a part first, and only then say so."""
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _sync(folder: Path) -> None:
    """Make a folder's names survive a loss of power."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has just finished it
        return time.time()
