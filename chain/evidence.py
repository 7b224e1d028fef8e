"""What the chain shows of our transactions: which mined, which left the chain again, which are final.

Silence proves nothing: a receipt that is missing moves no transaction. Only a block that took another's place, or a nonce that
is spent for good by something else, does.
"""

from collections.abc import Sequence

from django.db.models.functions import Now

from chain import crash, decisions
from chain.decisions import Landed
from chain.evm.answers import Receipt, Snapshot
from chain.lane import Lane
from chain.models import Transaction
from chain.moves import move
from chain.states import TransactionStatus


def observe(lane: Lane, transactions: Sequence[Transaction], snapshot: Snapshot) -> list[Landed]:
    """Read the receipts of every attempt whose nonce may be spent. Notes what mined or left; returns what is final."""
    suspects = [t for t in transactions if t.nonce < snapshot.nonce or t.status == TransactionStatus.MINED]
    if not suspects:
        return []
    receipts = lane.node.receipts([attempt.hash for t in suspects for attempt in t.attempts.all()])
    landed: list[Landed] = []
    headers: dict[int, str | None] = {}
    for transaction in suspects:
        found = decisions.mined_attempt(transaction, receipts)
        if found is None:
            _missing(lane, transaction, snapshot)
            continue
        attempt, receipt = found
        if decisions.is_final(receipt, snapshot, lane.network) and _canonical(lane, receipt, headers):
            landed.append(Landed(transaction, attempt, receipt, decisions.outcome_of(attempt, receipt)))
        else:
            _note_mined(lane, transaction, receipt)
        transaction.status = TransactionStatus.MINED  # for the rest of this turn
    return landed


def finish(landed: Landed) -> bool:
    """Write the end of a transaction. Inside `lane.writing()`, in one commit with what its orders come to."""
    facts = decisions.facts_of(landed.receipt)
    moved = move([landed.transaction.pk], TransactionStatus.FINAL, outcome=landed.outcome, final_at=Now(), **facts)
    return moved == 1


def _note_mined(lane: Lane, transaction: Transaction, receipt: Receipt) -> None:
    if transaction.mined_hash == receipt.tx_hash and transaction.block_hash == receipt.block_hash:
        return
    crash.point("before_mined")
    with lane.writing():
        if transaction.status == TransactionStatus.MINED:
            move([transaction.pk], TransactionStatus.SENT)
        move([transaction.pk], TransactionStatus.MINED, mined_at=Now(), **decisions.facts_of(receipt))


def _canonical(lane: Lane, receipt: Receipt, headers: dict[int, str | None]) -> bool:
    """The chain's own header at that height must agree: a receipt alone may be a lie or a leftover."""
    if receipt.block_number not in headers:
        headers[receipt.block_number] = lane.node.block_hash(receipt.block_number)
    return headers[receipt.block_number] == receipt.block_hash


def _missing(lane: Lane, transaction: Transaction, snapshot: Snapshot) -> None:
    """No receipt although the nonce looks spent. Silence proves nothing; another block at the old height does."""
    if transaction.block_number is not None:
        now_there = lane.node.block_hash(transaction.block_number)
        if now_there is not None and now_there != transaction.block_hash:
            with lane.writing():
                move([transaction.pk], TransactionStatus.SENT, block_number=None, block_hash="", mined_hash="")
    elif transaction.nonce < _final_nonce(lane, snapshot) and not _found_now(lane, transaction):
        with lane.writing() as wallet:
            lane.quarantine(wallet, f"Nonce {transaction.nonce} was spent by a transaction that was not made here.")


def _found_now(lane: Lane, transaction: Transaction) -> bool:
    """A second look, for the first may have gone to a node that lags behind the one that knows the nonce."""
    return bool(lane.node.receipts([attempt.hash for attempt in transaction.attempts.all()]))


def _final_nonce(lane: Lane, snapshot: Snapshot) -> int:
    """How many nonces are spent in blocks that will not leave the chain."""
    depth = snapshot.head_number - lane.network.confirmations + 1
    final = snapshot.finalized_number if lane.network.uses_finalized_tag else depth
    return 0 if final is None or final < 0 else lane.node.nonce(lane.wallet.address, hex(final))
