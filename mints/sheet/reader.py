"""What CSV and JSON have in common: a header, rows in turn, and an end at which the last mistakes show."""

from collections.abc import Iterable, Sequence

from mints.names import shown
from mints.sheet.columns import Field, check, understand
from mints.sheet.findings import Kind, Mistake, Sheet, Value, mistake
from mints.sheet.line import Line, Worth
from mints.sheet.memory import Memory, Pictures
from mints.sheet.rules import Rules, Unreadable


class Reader:
    """Fills a Sheet. Every method raises Unreadable when there is too much of anything."""

    def __init__(self, sheet: Sheet, rules: Rules, worth: Worth) -> None:
        self._sheet, self._rules, self._worth = sheet, rules, worth
        self._columns = understand(())
        self._memory = Memory(Pictures(rules.pictures))

    @property
    def width(self) -> int:
        """Columns of the header."""
        return len(self._columns.headers)

    def begin(self, headers: Sequence[str], row: int) -> None:
        """The header, which stands in this row."""
        self._columns = understand(headers)
        self._note(check(headers, self._columns, self._rules, row))

    def take(self, number: int, cells: Sequence[Value | None]) -> None:
        """A row with a cell for each column; None is one that no cell can be."""
        self._count()
        line = Line(number, cells, self._columns, self._rules, self._memory)
        row = line.row(self._worth)
        self._note(line.mistakes)
        self._sheet.warnings += line.warnings
        if not line.mistakes:
            self._sheet.rows.append(row)

    def refuse(self, number: int, kind: Kind, **details: object) -> None:
        """A row whose cells cannot be told apart."""
        self._count()
        self._note([mistake(number, "", kind, **details)])

    def finish(self) -> None:
        """What shows only when all rows are known."""
        if not self._sheet.count:
            raise Unreadable(Kind.NO_ROWS)
        if self._memory.token_ids:
            self._miss_token_ids(self._columns.headers[self._columns.fields[Field.TOKEN_ID]])
        if Field.IMAGE in self._columns.fields:
            unused = self._memory.pictures.unused()
            self._sheet.warnings += (mistake(0, "", Kind.PICTURE_UNUSED, cell=shown(name)) for name in unused)

    def _miss_token_ids(self, header: str) -> None:
        """Where some have one all must: else a number could be two items' file."""
        lacking = set(self._memory.without_token_id)
        self._note(mistake(number, header, Kind.TOKEN_ID_MISSING) for number in self._memory.without_token_id)
        self._sheet.rows = [row for row in self._sheet.rows if row.number not in lacking]
        self._sheet.mistakes.sort(key=lambda each: each.row)

    def _count(self) -> None:
        if self._sheet.count == self._rules.limits.rows:
            raise Unreadable(Kind.TOO_MANY_ROWS, most=self._rules.limits.rows)
        self._sheet.count += 1

    def _note(self, mistakes: Iterable[Mistake]) -> None:
        for each in mistakes:
            if len(self._sheet.mistakes) == self._rules.limits.mistakes:
                raise Unreadable(Kind.TOO_MANY_MISTAKES, most=self._rules.limits.mistakes)
            self._sheet.mistakes.append(each)
