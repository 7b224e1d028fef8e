"""The header: which column is what. Six have a meaning, under several spellings; every other one is an attribute."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from mints.names import key, shown
from mints.sheet.cells import complaint
from mints.sheet.findings import Kind, Mistake, mistake
from mints.sheet.rules import Rules, Unreadable


class Field(StrEnum):
    """A column with a meaning, by the name that the documentation gives it."""

    NAME = "name"
    DESCRIPTION = "description"
    IMAGE = "image_filename"
    RECIPIENT = "recipient_wallet"
    QUANTITY = "quantity"
    TOKEN_ID = "token_id"  # noqa: S105 - of an NFT


# Few on purpose: each spelling is a name that no attribute can have.
SPELLINGS: Mapping[Field, tuple[str, ...]] = MappingProxyType({
    Field.NAME: ("name", "nft_name", "item_name"),
    Field.DESCRIPTION: ("description", "nft_description", "item_description"),
    Field.IMAGE: ("image_filename", "image", "image_file", "image_name", "filename", "file_name", "file", "picture"),
    Field.RECIPIENT: ("recipient_wallet", "recipient", "recipient_address", "wallet", "wallet_address", "owner"),
    Field.QUANTITY: ("quantity", "copies"),
    Field.TOKEN_ID: ("token_id", "tokenid"),
})  # fmt: skip
_MEANINGS = {spelling: field for field, spellings in SPELLINGS.items() for spelling in spellings}


@dataclass(frozen=True, slots=True)
class Columns:
    """`headers` as written, trimmed; the others are places among them, from 0."""

    headers: tuple[str, ...]
    fields: Mapping[Field, int]
    attributes: tuple[int, ...]
    unnamed: tuple[int, ...]


def meaning(header: str) -> Field | None:
    """What a column so headed is; None: an attribute. Case does not count, nor whether words are joined by ' ', '-' or '_'."""
    return _MEANINGS.get("_".join(header.casefold().replace("-", " ").replace("_", " ").split()))


def letter(place: int) -> str:
    """A column as spreadsheets call it: 0 is A, 26 is AA."""
    above, rest = divmod(place, 26)
    return (letter(above - 1) if above else "") + chr(ord("A") + rest)


def understand(headers: Sequence[str]) -> Columns:
    """The columns of a header whatever is wrong with it; of two that mean the same the first counts."""
    trimmed = tuple(header.strip() for header in headers)
    fields: dict[Field, int] = {}
    for place, header in enumerate(trimmed):
        if field := meaning(header):
            fields.setdefault(field, place)
    attributes = (place for place, header in enumerate(trimmed) if header and not meaning(header))
    unnamed = (place for place, header in enumerate(trimmed) if not header)
    return Columns(trimmed, fields, tuple(attributes), tuple(unnamed))


def check(headers: Sequence[str], columns: Columns, rules: Rules, row: int) -> Iterator[Mistake]:
    """What is wrong with a header that stands in this row. Raises Unreadable."""
    if len(headers) > rules.limits.columns:
        raise Unreadable(Kind.TOO_MANY_COLUMNS, most=rules.limits.columns)
    for header, trimmed in zip(headers, columns.headers, strict=True):
        if found := complaint(header, rules.limits.cell):
            yield mistake(row, trimmed, found.kind, **found.details)
    yield from _twice(columns, row)
    yield from (mistake(row, field, Kind.COLUMN_MISSING, wanted=field) for field in missing(columns, rules))
    if rules.compressed and Field.TOKEN_ID in columns.fields:
        yield mistake(row, columns.headers[columns.fields[Field.TOKEN_ID]], Kind.TOKEN_IDS_UNWANTED)


def missing(columns: Columns, rules: Rules) -> Iterator[Field]:
    """The columns without which no row is an item."""
    needed = (Field.NAME, Field.IMAGE, *(() if rules.default_recipient else (Field.RECIPIENT,)))
    return (field for field in needed if field not in columns.fields)


def _twice(columns: Columns, row: int) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for place, header in enumerate(columns.headers):
        if header and (other := first.setdefault(meaning(header) or key(header), place)) != place:
            yield mistake(row, header, Kind.COLUMN_TWICE, letter=letter(other), other=shown(columns.headers[other]))
