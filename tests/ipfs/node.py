"""A real IPFS node: js-ipfs, without peers, on loopback, in a folder of its own.

with Node(folder) as node:
    node.api, node.gateway
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from local.processes import Supervisor
from local.server import free_port

HERE = Path(__file__).parent
PROJECT = HERE.parents[1]
START_SECONDS = 90.0


class Node:
    """Its RPC and its gateway, while it runs."""

    def __init__(self, folder: Path) -> None:
        self._repo = folder / "repo"
        self._run = Supervisor(folder / "logs")
        api, gateway = free_port(), free_port()
        self.api, self.gateway = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{gateway}"
        self._config = folder / "config.json"
        addresses = {"API": f"/ip4/127.0.0.1/tcp/{api}", "Gateway": f"/ip4/127.0.0.1/tcp/{gateway}", "Swarm": []}
        self._config.write_text(json.dumps({"Addresses": addresses, "Bootstrap": []}))

    def __enter__(self) -> Self:
        self._run.__enter__()
        node = [str(PROJECT / "scripts/node"), "--require", str(HERE / "polyfill.cjs"), str(HERE / "node_modules/.bin/jsipfs")]
        options = ["--offline", "--enable-preload=false", f"--init-config={self._config}"]
        try:
            self._run.start("ipfs", [*node, "daemon", *options], env=self._env(), ready=self._answers, seconds=START_SECONDS)
        except BaseException:
            self._run.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._run.__exit__(kind, error, trace)

    def read(self, path: str) -> bytes:
        """A file or folder through the gateway."""
        with urlopen(f"{self.gateway}/ipfs/{path}", timeout=60) as answer:  # noqa: S310 - our own
            return bytes(answer.read())

    def _env(self) -> dict[str, str]:
        return {"IPFS_PATH": str(self._repo), "NODE_NO_WARNINGS": "1"}

    def _answers(self) -> bool:
        try:
            with urlopen(Request(f"{self.api}/api/v0/id", method="POST"), timeout=5) as answer:  # noqa: S310 - our own
                return bool(answer.status == 200)
        except (OSError, HTTPError):
            return False
