"""One cell: what no cell may hold, and what a cell of an attribute is worth."""

import math
import re
from dataclasses import dataclass, field

from mints.names import shown
from mints.sheet.findings import Kind, Value

SAFE_INTEGER = 2**53 - 1  # beyond it JavaScript, and so every wallet and market, rounds

# As OWASP has it under "CSV injection", with the wide forms that spreadsheets take for the same.
_FORMULA = frozenset("=+-@\t\r＝＋－＠")  # noqa: RUF001 - the wide forms are meant
_HARMLESS = re.compile(r"-(?:\d+(?:[.,]\d+)?)?", re.ASCII)  # a negative number, or the dash that stands for nothing
# Control characters, what turns the direction of text around, halves of pairs, and code points that are no characters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]",
)
_UNSEEN_OR_BREAK = re.compile(f"[\t\n\r]|{_UNSEEN.pattern}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", re.ASCII)
_LONGEST_NUMBER = 24  # letters that a number with all digits of a double can have, sign and point included
_BREAK = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a cell."""

    kind: Kind
    details: dict[str, object] = field(default_factory=dict)


def complaint(text: str, longest: int, *, many_lines: bool = False) -> Complaint | None:
    """What no cell may hold; None if it holds none of it. `longest` in letters."""
    if len(text) > longest:
        return Complaint(Kind.TOO_LONG, {"most": longest})
    inner = text.strip()
    for first in (text[:1], inner[:1]):
        if first in _FORMULA and not _HARMLESS.fullmatch(inner):
            return Complaint(Kind.FORMULA, {"cell": shown(text), "first": shown(first)})
    if unseen := (_UNSEEN if many_lines else _UNSEEN_OR_BREAK).search(inner):
        return Complaint(Kind.CONTROL, {"letter": f"U+{ord(unseen.group()):04X}"})
    return None


def paragraphs(text: str) -> str:
    """With the line ends of one system, so that the same sheet is the same metadata wherever it was saved."""
    return _BREAK.sub("\n", text)


def worth(text: str) -> Value:
    """A text as the number that it writes in the one canonical way, else as it is: `7` and `0.5` are numbers, `007`, `1.50`,
    `1e3` and what a market would round are not.
    """
    if len(text) > _LONGEST_NUMBER or not _NUMBER.fullmatch(text) or text == "-0":
        return text
    number = float(text) if "." in text else int(text)
    return number if str(number) == text and abs(number) <= SAFE_INTEGER else text


def plain(value: object) -> Value | None:
    """A value of a JSON row, as what a cell can hold; None for what it cannot. A number stays a number if all read it alike."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return value
        case int() if value.bit_length() <= 256:
            return value if abs(value) <= SAFE_INTEGER else str(value)
        case float() if math.isfinite(value):
            return _whole(value) if value.is_integer() else value
    return None


def _whole(value: float) -> Value:
    """As the database would give it back: `2.0` is 2 there, and 1e300 has 301 digits."""
    return int(value) if abs(value) <= SAFE_INTEGER else str(value)
