"""The store on disk: whole or not at all, verified, once; what was cut off goes on."""

import os
import time
from io import BytesIO
from pathlib import Path

import pytest

from mints.ipfs import car, reading
from mints.ipfs.blocks import Block
from mints.ipfs.cid import Cid, Codec
from mints.ipfs.files import KUBO_V1, UNIXFS_V0_2015, Profile
from mints.ipfs.folders import NameRefused
from mints.ipfs.reading import File, NoSuchPath
from mints.ipfs.store import BlockDamaged, BlockMissing, Store
from mints.ipfs.tree import Source, add_tree

PICTURE = os.urandom(700_000)
FILES: dict[str, Source] = {"0.json": b'{"name": "one"}', "images/1.png": b"png", "images/2.png": PICTURE}


def block(text: bytes) -> Block:
    return Block(Cid.of(text, Codec.RAW, 1), text)


def put(store: Store, *blocks: Block) -> None:
    with store.writing() as writer:
        for each in blocks:
            writer.put(each)


def files_of(store: Store) -> list[Path]:
    return [path for path in (store.folder / "blocks").rglob("*") if path.is_file()]


def leftovers(store: Store) -> list[Path]:
    return list((store.folder / "tmp").iterdir())


# -- blocks ----------------------------------------------------------------------------------------------------------------


def test_a_block_comes_back(store: Store) -> None:
    put(store, block(b"a"))
    assert (store.read(block(b"a").cid), store.has(block(b"b").cid)) == (b"a", False)


def test_a_block_has_one_file_whatever_its_cid_is_written_like(store: Store) -> None:
    data = Cid.of(b"folder", Codec.DAG_PB, 0)
    put(store, Block(data, b"folder"), Block(data.modern, b"folder"), Block(data, b"folder"))
    assert (len(files_of(store)), store.read(data.modern)) == (1, b"folder")


def test_what_is_not_there_is_said_so(store: Store) -> None:
    with pytest.raises(BlockMissing, match="is not in the store"):
        store.read(block(b"a").cid)


def test_a_block_that_the_disk_has_changed_is_not_given_out_and_is_mended(store: Store) -> None:
    put(store, block(b"good"))
    files_of(store)[0].write_bytes(b"evil")
    with pytest.raises(BlockDamaged, match="Add its file again, or a CAR"):
        store.read(block(b"good").cid)
    put(store, block(b"good"))
    assert store.read(block(b"good").cid) == b"good"


def test_nothing_has_a_name_before_the_disk_has_its_bytes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, named = set(), []
    sync, replace = os.fsync, Path.replace

    def note_sync(file: int) -> None:
        synced.add(os.fstat(file).st_ino)
        sync(file)

    def note_name(self: Path, target: Path) -> Path:
        named.append((self.stat().st_ino in synced, target.parent.stat().st_ino))
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_name)
    put(store, *(block(b"%d" % number) for number in range(300)))
    assert len(named) == 300
    assert all(before and folder in synced for before, folder in named)
    above = store.folder / "blocks", store.folder, store.folder.parent
    assert {folder.stat().st_ino for folder in above} <= synced


def test_an_error_leaves_nothing_half_written(store: Store) -> None:
    def fail() -> None:
        with store.writing() as writer:
            writer.put(block(b"a"))
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert (files_of(store), leftovers(store)) == ([], [])


def test_what_a_killed_process_left_is_swept_after_a_day(store: Store) -> None:
    put(store)
    for name, age in (("old", 25 * 3600), ("new", 60)):
        path = store.folder / "tmp" / name
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    assert (store.sweep(), [path.name for path in leftovers(store)]) == (1, ["new"])


# -- folders -----------------------------------------------------------------------------------------------------------------


def test_a_folder_is_kept_and_its_files_come_back(store: Store) -> None:
    added = add_tree(store, FILES)
    assert store.is_kept(added.root.cid)
    for path, data in FILES.items():
        cid = reading.resolve(store, added.root.cid, path.split("/"))
        assert (cid, b"".join(File.open(store, cid).read())) == (added.files[path].cid, data)


def test_a_folder_that_was_cut_off_goes_on_and_is_not_kept_before(store: Store, tmp_path: Path) -> None:
    gone = tmp_path / "gone.png"
    whole = add_tree(Store(tmp_path / "other"), {**FILES, "zz.png": b"late"}).root.cid
    with pytest.raises(FileNotFoundError):
        add_tree(store, {**FILES, "zz.png": gone})
    assert not store.is_kept(whole)
    gone.write_bytes(b"late")
    assert add_tree(store, {**FILES, "zz.png": gone}).root.cid == whole
    assert store.is_kept(whole)


