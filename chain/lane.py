"""The lane: the one place that spends a wallet's nonces.

What it guarantees
- One lane per wallet at a time, over all hosts: a PostgreSQL advisory lock on an own connection, which dies with its holder.
- A holder that lost the lock without noticing writes nothing: each write begins by checking the fence.
- Bytes, hash and nonce are committed before a node first sees them; recovery sends the same bytes again.
- A nonce is bound to one payload for ever. Other bytes on it are the same payload with higher fees, or the empty cancellation.
- No database transaction stays open across an RPC call.

What it does not
- That a transaction is ever mined: above the ceiling, or without coin, it waits and says so.
- Anything about keys that are also used elsewhere: then the wallet is quarantined and people decide.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Self
from uuid import UUID

import psycopg
from django.db.models import ExpressionWrapper, F, Prefetch
from django.db.models import fields as columns
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Now
from django.db.transaction import atomic

from chain import crash, decisions, signing
from chain.calls import Call
from chain.errors import LaneLost, RpcUnavailable, SendAnswer
from chain.evm.answers import Snapshot
from chain.evm.node import Node
from chain.fees import FeeKind, Fees, bump, highest
from chain.fees import quote as quote_fees
from chain.locks import lock_connection, lock_key
from chain.models import Attempt, Network, Transaction, Wallet
from chain.moves import move
from chain.nodes import node_for
from chain.signers import Signer, Unsigned
from chain.states import UNMINED, AttemptKind, TransactionStatus, Waiting, WalletStatus

log = logging.getLogger(__name__)

REST_AFTER_SILENCE = timedelta(seconds=4)
CANCEL_GAS = 21_000


@dataclass(frozen=True, slots=True)
class Ready:
    """A transaction whose bytes are committed, and the bytes to send for it."""

    transaction: Transaction
    attempt: Attempt


class Lane:
    """One wallet's turn to speak to the chain. Use as a context manager; see `open`."""

    def __init__(self, wallet: Wallet, lock: "psycopg.Connection[tuple[object, ...]]") -> None:
        self.wallet = wallet
        self.network: Network = wallet.network
        self.node: Node = node_for(wallet.network)
        self.lock = lock
        self.fence = wallet.fence

    # -- holding it ------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, wallet_id: UUID) -> Self | None:
        """Take the lane of this wallet, or return None at once if anybody else holds it."""
        lock = lock_connection()
        with ExitStack() as unless_opened:
            unless_opened.callback(lock.close)  # an error would otherwise hold the lane for as long as anybody keeps it
            taken = lock.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(wallet_id)]).fetchone()
            if taken != (True,):
                return None
            crash.point("opening")
            with atomic():  # read and raised under one row lock, so that no two holders can ever have the same fence
                row = Wallet.objects.select_for_update(no_key=True, of=("self",)).select_related("network")
                wallet = row.get(pk=wallet_id)
                wallet.fence, wallet.tick_asked_at = wallet.fence + 1, None
                wallet.save(update_fields=["fence", "tick_asked_at"])
            Wallet.objects.filter(pk=wallet_id).update(last_tick_at=Now())
            unless_opened.pop_all()
        crash.point("opened")
        return cls(wallet, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(psycopg.Error):
            self.lock.execute("SELECT pg_advisory_unlock_all()")  # closing frees it too, but some time later
        self.lock.close()

    @contextmanager
    def writing(self) -> Iterator[Wallet]:
        """One database transaction that is the lane's own. Raises LaneLost, with nothing written, if the fence moved on."""
        with atomic():
            wallet = Wallet.objects.select_for_update(no_key=True).filter(pk=self.wallet.pk, fence=self.fence).first()
            if wallet is None:
                raise LaneLost
            yield wallet

    def check_held(self) -> None:
        """Raise LaneLost if the lock's connection has died: then somebody else may hold the lane."""
        try:
            self.lock.execute("SELECT 1")
        except psycopg.Error as error:
            raise LaneLost from error

    # -- looking ---------------------------------------------------------------------------------------------------

    def look(self) -> Snapshot:
        """Ask the chain for its head, our nonce, balance and the price of gas. Raises RpcUnavailable, WrongChain.

        What staff have changed of the network since the last look, such as the ceiling, holds from now on.
        """
        self.network = Network.objects.get(pk=self.network.pk)
        self.node = node_for(self.network)
        snapshot = self.node.snapshot(self.wallet.address, finalized_tag=self.network.uses_finalized_tag)
        with self.writing() as wallet:
            if wallet.next_nonce is None:
                wallet.next_nonce = snapshot.nonce
            wallet.balance, wallet.chain_nonce, wallet.head_number = snapshot.balance, snapshot.nonce, snapshot.head_number
            wallet.save(update_fields=["next_nonce", "balance", "chain_nonce", "head_number"])
            if snapshot.nonce > wallet.next_nonce:
                self.quarantine(wallet, f"The chain has used nonce {snapshot.nonce - 1}, which was never signed here.")
            self.wallet = wallet
            self.wallet.network = self.network
        if self.network.rests_until is not None:
            Network.objects.filter(pk=self.network.pk).update(rests_until=None)
            self.network.rests_until = None
        return snapshot

    def transactions(self) -> list[Transaction]:
        """All of this wallet that are not final, by nonce, with their attempts and each attempt's age and silence."""
        ages = Attempt.objects.order_by("pk").annotate(age=_since("created"), silent_for=_since("last_sent_at"))
        return list(self.wallet.transactions.open().order_by("nonce").prefetch_related(Prefetch("attempts", queryset=ages)))

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

    def send(self, ready: Sequence[Ready]) -> None:
        """Broadcast committed bytes in nonce order. N+1 is not sent before a node took N. Never raises for what a node says."""
        if not ready or self.wallet.status == WalletStatus.QUARANTINED:
            return
        self.check_held()
        answers: list[tuple[Ready, SendAnswer, str]] = []
        for item in ready:
            crash.point("before_send")
            sent = self.node.send(bytes(item.attempt.raw))
            crash.point("after_send")
            if sent.hash is not None and sent.hash != item.attempt.hash:
                log.critical("node_answered_with_a_strange_hash", extra={"ours": item.attempt.hash, "theirs": sent.hash})
            answers.append((item, sent.answer, sent.message))
            if sent.answer not in decisions.ACCEPTED:
                break
        self._note_answers(answers)

    # -- waiting ---------------------------------------------------------------------------------------------------

    def wait(self, why: Waiting | None, detail: str = "") -> None:
        """Tell staff, on the wallet's row, what holds it up. `since` is kept while the cause stays the same."""
        if why is None and not self.wallet.waiting:
            return
        since = F("waiting_since") if self.wallet.waiting == (why or "") else (Now() if why else None)
        Wallet.objects.filter(pk=self.wallet.pk, fence=self.fence).update(
            waiting=why or "", waiting_since=since, waiting_detail=detail[:300]
        )
        self.wallet.waiting, self.wallet.waiting_detail = why or "", detail

    def rest(self, error: RpcUnavailable) -> None:
        """No node answered: nobody asks this network again for a while, so that a dead one costs the others nothing."""
        Network.objects.filter(pk=self.network.pk).update(rests_until=Now() + REST_AFTER_SILENCE)
        self.wait(Waiting.RPC, str(error))

    def quarantine(self, wallet: Wallet, reason: str) -> None:
        """Send nothing more from this wallet until people have looked. Inside `writing()`; the first reason stays."""
        if wallet.status == WalletStatus.QUARANTINED:
            return
        self.wallet.status = WalletStatus.QUARANTINED
        log.critical("wallet_quarantined", extra={"wallet": str(wallet.pk), "reason": reason})
        wallet.status, wallet.status_reason, wallet.status_by = WalletStatus.QUARANTINED, reason, "lane"
        wallet.save(update_fields=["status", "status_reason", "status_by"])
        Wallet.objects.filter(pk=wallet.pk).update(status_since=Now())

    def signer(self) -> Signer:
        return signing.signer_for(self.wallet)

    # -- inside ----------------------------------------------------------------------------------------------------

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
        signed = signer.sign(Unsigned(self.network.chain_id, transaction.nonce, to, value, data, gas, fees))
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


def _since(column: str) -> Combinable:
    return ExpressionWrapper(Now() - F(column), output_field=columns.DurationField())
