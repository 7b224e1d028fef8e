"""The proof of the collections: each item exactly once on its chain, with its own metadata, and nothing else there."""

from collections import Counter
from collections.abc import Iterator

from chain import rpc_urls
from chain.calls import ZERO_ADDRESS
from chain.cross_check import answers, events
from chain.models import Attempt, Wallet
from chain.solana import trees
from chain.solana.merkle import MerkleTree
from chain.solana.opening import shape_of
from chain.states import Outcome
from contracts import artifact
from demo import leaves
from demo.leaves import Ask, UnproofError
from mints.models import Collection, Item
from orders.groundwork import Groundwork, Work
from orders.states import Status

# One item as a chain or the database has it: transaction, owner, token or asset, place, URI
Fact = tuple[str, str, str, int, str]


def differences(collection: Collection, ask: Ask) -> Iterator[str]:
    """Empty where chain and database agree. `ask` puts one question to the cluster of Solana."""
    yield from _told(collection, _both_ways(collection, ask))


def _told(what: object, found: Iterator[str]) -> Iterator[str]:
    """As sentences that say what it is about; where nothing can be proved, that."""
    try:
        yield from (f"{what}: {said}" for said in found)
    except UnproofError as error:
        yield f"{what}: {error}"


def _both_ways(collection: Collection, ask: Ask) -> Iterator[str]:
    found = Counter(_grown(ask, collection) if collection.is_compressed else _transferred(collection))
    noted = Counter(_noted(collection))
    yield from (f"on the chain, and no item accounts for it: {fact}" for fact in (found - noted).elements())
    yield from (f"in the database, and not on the chain: {fact}" for fact in (noted - found).elements())
    if collection.is_compressed:
        yield from _root(ask, collection)


def _noted(collection: Collection) -> Iterator[Fact]:
    items = Item.objects.filter(collection=collection, order__status=Status.COMPLETED)
    for item in items.select_related("collection", "order__transaction"):
        transaction = item.order.transaction
        proved = transaction is not None and transaction.outcome == Outcome.SUCCEEDED
        hash_ = transaction.mined_hash if transaction and proved else f"{item.order} has no succeeded transaction"
        place = item.leaf_index if collection.is_compressed else _only(item.token_ids)
        yield hash_, item.recipient, item.asset_id or item.collection.contract, -1 if place is None else place, item.uri


def _only(token_ids: list[int] | None) -> int | None:
    return int(token_ids[0]) if token_ids and len(token_ids) == 1 else None


# -- an EVM network, through web3.py ---------------------------------------------------------------------------------------


def _transferred(collection: Collection) -> Iterator[Fact]:
    (url,) = rpc_urls.resolve(collection.network.rpc_urls)
    abi = artifact("Gallery721").abi
    minted = [
        (hash_, event) for hash_, event in events(url, collection.contract, abi, "Transfer") if event["from"] == ZERO_ADDRESS
    ]
    tokens = [event["tokenId"] for _, event in minted]
    uris = answers(url, collection.contract, abi, "tokenURI", tokens)
    owners = answers(url, collection.contract, abi, "ownerOf", tokens)
    for (hash_, _), token, owner, uri in zip(minted, tokens, owners, uris, strict=True):
        yield hash_, owner, collection.contract, token, uri


# -- a cluster of Solana, through the demo's own reading -----------------------------------------------------------------


def _grown(ask: Ask, collection: Collection) -> Iterator[Fact]:
    for leaf in leaves.of_tree(ask, _tree(collection).address):
        yield leaf.signature, leaf.owner, leaf.asset, leaf.index, leaf.uri


def _root(ask: Ask, collection: Collection) -> Iterator[str]:
    """The root in the tree's account is that of the leaves noted here, each hashed by its owner and its metadata."""
    tree, noted = _tree(collection), Item.objects.filter(collection=collection).exclude(tree="").order_by("leaf_index")
    shape = shape_of(tree.spec)
    ours = MerkleTree(shape.depth)
    for hash_ in noted.values_list("leaf_hash", flat=True):
        ours.append(bytes.fromhex(hash_))
    if ours.root != trees.root(leaves.data(ask, tree.address), shape):
        yield f"the tree {tree.address} has another root than the {len(ours)} leaves noted here."


def strangers(wallet: Wallet, ask: Ask) -> Iterator[str]:
    """Where the cluster knows a transaction of our wallet that is not final here, or not one that is."""
    yield from _told(f"Wallet {wallet}", _unknown(wallet, ask))


def _unknown(wallet: Wallet, ask: Ask) -> Iterator[str]:
    proved = Attempt.objects.filter(transaction__wallet=wallet, transaction__outcome=Outcome.SUCCEEDED)
    ours = set(proved.values_list("hash", flat=True))
    theirs = {each for each in leaves.signatures(ask, wallet.address) if _paid_by(ask, each) == wallet.address}
    yield from (f"it has sent {each}, which is not final here." for each in theirs - ours)
    yield from (f"it has {each} as final, which the cluster does not know." for each in ours - theirs)


def _paid_by(ask: Ask, signature: str) -> str:
    return leaves.payer(leaves.transaction(ask, signature))


def _tree(collection: Collection) -> Groundwork:
    return Groundwork.objects.get(group=collection.pk, work=Work.TREE)
