"""The database goes away under load."""

import os
import signal
from pathlib import Path

from django.conf import settings
from django.db import connections

from local.keeper import read_state
from local.server import Server
from orders.states import Status
from tests.faults.ground import Ground, expect, until
from tests.faults.registry import Stage, scenario


@scenario(38)
def postgres_restart(stage: Stage) -> str:
    """The server stops in good order, in the long run also in none, while orders flow: they go on by themselves."""
    took = []
    for how in (signal.SIGINT, signal.SIGQUIT)[: stage.times(1, 2)]:
        with stage.ground(how.name) as it:
            reward = it.badge()
            cluster = it.cluster()
            it.order_claims(reward, 300)
            until(lambda it=it: it.orders(Status.BUSY).exists(), 30, "orders are on their way")  # type: ignore[misc]
            restart(how)
            took.append(_goes_on(it))
            expect(cluster.poll() is None, "the worker has not ended")
    return f"all settled {max(took):.1f} s after the server was back"


def restart(how: signal.Signals) -> None:
    """Stop it as `how` does; its keeper starts it again."""
    state = read_state(settings.DATA_DIR / "postgres")
    assert state is not None
    server = Server(Path(state["home"]))
    before = server.pid()
    assert before is not None
    connections.close_all()
    os.kill(before, how)
    until(lambda: server.pid() not in (None, before) and server.is_ready(), 60, "the server is back")


def _goes_on(it: Ground) -> float:
    return it.prove(120)
