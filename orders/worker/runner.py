"""From the alarm clock to the lanes. Each minute django-q2 calls `pulse`, and `tick` for each wallet that the pulse names.

A lost or doubled message changes nothing: the pulse looks at the tables, and the lane's lock decides who works.
"""

import logging
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from ctypes import c_bool
from datetime import timedelta
from multiprocessing.sharedctypes import RawValue
from typing import Any
from uuid import UUID

import psycopg
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from django_q.tasks import async_task
from psycopg.errors import IdleInTransactionSessionTimeout
from redis.exceptions import RedisError

from chain import crash
from chain.errors import LaneLost
from chain.lanes import open_lane
from chain.locks import lock_key
from chain.models import Network, Transaction, Wallet
from chain.seat import Seat
from orders.actions import release_expired
from orders.memory import rows_of
from orders.models import Order, Stop
from orders.notify import CHANNEL
from orders.queue import queues
from orders.states import Status
from orders.turn import Turn, take_turn

log = logging.getLogger(__name__)

TICK_SECONDS = 120.0
FAIR_SHARE = 2.0  # seconds a lane works on before it looks whether another wallet waits for its worker
WARM_SECONDS = 30.0  # an idle lane stays open this long, so that a new order needs no broker
STEP = 0.25  # seconds of silence after which a waiting lane looks whether another wallet waits for its worker
LOOKED_AT_EVERY = timedelta(minutes=5)  # a wallet without work, for the sake of its balance
ASKED_ANEW = timedelta(seconds=60)  # a tick that was asked for and never came is asked for again
PULSE_LOCK = 0x436C61696D  # "Claim"; held by the process that looks for work, see `orders.worker.pulse`

# Shared with the worker processes that fork from `manage.py work`: long tasks end at their next step once it is set.
# Raw memory without a lock, so that a worker killed while reading it blocks nobody.
stopping = RawValue(c_bool, False)


# -- the pulse ---------------------------------------------------------------------------------------------------------


def pulse() -> int:
    """Let expired holds go, and ask for a tick for each wallet with work. Returns how many ticks were asked for.

    The task of django-q2's schedule; `orders.worker.pulse` calls it at once when an order arrives.
    """
    release_expired()
    return ask_for_ticks()


def ask_for_ticks() -> int:
    """Enqueue one tick for each wallet that is due and has neither a lane open nor a tick on its way."""
    asked = 0
    held = held_lanes()
    probed: set[int] = set()
    for wallet in wallets_due().filter(Q(tick_asked_at=None) | Q(tick_asked_at__lt=Now() - ASKED_ANEW)):
        if lock_key(wallet.pk) in held or wallet.network_id in probed:
            continue
        if wallet.network.rests_until is not None:
            probed.add(wallet.network_id)  # it did not answer last time: one wallet finds out for all
        # Guarded, so that two pulses at once ask once.
        due = Wallet.objects.filter(pk=wallet.pk, tick_asked_at=wallet.tick_asked_at)
        if due.update(tick_asked_at=Now()):
            crash.point("before_enqueue")
            try:
                async_task("orders.worker.runner.tick", str(wallet.pk), save=False, task_name=f"tick {wallet.name}"[:100])
            except RedisError:
                log.warning("broker_lost")  # the open lanes go on; the others at the first look after it is back
                _never_came(wallet.pk)
                break
            except OperationalError:
                _never_came(wallet.pk)  # where the database is the broker, and its connection broke in between
                raise
            crash.point("after_enqueue")
            asked += 1
    return asked


def wallets_due() -> QuerySet[Wallet]:
    """Wallets with an open transaction, with a pending order that may go, or with a balance to keep that nobody has seen of
    late; without those on a network that rests.
    """
    stopped = Stop.objects.filter(group=OuterRef("group"))
    pending = Order.objects.filter(wallet=OuterRef("pk"), status=Status.PENDING).filter(~Exists(stopped))
    in_flight = Transaction.objects.open().filter(wallet=OuterRef("pk"))
    rested = Q(network__rests_until=None) | Q(network__rests_until__lt=Now())
    wallets = Wallet.objects.select_related("network").filter(rested, Exists(in_flight) | Exists(pending) | _UNSEEN)
    return wallets.order_by("last_tick_at")


# One that a sponsor pays for needs no coin, so nobody has to see its balance.
_UNSEEN = (
    Q(sponsor=None)
    & (Q(minimum_balance__isnull=False) | Q(alert_balance__isnull=False))
    & (Q(looked_at=None) | Q(looked_at__lt=Now() - LOOKED_AT_EVERY))
)


