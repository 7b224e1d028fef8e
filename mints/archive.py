"""A zip with a sheet and pictures, unpacked as if its maker meant harm: nothing is written before all of it was judged."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from enum import StrEnum
from io import SEEK_SET
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from mints.names import key, shown

PIECE = 1 << 20  # bytes in memory at a time

_SHEETS = (".csv", ".tsv")
_LITTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})
_LONGEST_NAME = 255  # bytes, as file systems have it
_ENTRY = 200  # bytes that an entry of the table of contents takes, with a long name and macOS's second entry for it
_MOST_PROBLEMS = 100
_SHEETS_SHOWN = 5
_SAYS_UTF8 = 0x800
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # the common way, the strong one, and hidden tables of contents
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


class Refusal(StrEnum):
    """Why a zip is refused, in sentences. docs/collections.md says of each what to do."""

    NO_ZIP = "The file is no zip, or is damaged."
    TOO_MANY = "The zip has more than {most} files."
    TOO_LARGE = "What is in the zip is larger than {most} bytes."
    PACKED_TOO_WELL = "{name} unpacks to more than {most} times its size in the zip."
    ENCRYPTED = "{name} is encrypted."
    METHOD = "{name} is packed by a method other than the common one (deflate)."
    NO_FILE = "{name} is a link or a device."
    PATH = "{name} leads out of the zip's own folders, or is no name of a file."
    TWICE = "{name} and {other} are the same name to some computers; folders do not count."
    NO_SHEET = "There is no CSV file in the zip."
    SHEETS = "There are several CSV files in the zip: {names}."
    SHEET_BESIDE = "There is a CSV file in the zip, and one beside it."
    DAMAGED = "{name} is damaged."


class ArchiveRefused(Exception):
    """A zip that is not taken; `problems` are sentences."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is unpacked at most, whatever the zip says of itself."""

    files: int = 50_001  # a sheet and a picture for each of its rows
    size: int = 4 << 30  # bytes of all files
    ratio: int = 100  # of a file's size to what it takes in the zip; pictures are below 2, sheets below 20
    lenient: int = 1 << 20  # bytes up to which the ratio does not matter


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What came out: files that lie in the folder given, under their own names."""

    sheet: Path | None
    pictures: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the zip. `path` as its maker wrote it, `name` the last part of it."""

    info: zipfile.ZipInfo
    path: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parts(self) -> list[str]:
        return self.path.split("/")

    @property
    def is_sheet(self) -> bool:
        return is_sheet(self.name)


class _Guarded:
    """A file that never gives more than `most` bytes at once: a table of contents is read whole, whatever size it claims.

    Its places are taken from the zip too. Every method raises BadZipFile for what cannot be.
    """

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file, self._most = file, most
        self.tell, self.seekable = file.tell, file.seekable

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        try:
            return self._file.seek(offset, whence)
        except (ValueError, OverflowError, OSError) as error:
            raise zipfile.BadZipFile from error

    def read(self, size: int = -1, /) -> bytes:
        if size > self._most:
            raise zipfile.BadZipFile
        return self._file.read(self._most if size < 0 else size)


def unpack(file: BinaryIO, folder: Path, limits: Limits | None = None, *, with_sheet: bool = True) -> Unpacked:
    """Write the sheet and the pictures into an empty folder, which it leaves empty if it raises. Raises ArchiveRefused.

    Without `with_sheet` the sheet lies beside the zip, and none is in it.
    """
    limits = limits or Limits()
    with _opened(file, limits) as archive:
        entries = [entry for entry in map(_entry, archive.infolist()) if not _is_litter(entry)]
        if len(entries) > limits.files:
            raise ArchiveRefused(Refusal.TOO_MANY.value.format(most=limits.files))
        if problems := list(islice(_problems(entries, limits, with_sheet=with_sheet), _MOST_PROBLEMS)):
            raise ArchiveRefused(*problems)
        _write(archive, entries, folder)
    sheet = next((folder / entry.name for entry in entries if entry.is_sheet), None)
    return Unpacked(sheet, tuple(folder / entry.name for entry in entries if not entry.is_sheet))


