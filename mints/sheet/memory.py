"""What must be remembered from row to row: what no two may share, and which pictures were used."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from mints.names import key


class Pictures:
    """The files given, found by the name that a row writes."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = {key(name): name for name in names}
        self._stems = {key(PurePath(name).stem): name for name in names}
        self._unused = dict(self._names)

    def find(self, written: str) -> str | None:
        """The file's own name; None if there is none."""
        self._unused.pop(key(written), None)
        return self._names.get(key(written))

    def like(self, written: str) -> str | None:
        """What may have been meant: the same name without its folder, or with another extension."""
        return self._stems.get(key(PurePath(written.replace("\\", "/")).stem))

    def unused(self) -> Sequence[str]:
        """Those never asked for."""
        return sorted(self._unused.values())


@dataclass(slots=True)
class Memory:
    """The row in which each name and token id came first, and the rows that have no token id."""

    pictures: Pictures
    names: dict[str, int] = field(default_factory=dict)
    token_ids: dict[int, int] = field(default_factory=dict)
    without_token_id: list[int] = field(default_factory=list)
    unnamed: set[int] = field(default_factory=set)  # columns of which it was said
