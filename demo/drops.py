"""The demo's customer again: collections, whose pictures and sheets it makes, sends over REST and has minted."""

import csv
import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from chain import base58
from demo import pictures
from demo.orders import NotTakenError, Sent, Shop, Wanted, nobody
from demo.pictures import Badge
from demo.world import World
from mints.models import JobStatus, Press, Stage

ITEMS = 200
REFUSING = (41, 81, 121)  # badges of the gallery that go to a contract, which takes no tokens
REFUSED_WITH = "ERC721InvalidReceiver"
OPENED = (1, 77, 200)  # badges whose links are followed
LOOK_EVERY = 1.0  # seconds
_PAGE = 200
_OVER = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Drop:
    """A collection to be: for which press, whose it is to become, and which of its badges the chain will refuse."""

    press: Press
    name: str
    recipients: Sequence[str]
    zipped: bool = False
    refusing: Sequence[int] = ()

    def fails_with(self, number: int) -> str:
        return REFUSED_WITH if number in self.refusing else ""

    def recipient(self, number: int) -> str:
        return self.recipients[number % len(self.recipients)]


def wanted(world: World) -> list[Drop]:
    """One on the development chain, its pictures sent one by one, and one on the cluster, sent as a zip."""
    somebody = [nobody(f"collector {number}") for number in range(ITEMS)]
    for number in REFUSING:
        somebody[number] = world.token_pool.token
    found = [Drop(world.gallery, "Badges", somebody, refusing=REFUSING)]
    if world.compressed:
        found.append(Drop(world.compressed, "Compressed badges", [_on_solana(number) for number in range(ITEMS)], zipped=True))
    return found


def _on_solana(number: int) -> str:
    """An address that nobody has a key for, the same in every run."""
    return base58.encode(hashlib.sha256(f"collector {number}".encode()).digest())


# -- on the way ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Minting:
    """A collection that the API has taken, and its job once there is one."""

    drop: Drop
    shop: Shop
    folder: Path
    id: UUID
    _job: str = ""
    _said: Mapping[str, Any] = field(default_factory=dict)
    _looked_at: float = 0.0

    def begin(self) -> None:
        """Have it minted. Raises NotTakenError."""
        self._job = self.shop.post(f"collections/{self.id}/mints", f"{self.shop.run}-mint-{self.id}", json={})["id"]

    @property
    def said(self) -> Mapping[str, Any]:
        """What its job says of itself, asked for at most once a second. Raises NotTakenError."""
        if self._job and time.monotonic() - self._looked_at > LOOK_EVERY:
            self._said, self._looked_at = self.shop.get(f"jobs/{self._job}"), time.monotonic()
        return self._said

    @property
    def percentage(self) -> int:
        return int(self.said.get("percentage", 0))

    @property
    def message(self) -> str:
        return str(self.said.get("message", "sent"))

    @property
    def is_through(self) -> bool:
        """Whether no item of it is left to mint: the cleanup comes a minute later."""
        return self.said.get("current_step") == Stage.CLEANUP or self.said.get("status") in _OVER

    def items(self) -> Iterator[Mapping[str, Any]]:
        """Its items as the API tells them. Raises NotTakenError."""
        page: Any = {"next": f"collections/{self.id}/items?limit={_PAGE}"}
        while page["next"]:
            page = self.shop.get(page["next"].rpartition("/api/v1/")[2])
            yield from page["results"]

    def link(self) -> str:
        """The metadata of its first item, below the demo's own web process. Raises NotTakenError."""
        return link(next(self.items())["uri"])

    def sent(self) -> list[Sent]:
        """Each item as an order, with the end that it must come to."""
        return [self._sent(item) for item in self.items()]

    def _sent(self, item: Mapping[str, Any]) -> Sent:
        return Sent(UUID(item["id"]), Wanted(f"item {item['name']}", {}, self.drop.fails_with(item["number"] + 1)))


