"""anvil behind a poorer node: one that lacks methods, and counts what it is asked."""

import json
from typing import Any
from urllib.request import Request, urlopen

from local.anvil import Anvil
from tests.chain.rpc_server import RpcServer

NO_SUCH_METHOD = {"code": -32601, "message": "the method does not exist/is not available"}
TOO_MANY_ARGUMENTS = {"code": -32602, "message": "too many arguments, want at most 2"}


class Relay(RpcServer):
    """`posts` has the methods of each HTTP request. Without `overrides`, eth_call takes two parameters only."""

    def __init__(self, chain: Anvil, *, simulates: bool = True, overrides: bool = True) -> None:
        super().__init__()
        self.chain, self.simulates, self.overrides = chain, simulates, overrides

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        envelope = {"jsonrpc": "2.0", "id": request["id"]}
        if request["method"] == "eth_simulateV1" and not self.simulates:
            return envelope | {"error": NO_SUCH_METHOD}
        if len(request["params"]) > 2 and not self.overrides:
            return envelope | {"error": TOO_MANY_ARGUMENTS}
        body = Request(self.chain.url, json.dumps(request).encode(), {"Content-Type": "application/json"})  # noqa: S310
        with urlopen(body, timeout=30) as answer:  # noqa: S310 - anvil on this machine
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def asked(self, method: str) -> list[list[str]]:
        """The HTTP requests that contained the method."""
        return [methods for methods in self.posts if method in methods]
