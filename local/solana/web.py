"""The HTTP side: one port for each node of the cluster, and the clock."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.solana import sending
from local.solana.ledger import Ledger
from local.solana.methods import answer
from local.solana.node import Node
from local.solana.refusals import INTERNAL, PARSE, Refusal

_INVALID = -32600
_LARGEST = 50_000  # bytes of a request, as with real nodes


class Cluster:
    """Nodes that look at one ledger. One question at a time; those that a silent node has taken wait outside."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.lock = threading.Condition()
        self._stopped = threading.Event()

    def run(self, seconds: float | None) -> None:
        """Until `stop`. A slot takes so many seconds; None: slots pass only when they are told to."""
        while not self._stopped.wait(seconds):
            with self.lock:
                self.ledger.advance()

    def stop(self) -> None:
        self._stopped.set()


class Port(ThreadingHTTPServer):
    """One node's address."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, cluster: Cluster, node: Node) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.cluster, self.node = cluster, node

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever hangs up before the answer is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Port

    def do_POST(self) -> None:
        asked = _parsed(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        try:
            status, told = self._answer(asked)
        except sending.AnswerLost:
            self.close_connection = True
            return
        self._send(status, told)

    def _answer(self, asked: Any) -> tuple[int, Any]:
        """Raises AnswerLost."""
        cluster, node = self.server.cluster, self.server.node
        with cluster.lock:
            if not _is_test(asked):
                cluster.lock.wait_for(lambda: not node.faults.silent)
                if node.faults.happens("busy"):
                    return 429, _error(None, Refusal(429, "Too many requests for a specific RPC call"))
            told = _answers(node, asked)
            cluster.lock.notify_all()
            return 200, told

    def _send(self, status: int, told: Any) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if status == 429:
            self.send_header("Retry-After", str(self.server.node.faults.retry_after))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the base class gave it
        """Nobody reads it."""


def _parsed(body: bytes) -> Any:
    if len(body) > _LARGEST:
        return Refusal(_INVALID, "Request too large")
    try:
        return json.loads(body)
    except ValueError:
        return Refusal(PARSE, "Parse error")


def _is_test(asked: Any) -> bool:
    return isinstance(asked, dict) and str(asked.get("method")).startswith("test")


def _answers(node: Node, asked: Any) -> Any:
    """To one question or to several at once."""
    if isinstance(asked, Refusal):
        return _error(None, asked)
    if isinstance(asked, list):
        return [_one(node, question) for question in asked] or _error(None, Refusal(_INVALID, "Invalid request"))
    return _one(node, asked)


def _one(node: Node, asked: Any) -> dict[str, Any]:
    if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
        return _error(None, Refusal(_INVALID, "Invalid request"))
    try:
        return {"jsonrpc": "2.0", "result": answer(node, asked["method"], asked.get("params")), "id": asked.get("id")}
    except Refusal as refusal:
        return _error(asked.get("id"), refusal)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        return _error(asked.get("id"), Refusal(INTERNAL, f"Internal error: {error!r}"))


def _error(number: Any, refusal: Refusal) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "error": refusal.encode(), "id": number}
