"""What is said of a collection as a whole, checked against what its press can make of it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError

from chain.calls import AddressError, address
from chain.fields import solana_address
from chain.models import Wallet
from chain.solana.wanted import Program
from mints.models import Collection
from orders.intake import FieldError, Refusal, Refused, check_recipient

_MOST_CREATORS = 5  # that Metaplex's programs take
_SYMBOL, _NAME = 10, 32  # bytes that they take


def check(collection: Collection) -> None:
    """Also puts addresses into their one form. Raises Refused naming every field that is wrong."""
    try:
        collection.clean()
    except ValidationError as error:
        raise Refused(Refusal.INVALID, "It cannot be minted so.", errors=list(_fields(error))) from error
    problems = [*_texts(collection), *_creators(collection), *_recipient(collection)]
    if problems:
        raise Refused(Refusal.INVALID, "The collection is not valid.", errors=problems)


def _fields(error: ValidationError) -> Iterator[FieldError]:
    for name, messages in error.message_dict.items():
        yield from (FieldError(name, message, "invalid") for message in messages)


def _texts(collection: Collection) -> Iterator[FieldError]:
    if not collection.is_compressed:
        return
    if len(collection.symbol.encode()) > _SYMBOL:
        yield FieldError("symbol", f"On Solana a symbol has at most {_SYMBOL} bytes.", "too_long")
    if collection.program == Program.MINT_TO_COLLECTION_V1 and len(collection.name.encode()) > _NAME:
        yield FieldError("name", f"On Solana the name of such a collection has at most {_NAME} bytes.", "too_long")


def _creators(collection: Collection) -> Iterator[FieldError]:
    creators: list[dict[str, Any]] = collection.creators
    for number, creator in enumerate(creators):
        try:
            creator["address"] = _address(collection, creator["address"])
        except AddressError as error:
            yield FieldError(f"creators.{number}.address", str(error), "address")
    if creators and sum(creator["share"] for creator in creators) != 100:
        yield FieldError("creators", "The shares add up to 100.", "shares")
    if len(creators) > _MOST_CREATORS:
        yield FieldError("creators", f"There are at most {_MOST_CREATORS} of them.", "length")
    if len({creator["address"] for creator in creators}) < len(creators):
        yield FieldError("creators", "Each of them stands there once.", "twice")


def _recipient(collection: Collection) -> Iterator[FieldError]:
    if not collection.default_recipient:
        return
    try:
        collection.default_recipient = _address(collection, collection.default_recipient)
        own = Wallet.objects.filter(address=collection.default_recipient).values_list("address", flat=True)
        check_recipient(collection.default_recipient, own=own, contracts=(collection.contract,), field="default_recipient")
    except AddressError as error:
        yield FieldError("default_recipient", str(error), "address")
    except Refused as refused:
        yield from (each for each in refused.errors if isinstance(each, FieldError))


def _address(collection: Collection, text: str) -> str:
    """In its one form. Raises AddressError."""
    return solana_address(text) if collection.is_compressed else address(text)
