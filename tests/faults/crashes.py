"""SIGKILL at random moments. At every chosen one: `tests.faults.crash_points`."""

import time

import psutil  # type: ignore[import-untyped]
from django.db import connection

from orders.runner import PULSE_LOCK
from tests.faults.ground import Ground, sent, until
from tests.faults.registry import Stage, scenario

SPELL = 3.0  # seconds; within them 300 claims are picked, signed, sent, mined and settled


@scenario(6, 7, 8)
def kill_everything(stage: Stage) -> str:
    """300 claims, and every process dies at a random moment: after the restart none is missing and none is there twice."""
    rounds = stage.times(3, 20)
    took = []
    for number in range(rounds):
        with stage.ground(f"round-{number}") as it:
            took.append(_kill_in_the_middle(it, stage.rng.uniform(0, SPELL)))
    return f"{rounds} x 300 claims, 0 twice, 0 lost; at most {max(took):.1f} s from the restart to the last one"


def _kill_in_the_middle(it: Ground, after: float) -> float:
    reward = it.badge()
    cluster = it.cluster()
    it.order_claims(reward, 300)
    time.sleep(after)
    it.kill(cluster)
    restarted = time.monotonic()
    it.cluster()
    it.prove(90)
    return time.monotonic() - restarted


@scenario(11)
def pulse_worker_killed(stage: Stage) -> str:
    """The worker that runs the pulse dies alone. A wallet with no warm lane is served all the same, within 90 s."""
    with stage.ground() as it:
        rewards = [it.badge() for _ in range(stage.times(1, 3))]
        it.cluster()
        waits = []
        for reward in rewards:
            until(lambda: _pulse_port() is not None, 90, "a pulse")
            _process_at(_pulse_port()).kill()
            orders = it.order_claims(reward, 20)
            waits.append(until(lambda orders=orders: sent(orders), 90, lambda: f"orders sent ({it.tally()})"))  # type: ignore[misc]
        it.prove()
        return f"orders reached a node after {max(waits):.1f} s"


def _pulse_port() -> int | None:
    """The port from which the pulse's lock connection comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) | objid::bigint = %s",
            [PULSE_LOCK],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _process_at(port: int | None) -> psutil.Process:
    """The process whose end of a connection has this port."""
    (pid,) = {each.pid for each in psutil.net_connections("tcp4") if each.laddr.port == port and each.pid}
    return psutil.Process(pid)
