"""One HTTP service: what is asked once, in time, at a checked address and no other, and how its refusals are read."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, urlencode

import urllib3
from urllib3.response import BaseHTTPResponse

from chain import urls
from chain.errors import redact
from chain.evm.connections import Connections, address_of, connections_to, login_of
from chain.urls import Target, UrlRefused
from mints.uploaders.base import NeedsPerson, RetryLater, UploadError

CONNECT_SECONDS = 10.0  # also for each piece of a body to be taken
ANSWER_SECONDS = 300.0  # a provider hashes a large folder before it answers
_LONGEST_ANSWER = 16 << 20  # bytes; a line a file of the folders that are sent file by file is below 2 MB
_LONGEST_PAUSE = 3600.0  # seconds
_AGAIN = {408, 425, 429}  # and whatever the server says of itself: 5xx
_LIMITS = {
    401: "does not accept the token",
    402: "wants to be paid first",
    403: "refuses: the token lacks a permission, or the plan is used up",
    413: "takes no folder of this size on its plan",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent, piece by piece; `length` in bytes."""

    media_type: str
    length: int
    pieces: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def lines(self) -> list[Any]:
        """The JSON values in it, one a line. Raises ValueError."""
        return [json.loads(line) for line in self.data.splitlines() if line.strip()]

    def json(self) -> Any:
        """Raises ValueError."""
        return json.loads(self.data)


@dataclass(slots=True)
class Service:
    """A service by its URL and a bearer token. Not for several threads at once; its repr shows neither."""

    target: Target
    token: str = field(default="", repr=False)
    answer_seconds: float = ANSWER_SECONDS
    _pool: Connections | None = field(default=None, init=False, repr=False)

    @property
    def name(self) -> str:
        return urls.check(self.target).hostname or ""

    def get(self, path: str, **query: str) -> Answer:
        """Ask. Raises RetryLater, NeedsPerson when there is no answer at all."""
        return self._exchange("GET", path, query, None)

    def post(self, path: str, body: Body | None = None, **query: str) -> Answer:
        """Send. Raises RetryLater when there is no answer: then nobody knows whether it was done."""
        return self._exchange("POST", path, query, body)

    def refusal(self, answer: Answer) -> UploadError:
        """To raise: what an answer means that is not the wanted one."""
        said = f"HTTP {answer.status}{self._words(answer)}"
        if answer.status in _AGAIN or answer.status >= 500:
            return RetryLater(f"{self.name} cannot do it now ({said}).", pause(answer))
        if answer.status < 300:
            return RetryLater(f"{self.name} answers with something else than what was asked ({said}).")
        if answer.status < 400:
            return NeedsPerson(f"{self.name} sends us to another address ({said}), where nothing is sent: correct the URL.")
        return NeedsPerson(f"{self.name} {_LIMITS.get(answer.status, 'refuses')} ({said}).")

    def _words(self, answer: Answer) -> str:
        """What the service says, without secrets, in one line."""
        text = redact(" ".join(_words(answer).split()))
        if self.token:
            text = text.replace(self.token, "…")
        return f": {text[:200]}" if text.isprintable() and text else ""

    def _exchange(self, method: str, path: str, query: Mapping[str, str], body: Body | None) -> Answer:
        try:
            return self._ask(method, path, query, body)
        except UrlRefused as refused:
            raise NeedsPerson(f"The URL is not asked: {refused}") from None
        except (urllib3.exceptions.HTTPError, TimeoutError, OSError) as error:
            # Neither the error's text nor `from error`: both may hold the URL's path or its user and password.
            raise RetryLater(f"{self.name} did not answer: {_reason(error)}.") from None

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: Body | None) -> Answer:
        parts = urls.check(self.target)
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=self.answer_seconds)
        self._pool = self._pool or connections_to(self.target, parts, timeout)
        response = self._pool.urlopen(
            method,
            address_of(_below(parts, path, query), whole=isinstance(self._pool, urllib3.ProxyManager)),
            body=body.pieces if body else None,
            headers=self._headers(parts, body),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            return Answer(response.status, response.headers, _read(response, time.monotonic() + self.answer_seconds))
        finally:
            response.close()  # no connection is kept: between two questions a folder is read, or minutes pass

    def _headers(self, parts: SplitResult, body: Body | None) -> dict[str, str]:
        headers = {"User-Agent": "claimdesk", "Accept": "application/json", **login_of(parts)}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body:
            headers |= {"Content-Type": body.media_type, "Content-Length": str(body.length)}
        return headers


def pause(answer: Answer) -> float | None:
    """The seconds in a Retry-After header, be it a number or a date; None without one, and never more than an hour."""
    given = answer.headers.get("Retry-After", "").strip()
    seconds: float | None = None
    with suppress(ValueError):
        seconds = float(given) if given.isdecimal() else parsedate_to_datetime(given).timestamp() - time.time()
    return None if seconds is None else min(max(seconds, 1.0), _LONGEST_PAUSE)


def _below(parts: SplitResult, path: str, query: Mapping[str, str]) -> SplitResult:
    """The address of one question, below the path that the service was given with."""
    return parts._replace(path=parts.path.rstrip("/") + path, query=urlencode(query))


def _words(answer: Answer) -> str:
    """Pinata and the pinning services say {"error": {"reason", "details"}}, Kubo {"Message"}; a page of HTML says nothing."""
    with suppress(ValueError, AttributeError):
        found = answer.json()
        error = found.get("error") or found.get("Message") or found.get("message") or ""
        return " ".join(str(part) for part in error.values()) if isinstance(error, dict) else str(error)
    return ""


def _read(response: BaseHTTPResponse, deadline: float) -> bytes:
    """The body, by the deadline: the socket's own time-out starts anew with each byte."""
    parts, length = [], 0
    while part := response.read1(1 << 20):
        parts.append(part)
        length += len(part)
        if time.monotonic() > deadline or length > _LONGEST_ANSWER:
            raise TimeoutError
    return b"".join(parts)


def _reason(error: Exception) -> str:
    match error:
        case urllib3.exceptions.NewConnectionError():  # for urllib3 a kind of time-out
            return "no connection"
        case urllib3.exceptions.TimeoutError() | TimeoutError():
            return "time-out"
        case _:
            return f"connection lost ({type(error).__name__})"
