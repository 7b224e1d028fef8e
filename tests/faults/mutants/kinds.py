"""What a mutation is: one rule less, and the tests that must notice."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a source file. The old text stands in it exactly once, so that no refactoring disarms the mutation unseen."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for the migrated database, such as DROP TRIGGER."""

    sql: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A change inside a function of the migrated database; the old text stands in it exactly once."""

    function: str
    old: str
    new: str


Change = Edit | Statement | Rewrite


@dataclass(frozen=True, slots=True)
class Mutation:
    """`removes` says which rule is gone. Every one of `tests`, as pytest names them, must fail then."""

    name: str
    removes: str
    changes: Sequence[Change]
    tests: Sequence[str]


class Disarmed(Exception):
    """A mutation no longer fits the code that it is to change."""


class NotGreen(Exception):
    """The tests fail without any mutation, so that their failing would prove nothing."""


def replaced(where: str, text: str, old: str, new: str) -> str:
    """The text with its one `old` replaced. Raises Disarmed."""
    if (count := text.count(old)) != 1:
        raise Disarmed(f"{where} has {count} times instead of once: {old!r}")
    return text.replace(old, new)
