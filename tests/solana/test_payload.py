"""Signed bytes of Solana read back: signatures, what they are bound to, and every instruction in words."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction, VersionedTransaction

from chain.payload import PayloadError
from chain.solana import draft as drafts
from chain.solana import ids, minting, opening
from chain.solana.draft import Draft
from chain.solana.instructions import Told
from chain.solana.payload import read, told
from chain.solana.wanted import Leaf, Program

KEY = Keypair.from_seed(bytes(range(32)))
ME, TREE, OWNER, FILED = str(KEY.pubkey()), *(str(Keypair.from_seed(bytes([n]) * 32).pubkey()) for n in (1, 2, 3))
BLOCKHASH = str(Hash(bytes([9]) * 32))
LEAF = Leaf(Program.MINT_V1, OWNER, "Badge #1", "FARM", "ipfs://cid/1.json")
PROGRAMS = [ids.BUBBLEGUM, ids.SYSTEM, ids.CORE, ids.TOKEN_METADATA, ids.TOKEN]
SHAPE = {"version": 1, "depth": 14, "buffer": 64, "canopy": 4}


def mint(program: Program = Program.MINT_V1, collection: str = "") -> Draft:
    return Draft(ME, TREE, (minting.instruction(replace(LEAF, program=program), ME, TREE, collection),))


def signed(draft: Draft, units: int = 200_000, price: int = 7) -> bytes:
    return drafts.sign(draft, units, price, BLOCKHASH, lambda message: bytes(KEY.sign_message(message))).raw


def the_call(draft: Draft) -> Told:
    return read(signed(draft)).told[drafts.BUDGET]


def test_what_was_signed_is_read_back() -> None:
    draft, raw = mint(), signed(mint())
    found = read(raw)
    assert (found.payer, found.blockhash, found.units, found.price) == (ME, BLOCKHASH, 200_000, 7)
    assert found.message == bytes(draft.message(200_000, 7))
    assert found.signature == str(VersionedTransaction.from_bytes(raw).signatures[0])
    assert told(found.message) == found.told


@pytest.mark.parametrize(
    ("program", "collection"),
    [
        (Program.MINT_V1, ""),
        (Program.MINT_TO_COLLECTION_V1, FILED),
        (Program.MINT_V2, ""),
        (Program.MINT_V2_TO_CORE, FILED),
    ],
)
def test_a_mint_tells_for_whom_and_what(program: Program, collection: str) -> None:
    said = the_call(mint(program, collection))
    filed = {"collection": collection} if collection else {}
    assert (said.program, said.name) == ("Bubblegum", program.value.removesuffix("_core"))
    assert dict(said.facts) == {
        "owner": OWNER, "name": "Badge #1", "symbol": "FARM", "URI": "ipfs://cid/1.json", "tree": TREE, **filed,
    }  # fmt: skip


@pytest.mark.parametrize("version", [1, 2])
def test_a_tree_tells_its_size_and_what_it_takes(version: int) -> None:
    draft = opening.tree(ME, {**SHAPE, "version": version}, 5_000_000)
    _, _, account, tree = read(signed(draft)).told
    assert (account.program, account.name) == ("System program", "create account")
    assert ("account", draft.about) in account.facts
    assert ("lamports", "5,000,000") in account.facts
    assert list(tree.facts) == [("tree", draft.about), ("depth", "14"), ("buffer", "64")]


def test_collections_tell_their_names() -> None:
    core = opening.core_collection(ME, {"name": "Farm", "uri": "ipfs://c"})
    filed = opening.metadata_collection(ME, {"name": "Farm", "symbol": "F", "uri": "ipfs://c"})
    assert the_call(core) == Told(
        "Core", "create a collection", [("account", core.about), ("name", "Farm"), ("URI", "ipfs://c")]
    )
    assert ("name", "Farm") in the_call(filed).facts
    assert read(signed(filed)).told[-1] == Told("Token Metadata", "mint the collection's NFT", [("account", filed.about)])


def test_a_transfer_and_the_budget_are_told() -> None:
    pays = transfer(TransferParams(from_pubkey=KEY.pubkey(), to_pubkey=Pubkey.from_string(OWNER), lamports=1_500))
    assert read(signed(Draft(ME, OWNER, (pays,)))).told == [
        Told("Compute budget", "set the limit", [("compute units", "200,000")]),
        Told("Compute budget", "set the price", [("micro-lamports per unit", "7")]),
        Told("System program", "transfer", [("to", OWNER), ("lamports", "1,500")]),
    ]


@given(st.sampled_from(PROGRAMS), st.binary(max_size=80), st.integers(0, 8))
def test_instructions_that_nobody_knows_are_told_by_their_size(program: Pubkey, data: bytes, accounts: int) -> None:
    call = Instruction(program, data, [AccountMeta(Pubkey.default(), is_signer=False, is_writable=False)] * accounts)
    said = the_call(Draft(ME, TREE, (call,)))
    assert said.program
    assert said.name


@given(st.binary(max_size=200))
def test_any_other_bytes_are_no_payload(raw: bytes) -> None:
    with pytest.raises(PayloadError):
        read(raw)


def test_one_changed_bit_anywhere_is_noticed() -> None:
    raw = signed(mint())
    for at in range(len(raw)):
        with pytest.raises(PayloadError):
            read(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])


def test_more_bytes_behind_it_are_noticed() -> None:
    with pytest.raises(PayloadError):
        read(signed(mint()) + b"\0")


def test_a_transaction_of_another_version_is_none_of_ours() -> None:
    budget = [set_compute_unit_limit(1), set_compute_unit_price(1)]
    legacy = Transaction([KEY], Message(budget, KEY.pubkey()), Hash.from_string(BLOCKHASH))
    with pytest.raises(PayloadError):
        read(bytes(legacy))


@pytest.mark.parametrize("message", [b"", b"\x01\x02", b"\xff" * 300])
def test_a_message_that_is_none_is_no_payload(message: bytes) -> None:
    with pytest.raises(PayloadError):
        told(message)
