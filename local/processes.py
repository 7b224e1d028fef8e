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
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from local.children import end_with_parent
from local.server import wait_until

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
SHORT_LIFE = 10.0  # seconds; what ends sooner than that …
SHORT_LIVES = 5  # … so many times on end cannot be helped by another start


class ProcessError(RuntimeError):
    """A child ended or did not become ready in time; the message names it and quotes the end of its log."""


@dataclass(slots=True)
class _Start:
    """How a child was started, for another time."""

    command: Sequence[str]
    env: Mapping[str, str]
    at: float
    short_lives: int = 0


class Supervisor:
    """Children of this process, each in a session of its own, with its output in `log_dir`/NAME.log.

    As a context manager it turns SIGTERM into SystemExit: SIGTERM and Ctrl-C both leave through `stop`.
    When the supervisor itself is killed the kernel sends SIGTERM to the children (Linux).
    """

    def __init__(self, log_dir: Path) -> None:
        self.log_dir = log_dir
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self._starts: dict[str, _Start] = {}
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
        self.log(name).unlink(missing_ok=True)
        self._starts[name] = start = _Start(command, env or {}, time.monotonic())
        child = self._launch(name, start)
        if ready is not None:
            wait_until(lambda: child.poll() is not None or ready(), seconds)
            if child.poll() is not None or not ready():
                raise self._failure(name)
        return child

    def _launch(self, name: str, start: _Start) -> subprocess.Popen[bytes]:
        with self.log(name).open("ab") as output:
            self.children[name] = child = subprocess.Popen(
                start.command,
                env={**os.environ, **start.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509 - calls prctl and getppid only
            )
        return child

    def log(self, name: str) -> Path:
        return self.log_dir / f"{name}.log"

    def check(self) -> None:
        """Raises ProcessError when a child has ended by itself."""
        for name, child in self.children.items():
            if child.poll() is not None:
                raise self._failure(name)

    def mend(self) -> list[str]:
        """Start again what has ended by itself, whatever its exit code; the names.

        Raises ProcessError for a child that never lives long: what ails it is not an accident.
        """
        ended = [name for name, child in self.children.items() if child.poll() is not None]
        for name in ended:
            start, now = self._starts[name], time.monotonic()
            by_itself = (self.children[name].returncode or 0) >= 0
            start.short_lives = start.short_lives + 1 if by_itself and now - start.at < SHORT_LIFE else 0
            if start.short_lives == SHORT_LIVES:
                raise self._failure(name)
            self._kill_group(name)
            start.at = now
            self._launch(name, start)
        return ended

    def keep(self) -> None:
        """Block, and mend, until a signal stops us (SystemExit, KeyboardInterrupt) or mending is in vain (ProcessError)."""
        while True:
            for name in self.mend():
                print(f"{name} had ended and was started again", flush=True)
            time.sleep(0.2)

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
        for name in self.children:
            self._kill_group(name)
        self.children.clear()

    def _kill_group(self, name: str) -> None:
        child = self.children[name]
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGTERM, _leave)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not stop the stopping
        self.stop()
        signal.signal(signal.SIGTERM, self._before)


def _leave(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
