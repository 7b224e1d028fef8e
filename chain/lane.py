"""The lane: the one place that spends a wallet's nonces.

What it guarantees
- One lane per wallet at a time, over all hosts: a PostgreSQL advisory lock on an own connection, which dies with its holder.
- A holder that lost the lock without noticing writes nothing: each write begins by checking the fence.
- Bytes, hash and nonce are committed, and stand in this host's journal, before a node first sees them; recovery sends the same
  bytes again.
- A nonce is bound to one payload for ever. Other bytes on it are the same payload with higher fees, or the empty cancellation.
- No database transaction stays open across an RPC call.

What it does not
- That a transaction is ever mined: above the ceiling, or without coin, it waits and says so.
- Anything about keys that are also used elsewhere: then the wallet is quarantined and people decide.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

import psycopg
from django.conf import settings
from django.db.models.functions import Coalesce, Now

from chain import crash, decisions, signing
from chain.calls import Call
from chain.errors import NodesDisagree, SendAnswer
from chain.evm.answers import Snapshot
from chain.evm.node import Node
from chain.fees import FeeKind, Fees, bump, highest, with_tip_up_to
from chain.fees import quote as quote_fees
from chain.models import Attempt, Network, Transaction, Wallet
from chain.moves import move
from chain.nodes import node_for
from chain.seat import Memo, Ready, Seat
from chain.signers import Signer, Unsigned
from chain.states import UNMINED, AttemptKind, TransactionStatus, Waiting, WalletStatus

log = logging.getLogger(__name__)

CANCEL_GAS = 21_000


class Lane(Seat):
    """One EVM wallet's turn to speak to its chain."""

    def __init__(self, wallet: Wallet, lock: "psycopg.Connection[tuple[object, ...]]", memo: Memo, maintenance: str) -> None:
        super().__init__(wallet, lock, memo, maintenance)
        self.ground_checked = float("-inf")  # on the monotonic clock; see `evidence.check_ground`
        self.requests_seen_at = ""  # the head at which nodes were asked last; see `forwarding.ended`
        self.node: Node = node_for(wallet.network)

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> Snapshot:
        """Ask the chain for its head, our nonce, balance and the price of gas. Raises RpcUnavailable, WrongChain.

        What staff have changed of the network since the last look, such as the ceiling, holds from now on.
        """
        self.network = Network.objects.get(pk=self.network.pk)
        self.node = node_for(self.network)
        snapshot = self.node.snapshot(self.wallet.address, finalized_tag=self.network.uses_finalized_tag)
        snapshot = replace(snapshot, market=with_tip_up_to(snapshot.market, settings.MAX_PRIORITY_FEE_PER_GAS))
        with self.writing() as wallet:
            if wallet.next_nonce is None:
                wallet.first_nonce = wallet.next_nonce = 0  # an address with a past is `adopted` by a person
            wallet.balance, wallet.chain_nonce, wallet.head_number = snapshot.balance, snapshot.nonce, snapshot.head_number
            wallet.head_at, wallet.looked_at = decisions.moment(snapshot.head_time), Now()
            wallet.save(
                update_fields=["first_nonce", "next_nonce", "balance", "chain_nonce", "head_number", "head_at", "looked_at"]
            )
            self.wallet = wallet
            self.wallet.network = self.network
        if snapshot.nonce > wallet.next_nonce and wallet.status != WalletStatus.QUARANTINED:
            self._spent_elsewhere(snapshot.nonce, wallet.next_nonce)
        self.answered()
        return snapshot

    # -- the steps of a turn ---------------------------------------------------------------------------------------

    def recover(self, transactions: Sequence[Transaction]) -> None:
        """Send again, byte for byte, what was never answered or has been silent for long; lowest nonce first."""
        due = []
        for transaction in decisions.in_nonce_order(transactions):
            attempt = decisions.best_attempt(transaction)
            if decisions.needs_broadcast(transaction, getattr(attempt, "silent_for", None)):
                due.append(Ready(transaction, attempt))
        self.send(due)

    def replace(self, transactions: Sequence[Transaction], snapshot: Snapshot) -> None:
        """Sign again, with higher fees under the ceiling, the lowest nonce that waits too long or that a person wants freed."""
        if self.wallet.status == WalletStatus.QUARANTINED:
            return
        waiting = [t for t in decisions.in_nonce_order(transactions) if t.status in UNMINED]
        for transaction in waiting[:1] + [t for t in waiting[1:] if t.cancel_asked_by]:
            attempts = list(transaction.attempts.all())
            cancel = bool(transaction.cancel_asked_by) and all(a.kind != AttemptKind.CANCEL for a in attempts)
            best = decisions.best_attempt(transaction)
            if cancel or decisions.needs_bump(best, getattr(best, "age", None), snapshot.market, self.network):
                fees = bump(highest(a.fees for a in attempts), snapshot.market, self.network.ceiling)
                if fees is not None:
                    kind = AttemptKind.CANCEL if cancel or best.kind == AttemptKind.CANCEL else AttemptKind.BUMP
                    self.send([self._sign_again(transaction, kind, fees)])

    def quote(self, snapshot: Snapshot) -> Fees:
        """Fees for something new. Raises AboveCeiling."""
        return quote_fees(snapshot.market, FeeKind(self.network.fee_kind), self.network.ceiling)

    def sign(self, wallet: Wallet, calls: Sequence[tuple[Call, int]], fees: Fees) -> list[Ready]:
        """Bind each (call, gas limit) to the next nonce and store its signed bytes. Inside `writing()`; nothing is sent yet."""
        signer = self.signer()
        assert wallet.next_nonce is not None
        transactions = Transaction.objects.bulk_create(
            Transaction(wallet=wallet, nonce=wallet.next_nonce + i, to=call.to, data=call.data, value=call.value, gas_limit=gas)
            for i, (call, gas) in enumerate(calls)
        )
        attempts = Attempt.objects.bulk_create(
            self._attempt(signer, transaction, AttemptKind.ORIGINAL, fees) for transaction in transactions
        )
        wallet.next_nonce += len(transactions)
        wallet.save(update_fields=["next_nonce"])
        return [Ready(transaction, attempt) for transaction, attempt in zip(transactions, attempts, strict=True)]

    def send(self, ready: Sequence[Ready]) -> bool:
        """Broadcast committed bytes in nonce order. N+1 is not sent before a node took N. Never raises for what a node says.

        Whether nodes have taken all of it.
        """
        if not ready or self.maintenance or self.wallet.status == WalletStatus.QUARANTINED:
            return not ready
        self.check_held()
        self.write_journal([item for item in ready if item.attempt.first_sent_at is None])
        answers: list[tuple[Ready, SendAnswer, str]] = []
        for item in ready:
            crash.point("before_send")
            sent = self.node.send(bytes(item.attempt.raw))
            crash.point("after_send")
            answer, message = sent.answer, sent.message
            if sent.hash is not None and sent.hash != item.attempt.hash:
                # It may have taken anything, or nothing. Ours is right: the bytes are ours.
                answer, message = SendAnswer.UNKNOWN, f"The node answered with another hash: {sent.hash}"
                log.critical("node_answered_with_a_strange_hash", extra={"ours": item.attempt.hash, "theirs": sent.hash})
            answers.append((item, answer, message))
            if answer not in decisions.ACCEPTED:
                break
        self._note_answers(answers)
        return answers[-1][1] in decisions.ACCEPTED

    # -- waiting ---------------------------------------------------------------------------------------------------

    def may_sign(self, snapshot: Snapshot, transactions: Sequence[Transaction]) -> bool:
        """Whether what was seen is enough to sign something new on; if not, staff are told what is missing."""
        if not self.clock_is_right():
            return False
        assert self.wallet.next_nonce is not None
        why_not = decisions.behind(snapshot, self.wallet.next_nonce, transactions)
        if why_not:
            if self.wallet.waiting == Waiting.BEHIND:  # for more than a moment
                self.node.turn_away()
            self.wait(Waiting.BEHIND, why_not)
            return False
        short = decisions.below_minimum(snapshot.balance, self.wallet.minimum_balance, self.network.currency)
        if short:
            self.wait(Waiting.FUNDS, short)
        return not short

    def signer(self) -> Signer:
        return signing.signer_for(self.wallet)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _spent_elsewhere(self, seen: int, next_nonce: int) -> None:
        """The chain has more transactions of this wallet than were signed here. Raises NodesDisagree unless all say so."""
        if not all(node.nonce(self.wallet.address) > next_nonce for node in self.node.apart()):
            raise NodesDisagree
        with self.writing() as wallet:
            self.quarantine(wallet, f"The chain has used nonce {seen - 1}, which was never signed here.")

    def _sign_again(self, transaction: Transaction, kind: AttemptKind, fees: Fees) -> Ready:
        with self.writing():
            attempt = self._attempt(self.signer(), transaction, kind, fees)
            attempt.save()
            crash.point("bumping")
        crash.point("bumped")
        return Ready(transaction, attempt)

    def _attempt(self, signer: Signer, transaction: Transaction, kind: AttemptKind, fees: Fees) -> Attempt:
        to, data, value, gas = transaction.to, bytes(transaction.data), transaction.value, transaction.gas_limit
        if kind == AttemptKind.CANCEL:
            to, data, value, gas = self.wallet.address, b"", 0, CANCEL_GAS
        signed = signer.sign(Unsigned(self.network.evm_id, transaction.nonce, to, value, data, gas, fees))
        return Attempt(
            transaction=transaction, kind=kind, hash=signed.hash, raw=signed.raw,
            fee_kind=fees.kind, max_fee=fees.max_fee, tip=fees.tip,
        )  # fmt: skip

    def _note_answers(self, answers: Sequence[tuple[Ready, SendAnswer, str]]) -> None:
        with self.writing():
            for item, answer, message in answers:
                Attempt.objects.filter(pk=item.attempt.pk).update(
                    answer=answer, message=message[:300], last_sent_at=Now(), first_sent_at=Coalesce("first_sent_at", Now())
                )
            held = [item.transaction.pk for item, answer, _ in answers if answer not in decisions.REFUSED]
            move(held, TransactionStatus.SENT)
            crash.point("noting")
        crash.point("noted")
        item, answer, message = answers[-1]
        if answer in decisions.REFUSED:
            self.wait(decisions.WAITS_FOR.get(answer, Waiting.NODE), message)
