"""The worker's processes asked to end, frozen, and in two releases at once."""

import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from django.conf import settings
from django.db import DatabaseError, connection
from django_q.models import Schedule

from chain.locks import lock_key
from chain.models import Wallet
from claims.models import Reward
from local.server import wait_until
from orders.models import Heartbeat
from orders.states import Status
from orders.worker.runner import PULSE_LOCK, held_lanes
from tests.faults.anatomy import OF_A_WORKER, Role, left_over, processes
from tests.faults.ground import Child, Ground, expect, tree, until
from tests.faults.registry import Stage, scenario

STOPS_WITHIN = 12.0  # seconds
HOLDER = (
    "SELECT pid, client_port FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = %s"
)


# -- asked to end ------------------------------------------------------------------------------------------------------


@scenario(12)
def asked_to_end(stage: Stage) -> str:
    """SIGTERM to the worker, SIGTERM to all its processes as a service manager sends it, SIGKILL to all: in the middle."""
    took = []
    for number in range(stage.times(1, 5)):
        with stage.ground(f"round-{number}") as it:
            reward = it.badge()
            for end in (_terminate, _terminate_all, it.kill):
                worker = it.cluster()
                it.order_claims(reward, 200)
                until(lambda it=it: it.orders(Status.BUSY).exists(), 30, "orders are on their way")  # type: ignore[misc]
                time.sleep(stage.rng.uniform(0, 1))
                began = time.monotonic()
                end(worker)
                until(lambda: not left_over(), 1, lambda: f"nothing is left over, but there is {left_over()}")
                took.append(time.monotonic() - began)
            it.cluster()
            it.prove(90)
            it.quiet_logs()
    return f"ended after {max(took):.1f} s at most; all orders were completed by the last one"


def _terminate(worker: Child) -> None:
    worker.terminate()
    expect(worker.wait(STOPS_WITHIN) == 0, "the worker ends in good order")
    expect(not Heartbeat.objects.exists(), "no heartbeat is left of it")


def _terminate_all(worker: Child) -> None:
    for each in reversed(tree(worker)):
        with suppress(psutil.NoSuchProcess):
            each.terminate()
    _terminate(worker)


# -- frozen ------------------------------------------------------------------------------------------------------------


@scenario(13)
def frozen_lane(stage: Stage) -> str:
    """The holder of a lane stops in the middle, another one takes over, and it wakes up: it can write nothing any more."""
    with stage.ground() as it:
        reward = it.badge()
        first = it.cluster()
        it.order_claims(reward, 300)
        until(lambda: it.orders(Status.BUSY).exists(), 30, "orders are on their way")
        session, process = _holder(reward)
        process.suspend()
        second = it.cluster()
        _cut(session)
        took = it.prove(90)
        fence = _wallet(reward).fence
        process.resume()
        log = it.processes.log("work-0")
        # By the fence or the lock; or by its own session, which the server has ended if it was frozen in a transaction.
        until(lambda: bool(re.search("lane_lost|database_lost", log.read_text())), 30, "the one that was frozen finds out")
        expect(_wallet(reward).fence >= fence, "the fence never goes back")
        it.order_claims(reward, 20)
        it.prove(60)
        expect(first.poll() is None and second.poll() is None, "both workers still run")
        return f"all settled {took:.1f} s after its session was cut"


def _holder(reward: Reward) -> tuple[int, psutil.Process]:
    """The database session that has the lane, and the process at its other end."""
    with connection.cursor() as cursor:
        cursor.execute(HOLDER, [lock_key(_wallet(reward).pk)])
        session, port = cursor.fetchone()
    (pid,) = {each.pid for each in psutil.net_connections("tcp4") if each.laddr.port == port and each.pid}
    return session, psutil.Process(pid)


def _wallet(reward: Reward) -> Wallet:
    assert reward.wallet_id is not None
    return Wallet.objects.get(pk=reward.wallet_id)


def _cut(session: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [session])


