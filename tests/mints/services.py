"""HTTP services that others run, as small models: each answers as it is documented to, or as a test has it go wrong.

with Pinata(folder) as pinata:
    pinata.faults.append(Reply(429, headers={"Retry-After": "7"}))
"""

import json
import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form, as it came in."""

    name: str
    filename: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    data: bytes

    @property
    def parts(self) -> list[Part]:
        """The fields of a form."""
        boundary = self.headers["Content-Type"].partition("boundary=")[2].encode()
        first, *pieces, last = (b"\r\n" + self.data).split(b"\r\n--" + boundary)
        assert (first, last) == (b"", b"--\r\n")
        return [_part(piece) for piece in pieces]


def _part(piece: bytes) -> Part:
    head, _, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    fields = dict(each.split("=", 1) for each in lines["Content-Disposition"].split("; ")[1:])
    return Part(fields["name"].strip('"'), fields.get("filename", "").strip('"'), lines.get("Content-Type", ""), data)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `body` is text as it is, anything else as JSON."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Hang:
    """Take the request and say nothing until the model is closed."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection with the request half read."""


class Model:
    """`asked` is what came in; each of `faults` meets one request instead of the answer."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: deque[Reply | Hang | Reset] = deque()
        self.closing = threading.Event()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def answer(self, asked: Asked) -> Reply:
        raise NotImplementedError

    def count(self, path: str) -> int:
        """How many requests that path has had."""
        return sum(asked.path == path for asked in self.asked)

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: Model


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._any()

    def do_POST(self) -> None:
        self._any()

    def _any(self) -> None:
        owner = cast(_Server, self.server).owner
        fault = owner.faults.popleft() if owner.faults else None
        if isinstance(fault, Reset):
            self._reset()
            return
        asked = self._read()
        if len(asked.data) < int(asked.headers.get("Content-Length", "0")):
            self.close_connection = True  # whoever sent it has broken off
            return
        owner.asked.append(asked)
        if isinstance(fault, Hang):
            owner.closing.wait()
            self.close_connection = True
            return
        self._reply(fault or owner.answer(asked))

    def _read(self) -> Asked:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        return Asked(self.command, parts.path, query, self.headers, data)  # type: ignore[arg-type] # reads like a mapping

    def _reply(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.data)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.data)

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        with suppress(OSError, ValueError):  # the connection was reset on purpose
            super().finish()

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""
