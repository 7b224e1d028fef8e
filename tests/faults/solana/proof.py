"""What stands on a test cluster against what is stored: each item is one leaf, each leaf one item's, and nothing beside them.

Read from the cluster's own transactions and accounts, and hashed anew: the root of each tree is that of the leaves found.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from solders.pubkey import Pubkey

from chain.models import Attempt, Network, Transaction, Wallet
from chain.solana import ids, trees
from chain.solana.landing import Landing, read
from chain.solana.merkle import MerkleTree
from chain.solana.minted import Minted
from chain.solana.opening import shape_of
from chain.states import Outcome
from local.solana.process import SolanaCluster
from mints.models import Item
from orders.groundwork import Groundwork, Work

FINAL = {"commitment": "finalized"}
_MOST = 1_000  # signatures in one answer


def findings(chain: SolanaCluster, network: Network) -> Iterator[str]:
    """Everything that is not as it must be, as sentences."""
    landings = {
        signature: landing for wallet in network.wallets.all() for signature, landing in _landed(chain, wallet) if landing
    }
    yield from _sent_by_us(network, landings)
    standing = Groundwork.objects.filter(wallet__network=network, work=Work.TREE, done_at__isnull=False)
    leaves = _by_tree(landings.values(), [tree.address for tree in standing])
    yield from _each_once(network, leaves)
    for tree in standing:
        yield from _tree(chain, tree, leaves[tree.address])


def minted(chain: SolanaCluster, tree: str) -> int:
    """Leaves of a tree, by its own counter at finality."""
    return trees.minted(_data(chain, str(ids.tree_config_of(tree))))


def _by_tree(landings: Iterable[Landing], addresses: Sequence[str]) -> dict[str, list[Minted]]:
    """A leaf says its tree only by its asset id; those of a tree that is not stored come under no address."""
    found: dict[str, list[Minted]] = defaultdict(list)
    for leaf in (leaf for landing in landings for leaf in landing.leaves):
        mine = (address for address in addresses if ids.asset_id(Pubkey.from_string(address), leaf.index) == leaf.asset)
        found[next(mine, "")].append(leaf)
    return found


def _sent_by_us(network: Network, landings: dict[str, Landing]) -> Iterator[str]:
    """What a wallet has signed is stored with its end, and whatever is stored as landed has landed."""
    ends = Transaction.objects.filter(wallet__network=network)
    stored = set(ends.filter(outcome__in=[Outcome.SUCCEEDED, Outcome.REVERTED]).values_list("mined_hash", flat=True))
    known = set(Attempt.objects.filter(transaction__wallet__network=network).values_list("hash", flat=True))
    yield from (f"{signature} was sent, and nobody has it in the database" for signature in landings.keys() - known)
    yield from (f"{signature} has landed, and its row does not say so" for signature in landings.keys() & known - stored)
    yield from (f"{signature} is in no block, and its row says it is" for signature in stored - landings.keys())
    idle = ends.filter(outcome=Outcome.SUCCEEDED, groundwork=None, orders=None)
    yield from (f"transaction {transaction.nonce} has succeeded for nothing" for transaction in idle)


def _each_once(network: Network, leaves: dict[str, list[Minted]]) -> Iterator[str]:
    items = list(Item.objects.filter(order__wallet__network=network).select_related("order"))
    given = Counter(str(leaf.owner) for found in leaves.values() for leaf in found)
    wanted = Counter(item.recipient for item in items)
    yield from (f"{owner} was given {number} too many" for owner, number in (given - wanted).items())
    yield from (f"{owner} was given {number} too few" for owner, number in (wanted - given).items())
    there = {(tree, leaf.index, leaf.leaf.hex(), str(leaf.asset)) for tree, found in leaves.items() for leaf in found}
    noted = {(item.tree, item.leaf_index, item.leaf_hash, item.asset_id) for item in items}
    yield from (f"{each} is noted, and not on the chain" for each in noted - there)


def _tree(chain: SolanaCluster, tree: Groundwork, leaves: list[Minted]) -> Iterator[str]:
    """Its own counter, what is noted of it, and its root against the leaves that were read."""
    there = minted(chain, tree.address)
    if not there == tree.leaves == len(leaves):
        yield f"tree {tree.address} has {there} leaves, {tree.leaves} are noted, {len(leaves)} were read"
    shape, ours = shape_of(tree.spec), MerkleTree(tree.spec["depth"])
    for leaf in sorted(leaves, key=lambda leaf: leaf.index):
        if ours.append(leaf.leaf) != leaf.index:
            yield f"tree {tree.address} has its leaf {leaf.index} at another place"
    if trees.root(_data(chain, tree.address), shape) != ours.root:
        yield f"the root of tree {tree.address} is not that of its leaves"


# -- from the chain --------------------------------------------------------------------------------------------------------


def _landed(chain: SolanaCluster, wallet: Wallet) -> Iterator[tuple[str, Landing | None]]:
    """What the wallet has paid for, by signature."""
    for signature in _signatures(chain, wallet.address):
        answer = chain.request("getTransaction", signature, {**FINAL, "maxSupportedTransactionVersion": 0})
        mine = answer["transaction"]["message"]["accountKeys"][0] == wallet.address
        yield signature, read(answer) if mine else None


def _signatures(chain: SolanaCluster, address: str) -> Iterator[str]:
    options: dict[str, Any] = {**FINAL, "limit": _MOST}
    while page := [line["signature"] for line in chain.request("getSignaturesForAddress", address, options)]:
        yield from page
        options["before"] = page[-1]


def _data(chain: SolanaCluster, address: str) -> bytes:
    account = chain.request("getAccountInfo", address, {**FINAL, "encoding": "base64"})["value"]
    return base64.b64decode(account["data"][0])
