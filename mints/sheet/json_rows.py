"""A sheet as rows of a JSON document: objects whose members are the columns."""

from collections.abc import Mapping, Sequence

from mints.sheet.cells import plain
from mints.sheet.findings import Kind, Sheet, mistake
from mints.sheet.reader import Reader
from mints.sheet.rules import Rules, Unreadable


def read_rows(rows: Sequence[object], rules: Rules) -> Sheet:
    """The first row is 1. A text stays a text, also one that looks like a number; a member left out is an empty cell."""
    sheet = Sheet()
    reader = Reader(sheet, rules, str)
    try:
        names = _names(rows)
        reader.begin(names, row=0)
        for number, row in enumerate(rows, 1):
            _take(number, row, names, reader)
        reader.finish()
    except Unreadable as error:
        sheet.mistakes.append(mistake(0, "", error.kind, **error.details))
    return sheet


def _names(rows: Sequence[object]) -> Sequence[str]:
    """Every member that any row has, in the order in which they come up. Raises Unreadable."""
    if not rows:
        raise Unreadable(Kind.NO_ROWS)
    return list(dict.fromkeys(str(name) for row in rows if isinstance(row, Mapping) for name in row))


def _take(number: int, row: object, names: Sequence[str], reader: Reader) -> None:
    if isinstance(row, Mapping):
        reader.take(number, [plain(row.get(name)) for name in names])
    else:
        reader.refuse(number, Kind.NOT_A_ROW)
