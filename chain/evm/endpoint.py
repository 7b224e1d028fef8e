"""One URL of a node: a POST that happens once, ends in time, and is either a JSON answer or `RpcUnavailable`.

web3's `HTTPProvider` is not used. Measured: importing it costs a process 52 MB and 1.9 s (urllib3: 8 MB and
0.1 s), a request 2.2 ms against 0.7 ms; it throws away the JSON-RPC error in an HTTP 400, cannot end an
answer that drips in, and trusts the order of a batch whose answers lack an id. Its default also re-posts
sends on its own (5 times).
"""

import json
import time
from typing import Any

import urllib3

from chain import urls
from chain.errors import RpcUnavailable, redact
from chain.evm.connections import Connections, address_of, connections_to, login_of
from chain.urls import Target, UrlRefused

_FIRST_REST = 0.5  # seconds
_LONGEST_REST = 30.0
_LONGEST_ANSWER = 64 << 20  # bytes; the receipts of a whole batch are below 2 MB
_HEADERS = {"Content-Type": "application/json", "User-Agent": "claimdesk"}
_ANSWERED = {
    200,
    400,
}  # several providers put a JSON-RPC error into a 400; 429 and 5xx are faults whatever they carry


class Endpoint:
    """A URL with its connections and its recent behaviour. Safe to share between threads."""

    def __init__(self, target: Target, connect_timeout: float, read_timeout: float) -> None:
        self.target = target
        self.name = redact(target.url)
        self.verified = False  # whether the chain id was seen to be right since the last fault
        self.rests_until = 0.0  # on the monotonic clock
        self._faults = 0
        self._read_timeout = read_timeout
        self._timeout = urllib3.Timeout(connect=connect_timeout, read=read_timeout)
        self._pool: Connections | None = None

    def post(self, payload: object) -> Any:
        """POST once. Raises `RpcUnavailable`."""
        try:
            return self._exchange(json.dumps(payload, separators=(",", ":")).encode())
        except UrlRefused as refused:
            raise RpcUnavailable(f"{self.name} is not asked: {refused}") from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            # Neither the error's text nor `from error`: both hold the URL's path, and the provider's key.
            raise RpcUnavailable(f"{self.name} did not answer: {_reason(error)}.") from None

    def works(self) -> None:
        """Note that this URL gave an answer that could be read."""
        self._faults = 0
        self.rests_until = 0.0

    def fails(self) -> None:
        """Note that it did not: it rests (0.5 s doubling to 30 s) and has to show its chain id again."""
        self.verified = False
        self.rests_until = time.monotonic() + min(_FIRST_REST * 2**self._faults, _LONGEST_REST)
        self._faults = min(self._faults + 1, 10)

    def _exchange(self, body: bytes) -> Any:
        parts = urls.check(self.target)
        deadline = time.monotonic() + self._read_timeout
        self._pool = self._pool or connections_to(self.target, parts, self._timeout)
        response = self._pool.urlopen(
            "POST",
            address_of(parts, whole=isinstance(self._pool, urllib3.ProxyManager)),
            body=body,
            headers={**_HEADERS, **login_of(parts)},
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            answer = _read(response, deadline)
        finally:
            response.release_conn()
        if response.status not in _ANSWERED:
            raise _HttpStatusError(response.status)
        return json.loads(answer)


class _HttpStatusError(ValueError):
    """An HTTP status that carries no answer."""


class _TooLongError(ValueError):
    """An answer that no question of ours can have."""


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """The body, by the deadline: the socket's own time-out starts anew with each byte."""
    parts, length = [], 0
    while part := response.read1(1 << 20):  # what has arrived; read() would wait for all it was asked for
        parts.append(part)
        length += len(part)
        if time.monotonic() > deadline or length > _LONGEST_ANSWER:
            response.close()
            raise TimeoutError if length <= _LONGEST_ANSWER else _TooLongError
    return b"".join(parts)


def _reason(error: Exception) -> str:
    match error:
        case _HttpStatusError():
            return f"HTTP {error}"
        case _TooLongError():
            return f"more than {_LONGEST_ANSWER >> 20} MB"
        case urllib3.exceptions.NewConnectionError():  # for urllib3 a kind of time-out
            return "no connection"
        case urllib3.exceptions.TimeoutError() | TimeoutError():
            return "time-out"
        case urllib3.exceptions.HTTPError() | OSError():
            return f"connection lost ({type(error).__name__})"
        case _:
            return "not JSON"
