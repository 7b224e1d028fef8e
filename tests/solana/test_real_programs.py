"""A thousand items minted by the real programs: every leaf and the root are what we compute."""

import random
from collections.abc import Callable

import pytest
from solders.compute_budget import set_compute_unit_limit
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey

from chain.solana import bubblegum, collections, ids, leaves, minted, trees
from chain.solana.bubblegum import Mint
from chain.solana.merkle import MerkleTree
from chain.solana.metadata import Creator, Metadata
from chain.solana.trees import Shape
from tests.solana.programs import Bank, needs_programs, noop_calls

pytestmark = needs_programs

SHAPE = Shape(depth=14, buffer=64)
Case = tuple[Callable[[Mint], Instruction], bool, str | None]
CASES: dict[str, Case] = {
    "mint_v1": (bubblegum.mint_v1, False, None),
    "mint_to_collection_v1": (bubblegum.mint_to_collection_v1, False, "token-metadata"),
    "mint_v2": (bubblegum.mint_v2, True, None),
    "mint_v2 into a Core collection": (bubblegum.mint_v2, True, "core"),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_thousand_items_are_the_leaves_we_compute(case: Case) -> None:
    build, v2, kind = case
    bank = Bank()
    collection, tree = _collection(bank, kind), bank.tree(SHAPE, v2=v2)
    ours, hashed = MerkleTree(SHAPE.depth), leaves.leaf_v2 if v2 else leaves.leaf_v1
    for row in range(1000):
        mint = _mint(bank, tree, row, collection)
        [leaf] = _minted(bank, build(mint))
        place = leaves.Place(tree, row, mint.owner, mint.leaf_delegate)
        assert (leaf.index, leaf.asset, leaf.owner) == (row, ids.asset_id(tree, row), mint.owner)
        assert leaf.delegate == mint.leaf_delegate
        assert leaf.leaf == hashed(place, mint.item)
        ours.append(leaf.leaf)
    assert trees.root(bank.data(tree), SHAPE) == ours.root
    _verify(bank, tree, ours, ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION)


def _verify(bank: Bank, tree: Pubkey, ours: MerkleTree, program: Pubkey) -> None:
    for index in random.Random(5).sample(range(1000), 50):  # noqa: S311 - a sample, the same in each run
        leaf = ours.proof(index ^ 1)[0]  # the sibling of its sibling: the leaf itself
        bank.send([bubblegum.verify_leaf(program, tree, ours.root, leaf, index, proof=ours.proof(index))])
    with pytest.raises(AssertionError):
        bank.send([bubblegum.verify_leaf(program, tree, ours.root, bytes(32), 0, proof=ours.proof(0))])


def _minted(bank: Bank, instruction: Instruction) -> list[minted.Minted]:
    instructions = [set_compute_unit_limit(400_000), instruction]
    keys = Message.new_with_blockhash(instructions, bank.me, bank.svm.latest_blockhash()).account_keys
    return minted.read(noop_calls(bank.send(instructions), keys))


def _mint(bank: Bank, tree: Pubkey, row: int, collection: Pubkey | None) -> Mint:
    keys = [Keypair.from_seed(row.to_bytes(31, "big") + bytes([salt])).pubkey() for salt in range(6)]
    shares = [[], [100], [60, 40], [50, 30, 20], [40, 30, 20, 10], [20] * 5][row % 6]
    creators = tuple(Creator(key, share) for key, share in zip(keys, shares, strict=False))
    item = Metadata("Ä" * (row % 17), "S" * (row % 11), "u" * (row % 201), row * 10, creators, collection, mutable=row % 2 == 0)
    return Mint(tree, bank.me, bank.me, keys[0], item, keys[5] if row % 3 else None)


def _collection(bank: Bank, kind: str | None) -> Pubkey | None:
    key = Keypair()
    match kind:
        case None:
            return None
        case "core":
            bank.send([collections.create_core(key.pubkey(), bank.me, "Farm", "ipfs://farm")], key)
        case _:
            bank.send(collections.create_token_metadata(key.pubkey(), bank.me, "Farm", "F", "ipfs://farm"), key)
    return key.pubkey()
