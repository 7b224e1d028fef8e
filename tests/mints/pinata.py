"""Pinata as its documentation has it: whole folders in one form, the list of pins with its filters, its words when it refuses.

CIDs are computed by aleph-cid, and not by the code under test.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aleph_cid

from tests.mints.services import Asked, Model, Part, Reply

JWT = "eyJhbGciOiJIUzI1NiJ9.model.of-a-token"


@dataclass(frozen=True, slots=True)
class Pin:
    cid: str
    size: int
    metadata: dict[str, Any]


def said(reason: str, details: str) -> dict[str, Any]:
    return {"error": {"reason": reason, "details": details}}


class Pinata(Model):
    """`most_bytes`: what the plan takes in one upload. `cuts_differently`: as a provider with another profile."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.pins: list[Pin] = []
        self.most_bytes = 25 << 30
        self.cuts_differently = False

    def answer(self, asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {JWT}":
            return Reply(401, said("INVALID_CREDENTIALS", "The provided credentials are invalid"))
        match asked.method, asked.path:
            case "POST", "/pinning/pinFileToIPFS":
                return self._pin(asked)
            case "GET", "/data/pinList":
                return Reply(body={"rows": [self._row(pin) for pin in self.pins if _fits(pin, asked)][: _limit(asked)]})
            case _:
                return Reply(404, said("NOT_FOUND", "no such endpoint"))

    def _pin(self, asked: Asked) -> Reply:
        if len(asked.data) > self.most_bytes:
            return Reply(413, said("FILE_TOO_LARGE", "The upload is larger than your plan allows"))
        files = [part for part in asked.parts if part.name == "file"]
        fields = {part.name: json.loads(part.data) for part in asked.parts if part.name != "file"}
        if len({part.filename.split("/")[0] for part in files}) != 1 or any("/" not in part.filename for part in files):
            return Reply(400, said("INVALID_REQUEST", "More than one file and/or directory was provided for pinning."))
        version = 0 if self.cuts_differently else fields.get("pinataOptions", {}).get("cidVersion", 0)
        cid = aleph_cid.hash_folder(self._stored(files), cid_version=version)
        known = next((pin for pin in self.pins if pin.cid == cid), None)
        pin = known or Pin(cid, sum(len(part.data) for part in files), fields.get("pinataMetadata", {}))
        if not known:
            self.pins.append(pin)
        time = "2026-11-25T09:00:00.000Z"
        return Reply(body={"IpfsHash": cid, "PinSize": pin.size, "Timestamp": time, "isDuplicate": known is not None})

    def _stored(self, files: list[Part]) -> Path:
        folder = self._folder / uuid4().hex
        for part in files:
            path = folder / part.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(part.data)
        return next(folder.iterdir())

    def _row(self, pin: Pin) -> dict[str, Any]:
        return {"id": str(uuid4()), "ipfs_pin_hash": pin.cid, "size": pin.size, "metadata": pin.metadata, "date_unpinned": None}


def _fits(pin: Pin, asked: Asked) -> bool:
    wanted = json.loads(asked.query.get("metadata[keyvalues]", "{}"))
    values = pin.metadata.get("keyvalues", {})
    return asked.query.get("hashContains", "") in pin.cid and all(
        query["op"] == "eq" and values.get(key) == query["value"] for key, query in wanted.items()
    )


def _limit(asked: Asked) -> int:
    return min(int(asked.query.get("pageLimit", "10")), 1000)
