"""token-metadata: the NFT of a collection is made, in its two steps. It is the one kind of NFT that the model makes."""

from dataclasses import dataclass

from solders.pubkey import Pubkey

from local.solana.bank import rent
from local.solana.model import costs, ids, system, token
from local.solana.model.borsh import Malformed, Reader, number, text
from local.solana.model.machine import Call, Custom, Meta, run_known

METADATA_SIZE, EDITION_SIZE = 607, 20
FEE = 10_000_000  # lamports
_METADATA, _EDITION = 4, 6
_TEXTS = (32, 10, 200)
_CREATE, _MINT = 42, 43
_NON_FUNGIBLE = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What is read of a collection's metadata."""

    authority: Pubkey
    mint: Pubkey
    standard: int | None


def token_metadata(call: Call) -> None:
    """Raises Failure."""
    run_known(call, {_CREATE: _create, _MINT: _mint}, 2)  # kind, and the first version of its arguments


def metadata(mint: Pubkey) -> tuple[Pubkey, int]:
    return ids.derived(ids.TOKEN_METADATA, b"metadata", bytes(ids.TOKEN_METADATA), bytes(mint))


def edition(mint: Pubkey) -> tuple[Pubkey, int]:
    return ids.derived(ids.TOKEN_METADATA, b"metadata", bytes(ids.TOKEN_METADATA), bytes(mint), b"edition")


def read(data: bytes) -> Known:
    """Raises Malformed."""
    reader = Reader(data)
    reader.number(1)
    authority, mint = reader.key(), reader.key()
    for _ in _TEXTS:
        reader.text()
    reader.number(2)
    reader.option(lambda: reader.vector(lambda: reader.take(34)))
    reader.take(2)
    reader.option(lambda: reader.number(1))
    return Known(authority, mint, reader.option(lambda: reader.number(1)))


def is_unique(data: bytes) -> bool:
    """Whether an edition lets nobody print more of it."""
    return data[:1] == bytes([_EDITION]) and data[9:18] == b"\x01" + bytes(8)


def _create(call: Call, reader: Reader) -> None:
    call.say("IX: Create")
    described = _described(reader)
    keys = [meta.key for meta in call.metas]
    place, print_place, mint, authority, payer = keys[:5]
    (expected, tries), (expected_print, more) = metadata(mint), edition(mint)
    call.charge(costs.METADATA_BEGIN + tries * costs.DERIVE)
    if (place, print_place) != (expected, expected_print):
        raise Custom(5, "Program log: Derived key is invalid")
    if call.state(place).lamports:
        raise Custom(199, "Program log: Expected account to be uninitialized")
    call.charge(costs.METADATA_CREATE + more * costs.DERIVE)
    system.pay(call, payer, place, FEE + rent(METADATA_SIZE))
    _create_mint(call, payer, mint, authority)
    _take(call, place, METADATA_SIZE)
    _write_metadata(call, place, (authority, mint), described)
    call.say(f"Transfer {rent(EDITION_SIZE)} lamports to the new account")
    system.pay(call, payer, print_place, rent(EDITION_SIZE))
    _take(call, print_place, EDITION_SIZE)
    call.state(print_place).data[:18] = bytes([_EDITION]) + bytes(8) + b"\x01" + bytes(8)
    for kind in (0, 1):
        _hand_over(call, mint, authority, kind, print_place)


def _described(reader: Reader) -> bytes:
    """Texts padded to their longest, royalty and creators, as they stand in the account; only a collection's NFT."""
    texts = b"".join(text(reader.text().ljust(longest, b"\x00")) for longest in _TEXTS)
    royalty = reader.take(2)
    creators = reader.option(lambda: reader.vector(lambda: reader.take(34)))
    listed = b"\x00" if creators is None else b"\x01" + number(len(creators), 4) + b"".join(creators)
    flags = reader.take(2)
    standard, collection = reader.choice(6), reader.option(lambda: reader.take(33))
    uses, details = reader.option(lambda: reader.take(17)), reader.option(lambda: reader.take(9))
    if standard != _NON_FUNGIBLE or collection is not None or uses is not None or details is None:
        raise Malformed
    return texts + royalty + listed + flags


def _create_mint(call: Call, payer: Pubkey, mint: Pubkey, authority: Pubkey) -> None:
    system.create(call, payer, mint, token.MINT_SIZE, owner=ids.TOKEN)
    owners = bytes(authority) + b"\x01" + bytes(authority)
    call.invoke(ids.TOKEN, [Meta(mint, writes=True)], bytes([20, 0]) + owners)


def _take(call: Call, key: Pubkey, size: int) -> None:
    call.say("Allocate space for the account")
    system.allocate(call, key, size)
    call.say("Assign the account to the owning program")
    system.assign(call, key, ids.TOKEN_METADATA)


def _write_metadata(call: Call, place: Pubkey, keys: tuple[Pubkey, Pubkey], described: bytes) -> None:
    standard, no_collection, no_uses, sized = b"\x01\x00", b"\x00", b"\x00", b"\x01\x00" + bytes(8)
    edition_nonce = bytes([1, 256 - edition(keys[1])[1]])
    head = bytes([_METADATA]) + bytes(keys[0]) + bytes(keys[1])
    body = head + described + edition_nonce + standard + no_collection + no_uses + sized + b"\x00"
    call.state(place).data[:] = body.ljust(METADATA_SIZE - 1, b"\x00") + b"\x01"  # the last byte: a fee was paid


def _hand_over(call: Call, mint: Pubkey, authority: Pubkey, kind: int, receiver: Pubkey) -> None:
    """Of minting and of freezing, to the edition."""
    metas = [Meta(mint, writes=True), Meta(authority), Meta(authority, signs=True)]
    call.invoke(ids.TOKEN, metas, bytes([6, kind, 1]) + bytes(receiver))


def _mint(call: Call, reader: Reader) -> None:
    call.say("IX: Mint")
    amount = reader.number(8)
    holder, owner, _, print_place, _, mint, _, _, payer = (meta.key for meta in call.metas[:9])
    call.charge(costs.METADATA_MINT)
    metas = [
        Meta(payer, signs=True, writes=True),
        Meta(holder, writes=True),
        *(Meta(key) for key in (owner, mint, ids.SYSTEM, ids.TOKEN)),
    ]
    call.invoke(ids.ASSOCIATED, metas, b"\x00")
    metas = [Meta(mint, writes=True), Meta(holder, writes=True), Meta(print_place, signs=True)]
    call.invoke(ids.TOKEN, metas, bytes([7]) + number(amount, 8))
