"""What a collection needs on the chain before its first item, and what that will cost: told before anything is paid."""

from dataclasses import dataclass, replace
from typing import Any

from chain.solana import trees
from chain.solana.trees import Shape
from chain.solana.wanted import Program
from mints.models import Collection
from mints.published import OWN_FILE
from orders.groundwork import Groundwork, Work

# Lamports, as the real programs took them with mainnet's rent (docs/solana.md); what is paid is what a try-out shows.
_COLLECTION = {Program.MINT_TO_COLLECTION_V1: 19_656_560, Program.MINT_V2_TO_CORE: 1_750_000}
_ITEM = {Program.MINT_V1: 2_500, Program.MINT_TO_COLLECTION_V1: 2_500, Program.MINT_V2: 92_500, Program.MINT_V2_TO_CORE: 92_500}
_FILED = {Program.MINT_TO_COLLECTION_V1: Work.METADATA_COLLECTION, Program.MINT_V2_TO_CORE: Work.CORE_COLLECTION}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a compressed collection, in lamports, without priority fees. Items share transactions, so theirs is an upper bound."""

    tree: Shape
    rent: int
    collection: int
    items: int

    @property
    def total(self) -> int:
        return self.rent + self.collection + self.items


def planned_cost(collection: Collection, items: int) -> Cost | None:
    """None on an EVM network, whose gas nobody knows before. Raises trees.NoTree."""
    if not collection.is_compressed:
        return None
    program, shape = Program(collection.program), tree_of(collection, items)
    return Cost(shape, shape.rent, _COLLECTION.get(program, 0), items * _ITEM[program])


def tree_of(collection: Collection, items: int) -> Shape:
    """The tree that stands or is planned already, else the smallest one with room for all. Raises trees.NoTree."""
    planned = Groundwork.objects.filter(group=collection.pk, work=Work.TREE).first()
    if planned is not None:
        return Shape(planned.spec["depth"], planned.spec["buffer"], planned.spec["canopy"])
    shape = trees.plan(items)
    return shape if collection.canopy is None else replace(shape, canopy=min(collection.canopy, shape.depth))


def plan(collection: Collection) -> None:
    """Write down what is wanted, once; the wallet's lane does it. Raises trees.NoTree."""
    for work, spec in _wanted(collection):
        Groundwork.objects.get_or_create(group=collection.pk, work=work, defaults={"wallet": collection.wallet, "spec": spec})


def _wanted(collection: Collection) -> list[tuple[Work, dict[str, Any]]]:
    if not collection.is_compressed:
        return _base_uri(collection)
    program = Program(collection.program)
    shape = tree_of(collection, collection.items.count())
    tree = {"version": program.version, "depth": shape.depth, "buffer": shape.buffer, "canopy": shape.canopy}
    filed = _FILED.get(program)
    own = {"name": collection.name, "symbol": collection.symbol, "uri": f"ipfs://{collection.metadata_cid}/{OWN_FILE}"}
    return [*([(filed, own)] if filed else []), (Work.TREE, tree)]


def _base_uri(collection: Collection) -> list[tuple[Work, dict[str, Any]]]:
    if not collection.base_uri_function:
        return []
    told = {"to": collection.contract, "function": collection.base_uri_function, "uri": collection.base_uri}
    return [(Work.BASE_URI, told)]
