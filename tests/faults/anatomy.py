"""What the system consists of: its processes by the part they play, so that each of them can be killed."""

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

import psutil  # type: ignore[import-untyped]
from django.conf import settings

from local.keeper import read_state
from local.server import Server


class Role(StrEnum):
    """A part. Those of a worker are called so in `ps` as well."""

    WORK = "work"
    CLUSTER = "cluster"
    PULSE = "pulse"
    PUSHER = "pusher"
    MONITOR = "monitor"
    WORKER = "worker"
    STREAM = "stream"
    WEB_MASTER = "web master"
    WEB_WORKER = "web worker"
    KEEPER = "keeper"
    POSTMASTER = "postmaster"
    BACKEND = "backend"


# All but the one that is there only where a stream is configured; tests/faults/streams.py kills that.
EVERYWHERE = tuple(role for role in Role if role != Role.STREAM)
OF_A_WORKER = (Role.WORK, Role.CLUSTER, Role.PULSE, Role.PUSHER, Role.MONITOR, Role.WORKER)


def processes() -> dict[Role, list[psutil.Process]]:
    """All that live now, of every worker and web server on our database; only the chain is left out."""
    found = defaultdict(list)
    for role, process in [*_of_workers(), *_of_the_web(), *_of_the_database()]:
        found[role].append(process)
    return found


def left_over() -> list[str]:
    """What is there of workers and web servers, in words."""
    return [f"{role} {process.pid}" for role, process in [*_of_workers(), *_of_the_web()]]


def _of_workers() -> Iterator[tuple[Role, psutil.Process]]:
    for process in _ours("manage.py work"):
        with suppress(psutil.NoSuchProcess, ValueError):  # it has just gone, or has not got its name yet
            yield Role(process.name()), process


def _of_the_web() -> Iterator[tuple[Role, psutil.Process]]:
    serving = list(_ours("gunicorn"))
    pids = {process.pid for process in serving}
    for process in serving:
        with suppress(psutil.NoSuchProcess):
            yield (Role.WEB_WORKER if process.ppid() in pids else Role.WEB_MASTER), process


def _of_the_database() -> Iterator[tuple[Role, psutil.Process]]:
    for process in _ours("local.keeper"):
        yield Role.KEEPER, process
    state = read_state(settings.DATA_DIR / "postgres")
    pid = Server(Path(state["home"])).pid() if state else None
    with suppress(psutil.NoSuchProcess):
        if pid is not None:
            yield Role.POSTMASTER, psutil.Process(pid)
            for backend in psutil.Process(pid).children():
                yield Role.BACKEND, backend


def _ours(words: str) -> Iterator[psutil.Process]:
    """Living processes with these words in their command, started on our data folder; a fork has its parent's."""
    for process in psutil.process_iter():
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            said = words in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE
            if said and process.environ().get("DATA_DIR") == os.environ["DATA_DIR"]:
                yield process
