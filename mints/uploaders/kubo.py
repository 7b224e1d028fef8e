"""An IPFS node of one's own, or a provider that speaks its RPC (Kubo's /api/v0)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from mints.ipfs import car
from mints.ipfs.cid import Cid
from mints.ipfs.files import KUBO_V1, Profile
from mints.ipfs.store import BlockDamaged, Store
from mints.ipfs.tree import Added
from mints.uploaders.base import Folder, Pinned, RetryLater, Told, keep, spoilt, tell_nobody
from mints.uploaders.multipart import Part, form
from mints.uploaders.sending import OCTETS, ROOT, Halves, differs, file_part, in_order, parsed, same
from mints.uploaders.web import Answer, Service

URL = "http://127.0.0.1:5001"  # where a node listens unless told otherwise
# A node answers a line a file while the rest is still being sent, and we read when all is sent: what is not read has to fit
# into the connection's buffers, or both ends wait for each other. A larger folder goes as a CAR, whose answer is one line.
MOST_FILES = 5000
_NO_IMPORT = {404, 405, 501}  # of a provider that has `add` and no `dag/import`


@dataclass(frozen=True, slots=True)
class Kubo:
    """An `Uploader`. The folder is added as files; where the node names it otherwise, as a CAR, which nobody can cut anew."""

    service: Service
    store: Store
    profile: Profile = KUBO_V1

    def upload(self, folder: Folder, told: Told = tell_nobody) -> Pinned:
        halves = Halves(told)
        added = keep(self.store, folder, self.profile, halves.read)
        if self.has(added.root.cid):
            return Pinned(added.root.cid, added.root.size)
        try:
            return self._send(added, halves.sent)
        except BlockDamaged as error:
            raise spoilt(error) from error

    def has(self, cid: Cid) -> bool:
        answer = self.service.post("/api/v0/pin/ls", arg=str(cid), type="recursive")
        if answer.status == 200:
            return True
        if answer.status == 500 and b"is not pinned" in answer.data:
            return False
        raise self.service.refusal(answer)

    def _send(self, added: Added, told: Told) -> Pinned:
        ours, size, theirs = added.root.cid, added.root.size, None
        if len(added.files) <= MOST_FILES:
            theirs = self._add(added, told)
            if same(theirs, ours):
                return Pinned(ours, size)
        if self._import(ours, told):
            return Pinned(ours, size, _sent_again(self.service.name, theirs, ours) if theirs else "")
        theirs = theirs or self._add(added, told)
        return Pinned(ours, size) if same(theirs, ours) else Pinned(theirs, size, differs(self.service.name, theirs, ours))

    def _add(self, added: Added, told: Told) -> Cid:
        """Send the files; what the node calls their folder."""
        lines = self._lines(self.service.post("/api/v0/add", form(self._parts(added), told), **_options(self.profile)))
        return parsed(self.service.name, next((line.get("Hash") for line in lines if line.get("Name") == ROOT), None))

    def _parts(self, added: Added) -> list[Part]:
        """The folders are named too, each before what is in it."""
        parts: dict[str, Part] = {}
        for path, entry in in_order(added):
            for folder in _above(f"{ROOT}/{path}"):
                parts.setdefault(folder, Part("file", 0, lambda: (), quote(folder, safe=""), "application/x-directory"))
            parts[f"{ROOT}/{path}"] = file_part(self.store, "file", quote(f"{ROOT}/{path}", safe=""), entry)
        return list(parts.values())

    def _import(self, root: Cid, told: Told) -> bool:
        """Send the blocks themselves; whether the node can take them so."""
        length = sum(len(piece) for piece in car.export(self.store, root))
        part = Part("file", length, lambda: car.export(self.store, root), "folder.car", OCTETS)
        answer = self.service.post("/api/v0/dag/import", form([part], told), **{"pin-roots": "true", "cid-base": "base32"})
        if answer.status in _NO_IMPORT:
            return False
        found: dict[str, Any] = next((line["Root"] for line in self._lines(answer) if isinstance(line.get("Root"), dict)), {})
        if problem := found.get("PinErrorMsg"):
            raise RetryLater(f"{self.service.name} took the folder and did not pin it: {str(problem)[:200]}")
        named = found.get("Cid")
        return self._is(root, named.get("/") if isinstance(named, dict) else None)

    def _is(self, root: Cid, text: object) -> bool:
        """True. Raises RetryLater when the node speaks of another root than that of the CAR."""
        if not same(parsed(self.service.name, text), root):
            raise RetryLater(f"{self.service.name} was sent {root} and speaks of {text}.")
        return True

    def _lines(self, answer: Answer) -> list[dict[str, Any]]:
        """The answer's lines, if none says that something failed: a node that has begun with 200 has no other way to."""
        if answer.status != 200:
            raise self.service.refusal(answer)
        try:
            lines = [line for line in answer.lines() if isinstance(line, dict)]
        except ValueError:
            raise RetryLater(f"{self.service.name} broke off in the middle of its answer.") from None
        if failed := next((line["Message"] for line in lines if "Message" in line), None):
            raise RetryLater(f"{self.service.name} broke off: {str(failed)[:200]}")
        return lines


def _options(profile: Profile) -> dict[str, str]:
    """All on which a CID depends, said: what a node does by itself has changed and will change."""
    return {
        "cid-version": str(profile.version),
        "raw-leaves": "true" if profile.version else "false",
        "chunker": f"size-{profile.chunk}",
        "cid-base": "base32" if profile.version else "base58btc",
        "pin": "true",
        "progress": "false",
    }


def _above(path: str) -> Iterator[str]:
    """The folders a path goes through, the outermost first."""
    parts = path.split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _sent_again(host: str, theirs: Cid, ours: Cid) -> str:
    return f"{host} cuts files differently ({theirs}), so the folder was sent as a CAR and is {ours} there as well."
