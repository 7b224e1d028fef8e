"""What a receipt's logs prove."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.calls import ZERO_ADDRESS, Signature, encode
from chain.events import Log, Mint, TokenTransfer, decode, erc20_transfers, erc721_mints, erc1155_mints

BADGE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ALICE = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
BOB = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
TRANSFER = Signature.parse("Transfer(address,address,uint256)").topic
SINGLE = "0xc3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62"
BATCH = "0x4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb"


def word(value: str | int) -> str:
    number = value if isinstance(value, int) else int(value, 16)
    return f"0x{number:064x}"


def log(*topics: str, data: bytes = b"", index: int = 0, address: str = BADGE) -> Log:
    return Log(address, topics, data, index)


def single(sender: str, token: int, quantity: int) -> Log:
    parties = (word(BOB), word(sender), word(ALICE))
    return log(SINGLE, *parties, data=encode(("uint256", "uint256"), [token, quantity]))


def batch(tokens: Sequence[int], quantities: Sequence[int]) -> Log:
    data = encode(("uint256[]", "uint256[]"), [tokens, quantities])
    return log(BATCH, word(BOB), word(ZERO_ADDRESS), word(ALICE), data=data, index=4)


def test_an_erc721_mint_is_a_transfer_from_nobody() -> None:
    logs = [log(TRANSFER, word(ZERO_ADDRESS), word(ALICE), word(9), index=3)]
    assert erc721_mints(logs, BADGE) == [Mint(ALICE, 9, 1, 3)]


def test_an_erc721_transfer_between_people_is_no_mint() -> None:
    assert erc721_mints([log(TRANSFER, word(BOB), word(ALICE), word(9))], BADGE) == []


def test_a_mint_of_another_contract_does_not_count() -> None:
    assert erc721_mints([log(TRANSFER, word(0), word(ALICE), word(9), address=BOB)], BADGE) == []


def test_the_contract_may_be_written_in_lower_case() -> None:
    assert len(erc721_mints([log(TRANSFER, word(0), word(ALICE), word(9))], BADGE.lower())) == 1


def test_an_erc20_transfer_is_no_erc721_mint() -> None:
    assert erc721_mints([log(TRANSFER, word(0), word(ALICE), data=bytes(32))], BADGE) == []


def test_a_single_erc1155_mint_has_its_quantity() -> None:
    assert erc1155_mints([single(ZERO_ADDRESS, 5, 2)], BADGE) == [Mint(ALICE, 5, 2, 0)]


def test_an_erc1155_transfer_between_people_is_no_mint() -> None:
    assert erc1155_mints([single(BOB, 5, 2)], BADGE) == []


def test_a_batch_mint_makes_one_mint_per_token() -> None:
    assert erc1155_mints([batch([1, 2], [10, 20])], BADGE) == [Mint(ALICE, 1, 10, 4), Mint(ALICE, 2, 20, 4)]


def test_a_batch_with_uneven_lists_proves_nothing() -> None:
    assert erc1155_mints([batch([1, 2], [10])], BADGE) == []


def test_an_erc20_transfer_has_both_parties() -> None:
    logs = [log(TRANSFER, word(BOB), word(ALICE), data=encode(("uint256",), [7]), index=2)]
    assert erc20_transfers(logs, BADGE) == [TokenTransfer(BOB, ALICE, 7, 2)]


def test_an_erc721_transfer_is_no_erc20_transfer() -> None:
    assert erc20_transfers([log(TRANSFER, word(BOB), word(ALICE), word(9))], BADGE) == []


def test_a_configured_event_is_read_by_name() -> None:
    created = Signature.parse("event WithdrawPollCreated(uint256 id, uint256 indexed member, address)")
    entry = log(created.topic, word(6), data=encode(("uint256", "address"), [5, ALICE]))
    assert decode(created, entry) == {"id": 5, "member": 6, "arg2": ALICE}


def test_an_event_without_parameters_is_read() -> None:
    paused = Signature.parse("event Paused()")
    assert decode(paused, log(paused.topic)) == {}


def test_an_indexed_text_comes_out_as_its_hash() -> None:
    named = Signature.parse("event Named(string indexed name, bool indexed on, bytes4 indexed key)")
    entry = log(named.topic, word(77), word(1), "0x" + "ab" * 4 + "00" * 28)
    assert decode(named, entry) == {"name": word(77), "on": True, "key": b"\xab" * 4}


@pytest.mark.parametrize(
    "entry",
    [
        log(),
        log(word(1), word(2), data=bytes(32)),
        log(TRANSFER, word(2)),
        log(TRANSFER, word(2), word(3), data=b"short"),
        log(TRANSFER, word(2), "0xzz", data=bytes(32)),
    ],
)
def test_a_log_that_is_not_the_event_is_passed_over(entry: Log) -> None:
    signature = Signature.parse("event Transfer(address indexed a, address indexed b, uint256 c)")
    assert decode(signature, entry) is None


@settings(deadline=None)
@given(st.integers(0, 4), st.binary(max_size=200))
def test_a_hostile_contract_cannot_stop_the_readers(topics: int, data: bytes) -> None:
    logs = [log(first, *[word(0)] * topics, data=data) for first in (TRANSFER, SINGLE, BATCH)]
    mints = erc721_mints(logs, BADGE) + erc1155_mints(logs, BADGE)
    assert all(mint.quantity >= 0 for mint in mints)
    assert len(erc20_transfers(logs, BADGE)) <= 1
