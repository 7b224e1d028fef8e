"""The list of RPC URLs of a network: one a line, or `env:NAME` for those a provider's secret key is part of."""

import os
from collections.abc import Callable, Iterator

from django.core.exceptions import ValidationError

from chain.urls import Target, Trust, UrlRefused, check, vet


def resolve(text: str) -> list[str]:
    """All URLs in order, with `env:NAME` lines replaced by the comma list in that variable."""
    return [target.url for target in targets(text, development=False)]


def targets(text: str, *, development: bool) -> tuple[Target, ...]:
    """The same with whose word each is: staff's, or that of the operator who set the variable."""
    return tuple(_targets(text, Trust.DEVELOPMENT if development else Trust.STAFF))


def validate(text: str) -> None:
    """Raise ValidationError unless each line is an http(s) URL or `env:NAME`, and there is at least one.

    Where they lead is another question, see `vet_all`: it depends on the network's environment.
    """
    lines = _lines(text)
    if not lines:
        raise ValidationError("Give at least one RPC URL.")
    for line in lines:
        if not line.startswith("env:"):
            _refuse_unless(check, Target(line, Trust.OPERATOR))


def vet_all(text: str, *, development: bool) -> None:
    """Raise ValidationError if any URL leads where we must not connect to (see `chain.urls`)."""
    for target in targets(text, development=development):
        _refuse_unless(vet, target)


def _targets(text: str, typed: Trust) -> Iterator[Target]:
    for line in _lines(text):
        if not line.startswith("env:"):
            yield Target(line, typed)
            continue
        for url in filter(None, map(str.strip, os.environ.get(line[4:], "").split(","))):
            yield Target(url, Trust.OPERATOR)


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _refuse_unless(allows: Callable[[Target], object], target: Target) -> None:
    try:
        allows(target)
    except UrlRefused as refused:
        raise ValidationError(str(refused)) from None
