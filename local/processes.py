"""A small supervisor: starts named processes, waits until each is ready, and stops them all.

with Supervisor(log_dir) as run:
    run.start("web", ["gunicorn", …], ready=lambda: answers(url))
    run.wait()
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from local.children import end_with_parent
from local.server import wait_until

READY_SECONDS = 60.0
STOP_SECONDS = 15.0


class ProcessError(RuntimeError):
    """A child ended or did not become ready in time; the message names it and quotes the end of its log."""


class Supervisor:
    """Children of this process, each in a session of its own, with its output in `log_dir`/NAME.log.

    As a context manager it turns SIGTERM into SystemExit: SIGTERM and Ctrl-C both leave through `stop`.
    When the supervisor itself is killed the kernel sends SIGTERM to the children (Linux).
    """

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        log_dir.mkdir(parents=True, exist_ok=True)

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready: Callable[[], bool] | None = None,
        seconds: float = READY_SECONDS,
    ) -> subprocess.Popen[bytes]:
        """Start a child and wait up to `seconds` until `ready()`; `env` is added to our environment.

        Raises ProcessError when it ends or is not ready in time.
        """
        with self.log(name).open("wb") as output:
            child = subprocess.Popen(
                command,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - calls prctl and getppid only
            )
        self.children[name] = child
        if ready is not None:
            wait_until(lambda: child.poll() is not None or ready(), seconds)
            if child.poll() is not None or not ready():
                raise self._failure(name)
        return child

    def log(self, name: str) -> Path:
        return self.log_dir / f"{name}.log"

    def check(self) -> None:
        """Raises ProcessError when a child has ended by itself."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise self._failure(name)

    def wait(self) -> None:
        """Block until a child ends (ProcessError) or a signal stops us (SystemExit, KeyboardInterrupt)."""
        while True:
            self.check()
            time.sleep(0.2)

    def _failure(self, name: str) -> ProcessError:
        end = "\n".join(self.log(name).read_text(errors="replace").splitlines()[-15:])
        code = self.children[name].poll()
        state = "is not ready" if code is None else f"ended with code {code}"
        return ProcessError(f"{name} {state}; the end of {self.log(name)}:\n{end}")

    def stop(self, seconds: float = STOP_SECONDS) -> None:
        """SIGTERM to every child, last started first; after `seconds` SIGKILL to what is left.

        Only the main process of a group gets SIGTERM: a task queue then finishes its running tasks, whereas
        its workers would die in the middle of them.
        """
        for child in reversed(self.children.values()):
            child.terminate()  # does nothing to one that was already buried
        wait_until(lambda: all(child.poll() is not None for child in self.children.values()), seconds)
        for child in self.children.values():
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        self.children.clear()

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the stopping
        self.stop()
        signal.signal(signal.SIGTERM, self._before)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
