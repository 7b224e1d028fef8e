"""The web process and clients for it. The clients are bare sockets: on the same two cores, a library would measure itself."""

import json
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from django.conf import settings

from local.processes import Supervisor
from local.server import free_port
from orders.keys import issue
from orders.states import Scope
from tests.factories import make_client
from tests.faults.ground import Child

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Web:
    """A running gunicorn and a key for it."""

    port: int
    key: str
    process: Child

    def request(self, path: str, body: dict[str, Any]) -> bytes:
        """The bytes of a POST with a new idempotency key."""
        data = json.dumps(body).encode()
        head = (
            f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {self.key}\r\n"
            f"Idempotency-Key: {token_hex(8)}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        return head.encode() + data

    @contextmanager
    def connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connected:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connected

    def post_for(self, seconds: float, requests: Sequence[bytes]) -> "Posted":
        """POST these from CLIENTS clients at once until they are out or the time is up."""
        shares = [requests[i::CLIENTS] for i in range(CLIENTS)]
        began = time.monotonic()
        with ThreadPoolExecutor(CLIENTS) as threads:
            taken = sum(threads.map(lambda share: self._post_share(share, began + seconds), shares))
        return Posted(taken, time.monotonic() - began)

    def _post_share(self, requests: Sequence[bytes], ends: float) -> int:
        with self.connection() as connected:
            for number, request in enumerate(requests):
                if time.monotonic() > ends:
                    return number
                post(connected, request)
        return len(requests)


@dataclass(frozen=True, slots=True)
class Posted:
    """How many requests were answered with a 202, and in how many seconds."""

    requests: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def post(connected: socket.socket, request: bytes) -> bytes:
    """The body of the answer, which must be a 202. Raises RuntimeError."""
    connected.sendall(request)
    answer = connected.recv(65536)
    while (end := answer.find(b"\r\n\r\n")) < 0 or len(answer) < end + 4 + _length(answer[:end]):
        if not (part := connected.recv(65536)):
            break
        answer += part
    if not answer.startswith(b"HTTP/1.1 202"):
        raise RuntimeError(f"not taken: {answer[:500]!r}")
    return answer[end + 4 :]


def _length(head: bytes) -> int:
    return int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])


def serve(processes: Supervisor) -> Web:
    """Start gunicorn with its own settings, and without anybody's keys."""
    port = free_port()
    _, key = issue(make_client(), list(Scope))
    env = {"PORT": str(port), "MNEMONIC": "", "API_RATE": "100000000/min"}
    here = settings.BASE_DIR
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--chdir", str(here), "-c", str(here / "gunicorn.conf.py")]
    return Web(port, key, processes.start("web", command, env=env, ready=lambda: _listens(port)))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
