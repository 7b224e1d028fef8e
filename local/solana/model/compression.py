"""The two account-compression programs, which differ in their ids: trees are made, appended to and asked."""

from enum import Enum

from local.solana.model import anchor, canopy, costs, ids
from local.solana.model.borsh import Malformed, Reader, discriminator, number
from local.solana.model.canopy import CanopyError
from local.solana.model.machine import Call, Crash, Meta, Panic, State
from local.solana.model.tree import HEADER, Change, Tree, TreeError, size

_INIT, _APPEND, _VERIFY = (discriminator("global", name) for name in ("init_empty_merkle_tree", "append", "verify_leaf"))
_NOOPS = {ids.SPL_COMPRESSION: ids.SPL_NOOP, ids.MPL_COMPRESSION: ids.MPL_NOOP}


class Code(Enum):
    ConcurrentMerkleTreeError = 6001, "Concurrent merkle tree error"
    ConcurrentMerkleTreeConstantsError = 6003, "An unsupported max depth or max buffer size constant was provided"
    CanopyLengthMismatch = 6004, "Expected a different byte length for the merkle tree canopy"
    IncorrectAuthority = 6005, "Provided authority does not match expected tree authority"
    IncorrectAccountOwner = 6006, "Account is owned by a different program, expected it to be owned by this program"
    IncorrectAccountType = 6007, "Account provided has incorrect account type"
    LeafIndexOutOfBounds = 6008, "Leaf index of concurrent merkle tree is out of bounds"


def compression(call: Call) -> None:
    """Raises Failure."""
    known = {_INIT: _initialize, _APPEND: _append, _VERIFY: _verify}
    call.charge(costs.COMPRESSION)
    instruction = known.get(call.data[:8])
    if instruction is None:
        raise anchor.error(anchor.Code.InstructionFallbackNotFound)
    try:
        instruction(call, Reader(call.data[8:]))
    except Malformed:
        raise anchor.error(anchor.Code.InstructionDidNotDeserialize) from None
    except CanopyError as error:
        call.say(str(error))
        raise anchor.error(Code.CanopyLengthMismatch) from None
    except TreeError as error:
        call.say(f"Error using concurrent merkle tree: {error}")
        raise anchor.error(Code.ConcurrentMerkleTreeError) from None


def _initialize(call: Call, reader: Reader) -> None:
    call.say("Instruction: InitEmptyMerkleTree")
    depth, buffer = reader.number(4), reader.number(4)
    meta, authority = _modified(call)
    state = _tree_account(call, meta)
    if any(state.data[:HEADER]):
        raise anchor.error(Code.IncorrectAccountType)
    header = b"\x01\x00" + number(buffer, 4) + number(depth, 4) + bytes(authority.key) + number(call.machine.slot, 8)
    state.data[:HEADER] = header + bytes(6)
    call.charge(costs.initialize(depth) - costs.COMPRESSION)
    tree = _tree(call, state)
    _write_down(call, meta, tree.initialize())
    canopy.levels((len(state.data) - _end(tree)) // 32, depth)


def _append(call: Call, reader: Reader) -> None:
    call.say("Instruction: Append")
    leaf = reader.take(32)
    meta, authority = _modified(call)
    state = _tree_account(call, meta)
    tree = _tree(call, state)
    if state.data[10:42] != bytes(authority.key):
        raise anchor.error(Code.IncorrectAuthority)
    canopy_levels = canopy.levels((len(state.data) - _end(tree)) // 32, tree.depth)
    call.charge(costs.append(tree.depth, tree.leaves, canopy_levels) - costs.COMPRESSION)
    change = tree.append(leaf)
    canopy.update(state.data, _end(tree), change)
    _write_down(call, meta, change)


def _verify(call: Call, reader: Reader) -> None:
    call.say("Instruction: VerifyLeaf")
    root, leaf, index = reader.take(32), reader.take(32), reader.number(4)
    accounts = anchor.Accounts(call)
    meta = accounts.any("merkle_tree")
    proof = [bytes(node.key) for node in accounts.rest()]
    state = _tree_account(call, meta)
    tree = _tree(call, state)
    if index >= 1 << tree.depth:
        raise anchor.error(Code.LeafIndexOutOfBounds)
    kept = bytes(state.data[_end(tree) :])
    whole = canopy.complete(proof, kept, tree.depth, index)
    call.charge(costs.verify(tree.depth, canopy.unknown(whole, kept)) - costs.COMPRESSION)
    try:
        tree.prove(root, leaf, index, whole)
    except TreeError as error:
        call.say(f"Error using concurrent merkle tree: {error}")
        raise Crash from None


def _modified(call: Call) -> tuple[Meta, Meta]:
    """The tree, and who signs for it."""
    accounts = anchor.Accounts(call)
    meta, authority = accounts.any("merkle_tree"), accounts.signer("authority")
    accounts.program("noop", _NOOPS[call.program])
    anchor.must_write(meta, "merkle_tree")
    return meta, authority


def _tree_account(call: Call, meta: Meta) -> State:
    state = call.state(meta.key)
    if state.owner != call.program:
        call.charge(costs.EXPLAIN)
        raise anchor.error(Code.IncorrectAccountOwner, sides=(state.owner, call.program), in_line=True)
    if len(state.data) < HEADER:
        raise Panic("assertion failed: mid <= self.len()")
    return state


def _tree(call: Call, state: State) -> Tree:
    if state.data[0] != 1:
        raise anchor.error(Code.IncorrectAccountType)
    buffer, depth = (int.from_bytes(state.data[at : at + 4], "little") for at in (2, 6))
    if (room := size(depth, buffer)) is None:
        call.say(f"Failed to get size of max depth {depth} and max buffer size {buffer}")
        raise anchor.error(Code.ConcurrentMerkleTreeConstantsError)
    if len(state.data) < HEADER + room:
        raise Panic("assertion failed: mid <= self.len()")
    return Tree(state.data, depth, buffer)


def _end(tree: Tree) -> int:
    """Where the canopy begins."""
    return HEADER + (size(tree.depth, tree.buffer) or 0)


def _write_down(call: Call, meta: Meta, change: Change) -> None:
    call.invoke(_NOOPS[call.program], [], change.event(bytes(meta.key)))
