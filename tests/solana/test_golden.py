"""What we build is what the official client builds, byte for byte (golden.mjs wrote golden.json)."""

import json
from pathlib import Path
from typing import Any

import pytest
from solders.pubkey import Pubkey

from chain.solana import bubblegum, ids, leaves
from chain.solana.bubblegum import Mint
from chain.solana.metadata import Creator, Metadata

SETS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("golden.json").read_text())
BUILD = {
    "mint_v1": bubblegum.mint_v1,
    "mint_to_collection_v1": bubblegum.mint_to_collection_v1,
    "mint_v2": bubblegum.mint_v2,
}


def test_there_are_enough_of_each_kind() -> None:
    assert len(SETS) >= 40
    assert {case["kind"] for case in SETS} == set(BUILD)
    assert {len(case["creators"]) for case in SETS} == {0, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("case", SETS)
def test_data_accounts_and_flags_are_the_clients(case: dict[str, Any]) -> None:
    built = BUILD[case["kind"]](_mint(case))
    assert built.data.hex() == case["data"]
    assert [[str(meta.pubkey), meta.is_signer, meta.is_writable] for meta in built.accounts] == case["accounts"]


@pytest.mark.parametrize("case", SETS)
def test_the_hashes_are_the_clients(case: dict[str, Any]) -> None:
    mint, v2 = _mint(case), case["kind"] == "mint_v2"
    place = leaves.Place(mint.tree, int(case["index"]), mint.owner, mint.leaf_delegate)
    encoded = mint.item.encode_v2() if v2 else mint.item.encode_v1()
    assert str(ids.asset_id(mint.tree, place.index)) == case["asset"]
    assert mint.item.data_hash(encoded).hex() == case["data_hash"]
    assert mint.item.creator_hash().hex() == case["creator_hash"]
    assert (leaves.leaf_v2 if v2 else leaves.leaf_v1)(place, mint.item).hex() == case["leaf"]


def _mint(case: dict[str, Any]) -> Mint:
    creators = tuple(Creator(_key(each["address"]), each["share"], each["verified"]) for each in case["creators"])
    item = Metadata(
        name=case["name"],
        symbol=case["symbol"],
        uri=case["uri"],
        royalty=case["royalty"],
        creators=creators,
        collection=_key(case["collection"]) if case["collection"] else None,
        mutable=case["mutable"],
        sold=case["sold"],
    )
    delegate = _key(case["delegate"]) if case["delegate"] else None
    return Mint(_key(case["tree"]), _key(case["payer"]), _key(case["authority"]), _key(case["owner"]), item, delegate)


def _key(text: str) -> Pubkey:
    return Pubkey.from_string(text)