def send_all(shop: Shop, world: World, folder: Path) -> list[Minting]:
    """The collections of this run; none of them is minted yet. Raises NotTakenError."""
    return [send(shop, drop, folder / drop.press.external_id) for drop in wanted(world)]


def send(shop: Shop, drop: Drop, folder: Path) -> Minting:
    """Draw it and send it. Raises NotTakenError."""
    folder.mkdir(parents=True, exist_ok=True)
    sheet = pictures.write(folder, ITEMS, drop.recipients)
    key = f"{shop.run}-{drop.press.external_id}"
    about = {
        "press": drop.press.external_id, "name": drop.name, "symbol": "DEMO", "external_id": key,
        "description": "Drawn by the demo.",
    }  # fmt: skip
    with ExitStack() as files:
        parts = _zip(folder) if drop.zipped else _form(files, sheet, ITEMS)
        taken = shop.post("collections", key, data={"collection": json.dumps(about)}, files=parts)
    return Minting(drop, shop, folder, UUID(taken["id"]))


def _form(files: ExitStack, sheet: Path, count: int) -> list[tuple[str, Any]]:
    badges = [Badge(number) for number in range(1, count + 1)]
    opened = [("images", files.enter_context((sheet.parent / badge.file).open("rb"))) for badge in badges]
    return [("sheet", files.enter_context(sheet.open("rb"))), *opened]


def _zip(folder: Path) -> list[tuple[str, Any]]:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return [("archive", ("collection.zip", whole.getvalue()))]


# -- what must not be taken --------------------------------------------------------------------------------------------


def spoilt(minting: Minting) -> list[str]:
    """Send a sheet of which three cells are wrong: what the API says of each. Raises NotTakenError where it is taken."""
    rows = list(csv.reader((minting.folder / pictures.SHEET).open(newline="", encoding="utf-8")))[:13]
    rows[3][3], rows[7][2], rows[11][0] = "nobody", "missing.png", '=HYPERLINK("http://example.com")'
    sheet = minting.folder / "spoilt.csv"
    with sheet.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    with ExitStack() as files:
        about = {"press": minting.drop.press.external_id, "name": "Spoilt"}
        parts = _form(files, sheet, 12)
        answer = minting.shop.offer(
            "collections", f"{minting.shop.run}-spoilt", data={"collection": json.dumps(about)}, files=parts
        )
    sheet.unlink()
    if answer.ok:
        raise NotTakenError("A sheet with three mistakes was taken.")
    return [f"row {each['row']}, {each['column']}: {each['message']}" for each in answer.json()["errors"]]


# -- what must be there afterwards ---------------------------------------------------------------------------------------


def differences(minting: Minting) -> Iterator[str]:
    """Where the metadata, opened by its link as anybody would, or its picture is not that of the sheet."""
    items = {item["number"] + 1: item for item in minting.items()}
    if len(items) != ITEMS:
        yield f"{minting.drop.name}: {len(items)} items of {ITEMS}."
    for number in OPENED:
        yield from _opened(minting, Badge(number), items[number])


def link(uri: str) -> str:
    """Below the demo's own web process."""
    return f"/ipfs/{uri.removeprefix('ipfs://')}"


def _opened(minting: Minting, badge: Badge, item: Mapping[str, Any]) -> Iterator[str]:
    whole = minting.shop.open(link(item["uri"]))
    metadata, recipient = json.loads(whole), minting.drop.recipient(badge.number)
    name, description, file, _, *values = badge.row(recipient)
    told = [str(each["value"]) for each in metadata["attributes"]]
    if (metadata["name"], metadata["description"], told, item["recipient"]) != (name, description, values, recipient):
        yield f"{minting.drop.name}: {item['uri']} says {metadata}, and {badge.name} is {badge.row(recipient)}."
    if minting.shop.open(link(metadata["image"])) != (minting.folder / file).read_bytes():
        yield f"{minting.drop.name}: {metadata['image']} is not the picture {file}."
