"""A life of a mint job: a collection comes in, its job goes through all stages, and its wallet's lane mints it.

It can be lived again from any wreck: the client repeats its requests with the same keys, the runner and the lane go on. Time
does not pass by waiting: where anybody would, it is set forward, or the chain goes on.
"""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch
from uuid import UUID

from django.db.models.functions import Now

from chain import signing
from local.server import wait_until
from mints import jobs, staging
from mints import runner as job_runner
from mints.intake import Offer, accept
from mints.models import Collection, JobStatus, MintJob, Press
from orders.models import Client
from orders.queue import queues
from orders.states import Status
from orders.worker import runner
from tests.factories import make_client
from tests.faults.ground import Stand, expect
from tests.faults.shelf import Shelf, arrived

LIVES_FOR = 50.0  # seconds, at most
ITEMS, PICTURES = 3, 2


@dataclass(frozen=True, slots=True)
class Chain:
    """What a life has to know of the chain: how a press comes about, whom items go to, and how time passes there.

    `numbered`: whether a sheet says which token each item becomes.
    """

    it: Stand
    press: Callable[[], Press]
    somebody: Callable[[], str]
    go_on: Callable[[], None]
    numbered: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """One collection that a client wants minted; its key is that of both requests."""

    key: str
    press: UUID
    sheet: str
    pictures: range


@dataclass(slots=True)
class Lives:
    """Lives on one ground, one after another, each with a collection of its own."""

    chain: Chain
    shelf: Shelf
    notes: Path  # where the children write down how far each job was
    client: Client = field(default_factory=make_client)
    times_sent: Sequence[int] = (1,)  # a folder
    wishes: list[Wish] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    @property
    def it(self) -> Stand:
        return self.chain.it

    def prepare(self, items: int = ITEMS) -> None:
        number = next(self._numbers)
        press = self.chain.press()
        signing.unlock_all()
        people = [self.chain.somebody() for _ in range(items)]
        shades = range(number * PICTURES, (number + 1) * PICTURES)
        self.wishes.append(Wish(f"life-{number}", press.pk, sheet(people, shades, numbered=self.chain.numbered), shades))

    # -- in a child ------------------------------------------------------------------------------------------------

    def live(self) -> None:
        for wish in self.wishes:
            self.ask(wish)
        MintJob.objects.update(asked_at=None)  # whoever was asked has died
        job_runner.look()
        with self._chain_instead_of_sleep():
            expect(wait_until(self._all_ended, LIVES_FOR), f"the jobs come to their ends ({self._told()})")

    def ask(self, wish: Wish) -> None:
        """Both requests of its client, as often as one likes."""
        press = Press.objects.select_related("wallet__network").get(pk=wish.press)
        said = {"name": wish.key, "symbol": "BDG"}
        offer = Offer(self.client, press, said, arrived(wish.sheet, wish.pictures), key=wish.key, request_hash=wish.key)
        collection = accept(offer).collection
        jobs.start(collection, self.client, actor="client", key=wish.key, request_hash=wish.key)

    def _all_ended(self) -> bool:
        """One round of everybody: each job as far as it goes, then each lane."""
        MintJob.objects.filter(next_at__isnull=False).update(next_at=Now())
        for job in MintJob.objects.filter(status=JobStatus.RUNNING):
            job_runner.work(str(job.pk))
            self.note(job)
            for _ in runner.drain(job.collection.wallet, list(queues())):
                pass
        return not MintJob.objects.filter(status=JobStatus.RUNNING).exists() and self.it.is_quiet()

    def note(self, job: MintJob) -> None:
        """How far it is now."""
        job.refresh_from_db()
        with self.notes.open("a") as notes:
            notes.write(json.dumps([str(job.pk), job.percentage]) + "\n")

    @contextmanager
    def _chain_instead_of_sleep(self) -> Iterator[None]:
        clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: self.chain.go_on())
        with patch.object(runner, "time", clock):
            yield

    # -- afterwards ------------------------------------------------------------------------------------------------

    def undone(self) -> list[str]:
        keys = [wish.key for wish in self.wishes]
        collections = Collection.objects.filter(client=self.client, idempotency_key__in=keys)
        found = sorted(collection.idempotency_key or "" for collection in collections)
        return [
            *([] if found == sorted(keys) else [f"collections of {found}, and {sorted(keys)} were wanted"]),
            *(said for collection in collections for said in self._undone_of(collection)),
            *(f"a job fell from {before} to {after} %" for before, after in falls(self.notes)),
        ]

    def _undone_of(self, collection: Collection) -> Iterator[str]:
        ends = list(collection.jobs.values_list("status", "percentage"))
        if ends != [(JobStatus.COMPLETED, 100)]:
            yield f"{collection}: its jobs have come to {ends}"
        if collection.items.exclude(order__status=Status.COMPLETED).exists():
            yield f"{collection}: {jobs.counts(collection)}"
        if staging.folder(collection.pk).exists():
            yield f"{collection}: its files are still there"
        for cid in (collection.images_cid, collection.metadata_cid):
            if self.shelf.added[cid] not in self.times_sent:
                yield f"{collection}: its folder {cid} was sent {self.shelf.added[cid]} times"

    def forget(self) -> None:
        self.wishes.clear()

    def _told(self) -> str:
        return f"{list(MintJob.objects.values_list('status', 'stage', 'message'))}, {self.it.tally()}"


def sheet(people: Sequence[str], pictures: range, *, numbered: bool) -> str:
    """A row for each of these people."""
    header = ["name", "image", "wallet", *(["token_id"] if numbered else [])]
    rows = ([f"Badge #{n}", f"{pictures[n % len(pictures)]}.png", who, str(n)][: len(header)] for n, who in enumerate(people))
    return "\n".join(",".join(row) for row in [header, *rows])


def falls(notes: Path) -> list[tuple[int, int]]:
    """Where a job's percentage has fallen from one note to the next."""
    last: dict[str, int] = {}
    found = []
    for job, percentage in map(json.loads, notes.read_text().splitlines() if notes.exists() else []):
        if percentage < last.get(job, 0):
            found.append((last[job], percentage))
        last[job] = percentage
    return found
