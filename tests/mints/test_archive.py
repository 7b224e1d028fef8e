"""Zips as people make them, and as nobody means well makes them."""

import os
import stat
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mints.archive import ArchiveRefused, Limits, Unpacked, unpack
from tests.mints.weighing import at_most

Contents = dict[str, bytes]
SHEET = {"sheet.csv": b"name,image\n"}


def packed(contents: Contents, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return file.getvalue()


def marked(change: Callable[[zipfile.ZipInfo], object]) -> bytes:
    """A sheet, and one more file of which the zip says something odd."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("sheet.csv", b"name\n")
        info = zipfile.ZipInfo("odd.png")
        change(info)
        archive.writestr(info, b"/etc/passwd")
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def opened(data: bytes | bytearray, folder: Path, **limits: int) -> Unpacked:
    return unpack(BytesIO(data), folder, Limits(**limits))


def refused(data: bytes | bytearray, folder: Path, **limits: int) -> list[str]:
    """What is said of it. Nothing is left in the folder, or beside it."""
    with pytest.raises(ArchiveRefused) as caught:
        opened(data, folder, **limits)
    assert [path.name for path in folder.parent.rglob("*")] == ["here"]
    return list(caught.value.problems)


# -- as people make them -------------------------------------------------------------------------------------------------


def test_a_sheet_and_its_pictures(folder: Path) -> None:
    found = opened(packed(SHEET | {"1.png": b"one", "2.png": b"two"}), folder)
    assert (found.sheet, found.pictures) == (folder / "sheet.csv", (folder / "1.png", folder / "2.png"))
    assert (folder / "2.png").read_bytes() == b"two"


@pytest.mark.parametrize(
    "names",
    [
        ["drop/sheet.csv", "drop/1.png"],
        ["sheet.csv", "images/1.png"],
        ["drop/Sheet.CSV", "drop/images/1.png"],
        ["drop\\sheet.csv", "drop\\images\\1.png"],
        ["./sheet.csv", "./1.png"],
        ["drop/", "drop/sheet.csv", "drop/images/", "drop/images/1.png"],
        [
            "sheet.csv",
            "1.png",
            "__MACOSX/._1.png",
            "__MACOSX/images/x",
            ".DS_Store",
            "a/.hidden/x.csv",
            "Thumbs.db",
            "desktop.ini",
        ],
    ],
)
def test_folders_do_not_count_and_litter_is_left_out(names: list[str], folder: Path) -> None:
    found = opened(packed({name: b"" if name.endswith("/") else b"x" for name in names}), folder)
    assert found.sheet is not None
    assert found.sheet.name.lower() == "sheet.csv"
    assert sorted(path.name for path in folder.iterdir()) == sorted([found.sheet.name, "1.png"])


def test_names_that_a_mac_packed(folder: Path) -> None:
    """It writes UTF-8 and does not say so, in as many bytes as the name that stands in for it here."""
    data = packed(SHEET | {"cafXX.png": b"x"})
    assert [path.name for path in opened(data.replace(b"cafXX", "café".encode()), folder).pictures] == ["café.png"]


def test_names_that_an_old_pc_packed(folder: Path) -> None:
    data = packed(SHEET | {"cafX.png": b"x"})
    assert [path.name for path in opened(data.replace(b"cafX", b"caf\x82"), folder).pictures] == ["café.png"]


def test_a_picture_is_never_in_memory_whole(folder: Path) -> None:
    file = BytesIO(packed(SHEET | {"1.png": os.urandom(20 << 20)}, zipfile.ZIP_STORED))
    with at_most(8 << 20):
        assert unpack(file, folder).pictures


# -- as nobody who means well makes them ---------------------------------------------------------------------------------


OUTSIDE = "leads out of the zip's own folders, or is no name of a file."


@pytest.mark.parametrize(
    "path",
    ["../1.png", "a/../../1.png", "/etc/1.png", "C:/1.png", "c:1.png", "..", "a/..", ".", "a\x07.png", "é" * 128, "..\\1.png"],
)
def test_a_path_that_leads_out(path: str, folder: Path) -> None:
    shown = repr(path.replace("\\", "/") if len(path) < 60 else f"{path[:60]}…")
    assert refused(packed({path: b"x"} | SHEET), folder) == [f"{shown} {OUTSIDE}"]


def test_a_name_with_a_zero_byte(folder: Path) -> None:
    """Python would cut it off there, after it was judged."""
    data = packed(SHEET | {"a.pngX.exe": b"x"}).replace(b"a.pngX", b"a.png\0")
    assert refused(data, folder) == [f"'a.png\\x00.exe' {OUTSIDE}"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFDIR])
def test_links_and_devices(kind: int, folder: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.external_attr = (kind | 0o777) << 16

    assert refused(marked(change), folder) == ["'odd.png' is a link or a device."]


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000])
def test_encrypted_files(flag: int, folder: Path) -> None:
    data = bytearray(marked(lambda _info: None))
    place = data.rindex(b"PK\x01\x02") + 8
    data[place : place + 2] = struct.pack("<H", flag)
    assert refused(data, folder) == ["'odd.png' is encrypted."]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_are_not_common(method: int, folder: Path) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.compress_type = method

    assert refused(marked(change), folder) == ["'odd.png' is packed by a method other than the common one (deflate)."]


def test_names_that_differ_in_case_only(folder: Path) -> None:
    data = packed(SHEET | {"a/Café.png": b"x", "b/CAFE\u0301.PNG": b"x"})
    (problem,) = refused(data, folder)
    assert problem == "'b/CAFE\u0301.PNG' and 'a/Café.png' are the same name to some computers; folders do not count."


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        ({"1.png": b"x"}, "There is no CSV file in the zip."),
        ({}, "There is no CSV file in the zip."),
        (SHEET | {"a/other.csv": b"x"}, "There are several CSV files in the zip: 'sheet.csv', 'a/other.csv'."),
    ],
)
def test_the_one_sheet(contents: Contents, says: str, folder: Path) -> None:
    assert refused(packed(contents), folder) == [says]


def test_everything_wrong_is_said_at_once(folder: Path) -> None:
    assert len(refused(packed({"../a": b"", "/b": b"", "c/d": b"", "D": b""}), folder)) == 4


@pytest.mark.parametrize("data", [b"", b"PK", b"name,image\n", b"PK\x05\x06" + bytes(18) + b"x", b"Rar!\x1a\x07"])
def test_what_is_no_zip(data: bytes, folder: Path) -> None:
    assert len(refused(data, folder)) == 1


# -- bombs ---------------------------------------------------------------------------------------------------------------


def test_a_file_that_is_packed_too_well(folder: Path) -> None:
    data = packed(SHEET | {"1.png": bytes(2 << 20)})
    assert refused(data, folder) == ["'1.png' unpacks to more than 100 times its size in the zip."]
    assert opened(data, folder, ratio=2000).pictures


def test_limits_of_files_and_bytes(folder: Path) -> None:
    data = packed(SHEET | {"1.png": b"x" * 100, "2.png": b"x" * 100, "__MACOSX/1": b"x"})
    assert refused(data, folder, files=2) == ["The zip has more than 2 files."]
    assert refused(data, folder, size=210) == ["What is in the zip is larger than 210 bytes."]
    assert len(opened(data, folder, files=3, size=211).pictures) == 2


def test_a_file_is_never_longer_than_the_zip_says(folder: Path) -> None:
    """A table of contents that says 10 bytes, and two million in the file itself: no more than 10 are written."""
    data = bytearray(packed(SHEET | {"1.png": bytes(2 << 20)}))
    place = data.rindex(b"PK\x01\x02") + 24
    data[place : place + 4] = struct.pack("<I", 10)
    sizes = []
    unlink = Path.unlink

    def weighed(path: Path) -> None:
        sizes.append(path.stat().st_size)
        unlink(path)

    with patch.object(Path, "unlink", weighed):
        assert refused(data, folder) == ["'1.png' is damaged."]
    assert max(sizes) <= 11


@pytest.mark.parametrize("place", [1 << 31, (1 << 32) - 2])
def test_a_file_that_lies_nowhere(place: int, folder: Path) -> None:
    data = bytearray(packed(SHEET))
    entry = data.index(b"PK\x01\x02")
    data[entry + 42 : entry + 46] = struct.pack("<I", place)
    assert refused(data, folder) == ["'sheet.csv' is damaged."]


def test_a_file_that_is_damaged_takes_all_others_with_it(folder: Path) -> None:
    data = bytearray(packed(SHEET | {"1.png": b"x" * 99}, zipfile.ZIP_STORED))
    data[data.index(b"x" * 99)] = 0
    assert refused(data, folder) == ["'1.png' is damaged."]


def test_a_table_of_contents_that_claims_to_be_large(folder: Path) -> None:
    """It is read whole or not at all."""
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 1 << 26, 0, 0)
    file, refusal = sparse(folder.parent / "big", 1 << 27, end), pytest.raises(ArchiveRefused, match="no zip, or is damaged")
    with file, at_most(16 << 20), refusal:
        unpack(file, folder)


def sparse(path: Path, size: int, end: bytes) -> BinaryIO:
    """A file of so many bytes, none of which is on disk but the last few."""
    with path.open("wb") as file:
        file.seek(size)
        file.write(end)
    return path.open("rb")


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6), st.integers(0, 3))
def test_no_zip_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, harm: list[tuple[int, int]], cut: int) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    data = bytearray(packed(SHEET | {"a/1.png": b"x" * 50}))
    for place, byte in harm:
        data[place % len(data)] = byte
    try:
        opened(bytes(data[: len(data) - cut]), folder)
    except ArchiveRefused:
        assert list(folder.iterdir()) == []
