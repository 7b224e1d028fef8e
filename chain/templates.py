"""Argument templates: JSON that says how an order becomes the arguments of a function. Pure.

`["{recipient}", "{quantity}", [["0x00…"], 5]]` suits `(address,uint256,(bytes32[],uint256))`. A text that is
exactly one placeholder takes the order's value, other text is filled in, everything else is a literal. In a
batch template `{"each": X}` becomes an array with X once per order. Doubled braces stand for themselves.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from chain.calls import AddressError, CodecError, checksummed, encode
from chain.errors import ChainError

# A plausible order, for looking at a template before there is one. The keys are all placeholders there are, unless a kind of
# order has others.
PROBE: Mapping[str, Any] = {
    "recipient": "0x000000000000000000000000000000000000dEaD",
    "quantity": 1,
    "token_id": 1,
    "amount": 1,
    "order_id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
}


class TemplateError(ChainError):
    """The argument template does not fit the function."""


class _MisfitError(ValueError):
    """A sentence without its position, which `_argument` adds."""


def fill(
    template: list[Any], types: Sequence[str], fields: Mapping[str, Any], *, known: Collection[str] = PROBE.keys()
) -> list[Any]:
    """The arguments for one order, ready to encode. `known` are the placeholders there are. Raises TemplateError."""
    return _filled(template, types, _Source(fields, None, known))


def fill_batch(
    template: list[Any], types: Sequence[str], rows: Sequence[Mapping[str, Any]], *, known: Collection[str] = PROBE.keys()
) -> list[Any]:
    """The arguments for many orders in one call, ready to encode. Raises TemplateError."""
    return _filled(template, types, _Source(None, rows, known))


def check(template: list[Any], types: Sequence[str], *, batch: bool, probe: Mapping[str, Any] = PROBE) -> None:
    """Raise TemplateError, naming the argument and what is wrong, unless a plausible order encodes."""
    known = probe.keys()
    values = fill_batch(template, types, [probe] * 2, known=known) if batch else fill(template, types, probe, known=known)
    if batch and not _has_each(template):
        raise TemplateError('A batch needs at least one argument {"each": …}: an array over its orders.')
    try:
        encode(types, values)
    except CodecError as error:
        raise TemplateError(str(error)) from error


@dataclass(frozen=True, slots=True)
class _Source:
    """Where placeholders look: one order's fields, or the rows that `each` goes through."""

    fields: Mapping[str, Any] | None
    rows: Sequence[Mapping[str, Any]] | None
    known: Collection[str]


def _filled(template: Any, types: Sequence[str], source: _Source) -> list[Any]:
    if not isinstance(template, list):
        raise TemplateError("A template is a list with one element per argument.")
    if len(template) != len(types):
        raise TemplateError(f"The function takes {len(types)} arguments, the template has {len(template)}.")
    pairs = zip(template, types, strict=True)
    return [_argument(part, kind, source, position) for position, (part, kind) in enumerate(pairs, start=1)]


def _argument(part: Any, kind: str, source: _Source, position: int) -> Any:
    try:
        return _value(part, kind, source)
    except (_MisfitError, AddressError) as error:
        raise TemplateError(f"Argument {position} ({kind}): {error}") from error


def _value(part: Any, kind: str, source: _Source) -> Any:
    members = _members(kind)
    if members is not None:
        return _tuple(part, members, source)
    if kind.endswith("]"):
        return _array(part, kind, source)
    if isinstance(part, str):
        part = _text(part, source)
    return _coerced(part, kind)


def _tuple(part: Any, members: Sequence[str], source: _Source) -> tuple[Any, ...]:
    if not isinstance(part, list) or len(part) != len(members):
        raise _MisfitError(f"a tuple needs a list of {len(members)} elements ({', '.join(members)}).")
    return tuple(_value(item, kind, source) for item, kind in zip(part, members, strict=True))


def _array(part: Any, kind: str, source: _Source) -> list[Any]:
    item_kind, _, size = kind[:-1].rpartition("[")
    if isinstance(part, dict):
        return _each(part, item_kind, size, source)
    if not isinstance(part, list):
        raise _MisfitError("an array needs a list.")
    if size and len(part) != int(size):
        raise _MisfitError(f"{kind} needs {size} elements, the list has {len(part)}.")
    return [_value(item, item_kind, source) for item in part]


