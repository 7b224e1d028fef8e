"""From landed transactions to minted items: each by its own leaf, as the chain reports it inside the transaction."""

from collections.abc import Mapping, Sequence

from django.db.models import F

from chain.solana import minting
from chain.solana.landing import Landed
from chain.solana.lane import SolanaLane
from chain.solana.minted import Minted
from orders import ground
from orders.groundwork import Groundwork, Work
from orders.queue import Detail, Queue, Verdict
from orders.settle import close
from orders.solana.plan import collection_of
from orders.states import Reason, Status


def noted(lane: SolanaLane) -> Mapping[str, int]:
    """By tree of this wallet that exists: how many of its leaves are noted here."""
    trees = Groundwork.objects.filter(wallet=lane.wallet, work=Work.TREE, done_at__isnull=False)
    return dict(trees.values_list("address", "leaves"))


def settle(lane: SolanaLane, landed: Sequence[Landed]) -> None:
    """Write the end of these transactions and what it means for their items and groundwork."""
    close(lane, landed, _read)


def _read(queue: Queue, details: Sequence[Detail], end: Landed) -> list[Verdict]:
    """Each item by its own leaf. Whatever they are, all leaves of the transaction count as noted."""
    assert end.landing is not None
    leaves, tree = list(end.landing.leaves), end.transaction.to
    Groundwork.objects.filter(address=tree).update(leaves=F("leaves") + len(leaves))
    collection = collection_of(ground.of(details[0].order.group))
    return [verdict(detail, tree, _take(queue, detail, tree, collection, leaves)) for detail in details]


def _take(queue: Queue, detail: Detail, tree: str, collection: str, leaves: list[Minted]) -> Minted | None:
    """The leaf whose hash is the one that we compute for this item at that place; it is nobody else's then."""
    assert queue.leaf is not None
    wanted = queue.leaf(detail)
    mine = next((leaf for leaf in leaves if minting.is_leaf(wanted, tree, collection, leaf)), None)
    if mine is not None:
        leaves.remove(mine)
    return mine


def verdict(detail: Detail, tree: str, leaf: Minted | None) -> Verdict:
    """What a leaf of its own, or none, comes to for an item whose transaction succeeded."""
    if leaf is None:
        said = "Its transaction succeeded, but no leaf in it is this item's by our own hashing."
        return Verdict(detail.pk, Status.HELD, Reason.REVIEW, said)
    facts = {"tree": tree, "leaf_index": leaf.index, "leaf_hash": leaf.leaf.hex(), "asset_id": str(leaf.asset)}
    return Verdict(detail.pk, Status.COMPLETED, facts=facts)
