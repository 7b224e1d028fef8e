"""A form with files in it, streamed: its length is known before its first byte is read."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mints.uploaders.base import Told
from mints.uploaders.web import Body

_PIECE = 64 << 10  # bytes that are handed to the connection at a time, and have a time-out of their own


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `read` gives its bytes, `length` says how many; `filename` as it is to stand in the head."""

    name: str
    length: int
    read: Callable[[], Iterable[bytes]]
    filename: str = ""
    media_type: str = ""

    @classmethod
    def text(cls, name: str, value: str) -> "Part":
        data = value.encode()
        return cls(name, len(data), lambda: [data])

    def head(self, boundary: str) -> bytes:
        lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{self.name}"']
        if self.filename:
            lines[-1] += f'; filename="{self.filename}"'
        if self.media_type:
            lines.append(f"Content-Type: {self.media_type}")
        return "\r\n".join([*lines, "", ""]).encode()


def form(parts: Sequence[Part], told: Told) -> Body:
    """The parts as one body. `told` hears of every piece, so that what it raises ends the upload soon."""
    boundary = f"claimdesk-{uuid.uuid4().hex}"
    end = f"--{boundary}--\r\n".encode()
    length = sum(len(part.head(boundary)) + part.length + 2 for part in parts) + len(end)
    pieces = _counted(_gathered(_stream(parts, boundary, end)), length, told)
    return Body(f"multipart/form-data; boundary={boundary}", length, pieces)


def _stream(parts: Sequence[Part], boundary: str, end: bytes) -> Iterator[bytes]:
    for part in parts:
        yield part.head(boundary)
        yield from part.read()
        yield b"\r\n"
    yield end


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of one size: many small files must not be many small packets."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= _PIECE:
            yield bytes(waiting[:_PIECE])
            del waiting[:_PIECE]
    if waiting:
        yield bytes(waiting)


def _counted(pieces: Iterable[bytes], length: int, told: Told) -> Iterator[bytes]:
    done = 0
    for piece in pieces:
        told(done / length)
        yield piece
        done += len(piece)
