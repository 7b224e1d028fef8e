"""The demo's own data folder, made anew for each run, and the process that begins with it."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

from demo.stage import CHAIN, LEDGER, environment
from local import postgres
from local.keeper import keeper_lock, read_state
from local.locks import FileLock, is_held
from local.server import free_port, is_free, wait_until

STOP_SECONDS = 30.0


class OccupiedError(Exception):
    """Something is in the way; the message says what."""


def begin_anew(data_dir: Path, used: Path, command: list[str], *, keep: bool) -> NoReturn:
    """Become `command` with `data_dir` as its data folder, emptied unless `keep`.

    The settings were read for the folder `used`, whose database is let go first. Raises OccupiedError.
    """
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    claim(data_dir).close()
    if not (keep and all((data_dir / kept).exists() for kept in (CHAIN, LEDGER))):
        _empty(data_dir)
    postgres.leave(used)
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *command], environment(data_dir))  # noqa: S606 - it is ourselves


def claim(data_dir: Path) -> FileLock:
    """The lock that one demo holds for as long as it runs. Raises OccupiedError."""
    lock = FileLock(data_dir.with_name(f"{data_dir.name}.lock"))
    if not lock.take():
        raise OccupiedError(f"Another demo is running on {data_dir}.")
    return lock


def _empty(data_dir: Path) -> None:
    """Remove the folder, and the private one of its database server where that had to live elsewhere."""
    folder = data_dir / "postgres"
    if folder.exists() and not wait_until(lambda: not is_held(keeper_lock(folder)), STOP_SECONDS):
        raise OccupiedError(f"The database of an earlier run is still in use: {folder}")
    state = read_state(folder)
    for path in (Path(state["home"]) if state else folder, data_dir):
        shutil.rmtree(path, ignore_errors=True)
    if data_dir.exists():
        raise OccupiedError(f"{data_dir} cannot be removed; does it belong to another user?")


def port_for(asked: int | None, usual: int) -> int:
    """The port asked for, else the usual one if it is free, else any. Raises OccupiedError."""
    if is_free(asked or usual):
        return asked or usual
    if asked:
        raise OccupiedError(f"Port {asked} is in use.")
    return free_port()
