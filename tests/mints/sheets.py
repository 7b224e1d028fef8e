"""Sheets as people send them, and what reading them says."""

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from chain.calls import address
from chain.fields import solana_address
from mints.sheet.csv_file import read_csv
from mints.sheet.findings import Kind, Mistake, Sheet
from mints.sheet.rules import Rules

WALLET = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
SOLANA_WALLET = "BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY"
HEADER = "name,description,image_filename,recipient_wallet"
COMPRESSED: dict[str, Any] = {"address": solana_address, "compressed": True}  # rules of a collection on Solana


def rules(**changed: Any) -> Rules:
    """Of an ERC-721 collection with one picture, unless told otherwise."""
    usual: dict[str, Any] = {"address": address, "pictures": ["1.png"]}
    return Rules(**usual | changed)


def read(text: str | bytes, **changed: Any) -> Sheet:
    return read_csv(BytesIO(text if isinstance(text, bytes) else text.encode()), rules(**changed))


def sheet(*rows: str, header: str = HEADER, **changed: Any) -> Sheet:
    """A header, and rows below it."""
    return read("".join(f"{line}\n" for line in (header, *rows)), **changed)


def places(mistakes: Iterable[Mistake]) -> list[tuple[int, str, Kind]]:
    return [(each.row, each.column, each.kind) for each in mistakes]


def sentences(mistakes: Iterable[Mistake]) -> list[str]:
    return [str(each) for each in mistakes]
