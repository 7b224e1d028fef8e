"""The lane of a wallet on Solana, which has no nonces: a transaction is bound to a recent blockhash, and some 150 blocks later
no block can take it any more.

What it guarantees
- What the seat guarantees: one lane per wallet, and no writing once the fence has moved on.
- Bytes, signature and last valid height are committed, and stand in this host's journal, before a node first sees them.
- The same bytes are sent again until they are in a block or can be in none. Nothing else is ever signed for the same orders
  before that is certain: by all nodes, at finality (`chain.solana.observing`).
- No database transaction stays open across an RPC call.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

import psycopg
from django.db.models.functions import Coalesce, Now

from chain import crash, decisions, signing
from chain.fees import Fees
from chain.models import Attempt, Network, Transaction, Wallet
from chain.moves import move
from chain.seat import Memo, Ready, Seat
from chain.solana import draft as drafts
from chain.solana.cluster import Cluster, Snapshot, cluster_for
from chain.solana.draft import Draft
from chain.solana.rpc import Sent
from chain.states import UNMINED, AttemptKind, TransactionStatus, Waiting, WalletStatus

log = logging.getLogger(__name__)

SENT_AGAIN_AFTER = timedelta(seconds=2)  # nodes forward a transaction to the next leaders only, and drop it soon
LAMPORTS = 9  # decimals of SOL


class SolanaLane(Seat):
    """One Solana wallet's turn to speak to its cluster."""

    step = 1.0  # a look is five questions, finality takes some 13 s, and free nodes answer some ten questions a second

    def __init__(self, wallet: Wallet, lock: "psycopg.Connection[tuple[object, ...]]", memo: Memo, maintenance: str) -> None:
        super().__init__(wallet, lock, memo, maintenance)
        self.cluster: Cluster = cluster_for(wallet.network)

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> Snapshot:
        """Ask for the newest blockhash, how far the cluster is final, and our lamports. Raises RpcUnavailable, WrongCluster."""
        self.network = Network.objects.get(pk=self.network.pk)
        self.cluster = cluster_for(self.network)
        snapshot = self.cluster.snapshot(self.wallet.address)
        with self.writing() as wallet:
            if wallet.next_nonce is None:
                wallet.first_nonce = wallet.next_nonce = 0  # our own count: what the address did before is nothing of ours
            if wallet.head_number is None or snapshot.slot > wallet.head_number:
                wallet.head_at = Now()  # a slot has no time that can be asked for with it; this is when it was new to us
            wallet.balance, wallet.head_number, wallet.looked_at = snapshot.balance, snapshot.slot, Now()
            wallet.save(update_fields=["first_nonce", "next_nonce", "balance", "head_number", "head_at", "looked_at"])
            self.wallet = wallet
            self.wallet.network = self.network
        self.answered()
        return snapshot

    # -- the steps of a turn ---------------------------------------------------------------------------------------

    def recover(self, transactions: Sequence[Transaction], snapshot: Snapshot) -> None:
        """Send again, byte for byte, what was never answered or has been silent for long, as long as a block may take it."""
        self.send([Ready(t, a) for t in transactions for a in t.attempts.all() if self._is_due(t, a, snapshot)])

    def sign(self, wallet: Wallet, drafts_: Sequence[tuple[Draft, int, int]], fees: Fees, snapshot: Snapshot) -> list[Ready]:
        """Store each (draft, compute units, lamports that it moves), signed. Inside `writing()`; nothing is sent yet."""
        signer = signing.solana_signer_for(self.wallet)
        assert wallet.next_nonce is not None
        transactions = Transaction.objects.bulk_create(
            Transaction(
                wallet=wallet, nonce=wallet.next_nonce + i, to=draft.about, value=lamports, gas_limit=units,
                data=bytes(draft.message(units, fees.max_fee)),
            )
            for i, (draft, units, lamports) in enumerate(drafts_)
        )  # fmt: skip
        attempts = Attempt.objects.bulk_create(
            self._attempt(
                transaction, drafts.sign(draft, units, fees.max_fee, snapshot.blockhash.hash, signer.sign), fees, snapshot
            )
            for transaction, (draft, units, _) in zip(transactions, drafts_, strict=True)
        )
        wallet.next_nonce += len(transactions)
        wallet.save(update_fields=["next_nonce"])
        return [Ready(transaction, attempt) for transaction, attempt in zip(transactions, attempts, strict=True)]

    def send(self, ready: Sequence[Ready]) -> None:
        """Broadcast committed bytes. Whatever a node says, they may be in a block: only a landing or the expiry tells."""
        if not ready or self.maintenance or self.wallet.status == WalletStatus.QUARANTINED:
            return
        self.check_held()
        self.write_journal([item for item in ready if item.attempt.first_sent_at is None])
        answers = []
        for item in ready:
            crash.point("before_send")
            answers.append((item, self.cluster.send(bytes(item.attempt.raw))))
            crash.point("after_send")
        self._note_answers(answers)

    # -- waiting ---------------------------------------------------------------------------------------------------

    def may_sign(self, snapshot: Snapshot, transactions: Sequence[Transaction]) -> bool:
        """Whether what was seen is enough to sign something new on; if not, staff are told what is missing."""
        if not self.clock_is_right():
            return False
        if any(is_over(attempt, snapshot) for transaction in transactions for attempt in transaction.attempts.all()):
            if self.wallet.waiting != Waiting.BEHIND:  # else it is told already what is missing
                self.wait(
                    Waiting.BEHIND, "A transaction was in no block in time; that must be certain before another is signed"
                )
            return False
        short = decisions.below_minimum(snapshot.balance, self.wallet.minimum_balance, self.network.currency, LAMPORTS)
        if short:
            self.wait(Waiting.FUNDS, short)
        return not short

    # -- inside ----------------------------------------------------------------------------------------------------

    def _is_due(self, transaction: Transaction, attempt: Attempt, snapshot: Snapshot) -> bool:
        if transaction.status not in UNMINED or is_over(attempt, snapshot):
            return False
        silent: timedelta | None = attempt.silent_for  # type: ignore[attr-defined]
        return silent is None or silent > SENT_AGAIN_AFTER

    def _attempt(self, transaction: Transaction, signed: drafts.Signed, fees: Fees, snapshot: Snapshot) -> Attempt:
        return Attempt(
            transaction=transaction, kind=AttemptKind.ORIGINAL, hash=signed.signature, raw=signed.raw,
            fee_kind=fees.kind, max_fee=fees.max_fee, tip=fees.tip,
            blockhash=snapshot.blockhash.hash, last_valid_height=snapshot.blockhash.last_valid_height,
        )  # fmt: skip

    def _note_answers(self, answers: Sequence[tuple[Ready, Sent]]) -> None:
        with self.writing():
            for item, sent in answers:
                Attempt.objects.filter(pk=item.attempt.pk).update(
                    answer=sent.answer, message=sent.message[:300],
                    last_sent_at=Now(), first_sent_at=Coalesce("first_sent_at", Now()),
                )  # fmt: skip
            move([item.transaction.pk for item, _ in answers], TransactionStatus.SENT)
            crash.point("noting")
        crash.point("noted")


def is_over(attempt: Attempt, snapshot: Snapshot) -> bool:
    """Whether no block can take it any more, by this node. It may be in one already."""
    return attempt.last_valid_height is not None and snapshot.final_height > attempt.last_valid_height
