"""What a finding about an item on Solana rests on, as JSON in the shape of `orders.gate.evidence`, in this network's words."""

from collections.abc import Sequence
from typing import Any

from chain.errors import ChainError, fault_of
from chain.models import Attempt
from chain.solana.rpc import Commitment
from chain.solana.witnesses import Course, Statement
from orders.gate.judgement import Finding, Safety
from orders.solana.judgement import Bound, Facts, Tree
from orders.states import Status


def evidence(facts: Facts, judged: Finding) -> dict[str, Any]:
    heard = [node for node in facts.nodes if isinstance(node, Statement)]
    return {
        "verdict": judged.verdict.value,
        "cause": judged.cause.value if judged.cause else "",
        "revision": facts.revision,
        **_proof(judged),
        "nodes": [_node(node) for node in facts.nodes],
        "transactions": [_bound(bound, heard) for bound in facts.bound],
        "requests": [],
        "tree": _tree(facts.tree) if facts.tree else None,
        "recipient": {"address": facts.recipient, "since_block": None, "payments": [], "answers": []},
    }


def _proof(judged: Finding) -> dict[str, Any]:
    if judged.verdict != Safety.PAID or not isinstance(judged.by, Bound) or judged.by.says is None:
        return {}
    leaf = {name: judged.by.says.facts[name] for name in ("tree", "leaf_index", "asset_id")}
    return {"hash": judged.by.fate.attempt.hash, "block": judged.by.fate.slot, "logs": [], **leaf}


def _node(node: Statement | ChainError) -> dict[str, Any]:
    if isinstance(node, ChainError):
        return {"fault": fault_of(node)}
    return {"head": node.height, "final": node.height}


def _bound(bound: Bound, heard: Sequence[Statement]) -> dict[str, Any]:
    transaction, attempt = bound.transaction, bound.fate.attempt
    return {
        "id": str(transaction.pk),
        "nonce": transaction.nonce,
        "status": transaction.status,
        "outcome": transaction.outcome,
        "nonce_spent": None,
        "course": bound.fate.course.value,
        "came_to": _came_to(bound),
        "words": _words(bound),
        "blockhash": attempt.blockhash,
        "last_valid_height": attempt.last_valid_height,
        "attempts": [_attempt(attempt, heard) for attempt in transaction.attempts.all()],
    }


def _came_to(bound: Bound) -> str:
    if bound.says is None:
        return ""
    return "minted it" if bound.says.to == Status.COMPLETED else "does not tell"


def _words(bound: Bound) -> str:
    height = f"{bound.fate.attempt.last_valid_height or 0:,}"
    words = {
        Course.OPEN: f"may still land, in a block up to height {height}",
        Course.LANDED: f"landed in slot {bound.fate.slot}: {_came_to(bound)}",
        Course.FAILED: f"landed in slot {bound.fate.slot} with an error, so it did nothing",
        Course.EXPIRED: f"expired: in no block, and none above height {height} can take it",
        Course.DISPUTED: "the nodes do not say the same",
    }
    return words[bound.fate.course]


def _attempt(attempt: Attempt, heard: Sequence[Statement]) -> dict[str, Any]:
    """Its status by each node that answered; null where that node knows none."""
    statuses = [each.statuses.get(attempt.hash) for each in heard]
    receipts = [
        status
        and {
            "block": status.get("slot"),
            "succeeded": status.get("err") is None,
            "final": status.get("confirmationStatus") == Commitment.FINALIZED,
        }
        for status in statuses
    ]
    return {"hash": attempt.hash, "kind": attempt.kind, "receipts": receipts}


def _tree(tree: Tree) -> dict[str, Any]:
    return {"address": tree.address, "noted": tree.noted, "leaves": list(tree.counted)}
