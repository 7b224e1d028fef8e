"""Multicall3: many calls in one, failures named one by one."""

from collections.abc import Callable

import pytest
from eth_abi.abi import decode, encode

from local.anvil import Anvil
from tests.contracts.deployed import Deployed, person

ANN, BOB = person(1), person(2)

Put = Callable[..., Deployed]


@pytest.fixture
def multicall(put: Put) -> Deployed:
    return put("Multicall3")


@pytest.fixture
def badge(put: Put) -> Deployed:
    return put("OpenBadge")


@pytest.fixture
def reverter(put: Put) -> Deployed:
    return put("Reverter")


def test_aggregate3_makes_open_claims(multicall: Deployed, badge: Deployed) -> None:
    calls = [(badge.address, False, badge.data("claim", who, 1)) for who in (ANN, BOB)]
    minted = badge.events(multicall.send("aggregate3", calls), "Transfer")
    assert [(to, token_id) for _, to, token_id in minted] == [(ANN, 1), (BOB, 2)]


def test_aggregate3_answers_for_each_call(multicall: Deployed, reverter: Deployed) -> None:
    calls = [(reverter.address, True, reverter.data("claim", ANN, quantity)) for quantity in (6, 1, 4)]
    answers = multicall.call("aggregate3", calls)
    assert answers == ((True, b""), (False, reverter.error("ClaimRejected", ANN, 1)), (False, b""))


def test_aggregate3_reverts_when_a_call_must_not_fail(multicall: Deployed, reverter: Deployed) -> None:
    calls = [(reverter.address, False, reverter.data("claim", ANN, 1))]
    text = bytes.fromhex("08c379a0") + encode(["string"], ["Multicall3: call failed"])
    assert multicall.revert("aggregate3", calls) == text


def test_the_runtime_works_at_the_callers_address(multicall: Deployed, put: Put, me: str, chain: Anvil) -> None:
    """The override form of a simulation: the called contract sees the minter itself."""
    badge = put("Badge721", "Badge", "BDG", me, me)
    calls = [(badge.address, True, badge.data("claim", who, 1)) for who in (ANN, BOB)]
    transaction = {"from": me, "to": me, "data": "0x" + multicall.data("aggregate3", calls).hex()}
    code = {me: {"code": "0x" + multicall.artifact.runtime.hex()}}
    answer = bytes.fromhex(chain.request("eth_call", transaction, "latest", code)[2:])
    assert [ok for ok, _ in decode(["(bool,bytes)[]"], answer)[0]] == [True, True]


def test_aggregate3_value_refuses_values_that_do_not_add_up(multicall: Deployed) -> None:
    text = bytes.fromhex("08c379a0") + encode(["string"], ["Multicall3: value mismatch"])
    assert multicall.revert("aggregate3Value", [(ANN, True, 5, b"")]) == text


def test_a_balance_can_be_asked_in_the_same_request(multicall: Deployed, chain: Anvil) -> None:
    chain.request("anvil_setBalance", ANN, hex(7))
    assert multicall.call("getEthBalance", ANN) == 7
