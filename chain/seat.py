"""Whoever speaks for a wallet to its chain: one at a time over all hosts, and only while it holds the wallet's lock and fence.

What an EVM lane (`chain.lane`) and a Solana lane (`chain.solana.lane`) have in common. It says nothing to any node.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

import psycopg
from django.db.models import ExpressionWrapper, F, Prefetch
from django.db.models import fields as columns
from django.db.models.expressions import Combinable
from django.db.models.functions import Now
from django.db.transaction import atomic

from chain import crash, journal, maintenance, steering
from chain.errors import LaneLost, RpcUnavailable
from chain.locks import clock_error, lock_connection, lock_key
from chain.models import Attempt, Network, Transaction, Wallet
from chain.states import Waiting, WalletStatus

log = logging.getLogger(__name__)

REST_AFTER_SILENCE = timedelta(seconds=4)
MOST_CLOCK_ERROR = 30.0  # seconds between this host's clock and the database's

Memo = Callable[[Sequence[Transaction]], Mapping[UUID, Sequence[Any]]]
"""What to write into the journal beside each transaction: the rows that it pays, as JSON."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A transaction whose bytes are committed, and the bytes to send for it."""

    transaction: Transaction
    attempt: Attempt


class Seat:
    """One wallet's turn to speak. Use as a context manager; see `open`."""

    step = 0.25  # seconds between looks at the chain while something is on its way

    def __init__(self, wallet: Wallet, lock: "psycopg.Connection[tuple[object, ...]]", memo: Memo, maintenance: str) -> None:
        self.wallet = wallet
        self.memo = memo
        self.maintenance = maintenance  # why nothing is sent from this database at all; empty when all may go
        self.clock_error = clock_error(lock)
        self.network: Network = wallet.network
        self.lock = lock
        self.fence = wallet.fence

    # -- holding it ------------------------------------------------------------------------------------------------

    @classmethod
    def open(cls, wallet_id: UUID, memo: Memo = lambda _: {}) -> Self | None:
        """Take the lane of this wallet, or return None at once if anybody else holds it."""
        lock = lock_connection()
        try:
            if lock.execute("SELECT pg_try_advisory_lock(%s)", [lock_key(wallet_id)]).fetchone() == (True,):
                crash.point("opening")
                why_not = maintenance.check(Wallet.objects.get(pk=wallet_id))
                lane = cls(_raise_fence(wallet_id), lock, memo, why_not)
                crash.point("opened")
                return lane
        except BaseException:
            lock.close()  # left to the garbage collector it would keep the lane, maybe for hours
            raise
        lock.close()
        return None

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

    def transactions(self) -> list[Transaction]:
        """All of this wallet that are not final, by nonce, with their attempts and each attempt's age and silence."""
        ages = Attempt.objects.order_by("pk").annotate(age=_since("created"), silent_for=_since("last_sent_at"))
        return list(self.wallet.transactions.open().order_by("nonce").prefetch_related(Prefetch("attempts", queryset=ages)))

    # -- before anything is signed or sent -----------------------------------------------------------------------------------

    def clock_is_right(self) -> bool:
        """Whether the times that this host writes can be trusted; if not, staff are told."""
        if self.clock_error > MOST_CLOCK_ERROR:
            self.wait(Waiting.CLOCK, f"It is {self.clock_error:.0f} s away from the database's")
            return False
        return True

    def write_journal(self, ready: Sequence[Ready]) -> None:
        memos = self.memo([item.transaction for item in ready]) if ready else {}
        journal.append([journal.Entry.of(item.transaction, item.attempt, memos.get(item.transaction.pk, ())) for item in ready])

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

    def answered(self) -> None:
        """A node did answer: the network rests no longer."""
        if self.network.rests_until is not None:
            Network.objects.filter(pk=self.network.pk).update(rests_until=None)
            self.network.rests_until = None

    def rest(self, error: RpcUnavailable) -> None:
        """No node answered: nobody asks this network again for a while, so that a dead one costs the others nothing."""
        Network.objects.filter(pk=self.network.pk).update(rests_until=Now() + REST_AFTER_SILENCE)
        self.wait(Waiting.RPC, str(error))

    def quarantine(self, wallet: Wallet, reason: str) -> None:
        """Send nothing more from this wallet until people have looked. Inside `writing()`; the first reason stays."""
        if steering.quarantine(wallet, by="lane", reason=reason):
            log.critical("wallet_quarantined", extra={"wallet": str(wallet.pk), "reason": reason})
            self.wallet.status_reason = reason
        self.wallet.status = WalletStatus.QUARANTINED


def _raise_fence(wallet_id: UUID) -> Wallet:
    """The wallet with a fence of this holder's own."""
    with atomic():  # read and raised under one row lock, so that no two holders can ever have the same fence
        row = Wallet.objects.select_for_update(no_key=True, of=("self",)).select_related("network")
        wallet = row.get(pk=wallet_id)
        wallet.fence, wallet.tick_asked_at = wallet.fence + 1, None
        wallet.save(update_fields=["fence", "tick_asked_at"])
    Wallet.objects.filter(pk=wallet_id).update(last_tick_at=Now())
    return wallet


def _since(column: str) -> Combinable:
    return ExpressionWrapper(Now() - F(column), output_field=columns.DurationField())
