"""A file's bytes as lines of text, one in memory at a time. What is not UTF-8 is named, with the place where it stops."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from mints.names import shown
from mints.sheet.findings import Kind
from mints.sheet.rules import Limits, Unreadable

# How files begin that are sent instead of CSV. The longer mark stands before the shorter one that it begins with.
_OTHERS = {
    b"PK\x03\x04": "a workbook (.xlsx, .ods, .numbers) or a zip",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF",
    b"{\\rtf": "a text document (.rtf)",
    b"\x1f\x8b": "a file packed with gzip",
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_BOM = "\ufeff"
_LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")  # where a line ends on old Macs


def lines(file: BinaryIO, limits: Limits) -> Iterator[str]:
    """The lines with their ends, the first without its byte order mark. Raises Unreadable."""
    offset = 0
    for number, raw in enumerate(iter(lambda: file.readline(limits.line + 1), b""), 1):
        if offset == 0:
            _check_beginning(raw)
        if len(raw) > limits.line:
            raise Unreadable(Kind.LINE_TOO_LONG, line=number, most=limits.line)
        offset += len(raw)
        if offset > limits.size:
            raise Unreadable(Kind.TOO_LARGE, most=limits.size)
        yield from _parts(_text(raw, number).removeprefix(_BOM if number == 1 else ""))


def _parts(line: str) -> Iterator[str]:
    return (part for part in _LONE_RETURN.split(line) if part)


def _check_beginning(raw: bytes) -> None:
    if what := next((what for mark, what in _OTHERS.items() if raw.startswith(mark)), ""):
        raise Unreadable(Kind.NOT_CSV, what=what)
    if raw[1:2] == b"\0" or raw[:1] == b"\0":
        raise Unreadable(Kind.NOT_CSV, what="UTF-16 without a mark that says so")


def _text(raw: bytes, number: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        wrong = raw[error.start : error.start + 1]
        raise Unreadable(
            Kind.NOT_UTF8, line=number, byte=error.start + 1, hex=f"0x{wrong.hex()}", letter=_in_windows(wrong)
        ) from error


def _in_windows(byte: bytes) -> str:
    """What most such files are, so that people recognise their own letter."""
    letter = byte.decode("windows-1252", "ignore")
    return f" ({shown(letter)} in Windows-1252)" if letter else ""
