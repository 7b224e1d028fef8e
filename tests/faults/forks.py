"""Children that are forked from this process, with Django set up: they begin at once, and can be killed at a named point."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from django.db import connections

from chain import crash, nodes
from chain.solana import cluster
from local.server import wait_until

SECONDS = 60.0


def forked(job: Callable[[], object], log: Path, *, die_at: str | None = None) -> int:
    """Run a job in a child of its own; the exit code, or minus the signal that ended it."""
    connections.close_all()  # a connection has one process
    nodes._node.cache_clear()
    cluster._cluster.cache_clear()
    if (child := os.fork()) == 0:
        _be_child(job, log, die_at)
    ended: list[int] = []

    def has_ended() -> bool:
        pid, status = os.waitpid(child, os.WNOHANG)
        ended.extend([os.waitstatus_to_exitcode(status)] if pid else [])
        return bool(ended)

    if not wait_until(has_ended, SECONDS):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return -signal.SIGALRM
    return ended[0]


def _be_child(job: Callable[[], object], log: Path, die_at: str | None) -> NoReturn:
    """To its end without a return: nothing of the parent's clean-up may run here."""
    code = 1
    try:
        with log.open("ab") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        crash.passages.clear()
        os.environ.pop(crash.VARIABLE, None)
        if die_at is not None:
            os.environ[crash.VARIABLE] = die_at
        job()
        code = 0
    except BaseException:  # noqa: BLE001 - told in the log, and by the exit code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
