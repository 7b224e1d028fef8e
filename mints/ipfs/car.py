"""CAR, version 1: all blocks of a file or folder in one stream, so that whoever takes it cannot cut it differently."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from mints.ipfs import varint
from mints.ipfs.blocks import Block, decode
from mints.ipfs.cid import Cid, Codec
from mints.ipfs.store import Store, verified

_BEFORE, _BEHIND = b"\xa2\x65roots\x81\xd8\x2a\x58", b"\x67version\x01"
_LONGEST_HEADER = 1 << 16  # bytes
_LONGEST_BLOCK = 4 << 20  # bytes; nodes themselves exchange none above 2 MiB


class CarError(ValueError):
    """The stream is no CAR that can be read here."""


def export(store: Store, root: Cid) -> Iterator[bytes]:
    """The stream. Raises StoreError, BlockError on the way."""
    yield header(root)
    for block in walk(store, root):
        yield section(block)


def walk(store: Store, root: Cid) -> Iterator[Block]:
    """Every block below a root once, each above those it links to, in a folder's order. Raises StoreError, BlockError."""
    seen, waiting = set(), [root]
    while waiting:
        cid = waiting.pop()
        if cid.modern in seen:
            continue
        seen.add(cid.modern)
        data = store.read(cid)
        yield Block(cid, data)
        if cid.codec is Codec.DAG_PB:
            waiting.extend(link.cid for link in reversed(decode(data).links))


def header(root: Cid) -> bytes:
    """How a stream with this root begins."""
    body = _body(root)
    return varint.encode(len(body)) + body


def _body(root: Cid) -> bytes:
    """DAG-CBOR of {"roots": [root], "version": 1}; a CID is tag 42 with a zero byte before it."""
    name = b"\0" + bytes(root)
    return _BEFORE + bytes((len(name),)) + name + _BEHIND


def section(block: Block) -> bytes:
    """A block as it stands in the stream."""
    name = bytes(block.cid)
    return varint.encode(len(name) + len(block.data)) + name + block.data


def take(store: Store, stream: BinaryIO) -> Cid:
    """Store a stream's blocks, and its root once all below it is here. Raises CarError, StoreError, BlockError, OSError."""
    root = _root(_section(stream, _LONGEST_HEADER))
    with store.writing() as writer:
        for block in _blocks(stream):
            writer.put(block)
    for _ in walk(store, root):
        pass  # whatever is missing or damaged is raised here
    store.keep(root)
    return root


def _root(body: bytes) -> Cid:
    """The one root that a header names. It has one form only, as `header` writes it. Raises CarError."""
    with suppress(ValueError):
        root = Cid.unpack(body[len(_BEFORE) + 2 : -len(_BEHIND)])
        if body == _body(root):
            return root
    raise CarError("The CAR cannot be read: its beginning is not that of version 1 with one root.")


def _blocks(stream: BinaryIO) -> Iterator[Block]:
    """The blocks of a stream, each held against its name. Raises CarError, BlockDamaged."""
    while data := _section(stream, _LONGEST_BLOCK):
        try:
            length = 34 if data[:2] == b"\x12\x20" else 36
            yield verified(Cid.unpack(data[:length]), data[length:])
        except ValueError as error:
            raise CarError(f"A block of the CAR cannot be read: {error}.") from error


def _section(stream: BinaryIO, longest: int) -> bytes:
    """The next piece with its length before it; empty at the end."""
    head = _head(stream)
    if not head:
        return b""
    try:
        length, _ = varint.decode(head)
    except ValueError as error:
        raise CarError("The CAR cannot be read: a length is no number.") from error
    data = stream.read(length) if 0 < length <= longest else b""
    if not data or len(data) < length:
        raise CarError("The CAR cannot be read: a piece is too long, or the stream ends within one.")
    return data


def _head(stream: BinaryIO) -> bytes:
    """The bytes of a number of variable length."""
    head = b""
    while byte := stream.read(1):
        head += byte
        if byte[0] < 0x80 or len(head) > varint.LONGEST:
            break
    return head
