"""The uploader for Pinata against a model of its documented answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.urls import Target, Trust
from mints.ipfs.cid import Cid
from mints.ipfs.store import Store
from mints.ipfs.tree import Source
from mints.uploaders.base import Folder, NeedsPerson, RetryLater
from mints.uploaders.embedded import Embedded
from mints.uploaders.pinata import Pinata
from mints.uploaders.web import Service
from tests.mints.pinata import JWT, Pin
from tests.mints.pinata import Pinata as Model
from tests.mints.services import Reply, Reset

PIN = "/pinning/pinFileToIPFS"
FILES: dict[str, Source] = {"0.json": b'{"name": "one"}', "images/ü.png": b"png", "images/2.png": os.urandom(700_000)}
FOLDER = Folder("Badges", FILES)


@pytest.fixture
def model(tmp_path: Path) -> Iterator[Model]:
    with Model(tmp_path / "pinata") as running:
        yield running


def pinata(model: Model, store: Store, token: str = JWT) -> Pinata:
    return Pinata(Service(Target(model.url, Trust.OPERATOR), token), store)


def test_a_folder_goes_up_in_one_call_and_is_called_as_here(model: Model, store: Store) -> None:
    uploader = pinata(model, store)
    pinned = uploader.upload(FOLDER)
    assert (pinned.cid, pinned.warned) == (Embedded(store).upload(FOLDER).cid, "")
    assert (model.count(PIN), uploader.has(pinned.cid)) == (1, True)
    assert model.pins[0].metadata["name"] == "Badges"


def test_a_thousand_files_are_one_call(model: Model, store: Store) -> None:
    files: dict[str, Source] = {f"{number}.json": b'{"name": "Badge %d"}' % number for number in range(1000)}
    assert pinata(model, store).upload(Folder("meta", files)).warned == ""
    assert model.count(PIN) == 1


def test_a_file_on_the_disk_is_streamed(model: Model, store: Store, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(os.urandom(5_000_000))
    told: list[float] = []
    pinned = pinata(model, store).upload(Folder("film", {"film.mp4": film}), told.append)
    assert pinned.cid == Embedded(store).upload(Folder("film", {"film.mp4": film})).cid
    assert len(told) > 70
    assert told == sorted(told)


def test_a_folder_that_is_up_is_not_sent_again(model: Model, store: Store) -> None:
    first = pinata(model, store).upload(FOLDER)
    assert pinata(model, store).upload(FOLDER) == first
    assert model.count(PIN) == 1


def test_another_cid_is_used_and_said(model: Model, store: Store) -> None:
    """Links must lead to what Pinata has, whatever it is called here."""
    model.cuts_differently = True
    pinned = pinata(model, store).upload(FOLDER)
    assert str(pinned.cid) == model.pins[0].cid
    assert pinned.cid != Embedded(store).upload(FOLDER).cid
    assert f"calls the folder {pinned.cid}; computed here it is" in pinned.warned


def test_a_folder_under_another_cid_is_found_again(model: Model, store: Store) -> None:
    model.cuts_differently = True
    first = pinata(model, store).upload(FOLDER)
    assert pinata(model, store).upload(FOLDER) == first
    assert model.count(PIN) == 1


def test_what_pinata_lists_is_held_against_the_question(model: Model, store: Store) -> None:
    """A filter that it does not know any more would make it list other folders."""
    stranger = Pin(str(Cid.parse("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")), 1, {"name": "x"})
    row = {"ipfs_pin_hash": stranger.cid, "metadata": {"name": "x", "keyvalues": None}}
    model.faults.extend([Reply(body={"rows": [row, {"ipfs_pin_hash": "no cid"}]}), Reply(body={"rows": [row, "odd"]})])
    assert str(pinata(model, store).upload(FOLDER).cid) == model.pins[0].cid


def test_a_wrong_token_is_for_a_person_before_anything_is_sent(model: Model, store: Store) -> None:
    with pytest.raises(NeedsPerson, match=r"does not accept the token \(HTTP 401: INVALID_CREDENTIALS"):
        pinata(model, store, "another").upload(FOLDER)
    assert model.count(PIN) == 0


def test_too_large_a_folder_is_for_a_person(model: Model, store: Store) -> None:
    model.most_bytes = 1000
    with pytest.raises(NeedsPerson, match="takes no folder of this size on its plan"):
        pinata(model, store).upload(FOLDER)


def test_too_many_requests_are_tried_again_when_pinata_says(model: Model, store: Store) -> None:
    model.faults.append(Reply(429, {"error": "Rate limit exceeded"}, {"Retry-After": "42"}))
    with pytest.raises(RetryLater, match="Rate limit exceeded") as caught:
        pinata(model, store).upload(FOLDER)
    assert caught.value.seconds == 42


def test_an_upload_whose_answer_was_lost_is_found_and_not_repeated(model: Model, store: Store) -> None:
    pinata(model, store).upload(FOLDER)
    model.asked.clear()
    nothing = Reply(body={"rows": []})
    model.faults.extend([nothing, nothing, Reply(504, "<html>gateway time-out</html>")])
    with pytest.raises(RetryLater):
        pinata(model, store).upload(FOLDER)
    assert pinata(model, store).upload(FOLDER).warned == ""
    assert model.count(PIN) == 1


def test_an_upload_that_was_cut_off_is_repeated(model: Model, store: Store) -> None:
    nothing = Reply(body={"rows": []})
    model.faults.extend([nothing, nothing, Reset()])
    with pytest.raises(RetryLater, match="connection lost"):
        pinata(model, store).upload(FOLDER)
    assert pinata(model, store).upload(FOLDER).warned == ""


@pytest.mark.parametrize("body", ["<html>", "[]", {"rows": 7}, {}])
def test_an_answer_that_is_none_means_nothing(model: Model, store: Store, body: object) -> None:
    model.faults.append(Reply(body=body))
    with pytest.raises(RetryLater):
        pinata(model, store).has(Embedded(store).upload(FOLDER).cid)


@pytest.mark.parametrize("cid", ["", "hello", 7, None])
def test_an_answer_without_a_cid_is_no_upload(model: Model, store: Store, cid: object) -> None:
    nothing = Reply(body={"rows": []})
    model.faults.extend([nothing, nothing, Reply(body={"IpfsHash": cid})])
    with pytest.raises(RetryLater, match="does not say which CID"):
        pinata(model, store).upload(FOLDER)


def test_what_the_disk_spoils_on_the_way_is_not_sent(model: Model, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may have been at the store since it was read."""
    send = Pinata._send

    def spoil(*given: object) -> object:
        for block in (store.folder / "blocks").glob("*/*"):
            block.write_bytes(b"evil")
        return send(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(Pinata, "_send", spoil)
    with pytest.raises(NeedsPerson, match="does not keep what is written"):
        pinata(model, store).upload(FOLDER)
    assert model.pins == []
