"""The embedded PostgreSQL, shared by every process of this project on this machine.

`url(data_dir)` is all a process needs: it starts the server when nobody runs it and registers the caller as a
user. The server stops after its last user, see `local.keeper`.
"""

import atexit
import os
import subprocess
import sys
import time
from pathlib import Path

from local.binaries import PostgresError
from local.keeper import State, keeper_lock, read_state, users_lock
from local.locks import FileLock, is_held
from local.server import NAME, START_SECONDS, STOP_SECONDS, Server, wait_until

__all__ = ["PostgresError", "leave", "revive", "url"]

_used: dict[Path, FileLock] = {}
_keepers: dict[Path, subprocess.Popen[bytes]] = {}  # those we started and have to bury


def url(data_dir: Path) -> str:
    """The address of the running server whose data belongs to `data_dir`; starts it first when it must.

    The caller is a user until it ends or calls `leave`. Raises PostgresError when the server cannot run.
    """
    folder = _folder(data_dir)
    if folder not in _used:
        _used[folder] = users = FileLock(users_lock(folder))
        users.share()  # waits while a keeper is just stopping the server
        atexit.register(_leave_at_exit, data_dir, os.getpid())
    state = _running(folder)
    return f"postgres://{NAME}:{state['password']}@127.0.0.1:{state['port']}/{NAME}"


def revive(data_dir: Path) -> None:
    """For a user who stays: see that the server has a keeper, which starts it again if need be. Does not wait for that."""
    folder = _folder(data_dir)
    if is_held(keeper_lock(folder)):
        return
    if keeper := _keepers.pop(folder, None):
        keeper.wait(STOP_SECONDS)  # however it ended: it does not hold the lock any more
    _start_keeper(folder)


def leave(data_dir: Path) -> None:
    """Stop being a user. The last one waits until the server has stopped, so that nothing is left behind."""
    folder = data_dir.resolve() / "postgres"  # which may be gone by now: not to be made again
    users = _used.pop(folder, None)
    if users is None:
        return
    last = users.take()
    users.close()
    if last:
        wait_until(lambda: not is_held(keeper_lock(folder)), STOP_SECONDS)
        _bury(folder)


def _leave_at_exit(data_dir: Path, pid: int) -> None:
    if os.getpid() == pid:  # a forked child shares our lock but is not the user
        leave(data_dir)


def _folder(data_dir: Path) -> Path:
    folder = data_dir.resolve() / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _running(folder: Path) -> State:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if not is_held(keeper_lock(folder)):
            _bury(folder)
            _start_keeper(folder)
        state = read_state(folder)
        server = Server(Path(state["home"])) if state else None
        if state and server and server.is_ready():
            return {**state, "port": server.port()}
        time.sleep(0.02)
    raise PostgresError(f"PostgreSQL did not start within {START_SECONDS:.0f} s; see {folder / 'keeper.log'}")


def _start_keeper(folder: Path) -> None:
    """Start a keeper and see it take over. Of several started at once all but one end again: no error."""
    log = folder / "keeper.log"
    with log.open("wb") as output:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "local.keeper", str(folder)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us; the keeper sees us leave
        )
    _keepers[folder] = keeper
    wait_until(lambda: keeper.poll() is not None or is_held(keeper_lock(folder)), START_SECONDS)


def _bury(folder: Path) -> None:
    """Wait for the end of a keeper we started. Raises PostgresError with its last words when it failed."""
    keeper = _keepers.pop(folder, None)
    if keeper is not None and keeper.wait(STOP_SECONDS) > 0:  # killed is not failed
        words = (folder / "keeper.log").read_text(errors="replace").strip()
        raise PostgresError(f"PostgreSQL did not start: {words}")
