"""The pages of collections and their jobs: what staff see, and what they may do there."""

from html import escape
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from mints.jobs import start
from mints.models import Collection, MintJob
from mints.states import JobStatus
from orders.models import Order, Stop
from orders.states import Status
from tests.admin.conftest import Login
from tests.mints.offered import a_picture, make_press
from tests.mints.stages import fail, make_collection

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]
EVIL = "<script>alert(1)</script>"


@pytest.fixture
def collection() -> Collection:
    return make_collection()


@pytest.fixture
def job(collection: Collection) -> MintJob:
    return start(collection, None, actor="staff:ana").job


def page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def do(browser: Browser, row: Any, name: str) -> Any:
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_do", args=[row.pk, name])
    return browser.post(url, {"confirmed": "yes", "reason": "because"}, follow=True)


def test_it_shows_how_far_it_is_and_why_what_waits_does(login: Login, job: MintJob) -> None:
    MintJob.objects.update(percentage=42, message="0 of 3 are minted.", errors=["The disk is full."])
    fail(job.collection.items.get(number=2), "the contract refuses it")
    text = login("viewer").get(page(job.collection)).content.decode()
    for said in ("42 %", "0 of 3 are minted.", "The disk is full.", "the contract refuses it", "waits to be released"):
        assert said in text
    assert text.index("the contract refuses it") < text.index("waits to be released")  # those that need somebody come first
    assert page(job.collection.items.get(number=0).order) in text


def test_what_a_sheet_says_is_text_and_never_code(login: Login) -> None:
    collection = make_collection(name=EVIL, description=EVIL, line={"name": EVIL, "Trait": EVIL}, count=1)
    fail(collection.items.get(), EVIL)
    start_ = MintJob.objects.create(collection=collection, message=EVIL, errors=[EVIL], status=JobStatus.FAILED)
    Collection.objects.update(warnings=[EVIL])
    browser = login("superuser")
    rows = [collection, collection.items.get(), start_, collection.items.get().order]
    for url in [*map(page, rows), *(reverse(f"admin:mints_{name}_changelist") for name in ("collection", "item", "mintjob"))]:
        assert EVIL not in browser.get(url).content.decode(), url
    assert escape(EVIL) in browser.get(page(collection)).content.decode()


def test_a_thumbnail_is_what_was_made_here(login: Login, collection: Collection) -> None:
    asset = collection.assets.get(name="1.png")
    url = reverse("admin:mints_collection_picture", args=[collection.pk, asset.pk])
    answer = login("viewer").get(url)
    assert (answer["Content-Type"], answer.content[8:12]) == ("image/webp", b"WEBP")
    assert a_picture(1) not in answer.content
    assert url in login("operator").get(page(collection)).content.decode()


def test_another_collections_picture_is_not_there(login: Login, collection: Collection) -> None:
    asset = make_collection().assets.all()[0]
    answer = login("viewer").get(reverse("admin:mints_collection_picture", args=[collection.pk, asset.pk]))
    assert answer.status_code == 404


def test_an_operator_mints_pauses_resumes_and_cancels(login: Login, collection: Collection) -> None:
    browser = login("operator")
    said = []
    for name in ("mint", "pause-job", "resume-job", "cancel-job"):
        do(browser, collection, name)
        said.append(MintJob.objects.get().status)
    assert said == ["running", "paused", "running", "cancelled"]
    assert MintJob.objects.get().status_by == "staff:the-operator"
    assert set(Order.objects.values_list("status", flat=True)) == {Status.CANCELLED}


def test_the_same_on_the_jobs_own_page(login: Login, job: MintJob) -> None:
    browser = login("operator")
    do(browser, job, "pause")
    assert Stop.objects.get().by == "staff:the-operator"
    text = browser.get(page(job)).content.decode()
    assert ("do/resume/" in text, "do/pause/" in text) == (True, False)
    answer = do(browser, job, "pause")
    assert "A job that is paused cannot become paused." in answer.content.decode()


def test_a_viewer_steers_nothing(login: Login, job: MintJob) -> None:
    browser = login("viewer")
    assert [do(browser, row, name).status_code for row, name in ((job, "pause"), (job.collection, "mint"))] == [403, 403]
    assert MintJob.objects.get().status == JobStatus.RUNNING


def test_an_item_is_retried_through_the_orders_own_gate(login: Login, job: MintJob) -> None:
    """The gate asks the nodes; there is none, so it says so and nothing moves."""
    item = job.collection.items.get(number=0)
    fail(item)
    browser = login("operator")
    assert "do/retry/" in browser.get(page(item)).content.decode()
    answer = do(browser, item, "retry")
    assert "refused" in answer.content.decode()
    assert Order.objects.get(pk=item.pk).status == Status.FAILED


def test_an_item_is_cancelled_like_any_order(login: Login, collection: Collection) -> None:
    item = collection.items.get(number=0)
    do(login("operator"), item, "cancel")
    assert Order.objects.get(pk=item.pk).status == Status.CANCELLED


def test_the_list_has_the_latest_jobs_and_all_when_asked(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mints.admin.jobs.SHOWN", {JobStatus.FAILED: 1, JobStatus.COMPLETED: 1, JobStatus.CANCELLED: 1})
    for status in ("completed", "completed", "failed", "failed", "running"):
        MintJob.objects.create(collection=make_collection(count=1), status=status)
    browser = login("viewer")
    url = reverse("admin:mints_mintjob_changelist")
    assert browser.get(url).context["cl"].result_count == 3
    assert browser.get(url, {"past": "yes"}).context["cl"].result_count == 5


def test_what_its_items_are_made_of_is_shown_and_not_edited(login: Login, collection: Collection) -> None:
    browser = login("administrator")
    form = browser.get(page(collection)).context["adminform"].form
    assert "errors" in form.fields
    assert not {"name", "contract", "wallet", "symbol", "royalty"} & set(form.fields)
    assert browser.get(reverse("admin:mints_collection_add")).status_code == 403


def test_an_administrator_sets_up_a_press(login: Login) -> None:
    wallet = make_press().wallet
    values = {
        "name": "autumn", "is_open": "on", "wallet": wallet.pk, "standard": "erc721", "batch_size": 20, "strategy": "multicall",
        "contract": "0x5FbDB2315678afecb367f032d93F642f64180aa3", "needs_role": "on", "function": "safeMint(address,uint256)",
        "arguments": '["{recipient}", "{token_id}"]', "file_names": "number.json",
    }  # fmt: skip
    browser = login("administrator")
    url = reverse("admin:mints_press_add")
    assert browser.post(url, {**values, "arguments": '["{recipient}", "{quantity}"]'}).status_code == 200  # whose token?
    assert browser.post(url, values).status_code == 302
