"""How the items of a collection are minted: on an EVM network by the collection's function, on Solana as compressed NFTs."""

from collections.abc import Mapping, Sequence
from typing import Any

from chain.errors import ChainError
from chain.events import Log
from chain.solana.wanted import Creator, Leaf, Program
from mints.models import Collection, Item
from orders import minting
from orders.groundwork import Groundwork, Work
from orders.payments import Owed, Source
from orders.queue import Batch, Question, Queue, Verdict
from orders.states import Kind


class NoMetadata(ChainError):
    """Its metadata is not stored yet. It may go again once the collection's metadata stage is through."""


class NotPlanned(ChainError):
    """Its collection's base URI is not planned yet. It may go again once the collection's mint stage has begun."""


class NotOnSolana(ChainError):
    """A compressed NFT is minted by the lane of a Solana wallet, not by a call of a contract."""


def size(item: Item) -> int:
    return minting.size(item.collection)


def batch(items: Sequence[Item]) -> Batch:
    """The calls of these items of one collection. Raises ChainError."""
    collection = items[0].collection
    if collection.is_compressed:
        raise NotOnSolana
    if collection.base_uri_function and not Groundwork.objects.filter(group=collection.pk, work=Work.BASE_URI).exists():
        raise NotPlanned  # somebody has released an item before its job did
    return minting.batch(collection, items, [fields(item) for item in items])


def read(items: Sequence[Item], logs: Sequence[Log]) -> list[Verdict]:
    return minting.read(items[0].collection, items, logs)


def source(collection: Collection, recipient: str | None = None) -> Source:
    """Mints on the contract, by whomever. A compressed collection has none: its tree is looked at instead."""
    if collection.is_compressed:
        return Source("", (), lambda _: [])
    return minting.source(collection, recipient)


def owed(item: Item) -> Owed:
    if item.collection.is_compressed:
        return Owed(item.tree, item.recipient, item.quantity)
    return minting.owed(item.collection, item)


def questions(item: Item) -> list[Question]:
    """How many the recipient owns."""
    return [] if item.collection.is_compressed else minting.owned(item.collection, item)


def fields(item: Item) -> Mapping[str, Any]:
    """What an argument template may name. Raises NoMetadata: nothing is minted whose metadata nobody can read."""
    return {
        "recipient": item.recipient,
        "quantity": item.quantity,
        "token_id": item.token_id,
        "uri": _uri(item),
        "order_id": item.pk,
    }


def leaf(item: Item) -> Leaf:
    """The compressed NFT that an item becomes. Raises NoMetadata."""
    collection = item.collection
    creators = tuple(Creator(each["address"], each["share"]) for each in collection.creators)
    program = Program(collection.program)
    return Leaf(program, item.recipient, item.name, collection.symbol, _uri(item), collection.royalty, creators)


def _uri(item: Item) -> str:
    if not item.uri:
        raise NoMetadata
    return item.uri


QUEUE = Queue(
    Kind.ITEM, Item, "collection", "collection__wallet__network", size, batch, read, source, owed,
    questions=questions, leaf=leaf,
)  # fmt: skip
