"""The programs spoken to, and the addresses derived from them (PDAs)."""

from solders.pubkey import Pubkey

BUBBLEGUM = Pubkey.from_string("BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY")
SPL_COMPRESSION = Pubkey.from_string("cmtDvXumGCrqC1Age74AVPhSRVXJMd8PJS91L8KbNCK")
SPL_NOOP = Pubkey.from_string("noopb9bkMVfRPU8AsbpTUg8AQkHtKwMYZiFUjNRtMmV")
MPL_COMPRESSION = Pubkey.from_string("mcmt6YrQEMKw8Mw43FmpRLmf7BqRnFMKmAcbxE3xkAW")
MPL_NOOP = Pubkey.from_string("mnoopTCrg4p8ry25e4bcWA9XZjbNjMTfgYVGGEdRsf3")
TOKEN_METADATA = Pubkey.from_string("metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s")
CORE = Pubkey.from_string("CoREENxT6tW1HoK8ypY1SxRMZTcVPm7R94rH4PZNhX7d")
CORE_CPI_SIGNER = Pubkey.from_string("CbNY3JiXdXNE9tPNEk1aRZVEkWdj2v7kfJLNQwZZgpXk")
TOKEN = Pubkey.from_string("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")
ASSOCIATED_TOKEN = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
SYSTEM = Pubkey.default()
SYSVAR_INSTRUCTIONS = Pubkey.from_string("Sysvar1nstructions1111111111111111111111111")


def tree_config(tree: Pubkey) -> Pubkey:
    """Where Bubblegum keeps a tree's capacity and how much of it is used."""
    return _derived(BUBBLEGUM, bytes(tree))


def tree_config_of(tree: str) -> Pubkey:
    """The same of an address in base58."""
    return tree_config(Pubkey.from_string(tree))


def asset_id(tree: Pubkey, index: int) -> Pubkey:
    """The address by which the world knows a leaf (`index` is a u64)."""
    return _derived(BUBBLEGUM, b"asset", bytes(tree), index.to_bytes(8, "little"))


def metadata(mint: Pubkey) -> Pubkey:
    return _derived(TOKEN_METADATA, b"metadata", bytes(TOKEN_METADATA), bytes(mint))


def master_edition(mint: Pubkey) -> Pubkey:
    return _derived(TOKEN_METADATA, b"metadata", bytes(TOKEN_METADATA), bytes(mint), b"edition")


def token_account(owner: Pubkey, mint: Pubkey) -> Pubkey:
    """The owner's associated token account."""
    return _derived(ASSOCIATED_TOKEN, bytes(owner), bytes(TOKEN), bytes(mint))


def _derived(program: Pubkey, *seeds: bytes) -> Pubkey:
    return Pubkey.find_program_address(seeds, program)[0]
