"""A thousand items minted through the test cluster: every leaf and the root are what we compute, and proofs are accepted."""

import random
from collections.abc import Callable

import pytest
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from chain.solana import bubblegum, collections, ids, landing, leaves, packing, trees
from chain.solana.bubblegum import Mint
from chain.solana.merkle import MerkleTree
from chain.solana.metadata import Creator, Metadata
from chain.solana.minted import Minted
from chain.solana.rpc import Commitment
from chain.solana.trees import Shape
from local.solana.process import SolanaError
from tests.solana.actor import Actor

ITEMS, SAMPLE = 1_000, 50
SHAPE = Shape(depth=14, buffer=64)
BUDGET = [set_compute_unit_limit(1_400_000)]
A_BLOCK = 50  # transactions
Case = tuple[Callable[[Mint], Instruction], bool, str | None]
CASES: dict[str, Case] = {
    "mint_v1": (bubblegum.mint_v1, False, None),
    "mint_to_collection_v1": (bubblegum.mint_to_collection_v1, False, "token-metadata"),
    "mint_v2": (bubblegum.mint_v2, True, None),
    "mint_v2 into a Core collection": (bubblegum.mint_v2, True, "core"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_thousand_items_are_the_leaves_we_compute(minting: Actor, case: Case) -> None:
    build, v2, kind = case
    collection, tree = make_collection(minting, kind), make_tree(minting, SHAPE, v2=v2)
    mints = [make_mint(minting.me, tree, row, collection) for row in range(ITEMS)]
    ours, hashed = MerkleTree(SHAPE.depth), leaves.leaf_v2 if v2 else leaves.leaf_v1
    for row, leaf in enumerate(send(minting, [build(mint) for mint in mints])):
        mint = mints[row]
        place = leaves.Place(tree, row, mint.owner, mint.leaf_delegate)
        assert leaf == Minted(ids.asset_id(tree, row), mint.owner, mint.leaf_delegate, row, hashed(place, mint.item))
        ours.append(leaf.leaf)
    assert len(ours) == ITEMS
    assert trees.root(minting.data(tree), SHAPE) == ours.root
    verify(minting, tree, ours, ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION)


def send(actor: Actor, mints: list[Instruction]) -> list[Minted]:
    """What was minted, in order, by the transactions' inner calls."""
    groups = list(packing.pack(actor.me, BUDGET, mints))
    found: list[Minted] = []
    for first in range(0, len(groups), A_BLOCK):
        signatures = [actor.post(actor.signed(*BUDGET, *group)) for group in groups[first : first + A_BLOCK]]
        actor.cluster.advance(blocks=3)
        for signature in signatures:
            answer = actor.rpc.transaction(signature, Commitment.CONFIRMED)
            assert answer is not None
            found.extend(landing.read(answer).leaves)
    return found


def verify(actor: Actor, tree: Pubkey, ours: MerkleTree, program: Pubkey) -> None:
    for index in random.Random(5).sample(range(ITEMS), SAMPLE):  # noqa: S311 - a sample, the same in each run
        leaf = ours.proof(index ^ 1)[0]  # the sibling of its sibling: the leaf itself
        actor.post(actor.signed(bubblegum.verify_leaf(program, tree, ours.root, leaf, index, proof=ours.proof(index))))
    with pytest.raises(SolanaError, match="Program failed to complete"):
        actor.post(actor.signed(bubblegum.verify_leaf(program, tree, ours.root, bytes(32), 0, proof=ours.proof(0))))


def make_tree(actor: Actor, shape: Shape, *, v2: bool) -> Pubkey:
    key, program = Keypair(), ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION
    place = create_account(
        CreateAccountParams(
            from_pubkey=actor.me,
            to_pubkey=key.pubkey(),
            lamports=actor.rpc.rent(shape.size, Commitment.PROCESSED),
            space=shape.size,
            owner=program,
        )
    )
    create = bubblegum.create_tree_v2 if v2 else bubblegum.create_tree
    actor.land(actor.signed(place, create(key.pubkey(), actor.me, shape.depth, shape.buffer), signers=[key]))
    return key.pubkey()


def make_collection(actor: Actor, kind: str | None) -> Pubkey | None:
    key = Keypair()
    match kind:
        case None:
            return None
        case "core":
            create = [collections.create_core(key.pubkey(), actor.me, "Farm", "ipfs://farm")]
        case _:
            create = collections.create_token_metadata(key.pubkey(), actor.me, "Farm", "F", "ipfs://farm")
    actor.land(actor.signed(*create, signers=[key]))
    return key.pubkey()


def make_mint(me: Pubkey, tree: Pubkey, row: int, collection: Pubkey | None) -> Mint:
    """Texts of all lengths, and from none to five creators."""
    keys = [Keypair.from_seed(row.to_bytes(31, "big") + bytes([salt])).pubkey() for salt in range(6)]
    shares = [[], [100], [60, 40], [50, 30, 20], [40, 30, 20, 10], [20] * 5][row % 6]
    creators = tuple(Creator(key, share) for key, share in zip(keys, shares, strict=False))
    item = Metadata("Ä" * (row % 17), "S" * (row % 11), "u" * (row % 201), row * 10, creators, collection, mutable=row % 2 == 0)
    return Mint(tree, me, me, keys[0], item, keys[5] if row % 3 else None)
