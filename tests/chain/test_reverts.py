"""Revert data as a sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.calls import Signature
from chain.reverts import explain, selector_of

ALICE = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


def revert(signature: str, *values: object) -> bytes:
    return Signature.parse(signature).encode(values)


def test_it_repeats_the_contracts_own_words() -> None:
    assert explain(revert("Error(string)", "sale has not begun")) == "sale has not begun"


def test_no_data_is_no_reason() -> None:
    assert explain(b"") == "reverted without a reason"


def test_an_empty_text_is_said_to_be_empty() -> None:
    assert explain(revert("Error(string)", "")) == "reverted with an empty reason"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (0x11, "panic 0x11: arithmetic overflow or underflow"),
        (0x32, "panic 0x32: array index out of bounds"),
        (0x99, "panic 0x99: a code Solidity does not define"),
    ],
)
def test_a_panic_gets_its_meaning(code: int, sentence: str) -> None:
    assert explain(revert("Panic(uint256)", code)) == sentence


def test_a_standard_error_is_shown_with_its_names() -> None:
    data = bytes.fromhex("e2517d3f") + bytes(12) + bytes.fromhex(ALICE[2:]) + b"\xab" * 32
    role = "0x" + "ab" * 32
    assert explain(data) == f"AccessControlUnauthorizedAccount(account={ALICE}, neededRole={role})"


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("d93c0665", "EnforcedPause()"),
        ("3ee5aeb5", "ReentrancyGuardReentrantCall()"),
        ("d6bda275", "FailedCall()"),
        ("118cdaa7" + "00" * 32, "OwnableUnauthorizedAccount(account=0x" + "0" * 40 + ")"),
        ("5274afe7" + "00" * 32, "SafeERC20FailedOperation(token=0x" + "0" * 40 + ")"),
        ("7e273289" + "00" * 31 + "05", "ERC721NonexistentToken(tokenId=5)"),
        (
            "5b059991" + "00" * 31 + "01" + "00" * 31 + "02",
            "ERC1155InvalidArrayLength(idsLength=1, valuesLength=2)",
        ),
    ],
)
def test_it_knows_the_selectors_of_the_standards(selector: str, name: str) -> None:
    assert explain(bytes.fromhex(selector)) == name


def test_a_configured_error_is_shown() -> None:
    refused = Signature.parse("error RecipientRefused(address, uint8[] codes, bool final)")
    assert explain(refused.encode([ALICE, [1, 2], True]), [refused]) == (f"RecipientRefused({ALICE}, codes=[1, 2], final=true)")


def test_a_configured_error_wins_over_a_standard_one() -> None:
    own = Signature.parse("error EnforcedPause()")
    renamed = Signature.parse("error ERC721NonexistentToken(uint256 badge)")
    assert explain(renamed.encode([5]), [own, renamed]) == "ERC721NonexistentToken(badge=5)"


def test_an_unknown_error_shows_its_selector_and_the_beginning_of_its_data() -> None:
    sentence = explain(bytes.fromhex("12345678") + bytes(100))
    assert sentence == f"custom error 0x12345678 (data 0x12345678{'00' * 28}…)"


@pytest.mark.parametrize("data", [b"\1", b"\1\2\3"])
def test_data_shorter_than_a_selector_is_shown(data: bytes) -> None:
    assert explain(data) == f"reverted with data 0x{data.hex()}"
    assert selector_of(data) is None


def test_a_known_error_with_broken_arguments_is_shown_raw() -> None:
    assert explain(bytes.fromhex("08c379a0ff")) == "custom error 0x08c379a0 (data 0x08c379a0ff)"


def test_text_that_cannot_be_stored_or_read_is_cleaned() -> None:
    assert explain(revert("Error(string)", "a\0b\u202ec\n")) == "a b c"


def test_long_texts_are_cut() -> None:
    sentence = explain(revert("Error(string)", "x" * 5000))
    assert len(sentence) == 300
    assert sentence.endswith("…")


SELECTORS = st.sampled_from(["", "08c379a0", "4e487b71", "e2517d3f", "e450d38c", "12345678"])


@settings(deadline=None)
@given(SELECTORS, st.binary(max_size=300))
def test_it_never_raises_and_always_says_something(selector: str, rest: bytes) -> None:
    tables = Signature.parse("error Odd(string[] texts, (bytes,bool)[2][] rows)")
    for data in (bytes.fromhex(selector) + rest, tables.selector + rest):
        sentence = explain(data, [tables])
        assert sentence
        assert "\0" not in sentence
