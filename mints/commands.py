"""How `import_collection` is told what a collection is, and how it is minted: by a press, or by what one would say."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.db.models import Field
from rest_framework.exceptions import ValidationError

from chain.commands import bad_argument, find_wallet
from chain.solana.wanted import Program
from chain.strategies import Strategy
from mints import presses, telling
from mints.models import FileNames, Method, Press, Standard
from mints.serializers import CollectionBody
from orders.api.problems import field_errors

_AS_NAMED = ("symbol", "description", "external_url", "external_id", "royalty")  # options that are fields by the same name
_UNSAID = "press"  # what stands for it where no press is named


def add_said(parser: ArgumentParser) -> None:
    """What is said of the collection as a whole."""
    parser.add_argument("--name", help="The folder's name unless given.")
    parser.add_argument("--symbol", default="")
    parser.add_argument("--description", default="")
    parser.add_argument("--external-url", default="", metavar="URL")
    same = "Your own name for it; with another one the same files come a second time."
    parser.add_argument("--external-id", default="", metavar="ID", help=same)
    parser.add_argument("--recipient", default="", metavar="ADDRESS", help="For rows that name no wallet.")
    parser.add_argument("--royalty", default=0, metavar="BASIS_POINTS", help="Of a resale: 250 are 2.5 per cent.")
    shared = "Whose share of the royalty, in per cent; may be repeated."
    parser.add_argument("--creator", action="append", default=[], metavar="ADDRESS:SHARE", help=shared)


def add_how(parser: ArgumentParser) -> None:
    """A press, or what stands in one."""
    parser.add_argument("--press", metavar="NAME", help="How it is minted; the only open press unless given.")
    how = parser.add_argument_group("instead of a press")
    how.add_argument("--wallet", metavar="NAME|ADDRESS|ID")
    how.add_argument("--standard", choices=list(map(str, Standard)))
    how.add_argument("--contract", metavar="ADDRESS")
    how.add_argument("--function", metavar="SIGNATURE")
    how.add_argument("--arguments", type=_json, metavar="JSON")
    how.add_argument("--errors", metavar="SIGNATURES")
    how.add_argument("--strategy", choices=[strategy.value for strategy in Strategy])
    how.add_argument("--anybody", dest="needs_role", action="store_false", default=None, help="Anybody may call it.")
    how.add_argument("--base-uri-function", metavar="SIGNATURE")
    how.add_argument("--file-names", choices=list(map(str, FileNames)))
    how.add_argument("--program", choices=[program.value for program in Program])
    how.add_argument("--canopy", type=int, metavar="N")
    how.add_argument("--batch-size", type=int, metavar="N")


def method_of(options: dict[str, Any]) -> Method:
    """The press that is named, the only one that is open, or one made of the options, which is not stored.

    Raises CommandError.
    """
    names = [field.name for field in Method._meta.get_fields() if isinstance(field, Field) and field.name != "wallet"]
    given = {name: options[name] for name in names if options[name] is not None}
    if options["wallet"] is None:
        if given:
            raise bad_argument(f"--{min(given).replace('_', '-')} needs --wallet, and is in place of a press.")
        return _press(options["press"])
    if options["press"] is not None or "standard" not in given:
        raise bad_argument("--wallet needs --standard, and is in place of a press.")
    return Press(wallet=find_wallet(options["wallet"]), **given)


def said_of(options: dict[str, Any]) -> dict[str, Any]:
    """As a request says it, and checked like one. Raises CommandError."""
    body = {name: options[name] for name in _AS_NAMED} | {
        "press": _UNSAID, "name": options["name"] or options["folder"].resolve().name,
        "default_recipient": options["recipient"], "creators": [_creator(each) for each in options["creator"]],
    }  # fmt: skip
    serializer = CollectionBody(data=body)
    try:
        serializer.is_valid(raise_exception=True)
    except ValidationError as error:
        raise bad_argument("; ".join(": ".join(telling.mistake(each)) for each in field_errors(error.detail))) from error
    said = {name: value for name, value in serializer.validated_data.items() if name != "press"}
    return {**said, "creators": [dict(creator) for creator in said["creators"]]}


def _press(text: str | None) -> Press:
    press = presses.one(text) if text is not None else _only()
    if press is None:
        raise bad_argument(f"There is no press {text}.")
    if not press.is_open:
        raise bad_argument(f"The press {press.name} takes no collections now.")
    return press


def _only() -> Press:
    found = list(Press.objects.select_related("wallet__network").filter(is_open=True)[:2])
    if len(found) != 1:
        raise bad_argument("Several presses are open: name one with --press." if found else "No press is open.")
    return found[0]


def _creator(text: str) -> dict[str, str]:
    address, _, share = text.partition(":")
    return {"address": address, "share": share}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ArgumentTypeError(f"that is not JSON: {error}") from error
