"""What all nodes of a cluster say of our transactions, and what their words come to together. As `chain.witnesses`, for Solana.

For questions whose wrong answer pays twice: a conclusion takes the same word from every URL of the network.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chain.errors import ChainError
from chain.models import Attempt, Network, Transaction
from chain.solana.cluster import cluster_for
from chain.solana.observing import ask
from chain.solana.rpc import Commitment


@dataclass(frozen=True, slots=True)
class Statement:
    """One node's word: the height that is final for it, what it knows of each signature, and the final leaves of each tree."""

    height: int
    statuses: Mapping[str, dict[str, Any] | None]
    leaves: Mapping[str, int]


class Course(StrEnum):
    """What became of a transaction. OPEN: it may still land, or its block may still be dropped."""

    OPEN = "open"
    LANDED = "landed"  # for good, and without an error
    FAILED = "failed"  # for good, with an error: it did nothing
    EXPIRED = "expired"  # in no block, and none can take it any more
    DISPUTED = "disputed"  # the nodes differ, or there is none to ask


@dataclass(frozen=True, slots=True)
class Fate:
    """What all nodes together say of one attempt, and the slot of its block where it has one."""

    course: Course
    attempt: Attempt
    slot: int | None = None


# Where a transaction has several attempts, the first of these that one of them has come to is told of it.
_WEIGHT = (Course.DISPUTED, Course.OPEN, Course.LANDED, Course.FAILED, Course.EXPIRED)


def hear(network: Network, hashes: Sequence[str], trees: Sequence[str]) -> list[Statement | ChainError]:
    """Each node's word on these signatures and trees, in the order of the network's URLs; its fault where it has none."""
    known = dict.fromkeys(trees, 0)
    words = cluster_for(network).everywhere(lambda node: ask(node, hashes, trees, known))
    return [
        word
        if isinstance(word, ChainError)
        else Statement(word.height, dict(zip(hashes, word.statuses, strict=True)), word.found)
        for word in words
    ]


def fate_of(transaction: Transaction, statements: Sequence[Statement]) -> Fate:
    """What they all say of this transaction, or that they do not say the same. Pure; its attempts are loaded."""
    return min(
        (_fate(attempt, statements) for attempt in transaction.attempts.all()), key=lambda fate: _WEIGHT.index(fate.course)
    )


def _fate(attempt: Attempt, statements: Sequence[Statement]) -> Fate:
    said = {_fate_by(attempt, statement) for statement in statements}
    if len(said) != 1:
        return Fate(Course.DISPUTED, attempt)
    course, slot = said.pop()
    return Fate(course, attempt, slot)


def _fate_by(attempt: Attempt, statement: Statement) -> tuple[Course, int | None]:
    status = statement.statuses[attempt.hash]
    if status is None:
        return (Course.EXPIRED if statement.height > (attempt.last_valid_height or 0) else Course.OPEN), None
    if status.get("confirmationStatus") != Commitment.FINALIZED:
        return Course.OPEN, None
    return (Course.LANDED if status.get("err") is None else Course.FAILED), status.get("slot")
