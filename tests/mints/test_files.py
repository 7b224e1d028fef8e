"""CIDs of files and folders: well-known ones, and those of a second implementation (aleph-cid, in Rust)."""

import hashlib
from io import BytesIO
from pathlib import Path

import aleph_cid
import pytest

from mints.ipfs.blocks import Block
from mints.ipfs.files import KUBO_V1, UNIXFS_V0_2015, Entry, Profile, add_file
from mints.ipfs.folders import SHARDED_ABOVE, NameRefused, add_folder
from mints.ipfs.murmur import murmur3
from mints.ipfs.tree import fold

PROFILES = [pytest.param(UNIXFS_V0_2015, id="v0"), pytest.param(KUBO_V1, id="v1")]
PIECE = 256 << 10


def nowhere(_block: Block) -> None:
    """For who wants the CID alone."""


def file_cid(data: bytes, profile: Profile) -> str:
    return str(add_file(BytesIO(data), profile, nowhere).cid)


def theirs(data: bytes, profile: Profile) -> str:
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves() if profile.version else aleph_cid.CidHasher.for_ipfs()
    hasher.update(data)
    return hasher.finalize()


@pytest.mark.parametrize(
    ("data", "profile", "cid"),
    [
        (b"", UNIXFS_V0_2015, "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"),
        (b"hello world\n", UNIXFS_V0_2015, "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"),
        (b"", KUBO_V1, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
        (b"hello world", KUBO_V1, "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
    ],
)
def test_well_known_files(data: bytes, profile: Profile, cid: str) -> None:
    assert file_cid(data, profile) == cid


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 174 * PIECE, 174 * PIECE + 1, 47_000_000])
def test_files_of_every_shape_as_the_second_implementation(size: int, profile: Profile) -> None:
    data = hashlib.shake_128(b"picture").digest(size)
    assert file_cid(data, profile) == theirs(data, profile)


class Counted(BytesIO):
    """Notes the longest read that was asked for."""

    longest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0
        self.longest = max(self.longest, size)
        return super().read(size)


def test_a_file_is_never_read_whole() -> None:
    file = Counted(bytes(3 << 20))
    add_file(file, KUBO_V1, nowhere)
    assert file.longest == PIECE


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("count", [1, 1000, 10_000])
def test_folders_as_the_second_implementation(tmp_path: Path, count: int, profile: Profile) -> None:
    """10,000 files are a sharded folder."""
    folder = tmp_path / "meta"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number}.json").write_text(f'{{"name": "Badge {number}"}}')
    entries = {path.name: add_file(BytesIO(path.read_bytes()), profile, nowhere) for path in folder.iterdir()}
    assert str(add_folder(entries, profile, nowhere).cid) == aleph_cid.hash_folder(folder, cid_version=profile.version)


def test_folders_in_folders_and_names_of_any_language(tmp_path: Path) -> None:
    paths = ["a.json", "images/1.png", "images/2.png", "images/deep/ü.svg", "Z", "z", "日本.png"]
    for path in paths:
        file = tmp_path / "top" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(path)
    root = fold({path: add_file(BytesIO(path.encode()), KUBO_V1, nowhere) for path in paths}, KUBO_V1, nowhere)
    assert str(root.cid) == aleph_cid.hash_folder(tmp_path / "top")


def blocks_of(count: int, length: int) -> int:
    """How many blocks a folder of so many names of that length has."""
    file = add_file(BytesIO(b"x"), KUBO_V1, nowhere)
    blocks: list[Block] = []
    names = [f"{number:0{length}}" for number in range(count)]
    add_folder(dict.fromkeys(names, file), KUBO_V1, blocks.append)
    return len(blocks)


def test_a_folder_is_sharded_beyond_256_kib_of_names_and_cids_and_not_at_them() -> None:
    exactly = SHARDED_ABOVE // 64  # names of 28 letters, CIDs of 36 bytes
    assert (blocks_of(exactly, 28), blocks_of(exactly + 1, 28) > 1) == (1, True)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b"])
def test_names_that_no_file_may_have(name: str) -> None:
    with pytest.raises(NameRefused):
        add_folder({name: Entry(add_file(BytesIO(b""), KUBO_V1, nowhere).cid, 0)}, KUBO_V1, nowhere)


@pytest.mark.parametrize(
    ("data", "answer"),
    [  # of the reference implementation (MurmurHash3_x64_128, seed 0): its first half
        (b"", "0000000000000000"),
        (b"hello", "cbd8a7b341bd9b02"),
        (b"The quick brown fox jumps over the lazy dog", "e34bbc7bbc071b6c"),
    ],
)
def test_murmur3(data: bytes, answer: str) -> None:
    assert murmur3(data).hex() == answer
