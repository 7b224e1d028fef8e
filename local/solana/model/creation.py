"""Bubblegum makes a tree: its config, and by way of the compression program the tree itself."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.model import anchor, canopy, config, costs, ids, system
from local.solana.model.borsh import Reader, discriminator, number
from local.solana.model.canopy import CanopyError
from local.solana.model.compression import Code as CompressionCode
from local.solana.model.config import Config
from local.solana.model.faults import Code, fault
from local.solana.model.machine import Call, Meta, Panic
from local.solana.model.tree import HEADER, size

_UNCANOPIED = 17  # levels without a canopy
_NODE = 32
_INIT = discriminator("global", "init_empty_merkle_tree")


@dataclass(frozen=True, slots=True)
class _Place:
    config: Meta
    tree: Meta
    payer: Meta
    creator: Pubkey


def create_tree(call: Call, reader: Reader) -> None:
    call.say("Instruction: CreateTree")
    depth, buffer, public = _arguments(reader)
    accounts = anchor.Accounts(call)
    config_meta, tree, payer = accounts.any("tree_authority"), accounts.any("merkle_tree"), accounts.signer("payer")
    place = _Place(config_meta, tree, payer, accounts.signer("tree_creator").key)
    _programs(accounts, ids.SPL_NOOP, ids.SPL_COMPRESSION)
    _create(call, place, depth, buffer, Config.new(place.creator, depth, public=public, version=1))


def create_tree_v2(call: Call, reader: Reader) -> None:
    call.say("Instruction: CreateTreeV2")
    depth, buffer, public = _arguments(reader)
    accounts = anchor.Accounts(call)
    config_meta, tree, payer = accounts.any("tree_authority"), accounts.any("merkle_tree"), accounts.signer("payer")
    creator = accounts.optional_signer("tree_creator") or payer
    _programs(accounts, ids.MPL_NOOP, ids.MPL_COMPRESSION)
    place = _Place(config_meta, tree, payer, creator.key)
    _create(call, place, depth, buffer, Config.new(place.creator, depth, public=public, version=2))


def _arguments(reader: Reader) -> tuple[int, int, bool]:
    return reader.number(4), reader.number(4), bool(reader.option(reader.boolean))


def _programs(accounts: anchor.Accounts, noop: Pubkey, compression: Pubkey) -> None:
    accounts.program("log_wrapper", noop)
    accounts.program("compression_program", compression)
    accounts.program("system_program", ids.SYSTEM)


def _create(call: Call, place: _Place, depth: int, buffer: int, made: Config) -> None:
    expected, tries = config.address(place.tree.key)
    call.charge(costs.CREATE + tries * costs.DERIVE)
    anchor.must_derive(place.config.key, "tree_authority", expected)
    system.fill_up(call, place.payer.key, expected, config.SIZE, owner=ids.BUBBLEGUM)
    call.charge(costs.CREATED)
    if any(call.state(place.tree.key).data[:8]):
        raise anchor.error(anchor.Code.ConstraintZero, "merkle_tree")
    anchor.must_write(place.payer, "payer")
    _check_canopy(call, place.tree.key, depth, buffer)
    call.charge(costs.CHECKED)
    made.write(call.state(expected))
    noop, compression = _below(made.version)
    metas = [Meta(place.tree.key, writes=True), Meta(expected, signs=True), Meta(noop)]
    call.invoke(compression, metas, _INIT + number(depth, 4) + number(buffer, 4))


def _below(version: int) -> tuple[Pubkey, Pubkey]:
    return (ids.SPL_NOOP, ids.SPL_COMPRESSION) if version == 1 else (ids.MPL_NOOP, ids.MPL_COMPRESSION)


def _check_canopy(call: Call, tree: Pubkey, depth: int, buffer: int) -> None:
    if (room := size(depth, buffer)) is None:
        call.say(f"Failed to get size of max depth {depth} and max buffer size {buffer}")
        raise anchor.error(CompressionCode.ConcurrentMerkleTreeConstantsError)
    if (behind := len(call.state(tree).data) - HEADER - room) < 0:
        raise Panic("assertion failed: mid <= self.len()")
    try:
        kept = canopy.levels(behind // _NODE, depth)
    except CanopyError as error:
        call.say(str(error))
        raise fault(Code.InvalidCanopySize) from None
    if kept < depth - _UNCANOPIED:
        raise fault(Code.InvalidCanopySize)
