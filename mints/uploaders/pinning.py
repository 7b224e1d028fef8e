"""A second copy elsewhere, through the IPFS Pinning Service API. The service fetches the folder from whoever has it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from mints.ipfs.cid import Cid
from mints.uploaders.base import Folder, Pinned, RetryLater, Told, Uploader, tell_nobody
from mints.uploaders.web import Answer, Body, Service

PATIENCE = 20.0  # seconds that an upload waits for the copy; a large one may take the service hours
_BETWEEN = 1.0  # seconds between two questions


class State(StrEnum):
    """How far the service is."""

    QUEUED = "queued"
    PINNING = "pinning"
    PINNED = "pinned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked of the service, and how far it is."""

    id: str
    state: State
    info: str = ""


@dataclass(frozen=True, slots=True)
class PinningService:
    """All of it raises RetryLater and NeedsPerson."""

    service: Service

    def find(self, cid: Cid) -> Request | None:
        """The request for a CID that is furthest; None if there is none but such as failed."""
        answer = self._json(self.service.get("/pins", cid=str(cid), status="pinned,pinning,queued"))
        results = answer.get("results")
        if not isinstance(results, list):
            raise RetryLater(f"{self.service.name} does not say what is pinned.")
        mine = [self._request(each) for each in results if _cid_of(each) == str(cid)]
        return min(mine, key=lambda request: _FURTHEST.index(request.state), default=None)

    def ask(self, cid: Cid, name: str) -> Request:
        """Ask for a copy."""
        data = json.dumps({"cid": str(cid), "name": name[:255]}).encode()
        return self._request(self._json(self.service.post("/pins", Body("application/json", len(data), iter([data])))))

    def look(self, request: Request) -> Request:
        """How far it is now."""
        return self._request(self._json(self.service.get(f"/pins/{request.id}")))

    def _request(self, found: Any) -> Request:
        try:
            info = found.get("info") or {}
            return Request(_plain(found["requestid"]), State(found["status"]), str(info.get("status_details", ""))[:200])
        except (AttributeError, KeyError, ValueError):
            raise RetryLater(f"{self.service.name} does not say how far the copy is.") from None

    def _json(self, answer: Answer) -> dict[str, Any]:
        if answer.status not in (200, 202):
            raise self.service.refusal(answer)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise RetryLater(f"{self.service.name} answers with something else than JSON.")
        return found


@dataclass(frozen=True, slots=True)
class Doubled:
    """An `Uploader` after which another service is asked for a copy. That copy holds up nothing: what it lacks is a warning."""

    first: Uploader
    second: PinningService
    wait: Callable[[float], None] = time.sleep

    def upload(self, folder: Folder, told: Told = tell_nobody) -> Pinned:
        pinned = self.first.upload(folder, told)
        request = self.second.find(pinned.cid) or self.second.ask(pinned.cid, folder.name)
        return replace(pinned, warned=f"{pinned.warned} {self._watched(request, told)}".strip())

    def has(self, cid: Cid) -> bool:
        return self.first.has(cid) and self.second.find(cid) is not None

    def _watched(self, request: Request, told: Told) -> str:
        """Look until it is there, has failed, or the patience is at its end; the warning, if any."""
        for _ in range(int(PATIENCE / _BETWEEN)):
            if request.state in (State.PINNED, State.FAILED):
                break
            told(1.0)
            self.wait(_BETWEEN)
            request = self.second.look(request)
        host = self.second.service.name
        match request.state:
            case State.PINNED:
                return ""
            case State.FAILED:
                return f"{host} could not make the second copy (request {request.id}{_because(request)})."
            case _:
                return f"The second copy at {host} is still {request.state} (request {request.id})."


_FURTHEST = [State.PINNED, State.PINNING, State.QUEUED, State.FAILED]


def _cid_of(found: Any) -> object:
    pin = found.get("pin") if isinstance(found, dict) else None
    return pin.get("cid") if isinstance(pin, dict) else None


def _plain(identifier: object) -> str:
    """A request's id, which becomes part of an address. Raises ValueError for one that would lead elsewhere."""
    text = str(identifier)
    if not text or not all(letter.isalnum() or letter in "-_=:." for letter in text) or text in (".", ".."):
        raise ValueError
    return text


def _because(request: Request) -> str:
    return f": {request.info}" if request.info else ""
