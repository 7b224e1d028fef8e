"""May an item on Solana go again? As `orders.gate.judgement`, in whose words. Pure; `orders.solana.gate` gathers the facts.

It may only when each transaction that it was ever bound to has, by all nodes and for good, landed with an error or expired, and
its tree has no leaf that is not accounted for. Whatever is not certain is refused.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chain.errors import ChainError, fault_of
from chain.models import Transaction
from chain.solana.landing import Landed, Landing
from chain.solana.witnesses import Course, Fate, Statement
from chain.states import Outcome, TransactionStatus
from orders.gate.judgement import Cause, Finding, Safety
from orders.queue import Verdict
from orders.states import Status

UNPAID = (Outcome.REVERTED, Outcome.EXPIRED)


@dataclass(frozen=True, slots=True)
class Bound:
    """A transaction that the item was bound to, what all nodes say of it, and what its leaves come to for the item."""

    transaction: Transaction
    fate: Fate
    landing: Landing | None = None
    says: Verdict | None = None

    @property
    def facts(self) -> Mapping[str, object]:
        """The columns of its row, by what the nodes say now."""
        return Landed(self.transaction, Outcome.SUCCEEDED, self.fate.attempt, self.landing).facts


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree that the item goes into: its leaves as noted here, and by each node that answered how many can be accounted for
    and how many it has. `more_to_come`: something else is on its way into it.
    """

    address: str
    noted: int
    expected: Sequence[int]
    counted: Sequence[int]
    more_to_come: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is judged. There is no tree before it is opened."""

    revision: int
    recipient: str
    nodes: Sequence[Statement | ChainError]
    bound: Sequence[Bound] = ()
    tree: Tree | None = None


def decide(facts: Facts) -> Finding:
    """The first of the checks that has something to say decides; if none has, it is safe. Evidence is added to it later."""
    return next(filter(None, (check(facts) for check in _CHECKS)), None) or _safe(facts)


# -- the checks, in order ------------------------------------------------------------------------------------------------


def _no_answer(facts: Facts) -> Finding | None:
    if not facts.nodes:
        return _unsure(Cause.NO_ANSWER, "No node is configured for its network.")
    for number, node in enumerate(facts.nodes, 1):
        if isinstance(node, ChainError):
            return _unsure(Cause.NO_ANSWER, f"Node {number} of {len(facts.nodes)} {fault_of(node)}, so nothing is certain.")
    return None


def _disputed(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.DISPUTED):
        return _unsure(Cause.NODES_DISAGREE, f"The nodes disagree about transaction {_named(bound)}. Try again later.")
    return None


def _paid(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.LANDED):
        if bound.says is not None and bound.says.to == Status.COMPLETED:
            said = f"Transaction {_named(bound)} in slot {bound.fate.slot} has minted it."
            return Finding(Safety.PAID, said, by=bound)
    return None


def _open(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.OPEN):
        if bound.transaction.status == TransactionStatus.FINAL:
            said = f"Transaction {_named(bound)} had come to its end, and a node has it on its way again: a person must look."
            return _unsure(Cause.REVIEW, said)
        said = f"Its transaction may still land, in a block up to height {bound.fate.attempt.last_valid_height:,}."
        return Finding(Safety.MUST_SPEND_NONCE, f"{said} Wait until it has landed or expired: that takes about a minute.")
    return None


def _not_noted(facts: Facts) -> Finding | None:
    for bound in facts.bound:
        if bound.transaction.status != TransactionStatus.FINAL:
            said = f"Transaction {_named(bound)} has come to its end, and its lane has not noted that yet. Try again later."
            return _unsure(Cause.ON_ITS_WAY, said)
    return None


def _review(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.LANDED):
        return _unsure(Cause.REVIEW, f"Transaction {_named(bound)} succeeded and may have minted it: no leaf in it tells.")
    for bound in facts.bound:
        if bound.transaction.outcome not in UNPAID:
            said = f"Transaction {_named(bound)} had succeeded, and no node knows of that any more: a person must look."
            return _unsure(Cause.REVIEW, said)
    return None


def _behind(facts: Facts) -> Finding | None:
    for number, missing in enumerate(_surplus(facts), 1):
        if missing < 0:
            return _unsure(Cause.NODE_BEHIND, f"Node {number} has {-missing:,} leaves of its tree less than are noted here.")
    return None


def _strange_leaf(facts: Facts) -> Finding | None:
    for surplus in _surplus(facts):
        if surplus > 0 and facts.tree is not None:
            said = f"Tree {facts.tree.address} has {surplus:,} more leaves than are noted here"
            if facts.tree.more_to_come:
                return _unsure(Cause.ON_ITS_WAY, f"{said}, and others are on their way. Try again later.")
            return _unsure(Cause.STRANGE_PAYMENT, f"{said}, and no order accounts for that: one of them may be this item.")
    return None


def _safe(facts: Facts) -> Finding:
    leaves = "its tree has no leaf that is not noted" if facts.tree else "it has no tree yet"
    if not facts.bound:
        return Finding(Safety.SAFE, f"Nothing was ever signed for it, and {leaves}.")
    count = len(facts.bound)
    said = "The transaction it was bound to has" if count == 1 else f"The {count} transactions it was bound to have"
    return Finding(Safety.SAFE, f"{said} failed or expired, by the word of all nodes, and {leaves}.")


_CHECKS: Sequence[Callable[[Facts], Finding | None]] = (
    _no_answer, _disputed, _paid, _open, _not_noted, _review, _behind, _strange_leaf,
)  # fmt: skip


def _unsure(cause: Cause, said: str) -> Finding:
    return Finding(Safety.UNSURE, said, cause)


def _of(facts: Facts, course: Course) -> list[Bound]:
    return [bound for bound in facts.bound if bound.fate.course == course]


def _named(bound: Bound) -> str:
    return bound.fate.attempt.hash


def _surplus(facts: Facts) -> list[int]:
    """By node, the leaves of the tree that nothing accounts for; less than none where a node is behind."""
    if facts.tree is None:
        return []
    return [counted - expected for counted, expected in zip(facts.tree.counted, facts.tree.expected, strict=True)]
