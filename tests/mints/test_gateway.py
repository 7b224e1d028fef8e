"""`/ipfs/`: what is in the store for anybody, and nothing that could run in this site's name."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, override_settings
from PIL import Image

from chain import base58
from mints import serving
from mints.ipfs import car
from mints.ipfs.cid import Cid
from mints.ipfs.files import UNIXFS_V0_2015
from mints.ipfs.reading import File
from mints.ipfs.store import Store
from mints.ipfs.tree import add_tree
from mints.serving import Refused, Span, media_type_of, wanted

LONG = hashlib.shake_128(b"picture").digest(700_000)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>'
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
FILES: dict[str, bytes] = {
    "0.json": b'{"name": "one"}', "images/1.svg": SVG, "images/2.png": LONG, "page.html": HTML, "empty": b"",
    "a b+ü%.txt": b"text",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_store(store: Store) -> Iterator[None]:
    with override_settings(IPFS=replace(settings.IPFS, store=store.folder)):
        yield


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> BoundedSemaphore:
    """For readers of long files; those of other tests may not have closed their answers yet."""
    monkeypatch.setattr(serving, "_LONG_AT_ONCE", BoundedSemaphore(2))
    return serving._LONG_AT_ONCE


@pytest.fixture
def root(store: Store) -> str:
    return str(add_tree(store, {**FILES}).root.cid)


def get(path: str, method: str = "get", **headers: str) -> Any:
    return getattr(Client(), method)(
        f"/ipfs/{path}", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def data(answer: Any) -> bytes:
    return bytes(answer.getvalue())


def spoil(store: Store, cid: object) -> None:
    """As a disk does."""
    path = next((store.folder / "blocks").rglob(str(cid)))
    path.write_bytes(b"evil" + path.read_bytes()[4:])


# -- files -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["0.json", "images/2.png", "empty", "a%20b+%C3%BC%25.txt"])
def test_a_file_is_given_out(root: str, path: str) -> None:
    answer = get(f"{root}/{path}")
    wanted = FILES[path if "%" not in path else "a b+ü%.txt"]
    assert (answer.status_code, data(answer), answer["Content-Length"]) == (200, wanted, str(len(wanted)))


def test_a_file_by_its_own_cid_in_both_versions(store: Store) -> None:
    cid = add_tree(store, {"a": LONG}, UNIXFS_V0_2015).files["a"].cid
    assert data(get(str(cid))) == data(get(str(cid.modern))) == LONG


def test_what_never_changes_is_kept_by_readers_for_ever(root: str, store: Store) -> None:
    cid = File.open(store, add_tree(store, {**FILES}).files["0.json"].cid).cid
    answer = get(f"{root}/0.json")
    assert (answer["ETag"], answer["Cache-Control"]) == (f'"{cid}"', "public, max-age=31536000, immutable")
    again = get(f"{root}/0.json", If_None_Match=f'W/"x", "{cid}"')
    assert (again.status_code, data(again), again["ETag"]) == (304, b"", f'"{cid}"')
    assert get(f"{root}/0.json", If_Match='"other"').status_code == 412


@pytest.mark.parametrize("path", ["0.json", "images/2.png", ""])
def test_head_says_what_get_would(root: str, path: str) -> None:
    head, whole = get(f"{root}/{path}", "head"), get(f"{root}/{path}")
    assert data(head) == b""
    assert {**head.headers} == {**whole.headers}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_it_is_for_reading(root: str, method: str) -> None:
    assert get(f"{root}/0.json", method).status_code == 405


def test_nobody_is_asked_who_he_is_and_no_cookie_is_set(root: str) -> None:
    answer = get(f"{root}/0.json")
    assert answer.cookies == {}
    assert "Cookie" not in answer.get("Vary", "")


# -- ranges ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-9", Span(0, 10)),
        ("bytes=90-", Span(90, 100)),
        ("bytes=-5", Span(95, 100)),
        ("bytes=-500", Span(0, 100)),
        ("bytes=99-2000", Span(99, 100)),
        ("bytes=-", None),
        ("bytes=9-1", None),
        ("bytes=0-1,4-5", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes= 0-1", None),
        ("bytes=0-1000000000000000000000", None),
        ("", None),
    ],
)
def test_which_part_is_wanted(header: str, span: Span | None) -> None:
    assert wanted(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-101", "bytes=-0"])
def test_a_part_that_there_is_not(header: str) -> None:
    with pytest.raises(Refused) as caught:
        wanted(header, 100)
    assert (caught.value.status, caught.value.headers) == (416, {"Content-Range": "bytes */100"})


@pytest.mark.parametrize(("header", "start", "stop"), [("bytes=262140-262150", 262_140, 262_151), ("bytes=5-", 5, 700_000)])
def test_a_part_of_a_file(root: str, header: str, start: int, stop: int) -> None:
    answer = get(f"{root}/images/2.png", Range=header)
    assert (answer.status_code, data(answer)) == (206, LONG[start:stop])
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/700000"
    assert answer["Content-Length"] == str(stop - start)


def test_a_part_of_another_file_is_not_mixed_in(root: str) -> None:
    etag = get(f"{root}/images/2.png", "head")["ETag"]
    assert get(f"{root}/images/2.png", Range="bytes=0-1", If_Range='"other"').status_code == 200
    assert get(f"{root}/images/2.png", Range="bytes=0-1", If_Range=etag).status_code == 206


def test_too_far_a_part_is_said_with_the_length(root: str) -> None:
    answer = get(f"{root}/images/2.png", Range="bytes=700000-")
    assert (answer.status_code, answer["Content-Range"]) == (416, "bytes */700000")


# -- what a browser does with it ---------------------------------------------------------------------------------------------


def picture(kind: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (2, 2)).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (SVG, "image/svg+xml"),
        (b' \n{"name": 1}', "application/json"),
        ("[1, ü]".encode(), "application/json"),
        (HTML, "text/plain; charset=utf-8"),
        (b"<script>alert(1)</script>", "text/plain; charset=utf-8"),
        (b"alert(1)", "text/plain; charset=utf-8"),
        (("x" * 511 + "ü").encode()[:512], "text/plain; charset=utf-8"),
        (b"%PDF-1.7", "text/plain; charset=utf-8"),
        (b"\x7fELF\0\0", "application/octet-stream"),
        (b"\xff\xfe<\0", "application/octet-stream"),
        (b"", "text/plain; charset=utf-8"),
    ],
)
def test_the_type_is_what_the_content_is_and_nothing_that_runs(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize("path", ["images/1.svg", "page.html", "0.json", "images/2.png", ""])
def test_nothing_runs_in_this_sites_name(root: str, path: str) -> None:
    answer = get(f"{root}/{path}")
    policy = answer["Content-Security-Policy"].split("; ")
    assert "sandbox" in policy  # without allow-scripts and allow-same-origin
    assert "default-src 'none'" in policy
    assert not any(word.startswith("script-src") for word in policy)
    assert (answer["X-Content-Type-Options"], answer["X-Frame-Options"]) == ("nosniff", "DENY")
    assert (answer["Access-Control-Allow-Origin"], answer["Cross-Origin-Resource-Policy"]) == ("*", "cross-origin")
    assert "html" not in answer["Content-Type"]


# -- folders and what is not there -------------------------------------------------------------------------------------------


def test_a_folder_is_listed(root: str, store: Store) -> None:
    added = add_tree(store, {**FILES})
    answer = get(f"{root}/images")
    assert answer.json()["entries"] == [
        {"name": name, "cid": str(added.files[f"images/{name}"].cid), "size": added.files[f"images/{name}"].size}
        for name in ("1.svg", "2.png")
    ]
    assert get(f"{root}/images/").json() == answer.json()
    assert {each["name"] for each in get(root).json()["entries"]} == {"0.json", "images", "page.html", "empty", "a b+ü%.txt"}


def test_a_sharded_folder_is_listed_whole(store: Store) -> None:
    root = add_tree(store, {f"{number}.json": b"{}" for number in range(6000)}).root.cid
    assert len(get(str(root)).json()["entries"]) == 6000
    assert get(f"{root}/5999.json").json() == {}


@pytest.mark.parametrize(
    "path",
    [
        "1.json", "images/3.png", "0.json/", "0.json/x", "images//2.png", "images/2.png//", "..", "../..", "images/../0.json",
        "%2e%2e/0.json", "images%2f..%2f0.json", "..%2f..%2f..%2fetc%2fpasswd", "%00", "images/2.png%00", "." , "\\..\\0.json",
    ],
)  # fmt: skip
def test_what_is_not_there_is_not_found(root: str, path: str) -> None:
    answer = get(f"{root}/{path}")
    assert (answer.status_code, answer["Cache-Control"]) == (404, "no-store")


def test_a_folder_that_was_never_here(store: Store) -> None:
    assert get("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354").status_code == 404


@pytest.mark.parametrize(
    "cid",
    ["hello", "..", "roots", "Qm", "b" * 200, "BAFYBEICZSSCDSBS7FFQZ55ASQDF3SMV6KLCW3GOFSZVWLYARCI47BGF354", "%00", "ü"],
)
def test_what_is_no_cid_is_refused(cid: str) -> None:
    assert get(cid).status_code == 400


def test_a_cid_in_another_writing_is_refused(root: str) -> None:
    """One address for one thing, or caches hold it twice."""

    answer = get(f"z{base58.encode(bytes(Cid.parse(root)))}/0.json")
    assert (answer.status_code, f"is written {root}" in data(answer).decode()) == (400, True)


# -- damage ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["0.json", "images/2.png"])
def test_of_what_is_damaged_nothing_is_given_out(root: str, store: Store, path: str) -> None:
    """Not even the pieces before it, which a reader would keep for ever."""
    file = add_tree(store, {**FILES}).files[path].cid
    last = list(_blocks(store, file))[-1]
    spoil(store, last)
    answer = get(f"{root}/{path}")
    assert (answer.status_code, answer["Cache-Control"]) == (500, "no-store")
    assert data(answer) == f"{last} is damaged: its bytes are others. Add its file again, or a CAR that has it.\n".encode()


def test_a_piece_that_is_gone_is_damage_too(root: str, store: Store) -> None:
    file = add_tree(store, {**FILES}).files["images/2.png"].cid
    next((store.folder / "blocks").rglob(str(list(_blocks(store, file))[-1]))).unlink()
    assert get(f"{root}/images/2.png").status_code == 500
    assert get(f"{root}/images/2.png", Range="bytes=0-10").status_code == 206


def test_a_folder_whose_block_is_damaged(root: str, store: Store) -> None:
    spoil(store, root)
    assert get(f"{root}/0.json").status_code == get(root).status_code == 500


def _blocks(store: Store, cid: Any) -> Iterator[Any]:

    return (block.cid for block in car.walk(store, cid))


# -- slow readers ------------------------------------------------------------------------------------------------------------


def test_readers_of_long_files_leave_room_for_others(root: str) -> None:
    slow = [get(f"{root}/images/2.png") for _ in range(2)]  # not read to the end
    third = get(f"{root}/images/2.png")
    assert (third.status_code, third["Retry-After"]) == (503, "1")
    assert get(f"{root}/0.json").status_code == 200
    slow.pop().close()
    answer = get(f"{root}/images/2.png")
    assert (answer.status_code, data(answer)) == (200, LONG)
    answer.close()
    slow.pop().close()


def test_an_answer_that_never_reached_the_server_keeps_no_place(root: str, places: BoundedSemaphore) -> None:
    long = serving._Long(iter([]), places)
    assert places.acquire(blocking=False)
    del long
    assert [places.acquire(blocking=False) for _ in range(3)] == [True, True, False]
