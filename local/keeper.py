"""The process that owns the embedded PostgreSQL: starts it, restarts it, stops it after the last user.

`postgres.url()` starts a keeper when there is none. Users hold a shared file lock for as long as they live,
so the keeper learns of their end however they ended, kill -9 included. A keeper that is itself killed leaves
the server running; the next keeper adopts it.
"""

import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import TypedDict

from local.locks import FileLock
from local.server import Server, free_port, wait_until

WATCH_SECONDS = 0.2


class State(TypedDict):
    """What is kept beside the data: where it is and how to get in."""

    home: str
    password: str
    port: int


def state_file(folder: Path) -> Path:
    return folder / "state.json"


def users_lock(folder: Path) -> Path:
    return folder / "users.lock"


def keeper_lock(folder: Path) -> Path:
    return folder / "keeper.lock"


def read_state(folder: Path) -> State | None:
    """None when there is no server yet, or its data has vanished, as from a temp folder after a reboot."""
    try:
        state: State = json.loads(state_file(folder).read_text())
    except FileNotFoundError:
        return None
    return state if Path(state["home"], "data", "PG_VERSION").exists() else None


def write_state(folder: Path, state: State) -> None:
    draft = folder / f"state.{os.getpid()}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(state, file)
    draft.rename(state_file(folder))


def _home(folder: Path) -> Path:
    """`folder`, or a private one in the temp folder when the server's account cannot enter `folder`."""
    account = Server(folder).account
    if account.can_reach(folder):
        return folder
    home = Path(tempfile.mkdtemp(prefix="claimdesk-postgres-"))
    account.own(home)
    return home


def _create(folder: Path) -> State:
    home = _home(folder)
    return {"home": str(home), "password": Server(home).create(), "port": free_port()}


def _run(server: Server, folder: Path, state: State) -> None:
    """Make sure the server answers, and that `state.json` names its port."""
    adopted = server.pid() is not None and wait_until(server.is_ready, WATCH_SECONDS * 25)
    if not adopted:
        server.stop()  # neither dead nor answering
        state["port"] = server.start(state["port"])
    else:
        state["port"] = server.port()
    write_state(folder, state)


def keep(folder: Path) -> None:
    """Run the server below `folder` until its last user is gone; returns when another keeper does so."""
    alone = FileLock(keeper_lock(folder))
    if not wait_until(alone.take, 1.0):  # who asks whether it is held takes it for an instant
        return
    users = FileLock(users_lock(folder))
    state = read_state(folder) or _create(folder)
    write_state(folder, state)
    server = Server(Path(state["home"]))
    try:
        while not users.take():
            if not server.is_ready():
                _run(server, folder, state)
            time.sleep(WATCH_SECONDS)
    finally:
        server.stop()


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    keep(Path(sys.argv[1]))
