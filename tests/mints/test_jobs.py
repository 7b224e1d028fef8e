"""A mint job from its start to its end, on good days and bad ones. The chain is played; tests/flow has a real one."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from chain.solana.wanted import Program
from mints import files, jobs, runner, staging, uploads
from mints.ipfs.store import Store
from mints.models import Collection, Item, MintJob
from mints.progress import Progress
from mints.serializers import shown_job
from mints.stages import CLEANUP_AFTER
from mints.states import JobStatus, Stage
from mints.uploaders.base import NeedsPerson, RetryLater
from orders import actions
from orders.groundwork import Groundwork, Work
from orders.intake import Refused
from orders.models import Event, Order, Stop
from orders.moves import Move, move
from orders.states import Reason, Status
from orders.worker.runner import stopping
from tests.factories import make_client
from tests.mints.offered import make_press, make_tree_press
from tests.mints.stages import FakeUploader, complete, drive, fail, finish, make_collection, published, statuses
from tests.orders.solana.rows import somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]


@pytest.fixture
def uploader(monkeypatch: pytest.MonkeyPatch, store: Store) -> FakeUploader:
    fake = FakeUploader()
    monkeypatch.setattr(uploads, "uploader", lambda: fake)
    monkeypatch.setattr("tests.mints.stages.store", lambda: store)
    return fake


@pytest.fixture
def collection(uploader: FakeUploader) -> Collection:
    return make_collection()


@pytest.fixture
def job(collection: Collection) -> MintJob:
    return start(collection)


@pytest.fixture
def _stopping() -> Iterator[None]:
    yield
    stopping.value = False


def start(collection: Collection, **over: Any) -> MintJob:
    return jobs.start(collection, collection.client, actor="staff:ana", **over).job


def shown(job: MintJob) -> tuple[str, str, int]:
    return job.status, job.stage, job.percentage


# -- a good day --------------------------------------------------------------------------------------------------------------


def test_from_pictures_to_minted_items(job: MintJob, uploader: FakeUploader, store: Store) -> None:
    collection = job.collection
    assert shown(job) == (JobStatus.RUNNING, Stage.UPLOAD, 0)
    drive(job)
    collection.refresh_from_db()
    assert collection.images_cid == collection.images_planned
    assert [sorted(folder.files) for folder in uploader.uploads] == [
        ["0.png", "1.png", "2.png"], ["0.json", "1.json", "2.json", "collection.json"],
    ]  # fmt: skip
    assert (shown(job), job.done, job.total) == ((JobStatus.RUNNING, Stage.MINT, 20), 0, 3)
    assert statuses(collection)[Status.PENDING] == 3
    moved = Event.objects.exclude(from_status="").values_list("from_status", "to_status", "actor")
    assert set(moved) == {("held", "pending", "lane")}
    complete(*collection.items.filter(number__lt=2))
    drive(job)
    assert (job.percentage, job.message) == (66, "2 of 3 are minted.")
    complete(*collection.items.all())
    runner.work(str(job.pk))  # not before it is due again
    assert shown(drive(job)) == (JobStatus.RUNNING, Stage.CLEANUP, 90)
    assert staging.folder(collection.pk).exists()
    drive(job)
    assert (shown(job), job.message) == ((JobStatus.COMPLETED, Stage.CLEANUP, 100), "3 of 3 are minted.")
    assert job.ended_at is not None
    assert not staging.folder(collection.pk).exists()


def test_the_preview_is_what_is_published(job: MintJob, store: Store) -> None:
    items = [Item.objects.select_related("collection", "image").get(number=number) for number in range(3)]
    before = [files.of_item(item) for item in items]
    drive(job)
    collection = Collection.objects.get()
    assert [published(store, collection, item.file) for item in items] == before
    assert published(store, collection, files.OF_COLLECTION) == files.of_collection(collection)


def test_the_cleanup_waits(job: MintJob) -> None:
    drive(job)
    complete(*job.collection.items.all())
    drive(job)
    assert job.next_at is not None
    assert (job.next_at - job.moved_at).total_seconds() == pytest.approx(CLEANUP_AFTER, abs=1)
    assert runner.work(str(job.pk)) == "waits"


def test_one_that_failed_does_not_hold_up_the_others(job: MintJob) -> None:
    drive(job)
    first, *others = job.collection.items.order_by("number")
    fail(first, "the contract refuses it")
    complete(*others)
    drive(job)
    assert (job.stage, job.message) == (Stage.CLEANUP, "2 of 3 are minted, 1 failed.")
    assert job.errors == ["Item 0, Badge 0: the contract refuses it"]


def test_a_held_item_is_waited_for(job: MintJob) -> None:
    drive(job)
    first, *others = job.collection.items.order_by("number")
    actions.hold(first.order_id, actor="staff:ana", reason="wait")
    complete(*others)
    drive(job)
    assert (job.stage, job.message) == (Stage.MINT, "2 of 3 are minted, 1 wait for a person.")


def test_why_a_stopped_collection_stands_still_is_in_the_message(job: MintJob) -> None:
    drive(job)
    Stop.objects.create(group=job.collection_id, wallet=job.collection.wallet, reason="All refused alike.", by="lane")
    assert drive(job).message == "0 of 3 are minted. Stopped: All refused alike."


# -- groundwork --------------------------------------------------------------------------------------------------------------


def test_a_base_uri_is_planned_before_anything_is_let_go(uploader: FakeUploader) -> None:
    collection = make_collection(make_press(base_uri_function="setBaseURI(string)"))
    drive(start(collection))
    collection.refresh_from_db()
    piece = Groundwork.objects.get()
    assert (piece.work, piece.group, piece.wallet) == (Work.BASE_URI, collection.pk, collection.wallet)
    assert piece.spec == {
        "to": collection.contract, "function": "setBaseURI(string)", "uri": f"ipfs://{collection.metadata_cid}/",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("program", "works"),
    [
        (Program.MINT_V1, [Work.TREE]),
        (Program.MINT_TO_COLLECTION_V1, [Work.METADATA_COLLECTION, Work.TREE]),
        (Program.MINT_V2_TO_CORE, [Work.CORE_COLLECTION, Work.TREE]),
    ],
)
def test_a_tree_and_what_its_leaves_are_filed_under(uploader: FakeUploader, program: Program, works: list[Work]) -> None:
    collection = make_collection(make_tree_press(program, canopy=3), line={"wallet": somebody()})
    drive(start(collection))
    collection.refresh_from_db()
    pieces = {piece.work: piece for piece in Groundwork.objects.order_by("id")}
    assert list(pieces) == works
    assert pieces[Work.TREE].spec == {"version": program.version, "depth": 3, "buffer": 8, "canopy": 3}
    if len(works) == 2:
        uri = f"ipfs://{collection.metadata_cid}/collection.json"
        assert pieces[works[0]].spec == {"name": "Badges", "symbol": "BDG", "uri": uri}


def test_it_is_planned_once(uploader: FakeUploader, monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that dies between the plan and the items plans nothing new the next time."""
    job = start(make_collection(make_press(base_uri_function="setBaseURI(string)")))
    with monkeypatch.context() as patch:
        patch.setattr("mints.stages.mint._release", _die)
        drive(job)
    assert (Groundwork.objects.count(), statuses(job.collection)[Status.HELD]) == (1, 3)
    drive(job)
    assert (Groundwork.objects.count(), statuses(job.collection)[Status.PENDING]) == (1, 3)


