"""What the rows of one collection must keep to."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from mints.sheet.findings import Kind

COMPRESSED_NAME = 32  # bytes: Bubblegum's error 6012 for longer ones


class Unreadable(Exception):
    """From here on nothing can be read. `details` fill in the kind's sentence."""

    def __init__(self, kind: Kind, **details: object) -> None:
        super().__init__(kind.value.format(**details))
        self.kind, self.details = kind, details


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read at most, so that memory is bounded whatever is sent."""

    size: int = 64 << 20  # bytes of the file
    line: int = 1 << 20  # bytes of a line
    rows: int = 50_000
    columns: int = 100
    cell: int = 10_000  # letters; below the 131,072 at which Python's csv gives up
    name: int = 200  # letters
    mistakes: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """`address` gives a wallet in its one form, or raises AddressError; `pictures` are the names of the files given."""

    address: Callable[[str], str]
    pictures: Collection[str]
    default_recipient: str = ""
    compressed: bool = False  # names of 32 bytes at most, and no token ids
    editions: bool = False  # quantities above 1
    limits: Limits = Limits()
