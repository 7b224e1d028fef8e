"""The token program, as far as an NFT needs it: a mint, one token, and who may no longer make another."""

from local.solana.model import costs, ids, system
from local.solana.model.borsh import Reader, number
from local.solana.model.machine import Call, Failure, Meta, run_known

MINT_SIZE, ACCOUNT_SIZE = 82, 165
_UNITS = {20: 215, 6: 143, 21: 183, 22: 38, 18: 235, 7: 119}


def token(call: Call) -> None:
    """Raises Failure."""
    call.charge(_UNITS.get(call.data[0], 100))
    known = {20: _initialize_mint, 6: _set_authority, 21: _size, 22: _immutable, 18: _initialize_account, 7: _mint}
    run_known(call, known, 1)


def _initialize_mint(call: Call, reader: Reader) -> None:
    decimals, authority = reader.number(1), reader.take(32)
    freeze = reader.option(lambda: reader.take(32))
    data = call.state(call.metas[0].key).data
    data[:] = number(1, 4) + authority + number(0, 8) + bytes([decimals, 1]) + _maybe(freeze)


def _maybe(key: bytes | None) -> bytes:
    return bytes(36) if key is None else number(1, 4) + key


def _set_authority(call: Call, reader: Reader) -> None:
    """Of minting (0) or of freezing (1)."""
    at = 46 if reader.choice(2) else 0
    call.state(call.metas[0].key).data[at : at + 36] = _maybe(reader.option(lambda: reader.take(32)))


def _size(call: Call, reader: Reader) -> None:
    call.give_back(number(ACCOUNT_SIZE, 8))


def _immutable(call: Call, reader: Reader) -> None:
    """Says nothing in this program."""


def _initialize_account(call: Call, reader: Reader) -> None:
    data = call.state(call.metas[0].key).data
    data[:] = bytes(call.metas[1].key) + reader.take(32) + number(0, 8) + bytes(36) + b"\x01" + bytes(56)


def _mint(call: Call, reader: Reader) -> None:
    amount = reader.number(8)
    mint, holder = (call.state(meta.key).data for meta in call.metas[:2])
    for data, at in ((mint, 36), (holder, 64)):
        data[at : at + 8] = number(int.from_bytes(data[at : at + 8], "little") + amount, 8)


def associated(call: Call) -> None:
    """Makes the owner's account for a token. Raises Failure."""
    call.say("Create")
    payer, key, owner, mint = (meta.key for meta in call.metas[:4])
    expected, tries = ids.derived(ids.ASSOCIATED, bytes(owner), bytes(ids.TOKEN), bytes(mint))
    call.charge(costs.ASSOCIATED + tries * costs.DERIVE)
    if key != expected:
        call.say("Error: Associated address does not match seed derivation")
        raise Failure("InvalidSeeds", "Provided seeds do not result in a valid address")
    call.invoke(ids.TOKEN, [Meta(mint)], bytes([21]) + number(7, 2))
    system.fill_up(call, payer, key, ACCOUNT_SIZE, owner=ids.TOKEN)
    call.say("Initialize the associated token account")
    call.invoke(ids.TOKEN, [Meta(key, writes=True)], bytes([22]))
    call.invoke(ids.TOKEN, [Meta(key, writes=True), Meta(mint)], bytes([18]) + bytes(owner))
