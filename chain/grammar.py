"""Reads signatures the way people write them: with names, structs, `uint` and Solidity's other words."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from chain.errors import ChainError

LONGEST_TEXT = 2000  # characters; nobody writes longer ones
DEEPEST_NESTING = 8  # tuples and arrays inside one another: the parser recurses, and so does whoever decodes


class SignatureError(ChainError):
    """That is not the signature of a function, event or error."""


class Parameter(NamedTuple):
    """One parameter: canonical ABI type, whether an event indexes it, and its name or ""."""

    type: str
    indexed: bool
    name: str


def parse(text: str) -> tuple[str, list[Parameter]]:
    """The name and the parameters. Raises SignatureError with a sentence for the person who typed it."""
    if len(text) > LONGEST_TEXT:
        raise SignatureError(f"A signature has at most {LONGEST_TEXT} characters.")
    return _Parser(_TOKEN.findall(text)).signature()


_TOKEN = re.compile(r"[A-Za-z_$][\w$]*|\d+|\S", re.ASCII)
_WORD = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_KINDS = {"function", "event", "error"}
_MODIFIERS = {"external", "public", "payable", "nonpayable", "view", "pure", "virtual", "override"}
_LOCATIONS = {"memory", "calldata", "storage", "payable"}
_ALIASES = {"uint": "uint256", "int": "int256"}
_ELEMENTARY = (
    {"address", "bool", "string", "bytes"}
    | {f"bytes{size}" for size in range(1, 33)}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in range(8, 257, 8)}
)


class _Parser:
    """Recursive descent: every method eats the tokens of what it is named after."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def signature(self) -> tuple[str, list[Parameter]]:
        kind = self._take() if self._next() in _KINDS and self._next(1) != "(" else ""
        name = self._word("the name of a function, event or error")
        parameters = self._parameters()
        self._tail()
        _judge(kind, parameters)
        return name, parameters

    def _parameters(self) -> list[Parameter]:
        self._expect("(")
        parameters = [] if self._next() == ")" else [self._parameter()]
        while self._took(","):
            parameters.append(self._parameter())
        self._expect(")")
        return parameters

    def _parameter(self) -> Parameter:
        return Parameter(self._type(depth=0), self._took("indexed"), self._name())

    def _type(self, depth: int) -> str:
        if depth > DEEPEST_NESTING:
            raise SignatureError(f"Tuples and arrays may be nested {DEEPEST_NESTING} deep, not deeper.")
        self._took("tuple")
        base = self._tuple(depth) if self._next() == "(" else self._elementary()
        return base + self._dimensions(depth)

    def _elementary(self) -> str:
        word = self._word("a type")
        word = _ALIASES.get(word, word)
        if word not in _ELEMENTARY:
            raise SignatureError(f"'{word}' is no ABI type. Write a struct as a tuple, an enum as uint8.")
        return word

    def _tuple(self, depth: int) -> str:
        self._expect("(")
        members = [self._member(depth + 1)]
        while self._took(","):
            members.append(self._member(depth + 1))
        self._expect(")")
        return f"({','.join(members)})"

    def _member(self, depth: int) -> str:
        member = self._type(depth)
        self._name()
        return member

    def _dimensions(self, depth: int) -> str:
        dimensions: list[str] = []
        while self._took("["):
            dimensions.append(self._dimension())
        if depth + len(dimensions) > DEEPEST_NESTING:
            raise SignatureError(f"Tuples and arrays may be nested {DEEPEST_NESTING} deep, not deeper.")
        return "".join(dimensions)

    def _dimension(self) -> str:
        size = "" if self._next() == "]" else self._take()
        if size and not re.fullmatch("[1-9][0-9]*", size):
            raise SignatureError(f"'{size}' is no array size.")
        self._expect("]")
        return f"[{size}]"

    def _name(self) -> str:
        while self._next() in _LOCATIONS:
            self._take()
        return self._take() if _WORD.fullmatch(self._next()) else ""

    def _tail(self) -> None:
        """What Solidity writes after the parameters; it does not change the selector."""
        while self._next() in _MODIFIERS:
            self._take()
        if self._took("returns"):
            self._parameters()
        self._took(";")
        if self._next():
            raise SignatureError(f"After the parameters, '{self._next()}' is one word too many.")

    def _next(self, ahead: int = 0) -> str:
        return self._tokens[self._at + ahead] if self._at + ahead < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._next()
        self._at += 1
        return token

    def _took(self, wanted: str) -> bool:
        if self._next() != wanted:
            return False
        self._at += 1
        return True

    def _word(self, what: str) -> str:
        token = self._take()
        if not _WORD.fullmatch(token):
            raise SignatureError(f"Here should stand {what}, not {_quoted(token)}.")
        return token

    def _expect(self, wanted: str) -> None:
        token = self._take()
        if token != wanted:
            raise SignatureError(f"Here should stand '{wanted}', not {_quoted(token)}.")


def _quoted(token: str) -> str:
    return f"'{token}'" if token else "the end of the text"


def _judge(kind: str, parameters: Sequence[Parameter]) -> None:
    indexed = sum(parameter.indexed for parameter in parameters)
    if kind in ("function", "error") and indexed:
        raise SignatureError("Only the parameters of an event can be indexed.")
    if indexed > 3:
        raise SignatureError("An event has at most three indexed parameters.")
    names = [parameter.name for parameter in parameters if parameter.name]
    if len(names) != len(set(names)):
        raise SignatureError("Two parameters have the same name.")
