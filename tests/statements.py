"""PostgreSQL's wire protocol, as much of it as it takes to tell one statement from the next (documentation, chapter 54)."""

from collections.abc import Callable
from enum import Enum

from tests.proxy import Cut, Link, Way

_LENGTH = 4  # bytes of a message's length, which counts itself
_GOES_WITH_MORE = b"PBDEC"  # Parse, Bind, Describe, Execute, Close: a Sync or Flush ends what they begin
_COUNTED = b"QS"  # Query, Sync
_READY = b"Z\0\0\0\5"  # ReadyForQuery, followed by one byte of status


class When(Enum):
    BEFORE = "before"  # the server never gets the statement
    AFTER = "after"  # the server has carried it out, and its answer is lost


class CutAt:
    """A harm: reset the connection at the first statement that `chosen` picks. `met` is that statement, once it has come."""

    def __init__(self, chosen: Callable[[bytes], bool], when: When) -> None:
        self.met: bytes | None = None
        self._chosen, self._when = chosen, when
        self._readers: dict[Link, Reader] = {}
        self._doomed: Link | None = None

    def __call__(self, link: Link, way: Way, data: bytes) -> bytes:
        if way is Way.TO_CLIENT:
            return self._answer(link, data)
        going = b""
        for part, is_statement in self._readers.setdefault(link, Reader()).read(data):
            if is_statement and self.met is None and self._chosen(part):
                self.met = part
                if self._when is When.BEFORE:
                    raise Cut(going)
                self._doomed = link
            going += part
        return going

    def _answer(self, link: Link, data: bytes) -> bytes:
        if link is not self._doomed:
            return data
        if data[-6:-1] == _READY:
            raise Cut
        return b""  # more of the answer is to come


class Reader:
    """Takes a client's bytes apart; what is not whole yet is kept back."""

    def __init__(self) -> None:
        self._kept = b""

    def read(self, data: bytes) -> list[tuple[bytes, bool]]:
        """Parts that may go on, each with whether it is a statement."""
        self._kept += data
        parts = []
        while found := self._part():
            end, kind = found
            parts.append((self._kept[:end], kind in _COUNTED))
            self._kept = self._kept[end:]
        return parts

    def _part(self) -> tuple[int, bytes] | None:
        """Where the next part ends, which is one message or all up to one that ends a statement, and the last one's type."""
        at = 0
        while len(self._kept) > at + _LENGTH:
            kind = self._kept[at : at + 1]
            typed = kind != b"\0"  # the messages that open a connection have no type: they begin with their length
            at += typed + int.from_bytes(self._kept[at + typed : at + typed + _LENGTH])
            if at > len(self._kept):
                return None
            if kind not in _GOES_WITH_MORE:
                return at, kind
        return None


def nth(number: int, among: bytes = b"") -> Callable[[bytes], bool]:
    """The statement with this number among those with these words in them, counting from 1 over all connections."""
    seen = 0

    def chosen(statement: bytes) -> bool:
        nonlocal seen
        seen += among in statement
        return among in statement and seen == number

    return chosen


def commit_of(words: bytes) -> Callable[[bytes], bool]:
    """The COMMIT that follows the first statement with these words in it."""
    seen = False

    def chosen(statement: bytes) -> bool:
        nonlocal seen
        seen = seen or words in statement
        return seen and b"COMMIT" in statement

    return chosen
