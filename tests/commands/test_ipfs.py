"""The `ipfs` command: the store out into a CAR, back in from one, and seen through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from mints.ipfs.cid import Cid
from mints.ipfs.store import Store
from mints.ipfs.tree import add_tree
from tests.commands.conftest import Ran

Run = Callable[..., Ran]
FILES = {"0.json": b"{}", "images/1.png": bytes(range(256)) * 3000}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with override_settings(IPFS=replace(settings.IPFS, store=tmp_path / "store")):
        yield Store(tmp_path / "store")


@pytest.fixture
def root(store: Store) -> Cid:
    return add_tree(store, {**FILES}).root.cid


def block(store: Store, cid: Cid) -> Path:
    return store.path(cid)


def test_out_and_in_again(store: Store, root: Cid, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "badges.car"
    assert run("ipfs", "export", root, file) == Ran(0, f"{file}: {file.stat().st_size:,} bytes\n", "")
    with override_settings(IPFS=replace(settings.IPFS, store=tmp_path / "other")):
        assert run("ipfs", "import", file) == Ran(0, f"{root}\n", "")
        assert run("ipfs", "verify") == Ran(0, "All blocks are intact, and below 1 folders none is missing.\n", "")
    assert list(tmp_path.glob("*.part")) == []


def test_a_damaged_store_is_mended_by_a_car(store: Store, root: Cid, run: Run, tmp_path: Path) -> None:
    run("ipfs", "export", root, tmp_path / "a.car")
    block(store, root).write_bytes(b"evil")
    assert run("ipfs", "verify").code == 1
    assert run("ipfs", "import", tmp_path / "a.car").code == 0
    assert run("ipfs", "verify").code == 0


def test_damaged_missing_and_strange_files_are_named(store: Store, root: Cid, run: Run) -> None:
    added = add_tree(store, {**FILES})
    damaged, missing = block(store, added.files["images/1.png"].cid), block(store, added.files["0.json"].cid)
    damaged.write_bytes(b"evil")
    missing.unlink()
    (damaged.parent / "notes.txt").touch()
    ran = run("ipfs", "verify")
    assert (ran.code, ran.err) == (1, "CommandError: 3 of the store's blocks are damaged or missing.\n")
    assert sorted(ran.out.splitlines()) == sorted(
        [
            f"{damaged.name} is damaged: its bytes are others. Add its file again, or a CAR that has it.",
            f"{missing.name} is not in the store.",
            "notes.txt is no block, and nothing of ours.",
        ]
    )


def test_an_empty_store_is_well(store: Store, run: Run) -> None:
    assert run("ipfs", "verify").code == 0


def test_what_is_damaged_is_not_exported(store: Store, root: Cid, run: Run, tmp_path: Path) -> None:
    block(store, add_tree(store, {**FILES}).files["images/1.png"].cid).write_bytes(b"evil")
    ran = run("ipfs", "export", root, tmp_path / "a.car")
    assert (ran.code, "is damaged" in ran.err, list(tmp_path.glob("a.car*"))) == (1, True, [])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "hello", "a.car"], "hello is no CID"),
        (["export", "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e", "a.car"], "is not in the store"),
        (["import", "nowhere.car"], "cannot be read"),
        (["import", __file__], "The CAR cannot be read"),
        (["import", str(Path(__file__).parent)], "cannot be read"),
        (["destroy"], "invalid choice"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(store: Store, run: Run, arguments: list[str], words: str) -> None:
    ran = run("ipfs", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert words in ran.err


def test_a_file_that_cannot_be_written_is_one_line(store: Store, root: Cid, run: Run, tmp_path: Path) -> None:
    ran = run("ipfs", "export", root, tmp_path / "nowhere" / "a.car")
    assert (ran.code, "cannot be written: No such file" in ran.err) == (2, True)