def test_the_same_folder_again_writes_no_block(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    add_tree(store, FILES)
    monkeypatch.setattr(os, "write", lambda *_: pytest.fail("a block was written again"))
    add_tree(store, FILES)


def test_progress_is_told_file_by_file(store: Store) -> None:
    told: list[int] = []
    add_tree(store, FILES, told=told.append)
    assert told == [1, 2, 3]


@pytest.mark.parametrize("paths", [("a", "a/b"), ("a/b/c", "a/b"), ("a//b",), ("/a",), ("a/",), ("../a",), ("a/./b",)])
def test_paths_that_cannot_be_a_folder(store: Store, paths: tuple[str, ...]) -> None:
    with pytest.raises(NameRefused):
        add_tree(store, dict.fromkeys(paths, b"x"))


# -- reading -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [UNIXFS_V0_2015, KUBO_V1])
def test_any_part_of_a_file(store: Store, profile: Profile) -> None:
    file = File.open(store, add_tree(store, {"a": PICTURE}, profile=profile).files["a"].cid)
    assert file.length == len(PICTURE)
    for start, stop in ((0, None), (0, 1), (262_143, 262_145), (5, 600_000), (699_999, 10**9), (9, 9), (10**9, None)):
        assert b"".join(file.read(start, stop)) == PICTURE[start:stop]


def test_a_part_reads_no_more_blocks_than_it_needs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    file = File.open(store, add_tree(store, {"a": PICTURE}).files["a"].cid)
    read: list[Cid] = []
    whole = Store.read

    def note(self: Store, cid: Cid) -> bytes:
        read.append(cid)
        return whole(self, cid)

    monkeypatch.setattr(Store, "read", note)
    assert sum(map(len, file.read(300_000, 300_010))) == 10
    assert len(read) == 2  # the links, and one of three pieces


def test_a_sharded_folder_has_all_its_names_and_each_is_found(store: Store) -> None:
    added = add_tree(store, {f"{number}.json": b"%d" % number for number in range(6500)})
    assert {link.name for link in reading.entries(store, added.root.cid)} == set(added.files)
    for name in ("0.json", "6499.json", "4242.json"):
        assert reading.resolve(store, added.root.cid, [name]) == added.files[name].cid
    for name in ("6500.json", "", "00", "AB"):
        with pytest.raises(NoSuchPath):
            reading.resolve(store, added.root.cid, [name])


@pytest.mark.parametrize("path", ["1.json", "0.json/x", "images/3.png", "images/1.png/x", "", ".."])
def test_a_path_that_leads_nowhere(store: Store, path: str) -> None:
    root = add_tree(store, FILES).root.cid
    with pytest.raises(NoSuchPath):
        reading.resolve(store, root, path.split("/"))


# -- CAR ---------------------------------------------------------------------------------------------------------------------


def test_a_car_makes_another_store_the_same(store: Store, tmp_path: Path) -> None:
    root, other = add_tree(store, FILES).root.cid, Store(tmp_path / "other")
    assert car.take(other, BytesIO(b"".join(car.export(store, root)))) == root
    assert {path.name for path in files_of(other)} == {path.name for path in files_of(store)}
    assert b"".join(File.open(other, reading.resolve(other, root, ["images", "2.png"])).read()) == PICTURE
    assert other.is_kept(root)


@pytest.mark.parametrize("cut", [0, 1, 20, 60, 100, 400, -1])
def test_a_car_that_ends_early_is_refused(store: Store, tmp_path: Path, cut: int) -> None:
    root, other = add_tree(store, FILES).root.cid, Store(tmp_path / "other")
    whole = b"".join(car.export(store, root))
    with pytest.raises(car.CarError):
        car.take(other, BytesIO(whole[:cut]))
    assert not other.is_kept(root)


def test_a_car_that_lacks_a_block_is_not_kept(store: Store, tmp_path: Path) -> None:
    root, other = add_tree(store, FILES).root.cid, Store(tmp_path / "other")
    *blocks, _ = car.walk(store, root)
    with pytest.raises(BlockMissing):
        car.take(other, BytesIO(car.header(root) + b"".join(map(car.section, blocks))))
    assert not other.is_kept(root)


def test_a_car_whose_bytes_were_changed_is_refused(store: Store, tmp_path: Path) -> None:
    whole = bytearray(b"".join(car.export(store, add_tree(store, FILES).root.cid)))
    whole[-1] ^= 1
    with pytest.raises(BlockDamaged):
        car.take(Store(tmp_path / "other"), BytesIO(bytes(whole)))


@pytest.mark.parametrize("at", [0, 5, 12, 15, 20, 58])
def test_what_begins_otherwise_is_no_car(store: Store, tmp_path: Path, at: int) -> None:
    whole = bytearray(b"".join(car.export(store, add_tree(store, FILES).root.cid)))
    whole[at] ^= 0x80
    with pytest.raises((car.CarError, BlockMissing)):
        car.take(Store(tmp_path / "other"), BytesIO(bytes(whole)))
