"""Addresses, signatures as people write them, and calldata."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.calls import (
    AddressError,
    CodecError,
    Signature,
    SignatureError,
    address,
    checksummed,
    decode,
    encode,
)

VITALIK = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


def test_it_accepts_an_address_with_its_checksum() -> None:
    assert address(VITALIK) == VITALIK


def test_it_gives_a_lower_case_address_its_checksum() -> None:
    assert address(VITALIK.lower()) == VITALIK


@pytest.mark.parametrize(
    "text",
    [
        VITALIK.replace("d8dA", "D8dA"),
        "0x" + VITALIK[2:].upper(),
        VITALIK[2:],
        VITALIK[:-1],
        VITALIK + "0",
        f" {VITALIK}",
        f"{VITALIK}\n",
        "0X" + VITALIK[2:],
        "0x" + "g" * 40,
        "vitalik.eth",
        "",
    ],
)
def test_it_refuses_what_is_no_address(text: str) -> None:
    with pytest.raises(AddressError):
        address(text)


@pytest.mark.parametrize("number", [0, 1, 0x11, 0x100])
def test_it_refuses_addresses_that_swallow_what_they_get(number: int) -> None:
    with pytest.raises(AddressError):
        address(f"0x{number:040x}")


def test_it_reads_a_reserved_address_where_nobody_is_paid() -> None:
    assert checksummed("0x" + "0" * 40) == "0x" + "0" * 40


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("transfer(address,uint256)", "transfer(address,uint256)"),
        ("function mint(address to, uint id) external payable returns (bool ok);", "mint(address,uint256)"),
        ("claim(address recipient,(bytes32[],uint256) proof)", "claim(address,(bytes32[],uint256))"),
        ("f(tuple(int a, uint8[2][] b)[] calldata rows)", "f((int256,uint8[2][])[])"),
        ("event Transfer(address indexed from, address, uint)", "Transfer(address,address,uint256)"),
        ("error Refused(address payable who)", "Refused(address)"),
        ("  pause ( ) ", "pause()"),
        ("event(uint)", "event(uint256)"),
    ],
)
def test_it_reads_signatures_as_people_write_them(written: str, canonical: str) -> None:
    assert Signature.parse(written).text == canonical


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "name of a function"),
        ("mint", "'\\('"),
        ("mint(address", "end of the text"),
        ("mint(address,)", "a type"),
        ("mint(address))", "one word too many"),
        ("mint(Proof proof)", "'Proof' is no ABI type"),
        ("mint(uint7)", "no ABI type"),
        ("mint(bytes33)", "no ABI type"),
        ("mint(uint[0])", "no array size"),
        ("mint(uint[x])", "no array size"),
        ("mint(())", "a type"),
        ("mint(uint a, uint a)", "same name"),
        ("function mint(uint indexed a)", "event can be indexed"),
        ("event E(uint indexed a,uint indexed b,uint indexed c,uint indexed d)", "at most three"),
        ("f(" + "(" * 20 + "uint" + ")" * 20 + ")", "nested"),
        ("f(uint" + "[]" * 20 + ")", "nested"),
        ("f(" + "uint," * 1000 + "uint)", "characters"),
    ],
)
def test_it_says_what_is_wrong_with_a_signature(written: str, complaint: str) -> None:
    with pytest.raises(SignatureError, match=complaint):
        Signature.parse(written)


@settings(deadline=None)
@given(st.text(alphabet="abfunction tupleindexed(),[]0123456789_;$é", max_size=60))
def test_it_reads_any_text_or_says_why_not(text: str) -> None:
    try:
        signature = Signature.parse(text)
    except SignatureError:
        return
    assert Signature.parse(signature.text).types == signature.types


def test_it_keeps_names_and_indexed_words() -> None:
    signature = Signature.parse("event Paid(address indexed who, uint256, (uint a) row)")
    assert signature.names == ("who", "", "row")
    assert signature.indexed == (True, False, False)


def test_its_selector_is_the_one_explorers_show() -> None:
    assert Signature.parse("transfer(address,uint256)").selector.hex() == "a9059cbb"


def test_its_topic_is_the_one_explorers_show() -> None:
    topic = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert Signature.parse("Transfer(address,address,uint256)").topic == topic


def test_it_encodes_as_solidity_does() -> None:
    data = Signature.parse("transfer(address,uint256)").encode([VITALIK, 5])
    assert data.hex() == "a9059cbb" + "0" * 24 + VITALIK[2:].lower() + f"{5:064x}"


def test_it_decodes_what_it_encoded_with_checksummed_addresses() -> None:
    signature = Signature.parse("claim((address,bytes32[])[],string)")
    values = (((VITALIK, (b"\1" * 32,)),), "hello")
    assert signature.decode(signature.encode(values)) == values


@settings(deadline=None)
@given(st.integers(0, 2**256 - 1), st.binary(max_size=99), st.lists(st.integers(-128, 127), max_size=5))
def test_any_values_survive_encoding_and_decoding(number: int, data: bytes, small: list[int]) -> None:
    types = ("uint256", "bytes", "int8[]")
    assert decode(types, encode(types, [number, data, small])) == (number, data, tuple(small))


@pytest.mark.parametrize("values", [[VITALIK], [VITALIK, -1], [VITALIK, 2**256], ["0x12", 1], [None, 1], [VITALIK, 1.5]])
def test_it_refuses_values_that_do_not_fit(values: list[object]) -> None:
    with pytest.raises(CodecError):
        Signature.parse("transfer(address,uint256)").encode(values)


def test_it_refuses_calldata_of_another_function() -> None:
    with pytest.raises(CodecError, match="selector"):
        Signature.parse("pause()").decode(b"\1\2\3\4")


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_decodes_or_is_refused(data: bytes) -> None:
    with suppress(CodecError):
        assert len(decode(("address", "string", "(uint256,bytes)[]"), data)) == 3
