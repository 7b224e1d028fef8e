"""Bubblegum: trees are made, and items minted into them in three ways."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from eth_hash.auto import keccak
from solders.pubkey import Pubkey

from local.solana.model import anchor, collections, config, costs, creation, ids, items, system
from local.solana.model.borsh import Malformed, Reader, discriminator, number
from local.solana.model.config import Config
from local.solana.model.faults import Code, fault
from local.solana.model.items import Item
from local.solana.model.machine import Call, Meta

_PROTOCOL_FEE = 90_000  # lamports for a mint of the second version
_APPEND = discriminator("global", "append")
_NO_DATA, _NO_FLAGS = keccak(b""), b"\x00"


def bubblegum(call: Call) -> None:
    """Raises Failure."""
    call.charge(costs.ENTRY)
    known = {
        "create_tree": creation.create_tree,
        "create_tree_v2": creation.create_tree_v2,
        "mint_v1": _mint_v1,
        "mint_to_collection_v1": _mint_to_collection_v1,
        "mint_v2": _mint_v2,
    }
    instruction = {discriminator("global", name): run for name, run in known.items()}.get(call.data[:8])
    if instruction is None:
        raise anchor.error(anchor.Code.InstructionFallbackNotFound)
    try:
        instruction(call, Reader(call.data[8:]))
    except Malformed:
        raise anchor.error(anchor.Code.InstructionDidNotDeserialize) from None


@dataclass(frozen=True, slots=True)
class _Leaf:
    """Where an item goes, and to whom."""

    config: Meta
    tree: Meta
    owner: Pubkey
    delegate: Pubkey


def _mint_v1(call: Call, reader: Reader) -> None:
    call.say("Instruction: MintV1")
    item = items.read_v1(reader)
    call.charge(costs.ARGUMENTS + costs.PER_CREATOR * len(item.creators))
    accounts = anchor.Accounts(call)
    leaf, payer, authority = _head(accounts)
    _programs(accounts, ids.SPL_NOOP, ids.SPL_COMPRESSION)
    found = _config(call, leaf)
    found.check(authority.key, 1)
    signers = {payer.key, authority.key} | {meta.key for meta in accounts.rest() if meta.signs}
    call.give_back(_append(call, leaf, found, item, signers, may_be_verified=False))


def _mint_to_collection_v1(call: Call, reader: Reader) -> None:
    call.say("Instruction: MintToCollectionV1")
    item = items.read_v1(reader)
    call.charge(costs.ARGUMENTS + costs.PER_CREATOR * len(item.creators))
    accounts = anchor.Accounts(call)
    leaf, payer, authority = _head(accounts)
    group = collections.read(call, accounts)
    accounts.program("log_wrapper", ids.SPL_NOOP)
    accounts.program("compression_program", ids.SPL_COMPRESSION)
    accounts.any("token_metadata_program")
    accounts.program("system_program", ids.SYSTEM)
    found = _config(call, leaf)
    anchor.must_write(group.metadata, "collection_metadata")
    call.charge(costs.COLLECTION_ACCOUNTS)
    found.check(authority.key, 1)
    call.charge(costs.COLLECTION)
    collections.check(call, group, item)
    signers = {payer.key, authority.key} | {meta.key for meta in accounts.rest() if meta.signs}
    call.give_back(_append(call, leaf, found, item.as_verified(), signers, may_be_verified=True))


def _head(accounts: anchor.Accounts) -> tuple[_Leaf, Meta, Meta]:
    """The six accounts with which both mints of the first version begin."""
    found = accounts.owned("tree_authority", ids.BUBBLEGUM, config.DISCRIMINATOR)
    owner, delegate, tree = (accounts.any(name) for name in ("leaf_owner", "leaf_delegate", "merkle_tree"))
    leaf = _Leaf(found, tree, owner.key, delegate.key)
    return leaf, accounts.signer("payer"), accounts.signer("tree_delegate")


def _mint_v2(call: Call, reader: Reader) -> None:
    call.say("Instruction: MintV2")
    item = items.read_v2(reader)
    call.charge(costs.ARGUMENTS + costs.SECOND_VERSION + costs.PER_CREATOR * len(item.creators))
    further = reader.option(lambda: reader.take(reader.number(4))), reader.option(lambda: reader.choice(3))
    accounts = anchor.Accounts(call)
    found = accounts.owned("tree_authority", ids.BUBBLEGUM, config.DISCRIMINATOR)
    payer = accounts.signer("payer")
    authority = accounts.optional_signer("tree_delegate") or payer
    group_authority = accounts.optional_signer("collection_authority") or authority
    owner, delegate = accounts.any("leaf_owner"), accounts.optional("leaf_delegate")
    leaf = _Leaf(found, accounts.any("merkle_tree"), owner.key, (delegate or owner).key)
    group, signer = accounts.optional("core_collection"), accounts.optional("mpl_core_cpi_signer")
    _v2_programs(accounts)
    tree_config = _config(call, leaf)
    collections.check_core_accounts(call, group, signer)
    if any(part is not None for part in further):
        raise fault(Code.NotAvailable)
    tree_config.check(authority.key, 2)
    signers = {payer.key, authority.key} | {meta.key for meta in accounts.rest() if meta.signs}
    if group is not None:
        signers.add(group_authority.key)
        collections.count(call, group, signer, group_authority.key, item)
    elif item.collection is not None:
        raise fault(Code.MissingCollectionAccount)
    written = _append(call, leaf, tree_config, item, signers, may_be_verified=True)
    call.charge(costs.V2_FEE)
    system.pay(call, payer.key, found.key, _PROTOCOL_FEE)
    call.give_back(written)


def _programs(accounts: anchor.Accounts, noop: Pubkey, compression: Pubkey) -> None:
    accounts.program("log_wrapper", noop)
    accounts.program("compression_program", compression)
    accounts.program("system_program", ids.SYSTEM)


def _v2_programs(accounts: anchor.Accounts) -> None:
    accounts.program("log_wrapper", ids.MPL_NOOP)
    accounts.program("compression_program", ids.MPL_COMPRESSION)
    accounts.program("mpl_core_program", ids.CORE)
    accounts.program("system_program", ids.SYSTEM)


def _config(call: Call, leaf: _Leaf) -> Config:
    expected, tries = config.address(leaf.tree.key)
    call.charge(costs.ACCOUNTS + tries * costs.DERIVE)
    anchor.must_derive(leaf.config.key, "tree_authority", expected)
    anchor.must_write(leaf.config, "tree_authority")
    anchor.must_write(leaf.tree, "merkle_tree")
    return Config.read(call.state(leaf.config.key))


def _append(
    call: Call, leaf: _Leaf, found: Config, item: Item, signers: AbstractSet[Pubkey], *, may_be_verified: bool
) -> bytes:
    """The leaf as a caller gets it back."""
    item.check()
    if item.verified and not may_be_verified:
        raise fault(Code.CollectionCannotBeVerifiedInThisInstruction)
    item.check_standard()
    item.check_signatures(signers)
    asset, tries = ids.derived(ids.BUBBLEGUM, b"asset", bytes(leaf.tree.key), number(found.minted, 8))
    call.charge(costs.item(len(item.encode())) + tries * costs.DERIVE)
    call.say(f"Leaf asset ID: {asset}")
    written = _write(call, leaf, _schema(asset, leaf, found.minted, item), found.version)
    found.minted += 1
    found.write(call.state(leaf.config.key))
    return written


def _schema(asset: Pubkey, leaf: _Leaf, index: int, item: Item) -> bytes:
    """The leaf before it is hashed, its version apart."""
    body = bytes(asset) + bytes(leaf.owner) + bytes(leaf.delegate) + number(index, 8) + item.data_hash() + item.creator_hash()
    if item.version == 1:
        return body
    return body + keccak(bytes(item.collection or Pubkey.default())) + _NO_DATA + _NO_FLAGS


def _write(call: Call, leaf: _Leaf, schema: bytes, version: int) -> bytes:
    """Write the leaf down by way of noop and put it into the tree; gives the leaf as a caller gets it back."""
    noop, compression = (ids.SPL_NOOP, ids.SPL_COMPRESSION) if version == 1 else (ids.MPL_NOOP, ids.MPL_COMPRESSION)
    hashed, kind = keccak(bytes([version]) + schema), bytes([version - 1])
    event = b"\x01" + kind + kind + schema + hashed
    call.invoke(noop, [], b"\x01\x00" + number(len(event), 4) + event)
    metas = [Meta(leaf.tree.key, writes=True), Meta(leaf.config.key, signs=True), Meta(noop)]
    call.invoke(compression, metas, _APPEND + hashed)
    return kind + schema
