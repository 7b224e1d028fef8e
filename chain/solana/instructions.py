"""The instructions of a message in words: which program, what it is asked for, and of a mint for whom, which name and URI.

For people who look. What is not known here is told by its program and its size; nothing in any bytes makes this fail.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from solders.compute_budget import ID as COMPUTE_BUDGET
from solders.instruction import CompiledInstruction
from solders.message import MessageV0
from solders.pubkey import Pubkey

from chain.solana import borsh, ids
from chain.solana.borsh import Reader

_LIMIT, _PRICE = 2, 3
_CREATE_ACCOUNT, _TRANSFER = 0, 2
_CREATE_NFT, _MINT_NFT = 42, 43
_CREATE_CORE = 21

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Told:
    """One instruction: the program's name, or its id; what it is asked for; and with what, in an order for people."""

    program: str
    name: str
    facts: Facts = ()


@dataclass(frozen=True, slots=True)
class _Call:
    """Accounts in base58, and the arguments to be read."""

    accounts: Sequence[str]
    arguments: Reader


def read(message: MessageV0) -> list[Told]:
    return [_told(message, each) for each in message.instructions]


def budget(message: MessageV0) -> tuple[int, int]:
    """The compute units that it asks for, and what it offers for each in micro-lamports; 0 for what it does not say."""
    said: dict[int, int] = {}
    for each in message.instructions:
        data = bytes(each.data)
        if message.account_keys[each.program_id_index] == COMPUTE_BUDGET and data:
            said[data[0]] = int.from_bytes(data[1:], "little")
    return said.get(_LIMIT, 0), said.get(_PRICE, 0)


def _told(message: MessageV0, compiled: CompiledInstruction) -> Told:
    keys = [str(key) for key in message.account_keys]
    program, data = _key(keys, compiled.program_id_index), bytes(compiled.data)
    call = _Call([_key(keys, index) for index in bytes(compiled.accounts)], Reader(data))
    name, read_call = _PROGRAMS.get(program, (program, None))
    try:
        return Told(name, *read_call(call)) if read_call else Told(name, _unknown(data))
    except (ValueError, KeyError, IndexError):  # UnicodeDecodeError is a ValueError
        return Told(name, _unknown(data))


def _key(keys: Sequence[str], index: int) -> str:
    return keys[index] if index < len(keys) else "an account of a lookup table"


def _unknown(data: bytes) -> str:
    return f"{len(data)} bytes that are not known here"


# -- the programs ------------------------------------------------------------------------------------------------------


def _compute_budget(call: _Call) -> tuple[str, Facts]:
    kind = call.arguments.u8()
    if kind == _LIMIT:
        return "set the limit", [("compute units", f"{call.arguments.u32():,}")]
    if kind == _PRICE:
        return "set the price", [("micro-lamports per unit", f"{call.arguments.u64():,}")]
    raise ValueError


def _system(call: _Call) -> tuple[str, Facts]:
    kind, lamports = call.arguments.u32(), ("lamports", f"{call.arguments.u64():,}")
    if kind == _TRANSFER:
        return "transfer", [("to", call.accounts[1]), lamports]
    if kind != _CREATE_ACCOUNT:
        raise ValueError
    size, owner = f"{call.arguments.u64():,} bytes", Pubkey.from_bytes(call.arguments.take(32))
    return "create account", [("account", call.accounts[1]), lamports, ("size", size), ("of", str(owner))]


def _bubblegum(call: _Call) -> tuple[str, Facts]:
    name = _INSTRUCTIONS[call.arguments.take(8)]
    return name, _BUBBLEGUM[name](call)


def _tree(call: _Call) -> Facts:
    depth, buffer = call.arguments.u32(), call.arguments.u32()
    return [("tree", call.accounts[1]), ("depth", str(depth)), ("buffer", str(buffer))]


def _mint(owner: int, tree: int, collection: int | None) -> Callable[[_Call], Facts]:
    """Where in its accounts a mint has the owner, the tree and the collection."""

    def facts(call: _Call) -> Facts:
        name, symbol, uri = (call.arguments.string() for _ in range(3))
        filed = call.accounts[collection] if collection is not None else ""
        said = [("owner", call.accounts[owner]), ("name", name), ("symbol", symbol), ("URI", uri)]
        of = [("tree", call.accounts[tree]), ("collection", filed)]
        return [*said, *(each for each in of if each[1] not in ("", str(ids.BUBBLEGUM)))]

    return facts


_BUBBLEGUM: dict[str, Callable[[_Call], Facts]] = {
    "create_tree": _tree,
    "create_tree_v2": _tree,
    "mint_v1": _mint(1, 3, None),
    "mint_to_collection_v1": _mint(1, 3, 8),
    "mint_v2": _mint(4, 6, 7),
}
_INSTRUCTIONS = {borsh.discriminator(name): name for name in _BUBBLEGUM}


def _token_metadata(call: _Call) -> tuple[str, Facts]:
    kind, _ = call.arguments.u8(), call.arguments.u8()
    if kind == _MINT_NFT:
        return "mint the collection's NFT", [("account", call.accounts[5])]
    if kind != _CREATE_NFT:
        raise ValueError
    name, symbol, uri = (call.arguments.string() for _ in range(3))
    return "create a collection", [("account", call.accounts[2]), ("name", name), ("symbol", symbol), ("URI", uri)]


def _core(call: _Call) -> tuple[str, Facts]:
    if call.arguments.u8() != _CREATE_CORE:
        raise ValueError
    name, uri = call.arguments.string(), call.arguments.string()
    return "create a collection", [("account", call.accounts[0]), ("name", name), ("URI", uri)]


_PROGRAMS: dict[str, tuple[str, Callable[[_Call], tuple[str, Facts]]]] = {
    str(COMPUTE_BUDGET): ("Compute budget", _compute_budget),
    str(ids.SYSTEM): ("System program", _system),
    str(ids.BUBBLEGUM): ("Bubblegum", _bubblegum),
    str(ids.TOKEN_METADATA): ("Token Metadata", _token_metadata),
    str(ids.CORE): ("Core", _core),
}
