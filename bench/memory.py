"""What it weighs."""

import time
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]

from bench.rows import Row, Run, measure
from bench.web import post, serve
from tests.factories import an_address
from tests.faults.ground import Child, ground

SETTLE_SECONDS = 5.0


@measure("memory_idle")
def memory_idle(run: Run) -> Iterator[Row]:
    """The proportional set size of all web and worker processes, after one order has gone all the way through them."""
    with ground(run.logs, confirmations=1) as it:
        reward = it.badge()
        worker = it.cluster()
        web = serve(it.processes)
        with web.connection() as connected:
            post(connected, web.request(f"rewards/{reward.pk}/claim", {"recipient": an_address()}))
        it.prove()
        time.sleep(SETTLE_SECONDS)  # idle is a state of some length
        parts = {"web": _pss(web.process), "worker": _pss(worker)}
    yield Row("memory_idle", sum(parts.values()), "MB", "<=268", 1, {name: round(size, 1) for name, size in parts.items()})


def _pss(child: Child) -> float:
    """MB, of a process and all below it."""
    root = psutil.Process(child.pid)
    return float(sum(each.memory_full_info().pss for each in [root, *root.children(recursive=True)]) / 1e6)
