"""The second copy, against a model of a pinning service. Whatever becomes of it, the folder is up."""

from collections.abc import Iterator

import pytest

from chain.urls import Target, Trust
from mints.ipfs.store import Store
from mints.uploaders.base import Folder, NeedsPerson, RetryLater
from mints.uploaders.embedded import Embedded
from mints.uploaders.pinning import PATIENCE, Doubled, PinningService
from mints.uploaders.web import Service
from tests.mints.pins import TOKEN, Pins
from tests.mints.services import Reply

FOLDER = Folder("Badges", {"0.json": b"{}"})


@pytest.fixture
def pins() -> Iterator[Pins]:
    with Pins() as running:
        yield running


def doubled(pins: Pins, store: Store, token: str = TOKEN, waited: list[float] | None = None) -> Doubled:
    second = PinningService(Service(Target(pins.url, Trust.OPERATOR), token))
    return Doubled(Embedded(store), second, (waited if waited is not None else []).append)


def test_a_copy_is_asked_for_and_waited_for(pins: Pins, store: Store) -> None:
    waited: list[float] = []
    pinned = doubled(pins, store, waited=waited).upload(FOLDER)
    assert (pinned.warned, len(waited), pins.count("/pins/request-1")) == ("", 2, 2)
    assert pins.requests[0]["pin"] == {"cid": str(pinned.cid), "name": "Badges"}


def test_a_copy_that_was_asked_for_is_not_asked_for_again(pins: Pins, store: Store) -> None:
    first = doubled(pins, store).upload(FOLDER)
    assert doubled(pins, store).upload(FOLDER) == first
    assert len(pins.requests) == 1


def test_a_copy_that_takes_long_holds_up_nothing(pins: Pins, store: Store) -> None:
    pins.states = ["pinning"]
    waited: list[float] = []
    pinned = doubled(pins, store, waited=waited).upload(FOLDER)
    assert "The second copy at 127.0.0.1 is still pinning (request request-1)" in pinned.warned
    assert sum(waited) == PATIENCE


def test_a_copy_that_failed_is_said_and_asked_for_again_another_time(pins: Pins, store: Store) -> None:
    pins.states = ["queued", "failed"]
    pinned = doubled(pins, store).upload(FOLDER)
    assert "could not make the second copy (request request-1: as the test has it)" in pinned.warned
    pins.states = ["pinned"]
    assert doubled(pins, store).upload(FOLDER).warned == ""
    assert len(pins.requests) == 2


def test_it_has_what_both_have(pins: Pins, store: Store) -> None:
    cid = Embedded(store).upload(FOLDER).cid
    assert not doubled(pins, store).has(cid)
    doubled(pins, store).upload(FOLDER)
    assert doubled(pins, store).has(cid)


def test_progress_is_told_while_it_waits_so_that_a_stop_is_heard(pins: Pins, store: Store) -> None:
    pins.states = ["queued"]

    def stop(share: float) -> None:
        if share == 1 and pins.requests:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        doubled(pins, store).upload(FOLDER, stop)


def test_a_wrong_token_is_for_a_person(pins: Pins, store: Store) -> None:
    with pytest.raises(NeedsPerson, match="does not accept the token"):
        doubled(pins, store, "another").upload(FOLDER)


@pytest.mark.parametrize("identifier", ["", "../delete", "a/b", "..", "a?b", "a b"])
def test_an_id_that_would_lead_elsewhere_is_none(pins: Pins, store: Store, identifier: str) -> None:
    pins.faults.extend([Reply(body={"count": 0, "results": []}), Reply(202, {"requestid": identifier, "status": "queued"})])
    with pytest.raises(RetryLater, match="does not say how far"):
        doubled(pins, store).upload(FOLDER)


@pytest.mark.parametrize("body", ["<html>", "[]", {}, {"results": 7}])
def test_an_answer_that_is_none_means_nothing(pins: Pins, store: Store, body: object) -> None:
    pins.faults.append(Reply(body=body))
    with pytest.raises(RetryLater):
        doubled(pins, store).upload(FOLDER)


def test_of_others_folders_nothing_is_concluded(pins: Pins, store: Store) -> None:
    """A service that ignores the question would list whatever it has."""
    stranger = {"requestid": "theirs", "status": "pinned", "pin": {"cid": "bafyother"}}
    pins.faults.append(Reply(body={"count": 2, "results": [stranger, "odd"]}))
    doubled(pins, store).upload(FOLDER)
    assert len(pins.requests) == 1