def _each(part: Mapping[str, Any], item_kind: str, size: str, source: _Source) -> list[Any]:
    if list(part) != ["each"]:
        raise _MisfitError('an object here can only be {"each": …}.')
    if source.rows is None:
        raise _MisfitError('"each" works only in a batch template, once per array.')
    if size:
        raise _MisfitError('"each" needs an array without a fixed length.')
    return [_value(part["each"], item_kind, _Source(row, None, source.known)) for row in source.rows]


def _has_each(part: Any) -> bool:
    return isinstance(part, dict) or (isinstance(part, list) and any(_has_each(item) for item in part))


# -- placeholders ----------------------------------------------------------------------------------

_BRACES = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def _text(part: str, source: _Source) -> Any:
    if "{" not in part and "}" not in part:
        return part
    whole = re.fullmatch(r"\{([^{}]*)\}", part)
    if whole:
        return _field(whole[1], source)
    return _BRACES.sub(lambda found: _piece(found, source), part)


def _piece(found: re.Match[str], source: _Source) -> str:
    if found[0] in ("{{", "}}"):
        return found[0][0]
    if found[1] is None:
        raise _MisfitError(f"a '{found[0]}' stands alone; write it twice if it is meant.")
    return str(_field(found[1], source))


def _field(name: str, source: _Source) -> Any:
    if name not in source.known:
        known = ", ".join(f"{{{placeholder}}}" for placeholder in source.known)
        raise _MisfitError(f"there is no placeholder {{{name}}}; there are {known}.")
    if source.fields is None:
        raise _MisfitError(f'{{{name}}} differs from order to order, so a batch has it inside {{"each": …}}.')
    value = source.fields.get(name)
    if value is None:
        raise _MisfitError(f"this order has no {name}.")
    return value


# -- ABI values ------------------------------------------------------------------------------------


@lru_cache(maxsize=1024)
def _members(kind: str) -> tuple[str, ...] | None:
    """The types inside a tuple type; None for any other type."""
    if not kind.endswith(")"):
        return None
    members, depth, start = [], 0, 1
    for at, character in enumerate(kind):
        depth += (character == "(") - (character == ")")
        if (character == "," and depth == 1) or depth == 0:
            members.append(kind[start:at])
            start = at + 1
    return tuple(members)


def _coerced(value: Any, kind: str) -> Any:
    return _coercion(kind)(value)


@lru_cache(maxsize=1024)
def _coercion(kind: str) -> Callable[[Any], Any]:
    base = kind.rstrip("0123456789")
    size = int(kind[len(base) :] or 0)
    if base in ("uint", "int"):
        return lambda value: _integer(value, size, signed=base == "int")
    if base == "bytes":
        return lambda value: _bytes(value, size)
    return {"address": _address, "bool": _bool, "string": _string}[base]


def _integer(value: Any, bits: int, *, signed: bool) -> int:
    number = _number(value)
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if signed else (0, 2**bits)
    if not low <= number < high:
        raise _MisfitError(f"{_shown(number)} is outside {'' if signed else 'u'}int{bits}.")
    return number


# Forty hexadecimal digits are an address: where a number is wanted, arguments have changed places.
_NUMBER = re.compile(r"-?[0-9]{1,78}|0x(?![0-9a-fA-F]{40}\Z)[0-9a-fA-F]{1,64}")


def _number(value: Any) -> int:
    if isinstance(value, UUID):
        return value.int
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value, 16 if value.startswith("0x") else 10)
    raise _MisfitError(f"{_shown(value)} is not a whole number.")


def _bytes(value: Any, size: int) -> bytes:
    """Raw bytes; an order id is its 16 bytes, zeros on the right (as Solidity widens bytes16)."""
    raw = value.bytes.ljust(size, b"\0") if isinstance(value, UUID) else _unhex(value)
    if size and len(raw) != size:
        raise _MisfitError(f"bytes{size} needs {size} bytes, this is {len(raw)}.")
    return raw


def _unhex(value: Any) -> bytes:
    if not isinstance(value, str) or not re.fullmatch(r"0x([0-9a-fA-F]{2})*", value):
        raise _MisfitError(f"{_shown(value)} is not 0x and pairs of hexadecimal digits.")
    return bytes.fromhex(value[2:])


def _address(value: Any) -> str:
    return checksummed(_string(value))


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _MisfitError(f"{_shown(value)} is neither true nor false.")
    return value


def _string(value: Any) -> str:
    if isinstance(value, bool | float | list | dict) or value is None:
        raise _MisfitError(f"{_shown(value)} is not a text.")
    return str(value)


def _shown(value: Any) -> str:
    return repr(value)[:80]
