"""A sheet of claims: CSV with a header, one claim a line, read in chunks so that its size does not matter."""

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from claims.intake import wishes
from claims.models import Reward
from claims.serializers import RewardBody
from orders.intake import Refused, Wish, invalid
from orders.many.bulk import Result, accept_many
from orders.models import Client, Order

COLUMNS = ("recipient", "quantity", "token_id", "external_id")
CHUNK = 500  # lines stored in one database transaction; part of the idempotency keys, so never changed


class SheetError(Exception):
    """The file as a whole cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one line: the order it is, or what is wrong with it. `replayed`: an earlier import had stored it."""

    line: int
    order: str = ""
    problem: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the sheet by its number in the file, and what it wishes or why it cannot."""

    number: int
    wish: Wish | Refused


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of claims of one reward."""

    path: Path
    reward: Reward

    def digest(self) -> str:
        """Names this content for this reward: the same file read again is the same import. Raises SheetError."""
        digest = hashlib.sha256(str(self.reward.pk).encode())
        try:
            digest.update(self.path.read_bytes())
        except OSError as error:
            raise SheetError(f"{self.path} cannot be read: {error.strerror}.") from error
        return digest.hexdigest()[:32]

    def chunks(self) -> Iterator[list[Line]]:
        """Every line, checked as REST would check it. Raises SheetError."""
        try:
            with self.path.open(newline="", encoding="utf-8-sig") as file:
                rows = csv.DictReader(file, restkey="more")
                _check_header(rows.fieldnames or ())
                numbered = ((rows.line_num, row) for row in rows)
                while chunk := list(islice(numbered, CHUNK)):
                    yield self._lines(chunk)
        except OSError as error:
            raise SheetError(f"{self.path} cannot be read: {error.strerror}.") from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise SheetError(f"{self.path} is no CSV in UTF-8: {error}.") from error

    def _lines(self, rows: Sequence[tuple[int, Mapping[str, Any]]]) -> list[Line]:
        bodies = [_body(row) for _, row in rows]
        good = iter(wishes([body | {"reward": str(self.reward.pk)} for body in bodies if isinstance(body, dict)]))
        return [
            Line(number, body if isinstance(body, Refused) else next(good))
            for (number, _), body in zip(rows, bodies, strict=True)
        ]


def store(lines: Sequence[Line], client: Client, digest: str) -> list[Report]:
    """Store what can be stored, in one database transaction; a second time it finds what the first one stored."""

    def describe(position: int, answer: Order | Refused) -> Result:
        line = lines[position].number
        return (
            {"line": line, "problem": said(answer)} if isinstance(answer, Refused) else {"line": line, "order": str(answer.pk)}
        )

    key = f"import-{digest}-{lines[0].number}"
    answer = accept_many(client, [line.wish for line in lines], key=key, request_hash=digest, describe=describe)
    return [Report(**result, replayed=answer.replayed) for result in answer.results]


def said(refused: Refused) -> str:
    """A refusal as one line."""
    return " ".join(f"{error.field}: {error.message}" for error in refused.errors) or refused.message


def _check_header(names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in COLUMNS]:
        raise SheetError(f"The first line names columns that nobody knows: {', '.join(unknown)}. Known: {', '.join(COLUMNS)}.")
    if "recipient" not in names:
        raise SheetError(f"The first line must name the columns, `recipient` among them. Known: {', '.join(COLUMNS)}.")


def _body(row: Mapping[str, Any]) -> dict[str, Any] | Refused:
    """A line as the body of a request that passed REST's own checks, or why it did not."""
    if "more" in row:
        return invalid("line", "It has more cells than the first line names.")
    given = {name: value.strip() for name, value in row.items() if value and value.strip()}
    quantity = given.get("quantity", "1")
    read = RewardBody(data=given | {"quantity": int(quantity) if quantity.isascii() and quantity.isdigit() else quantity})
    if read.is_valid():
        return dict(read.validated_data)
    field, messages = next(iter(read.errors.items()))
    return invalid(str(field), " ".join(map(str, messages)))
