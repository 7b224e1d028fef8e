"""What a collection on Solana will cost, shown before anything is paid. Lamports."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Func, IntegerField

from chain.solana import trees
from chain.solana.estimate import Estimate, estimate
from chain.solana.trees import Shape
from chain.solana.wanted import Creator, Leaf, Program
from mints.models import Collection, Item

_FOLDER = "bafybei" + "a" * 52  # as long as any CID of a folder


@dataclass(frozen=True, slots=True)
class Plan:
    """The tree that is opened for the collection, and what all of it costs."""

    shape: Shape
    estimate: Estimate


def shape_of(collection: Collection, items: int) -> Shape:
    """The smallest tree with room for them, with the canopy that is wanted as far as the programs allow. Raises NoTree."""
    shape = trees.plan(items)
    wanted = shape.canopy if collection.canopy is None else collection.canopy
    return Shape(shape.depth, shape.buffer, min(max(wanted, shape.least_canopy), shape.depth))


def plan(collection: Collection) -> Plan | None:
    """None on an EVM network, where nobody knows before the node is asked, and for a collection without items."""
    items = Item.objects.filter(collection=collection)
    count = items.count() if collection.is_compressed else 0
    if not count:
        return None
    longest = items.order_by(Func("name", function="octet_length", output_field=IntegerField()).desc()).first()
    assert longest is not None
    return _plan(collection, count, longest.name)


def plan_of(collection: Collection, names: Sequence[str]) -> Plan | None:
    """The same before it is stored: for items with these names."""
    if not names or not collection.is_compressed:
        return None
    return _plan(collection, len(names), max(names, key=lambda name: len(name.encode())))


def _plan(collection: Collection, count: int, longest: str) -> Plan:
    shape = shape_of(collection, count)
    return Plan(shape, estimate(_leaf(collection, longest, count), count, shape, collection.network.ceiling))


def _leaf(collection: Collection, name: str, count: int) -> Leaf:
    creators = tuple(Creator(each["address"], each["share"]) for each in collection.creators)
    uri = f"ipfs://{_FOLDER}/{count}.json"
    owner = collection.wallet.address
    return Leaf(Program(collection.program), owner, name, collection.symbol, uri, collection.royalty, creators)
