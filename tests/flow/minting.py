"""A collection from its sheet to its end, as its client sees it: over REST, with the turns of job and lane taken by hand."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mints.models import Collection, MintJob, Press
from tests.api.conftest import Caller
from tests.mints.offered import form, send
from tests.mints.stages import drive

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks REST, and opens links as anybody would."""

    caller: Caller

    def send(self, press: Press, lines: Sequence[Row], files: Mapping[str, bytes]) -> Collection:
        answer = send(self.caller, form(press, lines, files))
        assert answer.status_code == 202, answer.content
        return Collection.objects.select_related("wallet__network").get(pk=answer.json()["id"])

    def mint(self, collection: Collection) -> MintJob:
        answer = self.caller.post(f"/collections/{collection.pk}/mints", {})
        assert answer.status_code == 202, answer.content
        return MintJob.objects.select_related("collection__wallet").get(pk=answer.json()["id"])

    def told(self, job: MintJob) -> tuple[str, str, int, int]:
        """Status, stage, percentage, and how many are minted."""
        said = self.caller.get(f"/jobs/{job.pk}").json()
        return said["status"], said["current_step"], said["percentage"], said["minted"]

    def items(self, collection: Collection) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.caller.get(f"/collections/{collection.pk}/items").json()["results"]
        return found

    def open(self, uri: str) -> bytes:
        answer = self.caller.browser.get(f"/ipfs/{uri.removeprefix('ipfs://')}")
        assert answer.status_code == 200, answer.content
        return bytes(answer.getvalue())


def play(client: Client, collection: Collection, work: Callable[[], None]) -> None:
    """Through all stages; `work` has the lane do what is to be done. The job says at each of them where it is."""
    job, items = client.mint(collection), collection.items.count()
    assert client.told(job) == ("running", "upload", 0, 0)
    drive(job)
    assert client.told(job) == ("running", "mint", 20, 0)
    work()
    drive(job)
    assert client.told(job) == ("running", "cleanup", 90, items)
    drive(job)
    assert client.told(job) == ("completed", "completed", 100, items)
    collection.refresh_from_db()


def links_open(client: Client, collection: Collection, lines: Sequence[Row], files: Mapping[str, bytes]) -> bool:
    """Whether each item's metadata, and its picture in turn, is what came with its row."""
    for line, item in zip(lines, client.items(collection), strict=True):
        metadata = json.loads(client.open(item["uri"]))
        assert (metadata["name"], item["recipient"]) == (line["name"], line["wallet"])
        assert metadata["attributes"] == [{"trait_type": "Rank", "value": line["Rank"]}]
        assert client.open(metadata["image"]) == files[line["image"]]
    return True
