"""What a finding rests on, as JSON: kept on the order's history, shown to staff and clients.

It names neither nodes, which may be a secret, nor other clients' orders. Nodes have the order of the network's URLs.
"""

from collections.abc import Sequence
from typing import Any

from chain.errors import ChainError, fault_of
from chain.forwarder import Life
from chain.models import Attempt
from chain.states import Outcome
from chain.witnesses import Course
from orders.gate.judgement import Asked, Bound, Facts, Finding, Safety, Word
from orders.payments import Payment
from orders.states import Status


def evidence(facts: Facts, judged: Finding) -> dict[str, Any]:
    return {
        "verdict": judged.verdict.value,
        "cause": judged.cause.value if judged.cause else "",
        "revision": facts.revision,
        **_proof(judged),
        "nodes": [_node(node) for node in facts.nodes],
        "transactions": [_bound(bound, facts.words) for bound in facts.bound],
        "requests": [_request(asked) for asked in facts.requests],
        "recipient": {
            "address": facts.recipient,
            "since_block": min((word.since for word in facts.words), default=None),
            "payments": [_payment(payment, accounted=accounted) for payment, accounted in facts.payments],
            "answers": [{name: _text(value) for name, value in (word.answers or {}).items()} for word in facts.words],
        },
    }


def _proof(judged: Finding) -> dict[str, Any]:
    if judged.verdict != Safety.PAID or not isinstance(judged.by, Bound) or judged.by.fate.receipt is None:
        return {}
    receipt = judged.by.fate.receipt
    return {"hash": receipt.tx_hash, "block": receipt.block_number, "logs": list(judged.by.logs)}


def _node(node: Word | ChainError) -> dict[str, Any]:
    if isinstance(node, ChainError):
        return {"fault": fault_of(node)}
    return {"head": node.statement.head, "final": node.statement.final, "nonces_spent": node.statement.spent}


def _bound(bound: Bound, words: Sequence[Word]) -> dict[str, Any]:
    transaction = bound.transaction
    return {
        "id": str(transaction.pk),
        "nonce": transaction.nonce,
        "status": transaction.status,
        "outcome": transaction.outcome,
        "nonce_spent": {Course.OPEN: False, Course.LANDED: True, Course.FOREIGN: True}.get(bound.fate.course),
        "course": bound.fate.course.value,
        "came_to": _came_to(bound),
        "attempts": [_attempt(attempt, words) for attempt in bound.attempts],
    }


def _request(asked: Asked) -> dict[str, Any]:
    """A request that a minter signed for it; `lives` is each node's word on what it can still do."""
    return {
        "nonce": asked.request.nonce,
        "deadline": asked.request.deadline,
        "lives": [life.value for life in asked.lives],
        "used_by_us": asked.ours,
    }


def _came_to(bound: Bound) -> str:
    """What it did for the order, in a few words."""
    if bound.fate.course != Course.LANDED or bound.fate.receipt is None or bound.fate.attempt is None:
        return ""
    if bound.says is None:
        return Outcome.REVERTED.value if not bound.fate.receipt.succeeded else Outcome.CANCELLED.value
    return {Status.COMPLETED: "paid it", Status.PENDING: "made its first step", Status.FAILED: "did not pay it"}.get(
        bound.says.to, "does not tell"
    )


def _attempt(attempt: Attempt, words: Sequence[Word]) -> dict[str, Any]:
    """Its receipt by each node that answered; null where that node has none."""
    found = [(word, word.statement.receipts.get(attempt.hash)) for word in words]
    receipts = [
        receipt
        and {
            "block": receipt.block_number,
            "succeeded": receipt.succeeded,
            "final": receipt.block_number <= word.statement.final,
        }
        for word, receipt in found
    ]
    return {"hash": attempt.hash, "kind": attempt.kind, "receipts": receipts}


def _payment(payment: Payment, *, accounted: bool) -> dict[str, Any]:
    return {
        "hash": payment.tx_hash,
        "block": payment.block_number,
        "log": payment.log_index,
        "amount": _text(payment.amount),
        "token_id": _text(payment.token_id),
        "accounted_for": accounted,
    }


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


# -- in words ------------------------------------------------------------------------------------------------------------


def nonce_words(transaction: dict[str, Any]) -> str:
    """Of one of the evidence's transactions: whether its nonce is spent, and by what."""
    if "words" in transaction:  # of Solana, which has no nonces
        return str(transaction["words"])
    words = {True: "spent", False: "not spent yet", None: "the nodes do not tell"}[transaction["nonce_spent"]]
    by = transaction["came_to"] or {Course.FOREIGN: "by a transaction not made here"}.get(transaction["course"], "")
    return f"{words}: {by}" if by else words


def request_words(request: dict[str, Any]) -> str:
    """Of one of the evidence's signed requests: what it can still do."""
    if Life.ALIVE in request["lives"]:
        return "anybody may still have it executed"
    if Life.USED not in request["lives"]:
        return "its deadline is over, and nobody had it executed"
    return "its nonce was used by " + ("a transaction of ours" if request["used_by_us"] else "a transaction not made here")


def receipt_words(receipt: dict[str, Any] | None) -> str:
    """Of an attempt's receipt by one node."""
    if receipt is None:
        return "no receipt"
    result = "succeeded" if receipt["succeeded"] else "reverted"
    return f"{result} in block {receipt['block']}" + ("" if receipt["final"] else ", not final yet")
