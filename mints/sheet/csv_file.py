"""A sheet as a CSV file, read once and a line at a time."""

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from mints.sheet.cells import worth
from mints.sheet.columns import meaning
from mints.sheet.findings import Kind, Sheet, mistake
from mints.sheet.lines import lines
from mints.sheet.reader import Reader
from mints.sheet.rules import Rules, Unreadable

DELIMITERS = ",;\t"

_EXCELS_HINT = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)  # a first line that spreadsheets hide
# Said of the sheet as a whole and of no row.
_OF_THE_WHOLE = frozenset({Kind.EMPTY, Kind.NOT_CSV, Kind.TOO_LARGE, Kind.NO_ROWS, Kind.TOO_MANY_MISTAKES})


def read_csv(file: BinaryIO, rules: Rules) -> Sheet:
    """Whatever the file holds, what is wrong with it is in the answer, by row and column, and nothing is raised."""
    sheet, records = Sheet(), _Records(lines(file, rules.limits))
    try:
        _read(records, Reader(sheet, rules, worth))
    except Unreadable as error:
        row = 0 if error.kind in _OF_THE_WHOLE else records.number
        sheet.mistakes.append(mistake(row, "", error.kind, **error.details))
    return sheet


def _read(records: "_Records", reader: Reader) -> None:
    cells = iter(records)
    header = next(cells, None)
    if header is None:
        raise Unreadable(Kind.EMPTY)
    reader.begin(header, records.number)
    for row in cells:
        _take(records.number, row, reader)
    reader.finish()


def _take(number: int, cells: list[str], reader: Reader) -> None:
    """Empty cells beyond the header are no mistake: spreadsheets leave them behind."""
    if len(cells) < reader.width or any(cell.strip() for cell in cells[reader.width :]):
        reader.refuse(number, Kind.CELLS, got=len(cells), wanted=reader.width)
    else:
        reader.take(number, cells)


class _Records:
    """The rows that are not blank; `number` is that of the one being read, as the spreadsheet shows it."""

    def __init__(self, text: Iterator[str]) -> None:
        self._lines = text
        self.number = 0

    def __iter__(self) -> Iterator[list[str]]:
        """Raises Unreadable."""
        self.number = 1
        try:
            for cells in self._reader():
                if any(cell.strip() for cell in cells):
                    yield cells
                self.number += 1  # before the next one is read: it may be the one that cannot be
        except csv.Error as error:
            raise Unreadable(Kind.QUOTES) from error

    def _reader(self) -> Iterator[list[str]]:
        """The delimiter is the one that makes most sense of the first line that is not blank."""
        begin: list[str] = []
        for line in self._lines:
            if not begin and (hint := _EXCELS_HINT.fullmatch(line)):
                return csv.reader(self._lines, delimiter=hint[1], strict=True)
            begin.append(line)
            if line.strip():
                break
        delimiter = _delimiter(begin[-1]) if begin else ","
        return csv.reader(chain(begin, self._lines), delimiter=delimiter, strict=True)


def _delimiter(line: str) -> str:
    def sense(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        return sum(meaning(cell) is not None for cell in cells), len(cells)

    return max(DELIMITERS, key=sense)