def _die(*_: object) -> None:
    raise RuntimeError


# -- bad days ----------------------------------------------------------------------------------------------------------------


def test_a_try_that_comes_to_nothing_is_repeated_later_and_later(job: MintJob, uploader: FakeUploader) -> None:
    uploader.troubles = [RetryLater("busy"), RetryLater("busy")]
    waits = []
    for _ in range(2):
        drive(job)
        assert job.next_at is not None
        waits.append(round((job.next_at - job.moved_at).total_seconds()))
    assert (waits, job.attempts, job.status) == ([2, 4], 2, JobStatus.RUNNING)
    assert job.message == "Try 2 of 3 came to nothing, the next follows in 4 s: busy"
    assert (drive(job).stage, job.attempts) == (Stage.MINT, 0)


def test_the_other_end_may_ask_for_a_longer_pause(job: MintJob, uploader: FakeUploader) -> None:
    uploader.troubles = [RetryLater("busy", 90.0)]
    drive(job)
    assert job.next_at is not None
    assert round((job.next_at - job.moved_at).total_seconds()) == 90


def test_after_its_last_try_it_has_failed_until_somebody_resumes_it(job: MintJob, uploader: FakeUploader) -> None:
    uploader.troubles = [RetryLater("busy")] * 3
    for _ in range(3):
        drive(job)
    assert (shown(job), job.errors) == ((JobStatus.FAILED, Stage.UPLOAD, 0), ["busy"])
    assert job.message == "Failed at upload: busy"
    assert runner.work(str(job.pk)) == JobStatus.FAILED
    jobs.resume(job, actor="staff:ana", reason="it is back")
    assert (drive(job).stage, job.attempts) == (Stage.MINT, 0)


