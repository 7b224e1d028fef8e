"""A JSON-RPC server that does as it is told: it answers by a script, errs, hangs, or breaks the connection.

with RpcServer(eth_chainId="0x7a69") as server:
    server.script["eth_gasPrice"] = Refuse(-32000, "no")
    server.fault = Hang()
"""

import json
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with a JSON-RPC error."""

    code: int
    message: str
    data: Any = None


@dataclass(frozen=True, slots=True)
class Http:
    """Answer with this HTTP status and body."""

    status: int
    body: bytes = b"<html>busy</html>"


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and say nothing until the server is closed."""


@dataclass(frozen=True, slots=True)
class Drip:
    """Send the answer's headers, then a byte now and then until the server is closed."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Take the request, then reset the connection."""


Fault = Http | Hang | Drip | Reset
Answer = Any | Callable[[list[Any]], Any]


class RpcServer:
    """Answers each method with what `script` has for it (a value, a `Refuse`, or a function of the
    parameters).

    `posts` holds the methods of every HTTP request that came in, also of those that met a `fault`.
    `fault` meets every request, or only those that contain `fault_on`. `rewrite` may spoil a batch's answers.
    """

    def __init__(self, **script: Answer) -> None:
        self.script: dict[str, Answer] = {"eth_chainId": "0x7a69", **script}
        self.fault: Fault | None = None
        self.fault_on: str | None = None
        self.rewrite: Callable[[Any], Any] = lambda answers: answers
        self.posts: list[list[str]] = []
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.url = f"http://127.0.0.1:{self._http.server_port}/v3/secret-key"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    def count(self, method: str) -> int:
        """How many HTTP requests contained the method."""
        return sum(method in methods for methods in self.posts)

    def fault_for(self, methods: list[str]) -> Fault | None:
        return self.fault if self.fault_on is None or self.fault_on in methods else None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        found = self.script.get(request["method"], Refuse(-32601, "the method does not exist/is not available"))
        found = found(request["params"]) if callable(found) else found
        envelope = {"jsonrpc": "2.0", "id": request["id"]}
        if isinstance(found, Refuse):
            return envelope | {"error": {"code": found.code, "message": found.message, "data": found.data}}
        return envelope | {"result": found}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: RpcServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two small packets; the second must not wait for an ACK

    def do_POST(self) -> None:
        owner = cast(_Server, self.server).owner
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        methods = [each["method"] for each in (body if isinstance(body, list) else [body])]
        owner.posts.append(methods)
        match owner.fault_for(methods):
            case None:
                answers = [owner.answer(each) for each in body] if isinstance(body, list) else owner.answer(body)
                self._reply(200, json.dumps(owner.rewrite(answers)).encode())
            case Http(status, text):
                self._reply(status, text)
            case Hang():
                owner.closing.wait()
            case Drip():
                self._drip(owner.closing)
            case Reset():
                self._reset()

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, closing: threading.Event) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        self.close_connection = True
        try:
            while not closing.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        except OSError:
            return  # the client had enough

    def _reset(self) -> None:
        """Close so that the peer sees RST: no lingering (SO_LINGER, 0 s)."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return  # the connection was reset on purpose

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""
