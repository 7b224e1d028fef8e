"""What the chain shows of our transactions: which mined, which left the chain again, which are final.

Silence proves nothing: a receipt that is missing moves no transaction. Only a block that took another's place does, or a nonce
that every node sees spent for good by something else.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models.functions import Now

from chain import crash, decisions, forwarding, witnesses
from chain.decisions import End, Landed
from chain.errors import NodesDisagree
from chain.evm.answers import Receipt, Snapshot
from chain.lane import Lane
from chain.models import Transaction
from chain.moves import move
from chain.states import Outcome, TransactionStatus, WalletStatus

GROUND_EVERY = 60.0  # seconds between looks whether what is final is still where it was


def check_ground(lane: Lane) -> None:
    """Quarantine the wallet if the block of its latest final transaction is no longer on the chain.

    Raises NodesDisagree when some nodes have it and others do not: then nothing may be signed on the word of either.
    """
    if lane.wallet.status == WalletStatus.QUARANTINED or time.monotonic() < lane.ground_checked + GROUND_EVERY:
        return
    final = lane.wallet.transactions.filter(status=TransactionStatus.FINAL, block_number__gt=lane.wallet.trusted_block)
    last = final.order_by("-nonce").first()
    if last is not None and witnesses.has_moved(lane.node, last):
        if not witnesses.rewritten(lane.node, last):
            raise NodesDisagree
        with lane.writing() as wallet:
            lane.quarantine(wallet, f"Final block {last.block_number}, with nonce {last.nonce} in it, has left the chain.")
    lane.ground_checked = time.monotonic()


def observe(lane: Lane, transactions: Sequence[Transaction], snapshot: Snapshot) -> list[Landed]:
    """Read the receipts of every attempt whose nonce may be spent. Notes what mined or left; returns what is final, with all
    that was signed in it."""
    suspects = [t for t in transactions if t.nonce < snapshot.nonce or t.status == TransactionStatus.MINED]
    if not suspects:
        return []
    receipts = lane.node.receipts([attempt.hash for t in suspects for attempt in t.attempts.all()])
    look = _Look(lane, snapshot)
    landed: list[Landed] = []
    for transaction in suspects:
        found = decisions.mined_attempt(transaction, receipts)
        if found is None:
            landed += look.missing(transaction)
            continue
        attempt, receipt = found
        if decisions.is_final(receipt, snapshot, lane.network) and look.is_canonical(receipt):
            landed.append(Landed(transaction, decisions.outcome_of(attempt, receipt), attempt, receipt))
        else:
            _note_mined(lane, transaction, receipt)
        transaction.status = TransactionStatus.MINED  # for the rest of this turn
    return _with_requests(lane, landed, snapshot)


def _with_requests(lane: Lane, landed: Sequence[Landed], snapshot: Snapshot) -> list[Landed]:
    """Those whose requests, if they carry any, can do nothing more; of the others it is noted that they are mined."""
    ended = forwarding.ended(lane, landed, snapshot)
    for end in landed:
        if end.receipt is not None and all(end.transaction is not each.transaction for each in ended):
            _note_mined(lane, end.transaction, end.receipt)
    return ended


def finish(landed: End) -> bool:
    """Write the end of a transaction. Inside `lane.writing()`, in one commit with what its orders come to."""
    forwarding.note(landed)
    moved = move([landed.transaction.pk], TransactionStatus.FINAL, outcome=landed.outcome, final_at=Now(), **landed.facts)
    return moved == 1


def _note_mined(lane: Lane, transaction: Transaction, receipt: Receipt) -> None:
    if transaction.mined_hash == receipt.tx_hash and transaction.block_hash == receipt.block_hash:
        return
    crash.point("before_mined")
    with lane.writing():
        if transaction.status == TransactionStatus.MINED:
            move([transaction.pk], TransactionStatus.SENT)
        move([transaction.pk], TransactionStatus.MINED, mined_at=Now(), **decisions.facts_of(receipt))


@dataclass(slots=True)
class _Look:
    """One look at the chain; what was asked once in it is remembered."""

    lane: Lane
    snapshot: Snapshot
    _headers: dict[int, str | None] = field(default_factory=dict)
    _final_nonce: int | None = None

    def is_canonical(self, receipt: Receipt) -> bool:
        """The chain's own header at that height must agree: a receipt alone may be a lie or a leftover."""
        return self._header(receipt.block_number) == receipt.block_hash

    def missing(self, transaction: Transaction) -> list[Landed]:
        """No receipt although the nonce looks spent: its block has left, or a stranger took the nonce, or nothing is proved."""
        if transaction.block_number is not None:
            if self._header(transaction.block_number) not in (None, transaction.block_hash):
                with self.lane.writing():
                    move([transaction.pk], TransactionStatus.SENT, block_number=None, block_hash="", mined_hash="")
            return []
        if transaction.nonce >= self._spent_for_good():
            return []
        saw_it = witnesses.witnesses_of_a_stranger(self.lane.node, self.lane.network, transaction)
        if not saw_it:
            return []
        with self.lane.writing() as wallet:
            self.lane.quarantine(wallet, witnesses.verdict(transaction, saw_it))
        return [Landed(transaction, Outcome.FOREIGN)] if saw_it >= witnesses.ENOUGH else []

    def _header(self, number: int) -> str | None:
        if number not in self._headers:
            self._headers[number] = self.lane.node.block_hash(number)
        return self._headers[number]

    def _spent_for_good(self) -> int:
        """How many nonces are spent in blocks that will not leave the chain, by the node that is asked first."""
        if self._final_nonce is None:
            network = self.lane.network
            self._final_nonce = self.lane.node.final_nonce(
                self.lane.wallet.address, network.confirmations, finalized_tag=network.uses_finalized_tag
            )
        return self._final_nonce
