"""A file's CID: cut into pieces of one size, and a balanced tree of links above them. One piece is in memory at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from mints.ipfs.blocks import Block, Kind, Link, Node, Sink
from mints.ipfs.cid import Cid, Codec


@dataclass(frozen=True, slots=True)
class Profile:
    """What a CID depends on beside the content (IPIP-499): its version, bytes per piece, links per block."""

    version: int
    chunk: int
    width: int


UNIXFS_V0_2015 = Profile(version=0, chunk=256 << 10, width=174)  # `ipfs add`: Qm…
KUBO_V1 = Profile(version=1, chunk=256 << 10, width=174)  # `ipfs add --cid-version=1`, Pinata's cidVersion 1


class Entry(NamedTuple):
    """A file or folder that has its CID. `size` counts it with all blocks, `length` is the file's own; both in bytes."""

    cid: Cid
    size: int
    length: int = 0


def add_file(file: BinaryIO, profile: Profile, sink: Sink) -> Entry:
    """Read a file to its end and hand over its blocks, the root last."""
    tree = _Tree(profile, sink)
    for piece in _pieces(file, profile.chunk):
        tree.add(_leaf(piece, profile, sink))
    return tree.root()


def store_node(node: Node, below: int, version: int, sink: Sink) -> Entry:
    """Hand over a block of links; `below`: the bytes of all blocks it links to."""
    data = node.encode()
    cid = Cid.of(data, Codec.DAG_PB, version)
    sink(Block(cid, data))
    return Entry(cid, len(data) + below, node.filesize or 0)


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """At least one: an empty file is one empty piece."""
    piece = file.read(size)
    yield piece
    while piece := file.read(size):
        yield piece


def _leaf(piece: bytes, profile: Profile, sink: Sink) -> Entry:
    """Version 1 keeps pieces as they are; version 0 wraps each."""
    if profile.version == 0:
        return store_node(Node(Kind.FILE, data=piece, filesize=len(piece)), 0, 0, sink)
    cid = Cid.of(piece, Codec.RAW, profile.version)
    sink(Block(cid, piece))
    return Entry(cid, len(piece), len(piece))


class _Tree:
    """The levels of a balanced tree while it grows: all leaves are equally deep."""

    def __init__(self, profile: Profile, sink: Sink) -> None:
        self._profile, self._sink = profile, sink
        self._levels: list[list[Entry]] = []

    def add(self, entry: Entry, level: int = 0) -> None:
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == self._profile.width:
            self._fold(level)
        self._levels[level].append(entry)

    def root(self) -> Entry:
        """The one above all."""
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > 1:
            self._fold(level)
            level += 1
        return self._levels[level][0]

    def _fold(self, level: int) -> None:
        """Put one block above what a level has, and begin that level anew."""
        below, self._levels[level] = self._levels[level], []
        node = Node(
            Kind.FILE,
            [Link(each.cid, each.size) for each in below],
            filesize=sum(each.length for each in below),
            sizes=[each.length for each in below],
        )
        self.add(store_node(node, sum(each.size for each in below), self._profile.version, self._sink), level + 1)
