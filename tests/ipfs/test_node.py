"""The uploader for nodes against a real one: the CIDs are the node's own, and what was uploaded is read through its gateway."""

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

import aleph_cid
import pytest

from mints.ipfs.cid import Cid
from mints.ipfs.files import KUBO_V1, UNIXFS_V0_2015, Profile
from mints.ipfs.store import Store
from mints.ipfs.tree import Source
from mints.uploaders import kubo as module
from mints.uploaders.base import Folder, keep
from mints.uploaders.multipart import form
from mints.uploaders.sending import ROOT
from tests.ipfs.conftest import kubo
from tests.ipfs.node import Node

PROFILES = [pytest.param(UNIXFS_V0_2015, id="v0"), pytest.param(KUBO_V1, id="v1")]


def metadata(count: int, word: str) -> dict[str, Source]:
    return {f"{number}.json": json.dumps({"name": f"{word} {number}"}).encode() for number in range(count)}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_folder_of_a_thousand_files_is_called_as_the_node_calls_it(node: Node, store: Store, profile: Profile) -> None:
    """The uploader compares with the node's answer: no warning means that it was the same, and not sent again as a CAR."""
    pinned = kubo(node, store, profile).upload(Folder("meta", metadata(1000, "Badge")))
    assert pinned.warned == ""
    assert json.loads(node.read(f"{pinned.cid}/999.json")) == {"name": "Badge 999"}


@pytest.mark.parametrize("profile", PROFILES)
def test_each_files_cid_is_the_nodes(node: Node, store: Store, profile: Profile) -> None:
    uploader = kubo(node, store, profile)
    added = keep(store, Folder("meta", metadata(100, "Ticket")), profile)
    body = form(uploader._parts(added), lambda _share: None)
    lines = uploader._lines(uploader.service.post("/api/v0/add", body, **module._options(profile)))
    theirs = {line["Name"]: line["Hash"] for line in lines}
    assert theirs == {
        ROOT: str(added.root.cid), **{f"{ROOT}/{path}": str(entry.cid) for path, entry in added.files.items()},
    }  # fmt: skip


@pytest.mark.parametrize("profile", PROFILES)
def test_a_file_of_47_megabytes(node: Node, store: Store, tmp_path: Path, profile: Profile) -> None:
    data = hashlib.shake_128(b"film").digest(47_000_000)
    (tmp_path / "film.mp4").write_bytes(data)
    pinned = kubo(node, store, profile).upload(Folder("film", {"film.mp4": tmp_path / "film.mp4"}))
    assert pinned.warned == ""
    assert node.read(f"{pinned.cid}/film.mp4") == data


def test_folders_in_folders_and_names_of_any_language(node: Node, store: Store) -> None:
    files: dict[str, Source] = {
        path: path.encode() for path in ("a b+c%2F.json", "images/1.png", "images/deep/ü.svg", "z", "日本.png", 'q"uote', "im")
    }
    pinned = kubo(node, store).upload(Folder("all sorts/of", files))
    assert pinned.warned == ""
    assert node.read(f"{pinned.cid}/images/deep/%C3%BC.svg") == "images/deep/ü.svg".encode()


def test_it_has_what_was_uploaded_and_nothing_else(node: Node, store: Store) -> None:
    uploader = kubo(node, store)
    pinned = uploader.upload(Folder("meta", metadata(3, "Card")))
    assert uploader.has(pinned.cid)
    assert not uploader.has(Cid.parse("bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"))


def test_a_folder_that_is_there_is_not_sent_again(node: Node, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kubo(node, store).upload(Folder("meta", metadata(10, "Pass")))
    monkeypatch.setattr(module, "form", lambda *_: pytest.fail("it was sent again"))
    assert kubo(node, store).upload(Folder("meta", metadata(10, "Pass"))) == first


def test_what_the_node_cuts_differently_is_sent_as_a_car(
    node: Node, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """js-ipfs does not shard: of 6,000 files it makes another folder than Kubo does. Given one it reads it."""
    monkeypatch.setattr(module, "MOST_FILES", 6000)
    files = metadata(6000, "Leaf")
    pinned = kubo(node, store).upload(Folder("meta", files))
    assert "cuts files differently" in pinned.warned
    assert str(pinned.cid) == theirs(tmp_path, files)
    for number in (0, 4242, 5999):
        assert json.loads(node.read(f"{pinned.cid}/{number}.json")) == {"name": f"Leaf {number}"}


@pytest.mark.parametrize("profile", PROFILES)
def test_a_large_folder_goes_as_a_car_at_once(
    node: Node, store: Store, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 99)
    uploader = kubo(node, store, profile)
    monkeypatch.setattr(module.Kubo, "_add", lambda *_: pytest.fail("the files were sent one by one"))
    pinned = uploader.upload(Folder("meta", metadata(100, "Seat")))
    assert (pinned.warned, uploader.has(pinned.cid)) == ("", True)
    assert json.loads(node.read(f"{pinned.cid}/99.json")) == {"name": "Seat 99"}


def theirs(tmp_path: Path, files: dict[str, Source]) -> str:
    """The CID that the second implementation computes."""
    folder = tmp_path / "meta"
    folder.mkdir()
    for name, data in files.items():
        assert isinstance(data, bytes)
        (folder / name).write_bytes(data)
    return aleph_cid.hash_folder(folder)


# Uploads the folder, and says each share that is done.
CHILD = """
import sys
from pathlib import Path
from chain.urls import Target, Trust
from mints.ipfs.store import Store
from mints.uploaders.base import Folder, keep
from mints.uploaders.kubo import Kubo
from mints.uploaders.web import Service

def told(share):
    print(share, flush=True)
    if share > 0.7:
        sys.stdin.read()  # until the kill

api, store, file = sys.argv[1:]
Kubo(Service(Target(api, Trust.OPERATOR)), Store(Path(store))).upload(Folder("film", {"film.mp4": Path(file)}), told)
"""


def test_an_upload_that_was_killed_is_repeated_as_if_nothing_had_been(node: Node, store: Store, tmp_path: Path) -> None:
    data = hashlib.shake_128(b"killed").digest(20_000_000)
    film = tmp_path / "film.mp4"
    film.write_bytes(data)
    command = [sys.executable, "-c", CHILD, node.api, str(store.folder), str(film)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert any(float(line) > 0.7 for line in child.stdout)
        child.send_signal(signal.SIGKILL)
    uploader = kubo(node, store)
    root = keep(store, Folder("film", {"film.mp4": film})).root
    assert not uploader.has(root.cid)
    pinned = uploader.upload(Folder("film", {"film.mp4": film}))
    assert (pinned.cid, pinned.warned, uploader.has(root.cid)) == (root.cid, "", True)
    assert node.read(f"{pinned.cid}/film.mp4") == data
