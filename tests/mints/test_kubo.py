"""The uploader for nodes where the node is a strange one. How real nodes do is shown in tests/ipfs."""

from collections.abc import Iterator

import pytest

from chain.urls import Target, Trust
from mints.ipfs.cid import Cid
from mints.ipfs.store import Store
from mints.ipfs.tree import Source
from mints.uploaders.base import Folder, NeedsPerson, RetryLater
from mints.uploaders.embedded import Embedded
from mints.uploaders.kubo import Kubo
from mints.uploaders.web import Service
from tests.mints.other_node import OTHER, OtherNode
from tests.mints.services import Reply

FILES: dict[str, Source] = {"0.json": b"{}", "a/b/1.png": b"png", "a/0.png": b"another", "a!": b"before the folder"}
FOLDER = Folder("Badges", FILES)
ADD, IMPORT = "/api/v0/add", "/api/v0/dag/import"


@pytest.fixture
def node() -> Iterator[OtherNode]:
    with OtherNode() as running:
        yield running


def kubo(node: OtherNode, store: Store) -> Kubo:
    return Kubo(Service(Target(node.url, Trust.OPERATOR)), store)


def test_all_on_which_a_cid_depends_is_said(node: OtherNode, store: Store) -> None:
    kubo(node, store).upload(FOLDER)
    asked = next(asked for asked in node.asked if asked.path == ADD)
    wanted = {"cid-version": "1", "raw-leaves": "true", "chunker": "size-262144", "cid-base": "base32", "pin": "true"}
    assert wanted.items() <= asked.query.items()


def test_folders_come_before_their_files_and_every_part_has_a_type(node: OtherNode, store: Store) -> None:
    kubo(node, store).upload(FOLDER)
    parts = next(asked for asked in node.asked if asked.path == ADD).parts
    assert [part.filename for part in parts] == [
        "folder", "folder%2F0.json", "folder%2Fa", "folder%2Fa%2F0.png", "folder%2Fa%2Fb", "folder%2Fa%2Fb%2F1.png",
        "folder%2Fa%21",
    ]  # fmt: skip
    assert {part.media_type for part in parts} == {"application/x-directory", "application/octet-stream"}


def test_another_cid_is_never_silent_and_the_car_has_ours(node: OtherNode, store: Store) -> None:
    pinned = kubo(node, store).upload(FOLDER)
    assert pinned.cid == Embedded(store).upload(FOLDER).cid
    assert f"cuts files differently ({OTHER})" in pinned.warned


def test_where_no_car_is_taken_the_other_cid_is_used_and_said(store: Store) -> None:
    with OtherNode(imports=False) as node:
        pinned = kubo(node, store).upload(FOLDER)
    assert str(pinned.cid) == OTHER
    assert f"calls the folder {OTHER}" in pinned.warned


def test_a_large_folder_for_a_provider_without_cars_is_sent_as_files(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mints.uploaders.kubo.MOST_FILES", 1)
    with OtherNode(imports=False) as node:
        assert str(kubo(node, store).upload(FOLDER).cid) == OTHER
    assert [asked.path for asked in node.asked][-2:] == [IMPORT, ADD]


def test_a_car_that_is_taken_under_another_name_is_no_upload(node: OtherNode, store: Store) -> None:
    unpinned = Reply(500, {"Message": "path is not pinned"})
    added = Reply(body={"Name": "folder", "Hash": OTHER})
    node.faults.extend([unpinned, added, Reply(body={"Root": {"Cid": {"/": OTHER}}})])
    with pytest.raises(RetryLater, match=f"speaks of {OTHER}"):
        kubo(node, store).upload(FOLDER)


@pytest.mark.parametrize("root", [None, {}, {"Cid": None}, {"Cid": {"/": "x"}}, {"Cid": "x"}])
def test_an_import_that_names_no_root_is_no_upload(node: OtherNode, store: Store, root: object) -> None:
    node.faults.extend([Reply(500, {"Message": "is not pinned"}), Reply(body={"Name": "folder", "Hash": OTHER})])
    node.faults.append(Reply(body={"Root": root}))
    with pytest.raises(RetryLater, match="does not say which CID"):
        kubo(node, store).upload(FOLDER)


def test_a_folder_that_was_taken_and_not_pinned_is_sent_again_later(node: OtherNode, store: Store) -> None:
    node.pin_error = "block not found"
    with pytest.raises(RetryLater, match="did not pin it: block not found"):
        kubo(node, store).upload(FOLDER)


@pytest.mark.parametrize(
    "text",
    [
        '{"Name": "folder/0.json", "Hash": "bafy"}',  # the root is missing
        '{"Name": "folder", "Hash": "no cid"}',
        f'{{"Name": "folder", "Hash": "{OTHER}"}}\n{{"Message": "the disk is full", "Type": "error"}}',
        '{"Name": "folder", "Ha',
        "",
    ],
)
def test_an_answer_that_breaks_off_is_no_upload(node: OtherNode, store: Store, text: str) -> None:
    """A node that has begun with status 200 can say in no other way that it failed."""
    node.faults.extend([Reply(500, {"Message": "is not pinned"}), Reply(body=text)])
    with pytest.raises(RetryLater):
        kubo(node, store).upload(FOLDER)
    assert node.count(IMPORT) == 0


def test_only_its_own_words_mean_that_a_node_has_not(node: OtherNode, store: Store) -> None:
    cid = Cid.parse(OTHER)
    assert not kubo(node, store).has(cid)
    node.pinned.add(OTHER)
    assert kubo(node, store).has(cid)
    node.faults.append(Reply(500, {"Message": "context deadline exceeded"}))
    with pytest.raises(RetryLater, match="context deadline exceeded"):
        kubo(node, store).has(cid)
    node.faults.append(Reply(403, "403 - Forbidden"))
    with pytest.raises(NeedsPerson, match="lacks a permission"):
        kubo(node, store).has(cid)


def test_progress_never_falls_although_the_folder_is_sent_twice(node: OtherNode, store: Store) -> None:
    told: list[float] = []
    kubo(node, store).upload(Folder("film", {"film.mp4": bytes(500_000)}), told.append)
    assert told == sorted(told)
    assert len(told) > 10
