"""A development chain: finds foundry's anvil, starts it on a free port, stops it.

with Anvil(block_time=2) as chain:
    chain.request("evm_mine")
"""

import json
import os
import platform
import shutil
import subprocess
from functools import partial
from http.client import HTTPConnection, HTTPException
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.children import end_with_parent
from local.server import free_port, wait_until

# The well-known development phrase of hardhat and anvil. Everybody has its keys.
MNEMONIC = "test test test test test test test test test test test junk"
CHAIN_ID = 31337
START_SECONDS = 30.0
STOP_SECONDS = 5.0
PROJECT = Path(__file__).parent.parent


class AnvilError(RuntimeError):
    """anvil cannot be found or started, or it refused a request; the message says which."""


def binary() -> Path:
    """ANVIL_BIN, else the one npm installed in the project, else the one on PATH. Raises AnvilError."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    installed = PROJECT.glob(f"node_modules/@foundry-rs/anvil-*-{machine}/bin/anvil")
    chosen = os.environ.get("ANVIL_BIN") or next(installed, None) or shutil.which("anvil")
    if chosen is None:
        raise AnvilError("anvil is missing: run `make install`, or let ANVIL_BIN name foundry's anvil")
    return Path(chosen)


class Anvil:
    """A running chain. `block_time` in seconds (None: a block per transaction), `base_fee` in wei per gas."""

    def __init__(
        self,
        *,
        port: int | None = None,
        chain_id: int = CHAIN_ID,
        block_time: float | None = None,
        gas_limit: int | None = None,
        base_fee: int | None = None,
        accounts: int = 10,
        mnemonic: str = MNEMONIC,
        log: Path | None = None,
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.chain_id = chain_id
        self._log = log
        self._ids = count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._options = {
            "--port": self.port,
            "--chain-id": chain_id,
            "--accounts": accounts,
            "--mnemonic": mnemonic,
            "--slots-in-an-epoch": 1,  # a block is final two blocks later, not after 64
            "--block-time": block_time,
            "--gas-limit": gas_limit,
            "--block-base-fee-per-gas": base_fee,
        }

    def start(self) -> Self:
        """Start and wait until it answers. Raises AnvilError."""
        given = [str(part) for option in self._options.items() if option[1] is not None for part in option]
        with open(self._log or os.devnull, "ab") as output:
            self._process = process = subprocess.Popen(
                [str(binary()), "--silent", *given],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509 - calls prctl and getppid only
            )
        wait_until(lambda: process.poll() is not None or self.answers(), START_SECONDS)
        if not self.answers():
            self.stop()
            raise AnvilError(f"anvil did not answer on {self.url} (exit code {process.returncode})")
        return self

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
            return bool(self.request("eth_chainId") == hex(self.chain_id))
        except (OSError, HTTPException):
            return False

    def request(self, method: str, *params: Any) -> Any:
        """The result of one JSON-RPC request. Raises AnvilError when anvil answers with an error."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        body = {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}
        try:
            connection.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise AnvilError(f"{method}: {answer['error'].get('message')}")
        return answer["result"]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
