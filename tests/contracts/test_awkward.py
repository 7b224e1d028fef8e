"""The contracts made to be awkward are awkward in the way their tests count on."""

from collections.abc import Callable

import pytest
from eth_abi.abi import encode

from local.anvil import Anvil
from tests.contracts.deployed import Deployed, person

ANN, BOB = person(1), person(2)
NATIVE = "0x" + "ee" * 20
ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string)
PANIC_OVERFLOW = bytes.fromhex("4e487b71") + encode(["uint256"], [0x11])  # Panic(uint256)
NO_PROOF = ([b"\x00" * 32], 0, 0, NATIVE)

Put = Callable[..., Deployed]


def text(message: str) -> bytes:
    return ERROR_STRING + encode(["string"], [message])


@pytest.fixture
def drop(put: Put) -> Deployed:
    return put("ThirdPartyDrop", 2, 0)


@pytest.fixture
def reverter(put: Put) -> Deployed:
    return put("Reverter")


def test_a_fee_token_delivers_less_than_was_sent(put: Put, me: str) -> None:
    token = put("FeeToken")
    token.send("mint", me, 1_000)
    token.send("transfer", ANN, 1_000)
    assert token.call("balanceOf", ANN) == 990


def test_a_silent_token_moves_and_returns_nothing(put: Put, me: str, chain: Anvil) -> None:
    token = put("SilentToken")
    token.send("mint", me, 10)
    transfer = {"from": me, "to": token.address, "data": "0x" + token.data("transfer", ANN, 4).hex()}
    assert chain.request("eth_call", transfer, "latest") == "0x"
    assert token.events(token.send("transfer", ANN, 4), "Transfer") == [(me, ANN, 4)]


def test_a_blocklist_token_refuses_with_a_text(put: Put, me: str) -> None:
    token = put("BlocklistToken")
    token.send("mint", me, 10)
    token.send("setBlocked", ANN, True)
    assert token.revert("transfer", ANN, 1) == text("account is blocked")


def test_a_gas_burner_burns_what_it_was_told(put: Put) -> None:
    burner = put("GasBurner")
    burner.send("setGasPerClaim", 300_000)
    used = int(burner.send("claim", ANN, 1)["gasUsed"], 16)
    assert 300_000 < used < 330_000


def test_a_trapped_recipient_runs_out_of_gas_and_the_others_do_not(put: Put) -> None:
    burner = put("GasBurner")
    burner.send("setTrap", BOB, True)
    assert burner.revert("claim", BOB, 1) == b""
    assert burner.events(burner.send("claim", ANN, 1), "Claimed") == [(ANN, 1)]


def test_a_reverter_fails_with_a_custom_error(reverter: Deployed) -> None:
    assert reverter.revert("claim", ANN, 1) == reverter.error("ClaimRejected", ANN, 1)


@pytest.mark.parametrize(("quantity", "data"), [(2, text("claims are closed")), (3, PANIC_OVERFLOW), (4, b"")])
def test_a_reverter_fails_as_the_quantity_says(reverter: Deployed, quantity: int, data: bytes) -> None:
    assert reverter.revert("claim", ANN, quantity) == data


@pytest.mark.parametrize(("quantity", "events"), [(5, []), (6, [(ANN, 6)])])
def test_a_reverter_succeeds_without_or_with_an_event(reverter: Deployed, quantity: int, events: list[object]) -> None:
    assert reverter.events(reverter.send("claim", ANN, quantity), "Claimed") == events


def test_a_drop_takes_nested_tuples_and_arrays(drop: Deployed, me: str) -> None:
    receipt = drop.send("claim", ANN, 2, NATIVE, 0, NO_PROOF, b"")
    assert drop.events(receipt, "TokensClaimed") == [(0, me, ANN, 0, 2)]
    assert len(drop.events(receipt, "Transfer")) == 2


def test_a_drop_multicalls(drop: Deployed, me: str) -> None:
    calls = [drop.data("claim", who, 1, NATIVE, 0, NO_PROOF, b"") for who in (ANN, BOB)]
    claimed = drop.events(drop.send("multicall", calls), "TokensClaimed")
    assert claimed == [(0, me, ANN, 0, 1), (0, me, BOB, 1, 1)]


def test_a_drop_limits_what_a_wallet_gets(drop: Deployed) -> None:
    drop.send("claim", ANN, 2, NATIVE, 0, NO_PROOF, b"")
    error = drop.error("DropClaimExceedLimit", 2, 3)
    assert drop.revert("claim", ANN, 1, NATIVE, 0, NO_PROOF, b"") == error


def test_a_drop_wants_its_own_price(drop: Deployed) -> None:
    error = drop.error("DropClaimInvalidTokenPrice", NATIVE, 5, NATIVE, 0)
    assert drop.revert("claim", ANN, 1, NATIVE, 5, NO_PROOF, b"") == error


def test_a_drop_wants_its_price_paid(put: Put) -> None:
    drop = put("ThirdPartyDrop", 2, 5)
    assert drop.revert("claim", ANN, 1, NATIVE, 5, NO_PROOF, b"") == drop.error("DropClaimWrongValue", 0, 5)