def _opened(file: BinaryIO, limits: Limits) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(_Guarded(file, most=PIECE + limits.files * _ENTRY))
    except (zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeDecodeError) as error:
        raise ArchiveRefused(Refusal.NO_ZIP.value) from error


def _entry(info: zipfile.ZipInfo) -> _Entry:
    """macOS writes UTF-8 without saying so, and some of Windows' programs write backslashes."""
    path = info.orig_filename
    if not info.flag_bits & _SAYS_UTF8:
        with suppress(UnicodeError):
            path = path.encode("cp437").decode()
    return _Entry(info, path.replace("\\", "/"))


def _is_litter(entry: _Entry) -> bool:
    """Folders themselves, and what nobody has put there."""
    return entry.path.endswith("/") or is_litter(entry.parts)


def is_litter(parts: Sequence[str]) -> bool:
    """Whether a path, by its parts, is of what operating systems leave behind, or hidden."""
    hidden = (part.startswith(".") and part.strip(".") != "" for part in parts)
    return any(hidden) or any(part.lower() in _LITTER for part in parts)


def is_sheet(name: str) -> bool:
    return name.lower().endswith(_SHEETS)


# -- judging -----------------------------------------------------------------------------------------------------------


def _problems(entries: Sequence[_Entry], limits: Limits, *, with_sheet: bool) -> Iterator[str]:
    """Everything that is wrong, from the table of contents alone."""
    for entry in entries:
        yield from (refusal.value.format(name=shown(entry.path), most=limits.ratio) for refusal in _refusals(entry, limits))
    if sum(entry.info.file_size for entry in entries) > limits.size:
        yield Refusal.TOO_LARGE.value.format(most=limits.size)
    yield from _twice(entries)
    sheets = [entry.path for entry in entries if entry.is_sheet]
    if sheets and not with_sheet:
        yield Refusal.SHEET_BESIDE.value
    elif with_sheet and not sheets:
        yield Refusal.NO_SHEET.value
    elif len(sheets) > 1:
        yield Refusal.SHEETS.value.format(names=", ".join(map(shown, sheets[:_SHEETS_SHOWN])))


def _refusals(entry: _Entry, limits: Limits) -> Iterator[Refusal]:
    info = entry.info
    if not _is_safe(entry):
        yield Refusal.PATH
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        yield Refusal.NO_FILE
    if info.flag_bits & _ENCRYPTED:
        yield Refusal.ENCRYPTED
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        yield Refusal.METHOD
    if info.file_size > max(limits.lenient, limits.ratio * info.compress_size):
        yield Refusal.PACKED_TOO_WELL


def _is_safe(entry: _Entry) -> bool:
    """Whether the path stays inside, and its last part can be a file's name here."""
    absolute = entry.path.startswith("/") or bool(_DRIVE.match(entry.path))
    named = 0 < len(entry.name.encode("utf-8", "replace")) <= _LONGEST_NAME and not _CONTROL.search(entry.name)
    return named and not absolute and entry.name != "." and ".." not in entry.parts


def _twice(entries: Sequence[_Entry]) -> Iterator[str]:
    first: dict[str, _Entry] = {}
    for entry in entries:
        if (other := first.setdefault(key(entry.name), entry)) is not entry:
            yield Refusal.TWICE.value.format(name=shown(entry.path), other=shown(other.path))


# -- unpacking ---------------------------------------------------------------------------------------------------------


def _write(archive: zipfile.ZipFile, entries: Sequence[_Entry], folder: Path) -> None:
    with ExitStack() as undo:
        for entry in entries:
            path = folder / entry.name
            with path.open("xb") as target:
                undo.callback(path.unlink)
                _copy(archive, entry, target)
        undo.pop_all()


def _copy(archive: zipfile.ZipFile, entry: _Entry, target: BinaryIO) -> None:
    """A file can be no longer than its entry says: `zipfile` stops there, and compares the checksum. Raises ArchiveRefused."""
    try:
        with archive.open(entry.info) as source:
            while piece := source.read(PIECE):
                target.write(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise ArchiveRefused(Refusal.DAMAGED.value.format(name=shown(entry.path))) from error