def test_what_needs_a_person_is_not_tried_again(job: MintJob, uploader: FakeUploader) -> None:
    uploader.troubles = [NeedsPerson("The token is refused.")]
    drive(job)
    assert (job.status, job.errors, job.attempts) == (JobStatus.FAILED, ["The token is refused."], 1)


def test_what_nobody_foresaw_says_so_and_tells_no_secret(job: MintJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "uploader", _die)
    drive(job)
    assert job.errors == ["Something broke here (RuntimeError); the log of the worker has more."]


@pytest.mark.parametrize("how", ["gone", "changed"])
def test_a_picture_that_is_not_what_came_in_is_not_uploaded(job: MintJob, uploader: FakeUploader, how: str) -> None:
    asset = job.collection.assets.get(name="1.png")
    path = staging.path(job.collection_id, asset.sha256)
    path.unlink() if how == "gone" else path.write_bytes(b"other")
    drive(job)
    assert (job.status, uploader.uploads) == (JobStatus.FAILED, [])
    assert job.errors[0].startswith("1.png is not ")


def test_a_provider_that_cuts_files_otherwise_is_told_of(job: MintJob, uploader: FakeUploader) -> None:
    uploader.warned = "It has another CID there."
    drive(job)
    assert Collection.objects.get().warnings == ["It has another CID there."]


