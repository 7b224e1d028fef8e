"""What reading a sheet finds: its rows, and every mistake by row and column."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Value = str | int | float


class Kind(StrEnum):
    """What can be wrong with a sheet, as the sentence that says so. docs/collections.md says of each what to do."""

    # the file as a whole
    EMPTY = "The file is empty."
    NOT_CSV = "This is {what} and not CSV in UTF-8."
    NOT_UTF8 = "Line {line} stops being UTF-8 at its byte {byte}, which is {hex}{letter}."
    TOO_LARGE = "The file is larger than {most} bytes."
    LINE_TOO_LONG = "Line {line} is longer than {most} bytes."
    QUOTES = "A quotation mark is never closed, or stands in the middle of a cell; from here on nothing was read."
    NO_ROWS = "There are no rows."
    TOO_MANY_ROWS = "There are more than {most} rows; from here on nothing was read."
    TOO_MANY_MISTAKES = "There are more than {most} mistakes; from here on nothing was read."
    # the header
    TOO_MANY_COLUMNS = "There are more than {most} columns."
    COLUMN_MISSING = "There is no column {wanted}."
    COLUMN_TWICE = "This column means the same as column {letter}, {other}."
    COLUMN_UNNAMED = "Column {letter} has cells, and no name in the header."
    TOKEN_IDS_UNWANTED = "A compressed NFT gets its number from the tree: leave this column out."  # noqa: S105 - of an NFT
    # a row
    NOT_A_ROW = "This is no object with a member for each column."
    CELLS = "The row has {got} cells, the header has {wanted}."
    # any cell
    NOT_A_CELL = "A value is a text, a number, true, false or null."
    TOO_LONG = "This is longer than {most} letters."
    FORMULA = "{cell} begins as a formula does, with {first}."
    CONTROL = "There is a letter in it that cannot be seen: {letter}."
    # cells of certain columns
    NAME_MISSING = "The name is missing."
    NAME_TOO_LONG = "The name has {got} {unit}, {most} are allowed."
    NAME_TWICE = "Row {other} has this name already."
    PICTURE_MISSING = "The name of the picture is missing."
    PICTURE_UNKNOWN = "There is no picture {cell} among the files{hint}."
    WALLET_MISSING = "The wallet is missing, and the collection has no default recipient."
    WALLET_BAD = "{cell} is no wallet: {why}"
    QUANTITY_BAD = "{cell} is no quantity: a whole number of 1 or more, without separators."
    QUANTITY_ONE = "There are no copies of such an NFT: its quantity is 1."
    TOKEN_ID_BAD = "{cell} is no token id: a whole number of 0 or more, without separators."  # noqa: S105 - of an NFT
    TOKEN_ID_TWICE = "Row {other} has this token id already."  # noqa: S105 - of an NFT
    TOKEN_ID_MISSING = "Other rows have a token id, this one has none."  # noqa: S105 - of an NFT
    # warnings
    PICTURE_UNUSED = "No row uses the picture {cell}."
    LETTER_LOST = "There is a � in it: a letter was lost when the text was converted."


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, or, as a warning, looks so.

    `row` as the spreadsheet counts, the header's row included; of rows as JSON the first is 1; 0 is the sheet as a whole.
    `column` as it is headed, empty where no single one is meant.
    """

    row: int
    column: str
    kind: Kind
    message: str

    def __str__(self) -> str:
        place = ", ".join(([f"row {self.row}"] if self.row else []) + ([self.column] if self.column else []))
        return f"{place}: {self.message}" if place else self.message


def mistake(row: int, column: str, kind: Kind, **details: object) -> Mistake:
    """With the kind's sentence filled in."""
    return Mistake(row, column, kind, kind.value.format(**details))


class Attribute(NamedTuple):
    """One trait of an item: `{"trait_type": …, "value": …}`."""

    trait_type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Row:
    """An item to be. `number` is its row as in Mistake; `image` is the file's own name, whatever case the row wrote it in."""

    number: int
    name: str
    description: str
    image: str
    recipient: str
    quantity: int = 1
    token_id: int | None = None
    attributes: tuple[Attribute, ...] = ()


@dataclass(slots=True)
class Sheet:
    """A sheet that was read. `rows` has those without a mistake; only where `mistakes` is empty are these all of them."""

    rows: list[Row] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    warnings: list[Mistake] = field(default_factory=list)
    count: int = 0  # rows below the header, blank ones left out
