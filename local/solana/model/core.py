"""Core: a collection with or without the plugin by which Bubblegum may mint into it, and the count of what is in it."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.bank import rent
from local.solana.model import costs, ids, system
from local.solana.model.borsh import Malformed, Reader, number, text
from local.solana.model.machine import Call, Custom, Failure, run_known

_COLLECTION, _HEADER, _REGISTRY = 5, 3, 4  # kinds of accounts and of their parts
_BUBBLEGUM_V2 = 15
_BY_ADDRESS = 3
_CREATE, _UPDATE_INFO = 21, 32


@dataclass(frozen=True, slots=True)
class Collection:
    """`counts` is where its two numbers stand: ever minted, and in it now (u32 each)."""

    authority: Pubkey
    counts: int
    for_bubblegum: bool


def core(call: Call) -> None:
    """Raises Failure."""
    known = {_CREATE: _create, _UPDATE_INFO: _update_info}
    run_known(call, known, 1)


def read(data: bytes) -> Collection:
    """Raises Malformed."""
    reader = Reader(data)
    if reader.number(1) != _COLLECTION:
        raise Malformed
    authority = reader.key()
    reader.text()
    reader.text()
    counts = len(data) - len(reader.rest)
    plugins = data[counts + 8 :]
    return Collection(authority, counts, len(plugins) > 9 and plugins[9] == _BUBBLEGUM_V2)


def _create(call: Call, reader: Reader) -> None:
    call.say("Instruction: CreateCollectionV2")
    name, uri = reader.text(), reader.text()
    plugins = reader.option(lambda: reader.vector(lambda: (reader.choice(16), reader.option(reader.key)))) or []
    further = reader.option(lambda: reader.number(4))
    if further or plugins not in ([], [(_BUBBLEGUM_V2, None)]):
        raise Malformed  # the model knows no other plugin
    key, update, payer = (call.metas[place].key for place in range(3))
    authority = payer if update == ids.CORE else update
    call.charge(costs.CORE_CREATE)
    body = bytes([_COLLECTION]) + bytes(authority) + text(name) + text(uri) + bytes(8)
    if not call.metas[0].signs or not call.metas[2].signs:
        raise Failure("MissingRequiredSignature", "missing required signature for instruction")
    system.create(call, payer, key, len(body), owner=ids.CORE)
    call.state(key).data[:] = body
    if plugins:
        _add_plugin(call, payer, key)


def _add_plugin(call: Call, payer: Pubkey, key: Pubkey) -> None:
    """First the parts that hold plugins, then the plugin; each is paid for by itself."""
    call.charge(costs.CORE_PLUGIN)
    state = call.state(key)
    start = len(state.data)
    registry_at = start + 9
    for grown in (18, 43):
        system.pay(call, payer, key, grown * (rent(1) - rent(0)))
    record = bytes([_BUBBLEGUM_V2, _BY_ADDRESS]) + bytes(ids.BUBBLEGUM) + number(registry_at, 8)
    registry = bytes([_REGISTRY]) + number(1, 4) + record + number(0, 4)
    header = bytes([_HEADER]) + number(registry_at + 1, 8)
    state.data += header + bytes([_BUBBLEGUM_V2]) + registry


def _update_info(call: Call, reader: Reader) -> None:
    call.say("Instruction: UpdateCollectionInfoV1")
    kind, amount = reader.choice(3), reader.number(4)
    group, signer = call.metas
    expected, _ = ids.derived(ids.BUBBLEGUM, b"mpl_core_cpi_signer")
    if signer.key != expected or not signer.signs or kind != 0:
        raise Custom(9)
    call.charge(costs.CORE_COUNT)
    data = call.state(group.key).data
    for at in (place := read(bytes(data)).counts, place + 4):
        data[at : at + 4] = number(int.from_bytes(data[at : at + 4], "little") + amount, 4)