@scenario(11, 13)
def frozen_part(stage: Stage) -> str:
    """A part that stops without dying is noticed by its silence in PostgreSQL; its process looks as if all were well."""
    took = []
    parts = [role for role in OF_A_WORKER if role not in (Role.WORK, Role.WORKER)]
    with stage.ground() as it:
        reward = it.badge()
        worker = it.cluster()
        for role in stage.rng.sample(parts, stage.times(1, len(parts))):
            until(it.is_quiet, 60, "nothing is on its way")
            until(lambda role=role: bool(processes()[role]), 30, f"there is a {role}")  # type: ignore[misc]
            frozen = processes()[role][0]
            frozen.suspend()
            took.append(until(lambda frozen=frozen: not frozen.is_running(), 60, f"the frozen {role} is removed"))  # type: ignore[misc]
            it.order_claims(reward, 20)
            it.prove(60)
            stage.say(f"{role}: noticed after {took[-1]:.1f} s")
        expect(worker.poll() is None, "the worker itself goes on")
    return f"noticed after {max(took):.1f} s at most"


# -- what may stand in the tables of django-q2 ------------------------------------------------------------------------------


@scenario(44)
def poisonous_schedule(stage: Stage) -> str:
    """A schedule that django-q2 cannot read stops all others: it is gone within a minute, and no order waits for that."""
    with stage.ground() as it:
        reward = it.badge()
        for name in ("pulse", "pulse", "poison"):
            Schedule.objects.create(name=name, func="orders.worker.runner.pulse", args="1, (")
        it.cluster()
        right = {(name, None) for name in settings.SCHEDULES}
        expect(set(Schedule.objects.values_list("name", "args")) == right, "the start puts the table right")
        Schedule.objects.create(name="poison", func="orders.worker.runner.pulse", args="1, (")
        it.order_claims(reward, 20)
        it.prove(30)
        gone = until(lambda: not Schedule.objects.filter(name="poison").exists(), 60, "the poison is gone")
        expect("schedules_put_right" in it.processes.log("work-0").read_text(), "the log says so")
        return f"gone after {gone:.1f} s"


# -- two releases at once -----------------------------------------------------------------------------------------------


@scenario(50)
def two_releases(stage: Stage) -> str:
    """A worker of another checkout runs beside ours, a migration adds a column under both, and then the other one ends."""
    with stage.ground() as it, _another_checkout() as other:
        reward = it.badge()
        older = _work_in(it, other)
        it.order_claims(reward, 200)
        until(lambda: it.orders(Status.BUSY).exists(), 30, "the older release has begun")
        newer = it.cluster()
        it.order_claims(reward, 200)
        with _one_more_column():
            older.terminate()
            expect(older.wait(STOPS_WITHIN) == 0, "the older release ends in good order")
            it.order_claims(reward, 200)
            took = it.prove(120)
            expect(newer.poll() is None, "the newer release goes on")
            it.quiet_logs()
        return (
            f"{it.orders(Status.COMPLETED).count()} orders paid once each, the last {took:.1f} s after the older worker ended"
        )


@contextmanager
def _another_checkout() -> Iterator[Path]:
    """A copy of the code elsewhere, as a deployment has it beside the one before."""
    with tempfile.TemporaryDirectory(prefix="claimdesk-release-") as folder:
        copy = Path(folder) / "release"
        shutil.copytree(settings.BASE_DIR, copy, ignore=shutil.ignore_patterns("var", "node_modules", ".*", "__pycache__"))
        yield copy


def _work_in(it: Ground, checkout: Path) -> Child:
    command = [sys.executable, str(checkout / "manage.py"), "work"]
    return it.processes.start("older", command, ready=lambda: PULSE_LOCK in held_lanes(), seconds=60)


@contextmanager
def _one_more_column() -> Iterator[None]:
    """What an expanding migration does; it gives up soon and is tried again when somebody is in its way."""
    expect(wait_until(lambda: _altered("ADD COLUMN later integer NULL"), 30), "the column is added under load")
    try:
        yield
    finally:
        wait_until(lambda: _altered("DROP COLUMN later"), 30)


def _altered(what: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
        try:
            cursor.execute(f"ALTER TABLE chain_wallet {what}, ALTER COLUMN name SET NOT NULL")
        except DatabaseError:  # whoever is in its way will let go
            return False
        finally:
            cursor.execute("SET lock_timeout = '10s'")
    return True
