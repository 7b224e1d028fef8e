"""One PostgreSQL server on one data folder: make it, start it, recognise it, stop it."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.binaries import Account, PostgresError, binaries_for

NAME = "claimdesk"  # the role and the database
START_SECONDS = 60.0  # recovery after a crash replays the log first
RETRY_SECONDS = 10.0
STOP_SECONDS = 20.0

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    # A small machine runs this beside everything else. fsync stays on: this is a real store.
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as PostgreSQL does
        with suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return True
    return False


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look again every 20 ms until `condition` holds; False when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@dataclass(slots=True)
class Server:
    """The server whose data and binaries live below `home`."""

    home: Path
    account: Account = field(default_factory=Account.choose)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def create(self) -> str:
        """Make the data folder and return the new password. A crash leaves nothing that looks finished."""
        password = secrets.token_urlsafe(24)
        draft = self.home / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        self.account.own(draft)
        with tempfile.NamedTemporaryFile("w") as file:  # readable for nobody, unlike our folders
            file.write(password)
            file.flush()
            self.account.own(Path(file.name))
            security = ["-A", "scram-sha-256", f"--pwfile={file.name}", f"--username={NAME}"]
            self._run("initdb", *security, "--encoding=UTF8", "--locale=C.UTF-8", "-D", str(draft))
        self._run("postgres", "--single", "-D", str(draft), "template1", given=f"CREATE DATABASE {NAME};\n")
        draft.rename(self.data)
        return password

    def _run(self, program: str, *arguments: str, given: str = "") -> None:
        command = [str(binaries_for(self.account, self.home) / program), *arguments]
        done = subprocess.run(command, input=given.encode(), capture_output=True, check=False, **self._surroundings())
        if done.returncode != 0:
            raise PostgresError(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")

    def _surroundings(self) -> dict[str, Any]:
        return {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C"}, **self.account.as_user()}

    def start(self, port: int) -> int:
        """Start on `port`, or on another one when that is taken; return the port it answers on.

        A start that fails at once is tried again for RETRY_SECONDS: what was just killed may hold the shared memory for a
        moment longer. Raises PostgresError.
        """
        deadline = time.monotonic() + RETRY_SECONDS
        while time.monotonic() < deadline:
            self._kill_orphans()
            port = port if is_free(port) else free_port()
            self._launch(port)
            wait_until(lambda: self.is_ready() or not self._started(), START_SECONDS)
            if self.is_ready():
                return port
        raise PostgresError(f"PostgreSQL did not start; the end of {self.log}:\n{self.log_end()}")

    def _launch(self, port: int) -> None:
        options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        binary = binaries_for(self.account, self.home) / "postgres"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(binary), "-D", str(self.data), "-p", str(port), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self._surroundings(),
            )

    def _started(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])

    def _pid_file(self) -> list[str]:
        with suppress(FileNotFoundError):
            return (self.data / "postmaster.pid").read_text().splitlines()
        return []

    def pid(self) -> int | None:
        """The living postmaster of this folder, whoever started it; None when there is none."""
        if self.process is not None:
            self.process.poll()  # buries it when it is dead, so that the pid does not look alive
        lines = self._pid_file()
        pid = int(lines[0]) if lines else None
        return pid if pid is not None and self._is_ours(pid) else None

    def _is_ours(self, pid: int) -> bool:
        """A pid is used again after a restart; the server of this folder works inside this folder."""
        try:
            os.kill(pid, 0)
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data.resolve()
        except ProcessLookupError:
            return False
        except FileNotFoundError:
            return not Path("/proc/self").exists()  # no /proc on this system: believe the pid file

    def _kill_orphans(self) -> None:
        """What a dead postmaster has left, once it is certain that it is dead.

        A backend that waits for an internal lock of a backend that was killed before it does not notice the postmaster's end;
        for as long as it lives no new server can start.
        """
        if self.pid() is not None:
            return
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it has just gone
                if (folder / "comm").read_text() == "postgres\n" and (folder / "cwd").resolve(
                    strict=True
                ) == self.data.resolve():
                    os.kill(int(folder.name), signal.SIGKILL)

    def port(self) -> int:
        """The port in the pid file; call it only for a living server."""
        return int(self._pid_file()[3])

    def is_ready(self) -> bool:
        lines = self._pid_file()
        return self.pid() is not None and len(lines) > 7 and lines[7].strip() == "ready"

    def stop(self) -> None:
        """Fast shutdown; after STOP_SECONDS the immediate one, which the next start repairs."""
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            pid = self.pid()
            if pid is not None:
                os.kill(pid, number)
            if wait_until(self._is_gone, STOP_SECONDS):
                return

    def _is_gone(self) -> bool:
        return self.pid() is None and not self._started()
