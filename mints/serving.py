"""A file of the store as an HTTP answer: all of it or a range, once it was seen to be intact, as a type that harms nobody."""

import codecs
import re
from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from mints.ipfs.blocks import BlockError
from mints.ipfs.reading import File
from mints.media import HEAD, Media, recognise

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # one range; several are answered with the whole, as HTTP allows
_SHORT = 256 << 10  # bytes; an answer of no more is handed to the server at once
# Of the four threads in a process this many may be held up by readers of long files, who may be slow on purpose.
_LONG_AT_ONCE = BoundedSemaphore(2)


class Refused(Exception):
    """The request gets this status and sentence."""

    def __init__(self, status: int, words: str, **headers: str) -> None:
        super().__init__(words)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Span(NamedTuple):
    """A part of a file, in bytes; `stop` is the first that is not wanted."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start


def answer(request: HttpRequest, file: File, etag: str) -> HttpResponseBase:
    """Raises Refused, StoreError, BlockError before the first byte of the file is given out."""
    asked = request.headers.get("Range", "") if request.method == "GET" else ""
    same = request.headers.get("If-Range", etag) == etag
    span = wanted(asked, file.length) if same else None
    media_type = media_type_of(b"".join(file.read(0, HEAD)))
    part = span or Span(0, file.length)
    found = _sent(file, part) if request.method == "GET" else HttpResponse()
    headers = {"Content-Type": media_type, "Accept-Ranges": "bytes", "Content-Length": str(part.length)}
    if span:
        found.status_code = 206
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{file.length}"
    for name, value in headers.items():
        found.headers[name] = value
    return found


def wanted(header: str, length: int) -> Span | None:
    """The part that a Range header names; None for the whole. Raises Refused when the file has no such part."""
    found = _RANGE.fullmatch(header)
    first, last = found.groups() if found else ("", "")
    if (not first and not last) or (first and last and int(last) < int(first)):
        return None
    if not first:
        span = Span(max(length - int(last), 0), length)
    else:
        span = Span(int(first), min(int(last) + 1, length) if last else length)
    if span.start >= length:
        raise Refused(416, f"The file has {length} bytes.", Content_Range=f"bytes */{length}")
    return span


def media_type_of(head: bytes) -> str:
    """By content: a picture, JSON or plain text. Whatever a browser might run is one of the last two, or only bytes."""
    found = recognise(head)
    if isinstance(found, Media):
        return found
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)  # its last letter may be cut in two
    except UnicodeDecodeError:
        return "application/octet-stream"
    if "\0" in text:
        return "application/octet-stream"
    return "application/json" if text.lstrip()[:1] in ("{", "[") else "text/plain; charset=utf-8"


def _sent(file: File, span: Span) -> HttpResponseBase:
    if span.length <= _SHORT:
        data = b"".join(file.read(*span))
        _check(len(data), span)
        return HttpResponse(data)
    _check(sum(len(piece) for piece in file.read(*span)), span)
    places = _LONG_AT_ONCE
    if not places.acquire(blocking=False):
        raise Refused(503, "Too many long files are being read at this moment.", Retry_After="1")
    return StreamingHttpResponse(_Long(file.read(*span), places))


def _check(length: int, span: Span) -> None:
    """Blocks that were taken from elsewhere may be intact and still say a wrong length of what is below them."""
    if length != span.length:
        raise BlockError("The file is not as long as its blocks say.")


class _Long:
    """The pieces of a long answer, which has a place among the few; the server closes it when it is sent or the reader gone."""

    def __init__(self, pieces: Iterator[bytes], places: BoundedSemaphore) -> None:
        self._pieces = pieces
        self._places: BoundedSemaphore | None = places

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        places, self._places = self._places, None
        if places:
            places.release()

    __del__ = close  # of an answer that never reached the server