def test_what_is_up_is_not_sent_again(job: MintJob, uploader: FakeUploader, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("mints.stages.metadata.send", _die)
        drive(job)
    assert (job.stage, len(uploader.uploads)) == (Stage.METADATA, 1)
    assert (drive(job).stage, len(uploader.uploads)) == (Stage.MINT, 2)


@pytest.mark.usefixtures("_stopping")
def test_a_worker_that_is_to_stop_leaves_a_stage_at_its_next_step(job: MintJob, uploader: FakeUploader) -> None:
    uploader.during = lambda: setattr(stopping, "value", True)
    drive(job)
    assert (shown(job)[:2], job.attempts, Collection.objects.get().images_cid) == ((JobStatus.RUNNING, Stage.UPLOAD), 0, "")
    assert runner.work(str(job.pk)) == "stopping"
    stopping.value, uploader.during = False, lambda: None
    assert drive(job).stage == Stage.MINT


def test_the_percentage_never_falls(job: MintJob, uploader: FakeUploader) -> None:
    seen: list[int] = []

    def look() -> None:
        job.refresh_from_db()
        seen.append(job.percentage)

    def step() -> None:
        drive(job)
        look()

    uploader.during = look
    uploader.troubles = [RetryLater("busy")]
    step()
    step()
    items = list(job.collection.items.all())
    complete(items[0])
    fail(items[1])
    step()
    move_back(items[1])
    step()
    complete(*items)
    step()
    step()
    assert seen == sorted(seen)
    assert (seen[0], max(seen[:-1]), seen[-1]) == (0, 90, 100)


def test_whoever_asks_is_told_how_far_the_items_are_now(job: MintJob) -> None:
    drive(job)
    complete(job.collection.items.all()[0])
    said = shown_job(MintJob.objects.get())
    assert (said["percentage"], said["completed_steps"], said["message"]) == (43, 1, "1 of 3 are minted.")
    assert MintJob.objects.get().percentage == 20


def move_back(item: Item) -> None:
    """As a retry does that the chain was asked about."""
    evidence = {"verdict": "safe", "revision": Order.objects.get(pk=item.pk).revision}
    move([Move(item.pk, Status.FAILED, Status.PENDING, Reason.RETRIED, evidence=evidence)], actor="staff:ana")


# -- people ------------------------------------------------------------------------------------------------------------------


def test_a_pause_stops_the_collection_and_its_resume_lifts_that_stop(job: MintJob) -> None:
    drive(job)
    jobs.pause(job, actor="client:shop", reason="price")
    assert Stop.objects.get().reason == "Its mint job is paused: price"
    assert drive(job).status == JobStatus.PAUSED
    jobs.resume(job, actor="client:shop", reason="go")
    assert (drive(job).status, Stop.objects.exists()) == (JobStatus.RUNNING, False)


def test_a_resume_lifts_no_stop_of_somebody_else(job: MintJob) -> None:
    Stop.objects.create(group=job.collection_id, wallet=job.collection.wallet, reason="wait", by="staff:ana")
    jobs.pause(job, actor="client:shop", reason="price")
    jobs.resume(job, actor="client:shop", reason="go")
    assert Stop.objects.get().by == "staff:ana"


def test_a_stop_set_after_ours_was_lifted_by_staff_stays(job: MintJob) -> None:
    jobs.pause(job, actor="client:shop", reason="price")
    Stop.objects.all().delete()
    Stop.objects.create(group=job.collection_id, wallet=job.collection.wallet, reason="All refused alike.", by="lane")
    jobs.resume(jobs._fresh(job), actor="client:shop", reason="go")
    assert Stop.objects.get().by == "lane"


def test_a_pause_in_the_middle_of_an_upload_is_heard(
    job: MintJob, uploader: FakeUploader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mints.progress.EVERY", 0.0)
    uploader.during = partial(_do, jobs.pause, job)
    drive(job)
    assert (job.status, Collection.objects.get().images_cid) == (JobStatus.PAUSED, "")


def _do(act: Callable[..., MintJob], job: MintJob) -> None:
    act(job, actor="client:shop", reason="price")


def test_a_cancelled_job_takes_the_waiting_items_with_it(job: MintJob) -> None:
    drive(job)
    minted, held, _ = job.collection.items.order_by("number")
    complete(minted)
    actions.hold(held.order_id, actor="staff:ana", reason="wait")
    jobs.cancel(job, actor="client:shop", reason="no more")
    job.refresh_from_db()
    assert (job.status, job.message) == (JobStatus.CANCELLED, "Cancelled, and 2 items with it: no more")
    counts = statuses(job.collection)
    assert (counts[Status.COMPLETED], counts[Status.CANCELLED]) == (1, 2)


def test_an_item_that_people_must_look_at_is_not_cancelled_in_passing(job: MintJob) -> None:
    drive(job)
    Order.objects.filter(item__number=0).update(status=Status.HELD, reason=Reason.REVIEW)
    jobs.cancel(job, actor="client:shop", reason="no more")
    assert statuses(job.collection)[Status.HELD] == 1


def test_what_was_cancelled_before_it_was_let_go_is_never_let_go(job: MintJob, uploader: FakeUploader) -> None:
    uploader.during = partial(_do, jobs.cancel, job)
    drive(job)
    assert statuses(job.collection)[Status.CANCELLED] == 3
    with pytest.raises(Refused) as refused:
        start(job.collection)
    assert refused.value.code == "nothing_to_mint"


def test_a_release_that_comes_after_the_cancel_releases_nothing(job: MintJob, monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner has read which items to let go, and the job is cancelled before it does."""
    tell = Progress.tell

    def then_cancelled(self: Progress, done: int, total: int) -> None:
        tell(self, done, total)
        MintJob.objects.filter(stage=Stage.MINT, status=JobStatus.RUNNING).update(status=JobStatus.CANCELLED)

    monkeypatch.setattr(Progress, "tell", then_cancelled)
    drive(job)
    assert statuses(job.collection)[Status.PENDING] == 0


@pytest.mark.parametrize(
    ("first", "then"), [("cancel", "resume"), ("cancel", "pause"), ("pause", "pause"), ("cancel", "cancel")]
)
def test_what_a_job_does_not_allow_is_refused(job: MintJob, first: str, then: str) -> None:
    getattr(jobs, first)(job, actor="staff:ana", reason="r")
    with pytest.raises(Refused) as refused:
        getattr(jobs, then)(job, actor="staff:ana", reason="r")
    assert refused.value.code == "job_moved"


def test_a_collection_has_one_open_job(job: MintJob) -> None:
    with pytest.raises(Refused) as refused:
        start(job.collection)
    assert (refused.value.code, refused.value.facts) == ("job_open", {"job": str(job.pk)})


def test_when_all_is_minted_there_is_nothing_to_start(job: MintJob) -> None:
    assert finish(job).status == JobStatus.COMPLETED
    with pytest.raises(Refused) as refused:
        start(job.collection)
    assert refused.value.code == "nothing_to_mint"


def test_the_same_key_starts_once(uploader: FakeUploader) -> None:
    collection = make_collection(client=make_client())
    first = jobs.start(collection, collection.client, actor="client:a", key="K", request_hash="h")
    again = jobs.start(collection, collection.client, actor="client:a", key="K", request_hash="h")
    assert (again.job, again.replayed) == (first.job, True)
    with pytest.raises(Refused) as refused:
        jobs.start(collection, collection.client, actor="client:a", key="K", request_hash="other")
    assert refused.value.code == "idempotency_key_reused"


def test_a_cost_above_the_maximum_starts_nothing(uploader: FakeUploader) -> None:
    collection = make_collection(make_tree_press(), line={"wallet": somebody()})
    with pytest.raises(Refused) as refused:
        start(collection, max_cost=1000)
    assert refused.value.code == "cost_above_maximum"
    total = refused.value.facts["plan"]["total"]
    assert not MintJob.objects.exists()
    assert start(collection, max_cost=int(total)).status == JobStatus.RUNNING


# -- the pulse and the lock --------------------------------------------------------------------------------------------------


def test_the_pulse_asks_for_a_runner_once(job: MintJob, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runner, "async_task", lambda _function, job, **_: asked.append(job))
    assert (runner.look(), runner.look()) == (1, 0)
    assert asked == [str(job.pk)]
    drive(job)
    job.refresh_from_db()
    assert job.asked_at is None


def test_at_most_half_of_the_workers_drive_jobs(uploader: FakeUploader, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    asked: list[str] = []
    monkeypatch.setattr(runner, "async_task", lambda _function, job, **_: asked.append(job))
    for _ in range(3):
        start(make_collection())
    settings.Q_WORKERS = 4
    assert runner.look() == 2


def test_one_runner_drives_a_job(job: MintJob, uploader: FakeUploader) -> None:
    said = []
    uploader.during = lambda: said.append(runner.work(str(job.pk)))
    drive(job)
    assert said[0] == "another runner has this job"


def test_a_job_that_is_being_driven_is_not_asked_for(job: MintJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "async_task", _die)
    with runner._locked(job.pk) as mine:
        assert (mine, runner.look()) == (True, 0)


# -- the database ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Item, {"recipient": "0x" + "11" * 20}),
        (Item, {"number": 9}),
        (Item, {"quantity": 2}),
        (Item, {"token_id": 9}),
        (Item, {"name": "other"}),
        (Item, {"attributes": []}),
        (Collection, {"standard": "erc1155"}),
        (Collection, {"contract": "0x" + "11" * 20}),
        (Collection, {"symbol": "X"}),
        (Collection, {"royalty": 1}),
        (Collection, {"file_names": "number"}),
        (Collection, {"description": "x"}),
        (Collection, {"metadata_cid": "other"}),
        (Collection, {"images_cid": "other"}),
        (MintJob, {"status": "completed"}),
    ],
)
def test_what_was_ordered_never_changes(job: MintJob, model: Any, change: dict[str, Any]) -> None:
    drive(job)
    if model is MintJob:
        jobs.cancel(job, actor="staff:ana", reason="r")
    row = model.objects.first()
    with pytest.raises(IntegrityError), atomic():
        model.objects.filter(pk=row.pk).update(**change)


def test_before_anything_was_let_go_a_folder_may_be_another(job: MintJob) -> None:
    Collection.objects.update(images_cid="one")
    assert Collection.objects.update(images_cid="two") == 1


@pytest.mark.parametrize("model", [Item, MintJob])
def test_nothing_is_deleted(job: MintJob, model: Any) -> None:
    with pytest.raises(IntegrityError), atomic():
        model.objects.all()[0].delete()


def test_a_leaf_is_noted_once(uploader: FakeUploader) -> None:
    collection = make_collection(make_tree_press(), line={"wallet": somebody()})
    leaf = {"tree": somebody(), "leaf_index": 0, "leaf_hash": "ab" * 32, "asset_id": somebody()}
    items = Item.objects.filter(collection=collection, number=0)
    assert items.update(**leaf) == 1
    with pytest.raises(IntegrityError), atomic():
        items.update(leaf_index=1)
