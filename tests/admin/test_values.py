"""Chain values as people read them, with the exact value at hand."""

import pytest

from look.values import decimal_text, gwei, redacted, short, units


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0, 18, "0"), (1, 18, "0.000000000000000001"), (15 * 10**17, 18, "1.5"), (7, 0, "7"), (1234, 2, "12.34")],
)
def test_base_units_become_decimals_exactly(value: int, decimals: int, text: str) -> None:
    assert decimal_text(value, decimals) == text


def test_tokens_keep_their_exact_value_in_the_title() -> None:
    assert units(1_234_567_891_234_567, 9, "ETH") == (
        '<span title="1234567891234567 base units" class="look-number">1,234,567.891234 ETH</span>'
    )


def test_a_number_of_78_digits_does_not_tear_the_table() -> None:
    assert ">1.158e+77<" in units(2**256 - 1, 0)


def test_gwei() -> None:
    assert ">1.5 gwei<" in gwei(1_500_000_000)


def test_a_hash_is_short_and_can_be_copied_whole() -> None:
    hash_ = "0x" + "ab" * 32
    assert ">0xababab…ababab<" in short(hash_)
    assert f'data-copy="{hash_}"' in short(hash_)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://rpc.example.org/v3/key", "https://rpc.example.org/…"),
        ("https://user:key@rpc.example.org", "https://rpc.example.org/…"),
        ("https://rpc.example.org/?key=1", "https://rpc.example.org/…"),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("env:RPC", "env:RPC"),
    ],
)
def test_an_rpc_url_shows_no_secret(url: str, shown: str) -> None:
    assert redacted(url) == shown
