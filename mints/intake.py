"""The door through which collections come in: all of one or nothing of it, and the same request gives the same collection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic

from chain import crash
from chain.models import Wallet
from mints import staging
from mints.gathering import Gathered, Told, cell, gather, gather_elsewhere, tell_nobody
from mints.incoming import Incoming
from mints.models import Asset, Collection, Item, Method, Press, Standard
from mints.offers import check
from mints.presses import copied
from mints.sheet.columns import Field
from mints.sheet.findings import Row
from orders.intake import KEY_REUSED, CellError, FieldError, Refusal, Refused, Wish, check_recipient, external_id_taken
from orders.many.bulk import insert
from orders.models import Client, Order
from orders.states import Kind

_CHUNK = 5000  # rows whose orders are in memory at a time
_ASSETS = 500  # pictures in one statement


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to become a collection: who says what of it, and what came with it.

    `method` is a press, or what a command was told. `incoming` None: all pictures are in IPFS already, and `rows` name them.
    """

    client: Client | None
    method: Method
    said: Mapping[str, Any]  # columns of the collection
    incoming: Incoming | None = None
    rows: Sequence[Any] | None = None
    key: str | None = None
    request_hash: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A stored collection; `replayed` when an earlier request with the same key had stored it."""

    collection: Collection
    replayed: bool = False


def accept(offer: Offer, told: Told = tell_nobody) -> Accepted:
    """Store a collection with an order for each of its items, none of them released. Raises Refused, with every mistake in it.

    Of what is not stored now no file is left.
    """
    accepted = None
    try:
        accepted = _accept(offer, told)
    finally:
        if offer.incoming and (accepted is None or accepted.replayed):
            staging.discard(offer.incoming.collection)
    return accepted


def _accept(offer: Offer, told: Told) -> Accepted:
    if earlier := earlier_of(offer):
        return Accepted(earlier, replayed=True)
    collection, gathered = checked(offer, told)
    crash.point("gathered")
    try:
        with atomic():
            _store(collection, gathered)
            crash.point("accepting")
    except IntegrityError:
        if earlier := earlier_of(offer):
            return Accepted(earlier, replayed=True)
        _check_unique(collection)
        raise
    _tidy(offer, gathered)
    crash.point("accepted")
    return Accepted(collection)


def checked(offer: Offer, told: Told = tell_nobody) -> tuple[Collection, Gathered]:
    """What would be stored. Raises Refused."""
    collection = _collection(offer)
    check(collection)
    _check_unique(collection)
    if offer.incoming:
        gathered = gather(collection, offer.incoming, offer.rows, told)
    else:
        gathered = gather_elsewhere(collection, offer.rows or ())
    gathered.problems += _misfits(collection, gathered.rows)
    if gathered.problems:
        raise Refused(Refusal.INVALID, _summary(gathered.problems), errors=gathered.problems)
    collection.images_planned, collection.warnings = gathered.images, gathered.warnings
    return collection, gathered


def _collection(offer: Offer) -> Collection:
    known = {"id": offer.incoming.collection} if offer.incoming else {}
    press = offer.method if isinstance(offer.method, Press) and offer.method.name else None
    collection = Collection(
        client=offer.client, press=press, idempotency_key=offer.key, request_hash=offer.request_hash,
        **known, **copied(offer.method), **offer.said,
    )  # fmt: skip
    collection.wallet = offer.method.wallet  # with its network at hand
    return collection


def _summary(problems: Sequence[FieldError | CellError]) -> str:
    mistakes = f"{len(problems):,} mistakes were" if len(problems) > 1 else "A mistake was"
    return f"{mistakes} found, and nothing was stored."


# -- rows ------------------------------------------------------------------------------------------------------------------


def _misfits(collection: Collection, rows: Sequence[Row]) -> Iterator[CellError]:
    """What the sheet's own rules do not know: who may be meant, and what the call has a place for."""
    own = set(Wallet.objects.values_list("address", flat=True))
    contracts = () if collection.is_compressed else (collection.contract,)
    chooses = collection.names("token_id")
    copies = collection.standard == Standard.ERC1155 and collection.names("quantity")
    for row in rows:
        try:
            check_recipient(row.recipient, own=own, contracts=contracts)
        except Refused as refused:
            yield cell(row.number, Field.RECIPIENT, refused.message, refused.errors[0].code)
        if row.token_id is not None and not chooses:
            yield cell(row.number, Field.TOKEN_ID, "The contract's function has no choice of token.", "token_id_unwanted")
        if row.quantity != 1 and not copies:
            yield cell(row.number, Field.QUANTITY, "The contract's function mints one at a time.", "quantity_one")


def _check_unique(collection: Collection) -> None:
    """Raises Refused where another collection is in the way."""
    others = Collection.objects.exclude(pk=collection.pk)
    if name := collection.external_id:
        taken = others.filter(client=collection.client, external_id=name).first()
        if taken:
            raise external_id_taken(name, taken.pk, "collection")
    if collection.base_uri_function:
        same = others.exclude(base_uri_function="").filter(contract=collection.contract, wallet__network=collection.network)
        if same.exists():
            raise Refused(Refusal.CONTRACT_TAKEN, "The contract shows the folder of another collection.")


def earlier_of(offer: Offer) -> Collection | None:
    """What the same key has stored. Raises Refused when that was another request."""
    if offer.key is None:
        return None
    earlier = Collection.objects.filter(client=offer.client, idempotency_key=offer.key).first()
    if earlier and earlier.request_hash != offer.request_hash:
        raise Refused(Refusal.KEY_REUSED, KEY_REUSED)
    return earlier


# -- storing -----------------------------------------------------------------------------------------------------------------


def _store(collection: Collection, gathered: Gathered) -> None:
    """Inside one database transaction. The collection comes first, so that a request with the same key waits here for ours."""
    collection.save(force_insert=True)
    Asset.objects.bulk_create(gathered.assets.values(), batch_size=_ASSETS)
    for start in range(0, len(gathered.rows), _CHUNK):
        wishes = [
            _wish(collection, row, {"number": number, "image": gathered.assets[row.image], "token_id": row.token_id})
            for number, row in enumerate(gathered.rows[start : start + _CHUNK], start)
        ]
        insert([(wish.order(collection.client), wish) for wish in wishes])


def _wish(collection: Collection, row: Row, columns: dict[str, Any]) -> Wish:
    if collection.names("token_id") and row.token_id is None:
        columns["token_id"] = columns["number"]
    return Wish(
        Kind.ITEM, collection.wallet_id, collection.pk, row.recipient, partial(_item, collection, row, columns), hold=True
    )


def _item(collection: Collection, row: Row, columns: Mapping[str, Any], order: Order) -> Item:
    return Item(
        order=order, collection=collection, name=row.name, description=row.description, recipient=row.recipient,
        attributes=[attribute._asdict() for attribute in row.attributes], quantity=row.quantity, **columns,
    )  # fmt: skip


def _tidy(offer: Offer, gathered: Gathered) -> None:
    """Leave the pictures that are minted, and nothing else."""
    if offer.incoming is None:
        return
    wanted = {asset.sha256 for asset in gathered.assets.values()}
    staging.keep_only(offer.incoming.collection, wanted)
