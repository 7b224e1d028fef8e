"""What holds for every uploader: the store here first, nothing twice, and errors that say who is to do something."""

import errno
import os
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from chain.urls import Target, Trust
from mints.ipfs.reading import File, resolve
from mints.ipfs.store import Store
from mints.ipfs.tree import Source
from mints.uploaders import web
from mints.uploaders.base import Folder, NeedsPerson, RetryLater, UploadError
from mints.uploaders.embedded import Embedded
from mints.uploaders.multipart import Part, form
from mints.uploaders.web import Service, pause
from tests.mints.services import Asked, Hang, Model, Reply, Reset
from tests.mints.services import Part as Field

FILES: dict[str, Source] = {"0.json": b'{"name": "one"}', "images/1.png": b"png", "images/2.png": os.urandom(300_000)}
FOLDER = Folder("Badges", FILES)
SECRET = "very-secret-token"


class Echo(Model):
    """Answers with nothing in particular."""

    def answer(self, asked: Asked) -> Reply:
        return Reply(body={"path": asked.path})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as model:
        yield model


def service(url: str, answer_seconds: float = 30) -> Service:
    return Service(Target(url, Trust.OPERATOR), SECRET, answer_seconds)


# -- embedded ----------------------------------------------------------------------------------------------------------------


def test_the_embedded_uploader_keeps_the_folder_in_the_store(store: Store) -> None:
    uploader = Embedded(store)
    pinned = uploader.upload(FOLDER)
    file = File.open(store, resolve(store, pinned.cid, ["images", "2.png"]))
    assert b"".join(file.read()) == FILES["images/2.png"]
    assert (uploader.has(pinned.cid), uploader.has(file.cid), pinned.warned) == (True, False, "")


def test_progress_ends_with_all_and_what_it_raises_ends_the_upload(store: Store) -> None:
    told: list[float] = []
    Embedded(store).upload(FOLDER, told.append)
    assert told == [pytest.approx(done / 3) for done in (1, 2, 3)]

    def stop(_share: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Embedded(Store(store.folder / "other")).upload(FOLDER, stop)


def test_a_full_disk_is_for_a_person(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(NeedsPerson, match="IPFS_STORE_DIR takes nothing more: No space left"):
        Embedded(store).upload(FOLDER)


def test_a_picture_that_is_gone_is_no_fault_of_the_disk(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Embedded(store).upload(Folder("Badges", {"1.png": tmp_path / "1.png"}))


def test_an_upload_sweeps_away_what_a_killed_one_has_left(store: Store) -> None:
    Embedded(store).upload(FOLDER)
    left = store.folder / "tmp" / "left"
    left.touch()
    os.utime(left, (time.time() - 25 * 3600,) * 2)
    Embedded(store).upload(FOLDER)
    assert not left.exists()


# -- forms -------------------------------------------------------------------------------------------------------------------


def test_a_form_is_as_long_as_it_says_and_comes_apart_again() -> None:
    parts = [
        Part("file", 200_000, lambda: [b"a" * 150_000, b"b" * 50_000], "folder/ü.png", "image/png"),
        Part("file", 0, list),
        Part.text("options", '{"cidVersion": 1}'),
    ]
    told: list[float] = []
    body = form(parts, told.append)
    data = b"".join(body.pieces)
    assert len(data) == body.length
    asked = Asked("POST", "/", {}, {"Content-Type": body.media_type}, data)
    assert asked.parts == [
        Field("file", "folder/ü.png", "image/png", b"a" * 150_000 + b"b" * 50_000),
        Field("file", "", "", b""),
        Field("options", "", "", b'{"cidVersion": 1}'),
    ]
    assert told == sorted(told)
    assert len(told) == 4  # 64 KiB at a time


# -- one service -------------------------------------------------------------------------------------------------------------


def test_a_question_carries_the_token_and_its_query(echo: Echo) -> None:
    answer = service(f"{echo.url}/base/").get("/pins", cid="a b&c")
    assert (answer.status, answer.json()) == (200, {"path": "/base/pins"})
    (asked,) = echo.asked
    assert (asked.query, asked.headers["Authorization"]) == ({"cid": "a b&c"}, f"Bearer {SECRET}")


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (302, NeedsPerson, "another address"),
        (400, NeedsPerson, "refuses"),
        (401, NeedsPerson, "does not accept the token"),
        (402, NeedsPerson, "wants to be paid"),
        (403, NeedsPerson, "lacks a permission"),
        (413, NeedsPerson, "takes no folder of this size"),
        (408, RetryLater, "cannot do it now"),
        (429, RetryLater, "cannot do it now"),
        (500, RetryLater, "cannot do it now"),
        (503, RetryLater, "cannot do it now"),
        (204, RetryLater, "something else"),
    ],
)
def test_a_refusal_says_whether_to_try_again(echo: Echo, status: int, error: type[UploadError], words: str) -> None:
    said = {"error": {"reason": "NO", "details": f"not with {SECRET} at https://user:pass@host/path"}}
    echo.faults.append(Reply(status, said, {"Location": "http://169.254.169.254/"}))
    asking = service(echo.url)
    refusal = asking.refusal(asking.get("/"))
    assert type(refusal) is error
    assert words in str(refusal)
    assert status == 204 or f"(HTTP {status}: NO not with … at https://host/…)" in str(refusal)
    assert len(echo.asked) == 1  # no redirect is followed


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "[1]", '{"error": "\\u0007"}', "", '{"error": 7}'])
def test_what_is_no_explanation_is_left_out(echo: Echo, body: str) -> None:
    echo.faults.append(Reply(502, body))
    asking = service(echo.url)
    assert "HTTP 502" in str(asking.refusal(asking.get("/")))
    assert "html" not in str(asking.refusal(web.Answer(502, {}, body.encode())))


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 1), ("86400", 3600), ("", None), ("soon", None), ("-5", None), ("1.5", None)]
)
def test_how_long_to_leave_it_alone(header: str, seconds: float | None) -> None:
    assert pause(web.Answer(429, {"Retry-After": header}, b"")) == seconds


def test_a_pause_may_be_given_as_a_date() -> None:
    header = formatdate(time.time() + 100, usegmt=True)
    assert pause(web.Answer(429, {"Retry-After": header}, b"")) == pytest.approx(100, abs=5)


def test_a_lost_connection_is_tried_again_later(echo: Echo) -> None:
    echo.faults.append(Reset())
    with pytest.raises(RetryLater, match="did not answer: connection lost"):
        service(echo.url).get("/")


def test_a_service_that_says_nothing_is_given_up(echo: Echo) -> None:
    echo.faults.append(Hang())
    with pytest.raises(RetryLater, match="did not answer: time-out"):
        service(echo.url, answer_seconds=0.2).get("/")


def test_nobody_there_is_tried_again_later(echo: Echo) -> None:
    url = echo.url
    echo.__exit__(None, None, None)
    with pytest.raises(RetryLater, match="did not answer: no connection"):
        service(url).get("/")


def test_an_answer_without_an_end_is_given_up(echo: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "_LONGEST_ANSWER", 10)
    with pytest.raises(RetryLater, match="time-out"):
        service(echo.url).get("/a-path-that-comes-back")


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/", "ftp://host/", "http://0x7f.1/"])
def test_a_metadata_service_is_never_asked(url: str) -> None:
    with pytest.raises(NeedsPerson, match="is not asked"):
        service(url).get("/")


def test_no_secret_is_in_a_repr(echo: Echo) -> None:
    shown = repr(service("https://user:password@host.example/key"))
    assert not any(secret in shown for secret in (SECRET, "user", "password", "key"))