def held_lanes() -> set[int]:
    """The advisory locks that are held in this database now, as the keys of `lock_key`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 "
            "AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return {row[0] for row in cursor.fetchall()}


# -- the tick ----------------------------------------------------------------------------------------------------------


def tick(wallet_id: str, seconds: float = TICK_SECONDS) -> str:
    """Work one wallet lane until nothing is left, somebody else waits for this worker, or the time is up.

    Ends as well when the database breaks off or refuses: what was not committed is undone, and what was is read anew by the
    next tick, which remembers nothing of this one.
    """
    try:
        with _opened(UUID(wallet_id)) as lane:
            if lane is None:
                return "another worker has this lane"
            if _rests(lane.network):
                return "its network rests"  # another wallet found out while this tick waited for a worker
            return f"{_work(lane, list(queues()), seconds)} turns"
    except (LaneLost, psycopg.OperationalError):  # the second is the connection of the lock: Django has names of its own
        log.warning("lane_lost", extra={"wallet": wallet_id})
        _never_came(UUID(wallet_id))
        return "the lane was lost"
    except (OperationalError, InterfaceError, InternalError) as error:  # broken off, restarted, deadlocked, full
        if isinstance(error, InternalError) and not isinstance(error.__cause__, IdleInTransactionSessionTimeout):
            raise  # a fault of ours; the server ends the session only of whoever was frozen in a transaction
        log.warning("database_lost", extra={"wallet": wallet_id, "error": str(error)})
        _never_came(UUID(wallet_id))
        return "the database was lost"


def _never_came(wallet_id: UUID) -> None:
    """Let a tick that has done nothing be asked for again at once; where the database is still gone, that is in a minute."""
    with suppress(OperationalError, InterfaceError):
        connection.close_if_unusable_or_obsolete()
        Wallet.objects.filter(pk=wallet_id).update(tick_asked_at=None)


def _rests(network: Network) -> bool:
    """By the clock of the database, which set the time: that of this host may be wrong by minutes."""
    return network.rests_until is not None and Network.objects.filter(pk=network.pk, rests_until__gt=Now()).exists()


@contextmanager
def _opened(wallet_id: UUID) -> Iterator[Seat | None]:
    lane = open_lane(wallet_id, memo=rows_of)
    if lane is None:
        yield None
        return
    with lane:
        yield lane


def _work(lane: Seat, kinds: Collection[str], seconds: float) -> int:
    """Turn after turn. An idle lane stays warm and is woken by its own NOTIFY."""
    lane.lock.execute(f"LISTEN {CHANNEL}")
    began = idle_since = time.monotonic()
    turns = 0
    while not stopping.value:
        turn = take_turn(lane, kinds)
        turns += 1
        now = time.monotonic()
        idle_since = idle_since if _idle(turn) else now
        tired = now - began > (0 if _idle(turn) else FAIR_SHARE)
        if now - began > seconds or now - idle_since > WARM_SECONDS or (tired and others_wait(lane)):
            break
        for heard in listen(lane.lock, _pause(turn, lane.step)):
            if str(lane.wallet.pk) in heard or (not heard and others_wait(lane)):
                break
    return turns


def _idle(turn: Turn) -> bool:
    return not (turn.settled or turn.sent or turn.open)


def _pause(turn: Turn, step: float) -> float:
    """Seconds until the next turn, if nobody calls before; `step` while something is on its way."""
    if turn.blocked:
        return 1.0
    return WARM_SECONDS if _idle(turn) else step


def others_wait(lane: Seat) -> bool:
    """Whether a tick of another wallet, or a task of another kind, has been asked for and nobody has begun it."""
    ticks = Wallet.objects.filter(tick_asked_at__isnull=False).exclude(pk=lane.wallet.pk)
    return ticks.exists() or any(import_string(waits)() for waits in settings.WAITS)


def drain(wallet: Wallet, kinds: Collection[str]) -> Iterator[Turn]:
    """Work a lane by hand, yielding after each turn, until nothing is left or it is held up. Nothing if the lane is taken."""
    with _opened(wallet.pk) as lane:
        while lane is not None and not stopping.value:
            turn = take_turn(lane, kinds)
            yield turn
            if _idle(turn) or (turn.blocked and not turn.open):
                break
            time.sleep(lane.step)


def listen(listener: "psycopg.Connection[Any]", seconds: float) -> Iterator[set[str]]:
    """What is called on our channel within `seconds`, all that has come at once; an empty set every STEP of silence."""
    ends = time.monotonic() + seconds
    while not stopping.value and (left := ends - time.monotonic()) > 0:
        heard = {note.payload for note in listener.notifies(timeout=min(left, STEP), stop_after=1)}
        yield heard | {note.payload for note in listener.notifies(timeout=0)}
