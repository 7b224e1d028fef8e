"""A job's way through its stages, and what people may ask of it."""

from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from chain import crash
from mints import driving, jobs, published
from mints.files import folder_of
from mints.ipfs.cid import Cid
from mints.ipfs.reading import File, resolve
from mints.jobs import NotAllowed
from mints.models import Collection, JobStatus, MintJob, Stage
from mints.progress import progress
from mints.uploaders.base import NeedsPerson, Pinned, RetryLater
from mints.uploaders.embedded import Embedded
from mints.uploads import store
from orders.groundwork import Groundwork
from orders.intake import Refused
from orders.models import Order, Stop
from orders.moves import Move, move
from orders.states import Status
from tests.mints.jobs import a_collection, a_job, carry_on

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR = tmp_path / "uploads"


def _orders(collection: Collection, status: Status) -> int:
    return Order.objects.filter(group=collection.pk, status=status).count()


def _end(collection: Collection, to: Status, count: int | None = None) -> None:
    """As the lane would: the oldest pending items come to an end."""
    some = list(Order.objects.filter(group=collection.pk, status=Status.PENDING).order_by("pk")[:count])
    fail = "The contract refuses it." if to == Status.FAILED else ""
    move([Move(order.pk, Status.PENDING, to, fail_reason=fail) for order in some], actor="lane")


def test_through_all_stages() -> None:
    collection = a_collection(3)
    job = carry_on(a_job(collection))
    collection.refresh_from_db()
    assert (job.stage, job.status) == (Stage.MINT, JobStatus.RUNNING)
    assert collection.images_cid.startswith("bafy")
    assert collection.metadata_cid.startswith("bafy")
    assert _orders(collection, Status.PENDING) == 3
    assert progress(job).message == "0 of 3 items minted"
    _end(collection, Status.FAILED, 1)
    assert (progress(job).percentage, progress(job).message) == (43, "0 of 3 items minted, 1 failed")
    _end(collection, Status.FAILED)
    assert carry_on(job).stage == Stage.CLEANUP
    assert folder_of(collection.pk).exists()
    job = carry_on(job)
    assert (job.status, job.percentage) == (JobStatus.COMPLETED, 100)
    assert not folder_of(collection.pk).exists()


def test_what_is_published_is_what_the_preview_says() -> None:
    collection = a_collection(2)
    carry_on(a_job(collection))
    item = collection.items.select_related("collection", "image").get(number=1)
    file = File.open(store(), resolve(store(), Cid.parse(item.collection.metadata_cid), [item.file]))
    assert b"".join(file.read()) == published.item_file(item)
    assert item.uri == f"ipfs://{item.collection.metadata_cid}/1.json"


def test_the_pause_before_the_cleanup_is_a_minute() -> None:
    collection = a_collection(1)
    job = carry_on(a_job(collection))
    _end(collection, Status.FAILED)
    job = carry_on(job)
    assert job.next_at is not None
    driving.run(str(job.pk))
    job.refresh_from_db()
    assert job.status == JobStatus.RUNNING


@pytest.mark.parametrize(("error", "tries"), [(RetryLater("The node is down."), 3), (OSError("disk"), 3)])
def test_a_stage_that_fails_is_tried_again_with_growing_pauses(
    monkeypatch: pytest.MonkeyPatch, error: Exception, tries: int
) -> None:
    def fails(*_: object) -> Pinned:
        raise error

    monkeypatch.setattr(Embedded, "upload", fails)
    job = a_job(a_collection(1))
    for attempt in range(1, tries):
        job = carry_on(job)
        assert (job.status, job.attempts) == (JobStatus.RUNNING, attempt)
        assert job.next_at is not None
    job = carry_on(job)
    assert (job.status, job.stage) == (JobStatus.FAILED, Stage.UPLOAD)
    assert job.errors[-1] == f"{error} Given up after 3 tries."
    monkeypatch.undo()
    jobs.resume(job.pk, actor="staff:ana")
    assert carry_on(job).stage == Stage.MINT


def test_what_needs_a_person_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> Pinned:
        raise NeedsPerson("The token is wrong.")

    monkeypatch.setattr(Embedded, "upload", refuses)
    job = carry_on(a_job(a_collection(1)))
    assert (job.status, job.message) == (JobStatus.FAILED, "The token is wrong.")


