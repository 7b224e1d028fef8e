"""The two kinds of collection that items can be minted into."""

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey

from chain.solana import borsh, ids

_CREATE, _MINT, _V1 = 42, 43, 0  # token-metadata
_CREATE_CORE, _BUBBLEGUM_V2 = 21, 15  # Core's CreateCollectionV2 and its plugin without which Bubblegum may not mint
_NONE = b"\x00"


def create_core(collection: Pubkey, payer: Pubkey, name: str, uri: str) -> Instruction:
    """A Core collection for mint_v2. The collection's key signs."""
    plugin = borsh.u8(_BUBBLEGUM_V2) + _NONE
    data = borsh.u8(_CREATE_CORE) + borsh.string(name) + borsh.string(uri) + b"\x01" + borsh.vector([plugin], bytes) + _NONE
    accounts = [
        AccountMeta(collection, is_signer=True, is_writable=True),
        _read(ids.CORE),
        AccountMeta(payer, is_signer=True, is_writable=True),
        _read(ids.SYSTEM),
    ]
    return Instruction(ids.CORE, data, accounts)


def create_token_metadata(mint: Pubkey, payer: Pubkey, name: str, symbol: str, uri: str) -> list[Instruction]:
    """A token-metadata collection for mint_to_collection_v1: its NFT, and the one token of it. The mint's key signs."""
    return [_create_nft(mint, payer, (name, symbol, uri)), _mint_nft(mint, payer)]


def _create_nft(mint: Pubkey, payer: Pubkey, texts: tuple[str, str, str]) -> Instruction:
    royalty, creators = borsh.u16(0), b"\x01" + borsh.vector([bytes(payer) + b"\x01" + borsh.u8(100)], bytes)
    sold, mutable, non_fungible, collection, uses = b"\x00", b"\x01", b"\x00", _NONE, _NONE
    details = b"\x01\x00" + borsh.u64(0)  # V1, size 0: that it is a collection
    rules, decimals, prints = _NONE, _NONE, b"\x01\x00"  # prints: Some(Zero)
    data = borsh.u8(_CREATE) + borsh.u8(_V1) + b"".join(map(borsh.string, texts)) + royalty + creators
    data += sold + mutable + non_fungible + collection + uses + details + rules + decimals + prints
    accounts = [
        _write(ids.metadata(mint)),
        _write(ids.master_edition(mint)),
        _write(mint, signs=True),
        _read(payer, signs=True),
        _write(payer, signs=True),
        _read(payer, signs=True),
        *map(_read, (ids.SYSTEM, ids.SYSVAR_INSTRUCTIONS, ids.TOKEN)),
    ]
    return Instruction(ids.TOKEN_METADATA, data, accounts)


def _mint_nft(mint: Pubkey, payer: Pubkey) -> Instruction:
    absent = _read(ids.TOKEN_METADATA)
    accounts = [
        _write(ids.token_account(payer, mint)),
        _read(payer),
        _read(ids.metadata(mint)),
        _write(ids.master_edition(mint)),
        absent,
        _write(mint),
        _read(payer, signs=True),
        absent,
        _write(payer, signs=True),
        *map(_read, (ids.SYSTEM, ids.SYSVAR_INSTRUCTIONS, ids.TOKEN, ids.ASSOCIATED_TOKEN)),
        absent,
        absent,
    ]
    return Instruction(ids.TOKEN_METADATA, borsh.u8(_MINT) + borsh.u8(_V1) + borsh.u64(1) + _NONE, accounts)


def _read(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, signs, is_writable=False)


def _write(key: Pubkey, *, signs: bool = False) -> AccountMeta:
    return AccountMeta(key, signs, is_writable=True)
