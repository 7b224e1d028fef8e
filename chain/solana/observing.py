"""What the cluster shows of our transactions: which are in a block, which of those stay, and which can be in none any more.

A landing is believed from one node, at finality. That there is none, and never will be, is believed only if every node says so
whose finalized height is above the last valid one, and if what the transaction was to make is not there either: the tree has
just the leaves that are noted here, the account that it was to open does not exist.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models.functions import Now

from chain import crash
from chain.errors import ChainError, fault_of
from chain.models import Attempt, Transaction
from chain.moves import move
from chain.solana import ids, trees
from chain.solana.cluster import Snapshot
from chain.solana.landing import Landed, Landing, read
from chain.solana.lane import SolanaLane, is_over
from chain.solana.rpc import Commitment, Rpc
from chain.states import Outcome, TransactionStatus, Waiting

Noted = Mapping[str, int]
"""By tree: how many of its leaves are noted here. Any other account that a transaction is about is one that it opens."""

Bound = tuple[Transaction, Attempt]
_AT_ONCE = 256  # signatures in one question


def observe(lane: SolanaLane, transactions: Sequence[Transaction], snapshot: Snapshot, noted: Noted) -> list[Landed]:
    """Notes what is in a block or has left it; returns what has come to its end. Raises RpcUnavailable."""
    bound = [(transaction, attempt) for transaction in transactions for attempt in transaction.attempts.all()]
    if not bound:
        return []
    hashes = [attempt.hash for _, attempt in bound]
    statuses = lane.cluster.ask(lambda node: _statuses(node, hashes))
    landed, unseen = [], []
    for (transaction, attempt), status in zip(bound, statuses, strict=True):
        if status is None:
            _note_gone(lane, transaction)
            unseen.append((transaction, attempt))
        elif status.get("confirmationStatus") == Commitment.FINALIZED and (landing := _landing(lane, attempt)):
            landed.append(Landed(transaction, _outcome(landing), attempt, landing))
        elif status.get("confirmationStatus") != Commitment.PROCESSED:
            _note_mined(lane, transaction, attempt, int(status["slot"]))
    if not landed:  # else the leaves of those are not noted yet: in the next turn they are
        landed += _expired(lane, [each for each in unseen if is_over(each[1], snapshot)], len(bound), noted)
    return landed


def _statuses(node: Rpc, hashes: Sequence[str]) -> list[dict[str, Any] | None]:
    return [status for i in range(0, len(hashes), _AT_ONCE) for status in node.statuses(list(hashes[i : i + _AT_ONCE]))]


def _landing(lane: SolanaLane, attempt: Attempt) -> Landing | None:
    """None where the node has not got the whole of it yet."""
    answer = lane.cluster.ask(lambda node: node.transaction(attempt.hash, Commitment.FINALIZED))
    return None if answer is None else read(answer)


def _outcome(landing: Landing) -> Outcome:
    return Outcome.SUCCEEDED if landing.succeeded else Outcome.REVERTED


def _note_mined(lane: SolanaLane, transaction: Transaction, attempt: Attempt, slot: int) -> None:
    if transaction.block_number == slot:
        return
    crash.point("before_mined")
    with lane.writing():
        if transaction.status == TransactionStatus.MINED:
            move([transaction.pk], TransactionStatus.SENT)
        move([transaction.pk], TransactionStatus.MINED, mined_at=Now(), mined_hash=attempt.hash, block_number=slot)
    transaction.status, transaction.block_number = TransactionStatus.MINED, slot


def _note_gone(lane: SolanaLane, transaction: Transaction) -> None:
    """The fork that it was in has been dropped; the same bytes go out again as long as a block may take them."""
    if transaction.status != TransactionStatus.MINED:
        return
    with lane.writing():
        move([transaction.pk], TransactionStatus.SENT, block_number=None, mined_hash="")
    transaction.status = TransactionStatus.SENT


# -- that it is in no block ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One node's word, at finality: its height, what it knows of each signature, and the leaves of each tree, or for any other
    account 1 where it exists and 0 where not.
    """

    height: int
    statuses: Sequence[dict[str, Any] | None]
    found: Mapping[str, int]


def ask(node: Rpc, hashes: Sequence[str], accounts: Sequence[str], noted: Noted) -> Word:
    """The height first: what is unknown afterwards at that height is unknown for good. Raises ChainError."""
    height = node.block_height(Commitment.FINALIZED)
    statuses = _statuses(node, hashes)
    return Word(height, statuses, {account: count(node, account, noted, Commitment.FINALIZED) for account in accounts})


def count(node: Rpc, account: str, noted: Noted, commitment: Commitment) -> int:
    """The leaves of a tree, by Bubblegum's own account beside it; of another account whether it exists. Raises ChainError."""
    if account not in noted:
        return int(node.account(account, commitment) is not None)
    return trees.minted(node.data(str(ids.tree_config_of(account)), commitment))


def _expired(lane: SolanaLane, over: Sequence[Bound], in_flight: int, noted: Noted) -> list[Landed]:
    """Those of which it is certain. Where the chain has what is not noted here, and nothing else is on its way, people look."""
    if not over:
        return []
    hashes, accounts = [attempt.hash for _, attempt in over], sorted({transaction.to for transaction, _ in over})
    words = lane.cluster.everywhere(lambda node: ask(node, hashes, accounts, noted))
    why_not, strange = doubt(words, over, noted)
    if strange and len(over) == in_flight:
        with lane.writing() as wallet:
            lane.quarantine(wallet, strange)
    if why_not or strange:
        lane.wait(Waiting.BEHIND, why_not or strange)
        return []
    return [Landed(transaction, Outcome.EXPIRED, attempt) for transaction, attempt in over]


def doubt(words: Sequence[Word | ChainError], over: Sequence[Bound], noted: Noted) -> tuple[str, str]:
    """Why it is not certain yet that none of these is in a block, and what should not be there. Empty: it is certain.

    What should not be there counts only once all nodes have come so far: until then it may be one of these that has landed.
    """
    why_not = next(filter(None, (_why_not(f"Node {n} of {len(words)}", word, over) for n, word in enumerate(words, 1))), "")
    if why_not or not words:
        return why_not or "No node is configured for the network", ""
    heard = [word for word in words if isinstance(word, Word)]
    return "", next(filter(None, (_strange(word, noted) for word in heard)), "")


def _why_not(node: str, word: Word | ChainError, over: Sequence[Bound]) -> str:
    if isinstance(word, ChainError):
        return f"{node} {fault_of(word)}, so it is not certain that a transaction has expired"
    if any(word.height <= (attempt.last_valid_height or 0) for _, attempt in over):
        return f"{node} has not come to where a transaction expires"
    if any(status is not None for status in word.statuses):
        return f"{node} knows a transaction that another one does not"
    return ""


def _strange(word: Word, noted: Noted) -> str:
    for account, found in word.found.items():
        if found != noted.get(account, 0):
            counted = (
                f"has {found:,} leaves on the chain, and {noted[account]:,} are noted here" if account in noted else "exists"
            )
            return f"No block is known to have our transaction, but {account} {counted}."
    return ""