def test_a_lost_picture_is_said() -> None:
    collection = a_collection(2)
    job = a_job(collection)
    next(folder_of(collection.pk).iterdir()).unlink()
    job = carry_on(job)
    assert job.status == JobStatus.FAILED
    assert "is no longer in UPLOADS_DIR" in job.message


@pytest.mark.parametrize("point", crash.JOB_POINTS)
def test_a_death_at_any_point_is_made_good(monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    class Died(BaseException):
        pass

    def die(name: str) -> None:
        if name == point:
            monkeypatch.setattr(crash, "point", lambda _: None)
            raise Died

    collection = a_collection(3, base_uri_function="setBaseURI(string)")
    job = a_job(collection)
    monkeypatch.setattr(crash, "point", die)
    died = 0
    while job.status == JobStatus.RUNNING:
        before = progress(job).percentage
        try:
            carry_on(job)
        except Died:
            died += 1
        job.refresh_from_db()
        _end(collection, Status.FAILED)
        assert progress(job).percentage >= before
    assert (died, job.status) == (1, JobStatus.COMPLETED)
    assert _orders(collection, Status.FAILED) == 3
    assert Groundwork.objects.filter(group=collection.pk).count() == 1


def test_only_one_worker_is_at_a_job() -> None:
    job = a_job(a_collection(1))
    with driving._held(job.pk) as mine:
        assert mine
        assert driving.run(str(job.pk)) == "another worker has this job"


def test_a_job_is_asked_for_once() -> None:
    a_job(a_collection(1))
    assert (driving.ask(), driving.ask()) == (1, 0)


def test_one_job_at_a_time_and_none_for_what_is_released() -> None:
    collection = a_collection(1)
    job = a_job(collection)
    with pytest.raises(Refused, match="being minted already"):
        a_job(collection)
    carry_on(job)
    jobs.cancel(job.pk, actor="client:shop")
    with pytest.raises(Refused, match="released already"):
        a_job(collection)


def test_a_paused_job_stops_its_items_and_lifts_only_its_own_stop() -> None:
    collection = a_collection(2)
    job = carry_on(a_job(collection))
    jobs.pause(job.pk, actor="client:shop")
    assert Stop.objects.filter(group=collection.pk).exists()
    with pytest.raises(NotAllowed, match=r"Only a running job can be paused\. It is paused\."):
        jobs.pause(job.pk, actor="client:shop")
    assert carry_on(job).status == JobStatus.PAUSED
    jobs.resume(job.pk, actor="client:shop")
    assert not Stop.objects.filter(group=collection.pk).exists()
    Stop.objects.create(group=collection.pk, wallet=collection.wallet, reason="The contract is paused.", by="lane")
    jobs.pause(job.pk, actor="client:shop")
    jobs.resume(job.pk, actor="client:shop")
    assert Stop.objects.get(group=collection.pk).by == "lane"


def test_a_cancelled_job_mints_nothing_more() -> None:
    collection = a_collection(3)
    job = carry_on(a_job(collection))
    _end(collection, Status.FAILED, 1)
    job = jobs.cancel(job.pk, actor="client:shop")
    assert job.status == JobStatus.CANCELLED
    assert (_orders(collection, Status.CANCELLED), _orders(collection, Status.FAILED)) == (2, 1)
    with pytest.raises(NotAllowed, match=r"It is cancelled\."):
        jobs.resume(job.pk, actor="client:shop")


def test_a_job_that_is_paused_in_the_middle_of_a_stage_stops_there(monkeypatch: pytest.MonkeyPatch) -> None:
    collection = a_collection(3)
    job = a_job(collection)
    upload = Embedded.upload

    def paused(self: Embedded, folder: object, told: object) -> Pinned:
        MintJob.objects.filter(pk=job.pk).update(status=JobStatus.PAUSED)
        return upload(self, folder, told)  # type: ignore[arg-type]

    monkeypatch.setattr(Embedded, "upload", paused)
    job = carry_on(job)
    collection.refresh_from_db()
    assert (job.status, collection.images_cid) == (JobStatus.PAUSED, "")


def test_no_transaction_is_open_while_files_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    upload = Embedded.upload

    def looks(self: Embedded, folder: object, told: object) -> Pinned:
        seen.append(connection.in_atomic_block)
        return upload(self, folder, told)  # type: ignore[arg-type]

    monkeypatch.setattr(Embedded, "upload", looks)
    carry_on(a_job(a_collection(1)))
    assert seen == [False, False]
