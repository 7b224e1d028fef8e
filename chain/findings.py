"""What an audit can find about wallets, transactions and the chain; `orders.audit.findings` adds what it can of orders."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import TextChoices

from chain.models import Transaction, Wallet


class Severity(TextChoices):
    """CRITICAL: money may have gone wrong, or a rule that keeps it right is broken. WARNING: a person should look."""

    CRITICAL = "critical"
    WARNING = "warning"


class ChainCode(TextChoices):
    """`docs/audit.md` says of each what it means and what to do; a test compares the two."""

    INCOMPLETE = "incomplete", "not everything could be looked at"
    NONCE_NOT_STORED = "nonce_not_stored", "a nonce was spent by something that is not stored here"
    FOREIGN_NONCE = "foreign_nonce", "a nonce of ours was taken by another transaction"
    NONCE_GAP = "nonce_gap", "stored nonces have a gap"
    ATTEMPT_DIFFERS = "attempt_differs", "signed bytes differ from their transaction"
    SENT_BEFORE_STORED = "sent_before_stored", "sent before it was stored"
    FEE_ABOVE_CEILING = "fee_above_ceiling", "signed with a fee above the ceiling"
    BLOCK_NOT_CANONICAL = "block_not_canonical", "a final transaction's block is not in the chain"
    NOT_ON_CHAIN = "not_on_chain", "a final transaction is not in its block"
    OUTCOME_DIFFERS = "outcome_differs", "the chain says another outcome"
    LEAVES_DIFFER = "leaves_differ", "a tree on the chain has other leaves than are noted"
    MINTED_BY_OTHERS = "minted_by_others", "somebody else has minted into a tree of ours"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be.

    `about` names what it is about, so that the same thing found again is the same finding (`key`). `order` is an id that means
    nothing in this room. `evidence` is JSON: what was seen, and where.
    """

    code: TextChoices
    about: str
    sentence: str
    severity: Severity = Severity.CRITICAL
    wallet: Wallet | None = None
    transaction: UUID | None = None
    tx_hash: str = ""
    order: UUID | None = None
    evidence: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        return f"{self.code.value}:{self.about}"


Watch = Callable[[str, int, int], None]
"""Told what is looked at, how much of it is done, and how much there is."""


def incomplete(about: str, why: Exception, wallet: Wallet | None = None) -> Finding:
    """No node, or a node that contradicts itself: nothing is concluded from it, and nothing is called clean."""
    sentence = f"{about} could not be looked at in full: {why}"
    return Finding(ChainCode.INCOMPLETE, about, sentence, Severity.WARNING, wallet, evidence={"error": str(why)})


def of_transaction(code: TextChoices, transaction: Transaction, sentence: str, **evidence: Any) -> Finding:
    """A critical finding about one transaction of ours. Its wallet is loaded."""
    about = str(transaction.pk)
    called = "nonce" if transaction.has_nonce else "number"
    named = f"Transaction {transaction.wallet.name} {called} {transaction.nonce}: {sentence}"
    return Finding(
        code, about, named, wallet=transaction.wallet, transaction=transaction.pk,
        tx_hash=transaction.mined_hash, evidence=evidence,
    )  # fmt: skip
