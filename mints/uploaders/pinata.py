"""Pinata: a whole folder in one call (`pinFileToIPFS`), found again by its CID or by the CID that was computed here."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mints.ipfs.cid import Cid, CidError
from mints.ipfs.store import BlockDamaged, Store
from mints.ipfs.tree import Added
from mints.uploaders.base import Folder, Pinned, RetryLater, Told, keep, spoilt, tell_nobody
from mints.uploaders.multipart import Part, form
from mints.uploaders.sending import ROOT, Halves, differs, file_part, in_order, parsed, same
from mints.uploaders.web import Answer, Service

URL = "https://api.pinata.cloud"
MARK = "claimdesk"  # the pin's own note of the CID computed here


@dataclass(frozen=True, slots=True)
class Pinata:
    """An `Uploader`."""

    service: Service
    store: Store

    def upload(self, folder: Folder, told: Told = tell_nobody) -> Pinned:
        halves = Halves(told)
        added = keep(self.store, folder, told=halves.read)
        ours = added.root.cid
        try:
            theirs = self._found(ours) or self._send(folder.name, added, halves.sent)
        except BlockDamaged as error:
            raise spoilt(error) from error
        if same(theirs, ours):
            return Pinned(ours, added.root.size)
        return Pinned(theirs, added.root.size, differs(self.service.name, theirs, ours))

    def has(self, cid: Cid) -> bool:
        return any(_is(row.get("ipfs_pin_hash"), cid) for row in self._pins(hashContains=str(cid)))

    def _found(self, ours: Cid) -> Cid | None:
        """What Pinata calls a folder that an earlier try has sent."""
        if self.has(ours):
            return ours
        query = {MARK: {"value": str(ours), "op": "eq"}}
        marked = (row for row in self._pins(**{"metadata[keyvalues]": json.dumps(query)}) if _mark_of(row) == str(ours))
        return next((parsed(self.service.name, row.get("ipfs_pin_hash")) for row in marked), None)

    def _send(self, name: str, added: Added, told: Told) -> Cid:
        metadata = {"name": name, "keyvalues": {MARK: str(added.root.cid)}}
        parts = [
            *(file_part(self.store, "file", _filename(f"{ROOT}/{path}"), entry) for path, entry in in_order(added)),
            Part.text("pinataMetadata", json.dumps(metadata)),
            Part.text("pinataOptions", json.dumps({"cidVersion": 1})),
        ]
        answer = self._json(self.service.post("/pinning/pinFileToIPFS", form(parts, told)))
        return parsed(self.service.name, answer.get("IpfsHash"))

    def _pins(self, **query: str) -> list[dict[str, Any]]:
        """What is pinned and fits. That Pinata has looked for nothing else is not relied on: hold each against the question."""
        rows = self._json(self.service.get("/data/pinList", status="pinned", pageLimit="100", **query)).get("rows")
        if not isinstance(rows, list):
            raise RetryLater(f"{self.service.name} does not say what is pinned.")
        return [row for row in rows if isinstance(row, dict)]

    def _json(self, answer: Answer) -> dict[str, Any]:
        if answer.status != 200:
            raise self.service.refusal(answer)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise RetryLater(f"{self.service.name} answers with something else than JSON.")
        return found


def _filename(path: str) -> str:
    """In UTF-8; only what would end the field is encoded, as browsers do."""
    return path.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def _is(text: object, cid: Cid) -> bool:
    with suppress(CidError):
        return same(Cid.parse(str(text)), cid)
    return False


def _mark_of(row: dict[str, Any]) -> object:
    metadata = row.get("metadata")
    values = metadata.get("keyvalues") if isinstance(metadata, dict) else None
    return values.get(MARK) if isinstance(values, dict) else None
