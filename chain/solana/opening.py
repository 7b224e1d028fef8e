"""Opening accounts: a Merkle tree, and the collections that compressed NFTs are filed under. Each with a key of its own."""

from collections.abc import Mapping
from typing import Any

from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, create_account

from chain.solana import bubblegum, collections, ids
from chain.solana.draft import Draft
from chain.solana.keys import new_keypair
from chain.solana.trees import Shape


def tree(wallet: str, spec: Mapping[str, Any], rent: int) -> Draft:
    """A tree of `spec["version"]` 1 or 2 with its depth, buffer and canopy. `rent` in lamports keeps its account for good."""
    key, payer, shape = new_keypair(), Pubkey.from_string(wallet), shape_of(spec)
    program, create = (
        (ids.SPL_COMPRESSION, bubblegum.create_tree)
        if spec["version"] == 1
        else (ids.MPL_COMPRESSION, bubblegum.create_tree_v2)
    )
    account = create_account(
        CreateAccountParams(from_pubkey=payer, to_pubkey=key.pubkey(), lamports=rent, space=shape.size, owner=program)
    )
    return Draft(wallet, str(key.pubkey()), (account, create(key.pubkey(), payer, shape.depth, shape.buffer)), (key,))


def metadata_collection(wallet: str, spec: Mapping[str, Any]) -> Draft:
    """A Token Metadata collection, for trees of version 1: `spec` has its name, symbol and URI."""
    key, payer = new_keypair(), Pubkey.from_string(wallet)
    made = collections.create_token_metadata(key.pubkey(), payer, spec["name"], spec["symbol"], spec["uri"])
    return Draft(wallet, str(key.pubkey()), tuple(made), (key,))


def core_collection(wallet: str, spec: Mapping[str, Any]) -> Draft:
    """A Core collection, for trees of version 2: `spec` has its name and URI."""
    key, payer = new_keypair(), Pubkey.from_string(wallet)
    return Draft(wallet, str(key.pubkey()), (collections.create_core(key.pubkey(), payer, spec["name"], spec["uri"]),), (key,))


def shape_of(spec: Mapping[str, Any]) -> Shape:
    return Shape(spec["depth"], spec["buffer"], spec["canopy"])
