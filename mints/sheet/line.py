"""One row: each column read in turn, and everything noted that is wrong with it."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from chain.calls import AddressError
from mints.names import shown
from mints.sheet.cells import complaint, paragraphs
from mints.sheet.columns import Columns, Field, letter
from mints.sheet.findings import Attribute, Kind, Mistake, Row, Value, mistake
from mints.sheet.memory import Memory
from mints.sheet.rules import COMPRESSED_NAME, Rules

Worth = Callable[[str], Value]

MOST_COPIES = 2**63 - 1  # what the database's column holds
MOST_TOKEN_ID = 2**256 - 1

_QUANTITY = re.compile(r"[1-9][0-9]{0,18}")
_TOKEN_ID = re.compile(r"0|[1-9][0-9]{0,77}")
_LOST = "\ufffd"


class Line:
    """A row while it is read. `cells` has one for each column, None for what cannot be a cell."""

    def __init__(self, number: int, cells: Sequence[Value | None], columns: Columns, rules: Rules, memory: Memory) -> None:
        self._number, self._cells, self._columns, self._rules, self._memory = number, cells, columns, rules, memory
        self.mistakes: list[Mistake] = []
        self.warnings: list[Mistake] = []

    def row(self, worth: Worth) -> Row:
        """The item; only worth anything if no mistake was noted. `worth` makes an attribute's value of its cell."""
        return Row(
            number=self._number,
            name=self._name(),
            description=paragraphs(self._text(Field.DESCRIPTION, many_lines=True) or ""),
            image=self._image(),
            recipient=self._recipient(),
            quantity=self._quantity(),
            token_id=self._token_id(),
            attributes=self._attributes(worth),
        )

    # -- columns with a meaning ------------------------------------------------------------------------------------

    def _name(self) -> str:
        match self._text(Field.NAME):
            case None:
                return ""
            case "":
                return self._bad(Field.NAME, Kind.NAME_MISSING)
            case name:
                return self._fitting(name)

    def _fitting(self, name: str) -> str:
        most, unit = (COMPRESSED_NAME, "bytes") if self._rules.compressed else (self._rules.limits.name, "letters")
        if (got := len(name.encode() if self._rules.compressed else name)) > most:
            return self._bad(Field.NAME, Kind.NAME_TOO_LONG, got=got, unit=unit, most=most)
        other = self._memory.names.setdefault(unicodedata.normalize("NFC", name), self._number)
        return name if other == self._number else self._bad(Field.NAME, Kind.NAME_TWICE, other=other)

    def _image(self) -> str:
        match self._text(Field.IMAGE):
            case None:
                return ""
            case "":
                return self._bad(Field.IMAGE, Kind.PICTURE_MISSING)
            case written:
                return self._memory.pictures.find(written) or self._no_picture(written)

    def _no_picture(self, written: str) -> str:
        like = self._memory.pictures.like(written)
        hint = f"; there is {shown(like)}" if like else ""
        return self._bad(Field.IMAGE, Kind.PICTURE_UNKNOWN, cell=shown(written), hint=hint)

    def _recipient(self) -> str:
        written = self._text(Field.RECIPIENT) if Field.RECIPIENT in self._columns.fields else ""
        if not written:
            if written is None or self._rules.default_recipient or Field.RECIPIENT not in self._columns.fields:
                return self._rules.default_recipient
            return self._bad(Field.RECIPIENT, Kind.WALLET_MISSING)
        try:
            return self._rules.address(written)
        except AddressError as error:
            return self._bad(Field.RECIPIENT, Kind.WALLET_BAD, cell=shown(written), why=str(error))

    def _quantity(self) -> int:
        written = self._text(Field.QUANTITY) or "1"
        if not _QUANTITY.fullmatch(written) or int(written) > MOST_COPIES:
            self._bad(Field.QUANTITY, Kind.QUANTITY_BAD, cell=shown(written))
        elif written != "1" and not self._rules.editions:
            self._bad(Field.QUANTITY, Kind.QUANTITY_ONE)
        else:
            return int(written)
        return 1

    def _token_id(self) -> int | None:
        written = None if self._rules.compressed else self._text(Field.TOKEN_ID)
        if written and _TOKEN_ID.fullmatch(written) and int(written) <= MOST_TOKEN_ID:
            return self._own(int(written))
        if written:
            self._bad(Field.TOKEN_ID, Kind.TOKEN_ID_BAD, cell=shown(written))
        elif written == "":
            self._memory.without_token_id.append(self._number)
        return None

    def _own(self, token_id: int) -> int:
        if (other := self._memory.token_ids.setdefault(token_id, self._number)) != self._number:
            self._bad(Field.TOKEN_ID, Kind.TOKEN_ID_TWICE, other=other)
        return token_id

    # -- all others ------------------------------------------------------------------------------------------------

    def _attributes(self, worth: Worth) -> tuple[Attribute, ...]:
        for place in self._columns.unnamed:
            if self._cells[place] not in ("", None) and place not in self._memory.unnamed:
                self._memory.unnamed.add(place)
                self.mistakes.append(mistake(self._number, "", Kind.COLUMN_UNNAMED, letter=letter(place)))
        found = ((self._columns.headers[place], self._attribute(place, worth)) for place in self._columns.attributes)
        return tuple(Attribute(header, value) for header, value in found if value != "")

    def _attribute(self, place: int, worth: Worth) -> Value:
        cell = self._cells[place]
        if isinstance(cell, int | float):
            return cell
        text = self._checked(place, many_lines=False)
        return worth(text) if text else ""

    # -- cells -----------------------------------------------------------------------------------------------------

    def _text(self, field: Field, *, many_lines: bool = False) -> str | None:
        """The cell, trimmed; None if the column is missing, or the cell is bad and it was said."""
        place = self._columns.fields.get(field)
        return None if place is None else self._checked(place, many_lines=many_lines)

    def _checked(self, place: int, *, many_lines: bool) -> str | None:
        cell, header = self._cells[place], self._columns.headers[place]
        if cell is None:
            self.mistakes.append(mistake(self._number, header, Kind.NOT_A_CELL))
            return None
        text = str(cell)
        if found := complaint(text, self._rules.limits.cell, many_lines=many_lines):
            self.mistakes.append(mistake(self._number, header, found.kind, **found.details))
            return None
        if _LOST in text:
            self.warnings.append(mistake(self._number, header, Kind.LETTER_LOST))
        return text.strip()

    def _bad(self, field: Field, kind: Kind, **details: object) -> str:
        """Note a mistake; what stands for the cell instead."""
        self.mistakes.append(mistake(self._number, self._columns.headers[self._columns.fields[field]], kind, **details))
        return ""
