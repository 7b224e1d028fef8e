"""The cluster in a process of its own, for the demo and the tests: started on free ports, killed with its parent.

with SolanaCluster(manual=True) as cluster:
    cluster.advance(blocks=3)
"""

import json
import os
import subprocess
import sys
from collections import Counter
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.children import end_with_parent
from local.server import free_port, wait_until

START_SECONDS = 30.0
STOP_SECONDS = 5.0
PROJECT = Path(__file__).parents[2]


class SolanaError(RuntimeError):
    """The cluster cannot be started, or it refused a request; the message says which."""

    def __init__(self, message: str, code: int = 0, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.data = code, data


class SolanaCluster:
    """A running cluster of two nodes, `url` and `second_url`. `slot_ms` in milliseconds; the other times in slots.

    `manual`: slots pass only by `advance`. `programs`: a folder with the real ones, else what the environment says, else the
    model; `model` chooses the model whatever the environment says. `ledger`: a file that keeps its blocks for a later cluster.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        second_port: int | None = None,
        slot_ms: int = 400,
        manual: bool = False,
        confirmed: int = 2,
        finalized: int = 32,
        behind: int = 0,
        skipped: float = 0.05,
        seed: int = 1,
        programs: Path | None = None,
        model: bool = False,
        ledger: Path | None = None,
        log: Path | None = None,
    ) -> None:
        self.port, self.second_port = port or free_port(), second_port or free_port()
        self.url, self.second_url = (f"http://127.0.0.1:{each}" for each in (self.port, self.second_port))
        self.manual = manual
        self._log, self._model = log, model
        self._ids = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._options = {
            "--port": self.port,
            "--second-port": self.second_port,
            "--slot-ms": slot_ms,
            "--confirmed": confirmed,
            "--finalized": finalized,
            "--behind": behind,
            "--skipped": skipped,
            "--seed": seed,
            "--programs": programs,
            "--ledger": ledger,
        }
        self._flags = ["--manual"] if manual else []

    def start(self) -> Self:
        """Start and wait until it answers. Raises SolanaError."""
        given = [str(part) for option in self._options.items() if option[1] is not None for part in option]
        without = {"SOLANA_PROGRAMS_DIR"} if self._model else set()
        with open(self._log or os.devnull, "ab") as output:
            self._process = process = subprocess.Popen(
                [sys.executable, "-m", "local.solana", *given, *self._flags],
                cwd=PROJECT,
                env={name: value for name, value in os.environ.items() if name not in without},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509 - calls prctl and getppid only
            )
        wait_until(lambda: process.poll() is not None or self._is(process.pid), START_SECONDS)
        if not self._is(process.pid):
            self.stop()
            raise SolanaError(f"The Solana cluster did not answer on {self.url} (exit code {process.returncode})")
        return self

    def _is(self, pid: int) -> bool:
        """Whether that process answers, and no other that has the port."""
        return self.answers() and bool(self.request("test_process") == pid)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def answers(self) -> bool:
        try:
            return bool(self.request("getHealth") == "ok")
        except (OSError, HTTPException):
            return False

    def advance(self, *, slots: int = 0, blocks: int = 0) -> None:
        """Let slots pass, then as many as it takes for `blocks`: some slots have none."""
        self.request("test_advance", {"slots": slots, "blocks": blocks})

    def faults(self, *, second: bool = False, **faults: int) -> None:
        """Set faults of a node, by the names in `local.solana.faults`."""
        self.request("test_faults", faults, second=second)

    def calm(self) -> None:
        """No faults any more, on either node."""
        for second in (False, True):
            self.request("test_calm", second=second)

    def fork(self, slots: int, *, pending: bool = True) -> None:
        """Give up the blocks of the last `slots`; their transactions wait again, or are gone."""
        self.request("test_fork", {"slots": slots, "pending": pending})

    def questions(self) -> Counter[str]:
        """How often both nodes were asked so far, by method."""
        first, second = (Counter(self.request("test_questions", second=each)) for each in (False, True))
        return first + second

    def request(self, method: str, *params: Any, second: bool = False) -> Any:
        """The result of one JSON-RPC request. Raises SolanaError when the node answers with an error."""
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        answer = self.post(body, second=second)
        if "error" in answer:
            error = answer["error"]
            raise SolanaError(f"{method}: {error.get('message')}", error.get("code"), error.get("data"))
        return answer["result"]

    def post(self, body: Any, *, second: bool = False) -> Any:
        """What a node answers to one question, or to a list of them."""
        connection = HTTPConnection("127.0.0.1", self.second_port if second else self.port, timeout=30)
        try:
            connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
