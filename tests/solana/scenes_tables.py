"""The scenes of proofs and of lookup tables."""

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.instruction import Instruction
from solders.pubkey import Pubkey
from solders.system_program import create_lookup_table, extend_lookup_table

from chain.solana import bubblegum, ids, leaves
from chain.solana.bubblegum import Mint
from chain.solana.merkle import MerkleTree
from chain.solana.trees import Shape
from tests.solana.scenes import ITEM, LARGE
from tests.solana.script import ME, OTHER, SLOT, Script, address


def proofs(told: Script) -> None:
    for shape, v2 in ((Shape(5, 8), False), (Shape(14, 64, 5), False), (Shape(14, 64, 5), True)):
        _proofs(told, shape, v2=v2)


def _proofs(told: Script, shape: Shape, *, v2: bool) -> None:
    tree, program = told.tree(shape, v2=v2), ids.MPL_COMPRESSION if v2 else ids.SPL_COMPRESSION
    hashed, build = (leaves.leaf_v2, bubblegum.mint_v2) if v2 else (leaves.leaf_v1, bubblegum.mint_v1)
    ours, roots, old = MerkleTree(shape.depth), [], []
    for row in range(12):
        told.add(f"{shape} V2={v2}, leaf {row}", build(Mint(tree, ME, ME, address(500 + row), ITEM)))
        owner = address(500 + row)
        ours.append(hashed(leaves.Place(tree, row, owner, owner), ITEM))
        roots.append(ours.root)
        old.append(ours.proof(row, shape.canopy))

    def ask(name: str, index: int, root: bytes = ours.root, leaf: bytes = b"", proof: list[bytes] | None = None) -> None:
        told_proof = ours.proof(min(index, 11), shape.canopy) if proof is None else proof
        leaf = leaf or ours.proof(index ^ 1)[0]
        told.add(f"{shape} V2={v2}: {name}", bubblegum.verify_leaf(program, tree, root, leaf, index, proof=told_proof))

    ask("the first leaf", 0)
    ask("the last leaf", 11)
    ask("a whole proof", 3, proof=ours.proof(3))
    ask("another leaf", 3, leaf=bytes([7]) * 32)
    ask("another place", 4, proof=ours.proof(5, shape.canopy))
    ask("a place that is still empty", 20, leaf=bytes([1]) * 32)
    ask("a place that does not exist", 1 << shape.depth, leaf=bytes([1]) * 32)
    ask("a proof cut short", 3, proof=ours.proof(3, shape.canopy)[:-1])
    ask("a root of before", 9, root=roots[9], proof=old[9])
    ask("a root that nobody knows", 9, root=bytes([9]) * 32)
    ask("an old proof to the newest root", 5, proof=old[5])
    other = ids.SPL_COMPRESSION if v2 else ids.MPL_COMPRESSION
    told.add("a tree of another program", bubblegum.verify_leaf(other, tree, ours.root, bytes(32), 0, proof=ours.proof(0)))


def tables(told: Script) -> None:
    create, table = create_lookup_table({"authority_address": ME, "payer_address": ME, "recent_slot": SLOT - 3})
    told.add("a lookup table", create)
    told.add("a lookup table twice", create)
    tree = told.tree(LARGE)
    addresses = [ids.tree_config(tree), tree, ids.SPL_NOOP, ids.SPL_COMPRESSION, ids.SYSTEM]
    told.add("three addresses", _extended(table, addresses[:3]))
    told.add("two more", _extended(table, addresses[3:]))
    told.add("a table of somebody else", _extended(table, addresses, OTHER.pubkey()), signers=[OTHER])
    told.add("no address", _extended(table, []))
    old, _ = create_lookup_table({"authority_address": ME, "payer_address": ME, "recent_slot": 5})
    told.add("a slot that is not recent", old)
    mints = [bubblegum.mint_v1(Mint(tree, ME, ME, address(600 + row), ITEM)) for row in range(5)]
    told.add_with_table("five mints by way of the table", AddressLookupTableAccount(table, addresses), *mints)
    more = AddressLookupTableAccount(table, [*addresses, address(600)])
    told.add_with_table("more addresses than the table has", more, mints[0])
    told.add_with_table("a table that is none", AddressLookupTableAccount(address(99), addresses), mints[0])


def _extended(table: Pubkey, addresses: list[Pubkey], authority: Pubkey = ME) -> Instruction:
    return extend_lookup_table(
        {
            "lookup_table_address": table,
            "authority_address": authority,
            "payer_address": ME,
            "new_addresses": addresses,
        }
    )
