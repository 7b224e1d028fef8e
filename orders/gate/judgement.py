"""May an order go again? The facts that this is judged by, and the judgement. Pure; `orders.gate.retry` gathers the facts.

An order that was bound to a nonce may have another only when the first is spent, for good, by something that did not pay it,
and all nodes say so. Whatever is not certain is refused, and a person must look.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from django.db.models import TextChoices

from chain.decisions import facts_of
from chain.errors import ChainError, fault_of
from chain.forwarder import Life
from chain.forwarding import until
from chain.models import Attempt, Transaction
from chain.requests import ForwardRequest
from chain.states import TransactionStatus
from chain.witnesses import Course, Fate, Statement, behind
from orders.payments import Payment
from orders.queue import Verdict
from orders.states import Status


class Safety(TextChoices):
    """SAFE: nothing has paid it and nothing signed can. PAID: with proof. MUST_SPEND_NONCE: what was signed for it may still be
    mined, so that nonce must be spent first. UNSURE: a person must look.
    """

    SAFE = "safe", "safe to go again"
    PAID = "paid", "already paid"
    MUST_SPEND_NONCE = "must_spend_nonce", "what was signed for it must be settled first"
    UNSURE = "unsure", "not certain"


class Cause(StrEnum):
    """Why it is not certain."""

    NO_ANSWER = "no_answer"
    NODE_BEHIND = "node_behind"
    NODES_DISAGREE = "nodes_disagree"
    FOREIGN = "foreign"
    REVIEW = "review"
    STRANGE_PAYMENT = "strange_payment"
    SAID_PAID = "said_paid"
    ON_ITS_WAY = "on_its_way"


# What two people who have looked may answer for. Nobody may answer for what nodes do not say.
FOR_PEOPLE = frozenset({Cause.FOREIGN, Cause.REVIEW, Cause.STRANGE_PAYMENT, Cause.SAID_PAID})


@dataclass(frozen=True, slots=True)
class Bound:
    """A transaction that the order was bound to, and what all nodes say of it.

    `says` is what the events of a payload that succeeded come to for the order, `logs` their places in the block.
    """

    transaction: Transaction
    attempts: Sequence[Attempt]
    fate: Fate
    says: Verdict | None = None
    logs: Sequence[int] = ()

    @property
    def facts(self) -> Mapping[str, object]:
        """The columns of its row, by what the nodes say now."""
        return facts_of(self.fate.receipt) if self.fate.receipt else {}

    def told(self, to: Status) -> bool:
        return self.says is not None and self.says.to == to


class Payer(Protocol):
    """A transaction that did something for an order, on a network of any family."""

    @property
    def transaction(self) -> Transaction: ...
    @property
    def says(self) -> Verdict | None: ...
    @property
    def facts(self) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that a minter signed for the order, and what it can still do by each node. `ours`: a transaction of ours, whose
    receipt tells what it did for whom, has used its nonce.
    """

    request: ForwardRequest
    lives: Sequence[Life]
    ours: bool


@dataclass(frozen=True, slots=True)
class Word:
    """One node's word: on the nonces, on what the recipient was given since block `since`, its answers to our questions; and on
    what each signed request can still do.
    """

    statement: Statement
    since: int
    payments: Sequence[Payment] = ()
    answers: Mapping[str, int | None] | None = None
    lives: Mapping[int, Life] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is judged. `payments` are those to the recipient, each with whether another order accounts for it.

    `deciding` names the question whose answer says that the order was paid; empty where none is configured.
    """

    revision: int
    recipient: str
    nodes: Sequence[Word | ChainError]
    bound: Sequence[Bound] = ()
    payments: Sequence[tuple[Payment, bool]] = ()
    deciding: str = ""
    requests: Sequence[Asked] = ()

    @property
    def words(self) -> list[Word]:
        return [node for node in self.nodes if isinstance(node, Word)]


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement, in a sentence for people, with its evidence as it is kept and shown.

    `by` is the transaction that paid it, or whose first step was made and not noted.
    """

    verdict: Safety
    sentence: str
    cause: Cause | None = None
    by: Payer | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


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
        if facts.deciding and (node.answers or {}).get(facts.deciding) is None:
            return _unsure(Cause.NO_ANSWER, f"The contract does not answer {facts.deciding}, so nothing is certain.")
    return None


