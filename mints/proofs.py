"""That a leaf is in its tree, proved from the leaves that are noted here: no indexer is asked."""

from dataclasses import dataclass

from chain.solana.merkle import MerkleTree
from mints.models import Item
from orders.groundwork import Groundwork, Work
from orders.intake import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Proof:
    """Hashes in hexadecimal. `proof` from the leaf up, without the levels of the canopy."""

    tree: str
    root: str
    leaf: str
    leaf_index: int
    proof: list[str]


def prove(item: Item) -> Proof:
    """By the tree as it is when all noted leaves are in it. Raises Refused."""
    if not item.tree:
        raise Refused(Refusal.LEAVES_UNKNOWN, "The item has no leaf in a tree.")
    assert item.leaf_index is not None
    ground = Groundwork.objects.get(group=item.collection_id, work=Work.TREE, address=item.tree)
    tree = MerkleTree.of(ground.spec["depth"], _leaves(item.tree, ground.leaves))
    nodes = [node.hex() for node in tree.proof(item.leaf_index, ground.spec["canopy"])]
    return Proof(item.tree, tree.root.hex(), item.leaf_hash, item.leaf_index, nodes)


def _leaves(tree: str, noted: int) -> list[bytes]:
    """All of them, in their places. Raises Refused where one is missing: a root without it is nobody's."""
    rows = list(Item.objects.filter(tree=tree).order_by("leaf_index").values_list("leaf_index", "leaf_hash"))
    if [index for index, _ in rows] != list(range(len(rows))) or len(rows) < noted:
        said = "The tree has leaves that are noted here for no item, so its root is not known. An indexer (DAS) has the proof."
        raise Refused(Refusal.LEAVES_UNKNOWN, said)
    return [bytes.fromhex(leaf) for _, leaf in rows]
