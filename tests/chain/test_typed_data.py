"""EIP-712: the EIP's own example, and against eth_account for every kind of member."""

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak

from chain.signers import LocalSigner
from chain.typed_data import BadSignature, Domain, TypeTextError, digest, recover, separator, struct

CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
ETHER_MAIL = Domain("Ether Mail", "1", 1, CONTRACT)
MAIL = "Mail(Person from,Person to,string contents)Person(string name,address wallet)"
COW = ["Cow", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"]
BOB = ["Bob", "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"]
KEY = LocalSigner(keccak(b"cow"))


def test_the_example_of_the_eip() -> None:
    mail = struct(MAIL)
    assert mail.text == MAIL
    assert separator(ETHER_MAIL).hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    assert mail.hash([COW, BOB, "Hello, Bob!"]).hex() == "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
    signed = digest(ETHER_MAIL, mail, [COW, BOB, "Hello, Bob!"])
    assert signed.hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
    assert KEY.address == COW[1]
    assert KEY.sign_digest(signed).hex() == (
        "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
        "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562" + "1c"
    )


FLAT = "All(uint96 a,int8 b,bool c,address d,bytes32 e,bytes4 f,string g,bytes h)"
NESTED = "Outer(Zed[] zs,uint256[2][] grid,Abe one)Abe(bytes data,Zed z)Zed(uint64 n,string[] words)"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (FLAT, [2**96 - 1, -3, True, COW[1], b"\7" * 32, b"\1\2\3\4", "ä", b"\0" * 40]),
        (NESTED, [[[1, ["x", "y"]], [2, []]], [[1, 2], [3, 4]], [b"", [3, ["z"]]]]),
        ("Stake(uint96 target,uint256 dipAmount,bytes32 signatureId)", [1, 2**256 - 1, b"id".ljust(32, b"\0")]),
    ],
)
def test_the_same_digest_as_eth_account(text: str, values: list[Any]) -> None:
    domain = Domain("EtheriscStaking", "1", 31337, CONTRACT)
    theirs = encode_typed_data(full_message=_as_json(domain, text, values))
    ours = digest(domain, struct(text), values)
    assert ours == keccak(b"\x19" + theirs.version + theirs.header + theirs.body)
    signed = Account.sign_message(theirs, keccak(b"cow"))
    assert recover(ours, bytes(signed.signature)) == KEY.address


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "looks like"),
        ("Stake", "looks like"),
        ("Stake(uint96 target) and more", "looks like"),
        ("Stake()", "no member"),
        ("Stake(uint96)", "no member"),
        ("Stake(uint amount)", "written out"),
        ("Stake(NftId target)", "neither an ABI type"),
        ("A(B b)B(A a)", "contains itself"),
    ],
)
def test_a_text_that_is_no_type_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(TypeTextError, match=said):
        struct(text)


def test_blanks_as_people_write_them_do_not_change_the_hash() -> None:
    assert struct("Stake( uint96 target,  uint256 amount )").text == "Stake(uint96 target,uint256 amount)"


SIGNED = keccak(b"anything")
GOOD = KEY.sign_digest(SIGNED)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_what_was_signed_is_found_again_and_nothing_else_is() -> None:
    assert recover(SIGNED, GOOD) == KEY.address
    assert recover(keccak(b"something else"), GOOD) != KEY.address


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (GOOD[:64], "65 bytes"),
        (GOOD + b"\0", "65 bytes"),
        (GOOD[:64] + b"\1", "27 or 28"),
        (GOOD[:32] + (ORDER - int.from_bytes(GOOD[32:64])).to_bytes(32) + bytes([55 - GOOD[64]]), "upper half"),
        (bytes(64) + b"\x1b", "no key"),
        (b"\xff" * 32 + GOOD[32:], "no key"),
    ],
    ids=["compact", "long", "v of 1", "other form", "nothing", "r out of range"],
)
def test_a_signature_no_contract_takes_is_refused(signature: bytes, said: str) -> None:
    with pytest.raises(BadSignature, match=said):
        recover(SIGNED, signature)


def _as_json(domain: Domain, text: str, values: list[Any]) -> dict[str, Any]:
    """As wallets are given it: every struct by its members, and values by their names."""
    structs = {part.split("(")[0]: [m.split(" ") for m in part.split("(")[1].split(",")] for part in text.split(")")[:-1]}
    primary = next(iter(structs))
    types = {name: [{"type": kind, "name": member} for kind, member in members] for name, members in structs.items()}
    return {
        "types": types | {"EIP712Domain": [{"type": k, "name": n} for k, n in _DOMAIN]},
        "primaryType": primary,
        "domain": {
            "name": domain.name, "version": domain.version, "chainId": domain.chain_id, "verifyingContract": domain.contract,
        },
        "message": _named(primary, values, structs),
    }  # fmt: skip


_DOMAIN = (("string", "name"), ("string", "version"), ("uint256", "chainId"), ("address", "verifyingContract"))


def _named(kind: str, value: Any, structs: dict[str, list[list[str]]]) -> Any:
    if kind.endswith("]"):
        return [_named(kind[: kind.rindex("[")], each, structs) for each in value]
    if kind not in structs:
        return value
    return {name: _named(inner, each, structs) for (inner, name), each in zip(structs[kind], value, strict=True)}