def _behind(facts: Facts) -> Finding | None:
    statements = [word.statement for word in facts.words]
    for late in behind(statements):
        number, blocks = statements.index(late) + 1, max(each.head for each in statements) - late.head
        return _unsure(Cause.NODE_BEHIND, f"Node {number} of {len(statements)} is {blocks} blocks behind. Try again later.")
    return None


def _disputed(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.DISPUTED):
        return _unsure(Cause.NODES_DISAGREE, f"The nodes disagree about nonce {bound.transaction.nonce}. Try again later.")
    return None


def _paid(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.LANDED):
        if bound.told(Status.COMPLETED) and bound.fate.receipt:
            receipt = bound.fate.receipt
            said = f"Transaction {receipt.tx_hash} in block {receipt.block_number} has paid it."
            return Finding(Safety.PAID, said, by=bound)
    return None


def _open(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.OPEN):
        said = f"Its transaction with nonce {bound.transaction.nonce} may still be mined."
        return Finding(Safety.MUST_SPEND_NONCE, f"{said} {_how_to_spend(bound.transaction)}")
    return None


def _alive(facts: Facts) -> Finding | None:
    for asked in facts.requests:
        if Life.ALIVE in asked.lives:
            said = f"Its signed request with nonce {asked.request.nonce} may be executed {until(asked.request.deadline)}"
            return Finding(Safety.MUST_SPEND_NONCE, f"{said}, by anybody. Wait until that is over in a block that is final.")
    return None


def _taken(facts: Facts) -> Finding | None:
    for asked in facts.requests:
        if Life.USED in asked.lives and not asked.ours:
            said = f"The nonce {asked.request.nonce} of its signed request was used by a transaction not made here"
            return _unsure(Cause.FOREIGN, f"{said}, which may have paid it.")
    return None


def _foreign(facts: Facts) -> Finding | None:
    for bound in _of(facts, Course.FOREIGN):
        said = f"Nonce {bound.transaction.nonce} went to a transaction not made here, which may have paid it."
        return _unsure(Cause.FOREIGN, said)
    return None


def _review(facts: Facts) -> Finding | None:
    for bound in facts.bound:
        if bound.told(Status.HELD) and bound.fate.receipt:
            said = f"Transaction {bound.fate.receipt.tx_hash} succeeded and may have paid it: its events do not tell."
            return _unsure(Cause.REVIEW, said)
    return None


def _strange_payment(facts: Facts) -> Finding | None:
    for payment, accounted in facts.payments:
        if not accounted:
            where = f"Transaction {payment.tx_hash} in block {payment.block_number}"
            return _unsure(
                Cause.STRANGE_PAYMENT, f"{where} gave its recipient {payment.amount}, and no order accounts for that."
            )
    return None


def _said_paid(facts: Facts) -> Finding | None:
    if facts.deciding and any((word.answers or {}).get(facts.deciding) for word in facts.words):
        return _unsure(Cause.SAID_PAID, f"The contract's {facts.deciding} says that the recipient has it already.")
    return None


def _safe(facts: Facts) -> Finding:
    made = next((bound for bound in facts.bound if bound.told(Status.PENDING)), None)
    if not facts.bound:
        return Finding(Safety.SAFE, "Nothing was ever signed for it, and nothing has paid its recipient.")
    count = len(facts.bound)
    said = "The transaction it was bound to is" if count == 1 else f"The {count} transactions it was bound to are"
    return Finding(Safety.SAFE, f"{said} final and did not pay it, and nothing else has paid its recipient.", by=made)


_CHECKS: Sequence[Callable[[Facts], Finding | None]] = (
    _no_answer, _behind, _disputed, _paid, _open, _alive, _foreign, _taken, _review, _strange_payment, _said_paid,
)  # fmt: skip


def _unsure(cause: Cause, said: str) -> Finding:
    return Finding(Safety.UNSURE, said, cause)


def _of(facts: Facts, course: Course) -> list[Bound]:
    return [bound for bound in facts.bound if bound.fate.course == course]


def _how_to_spend(transaction: Transaction) -> str:
    if transaction.status == TransactionStatus.FINAL:
        return "It had been final, so the chain has lost blocks that must not be lost: a person must look."
    if transaction.cancel_asked_by:
        return "Its cancellation is asked for already; wait until one of the two is final."
    return "Have it cancelled, and wait until that is final."
