"""Staking by signature: what the contract takes, refuses, and says."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak

from local.anvil import Anvil
from tests.contracts.deployed import Deployed

Put = Callable[..., Deployed]

OWNER = Account.from_key(keccak(b"a staker of the tests"))
OTHER = Account.from_key(keccak(b"another one"))
ID = b"signature one".ljust(32, b"\0")
TYPES = {
    "Stake": [("uint96", "target"), ("uint256", "dipAmount"), ("bytes32", "signatureId")],
    "Restake": [("uint96", "stakeId"), ("uint96", "newTarget"), ("bytes32", "signatureId")],
}


@pytest.fixture
def token(put: Put, me: str) -> Deployed:
    return put("DemoToken", "Demo", "DEMO", me)


@pytest.fixture
def staking(chain: Anvil, put: Put, me: str, token: Deployed) -> Deployed:
    staking = put("SignedStaking", token.address, me)
    token.send("mint", OWNER.address, 1000)
    chain.request("anvil_impersonateAccount", OWNER.address)
    chain.request("anvil_setBalance", OWNER.address, hex(10**18))
    replace(token, sender=OWNER.address).send("approve", staking.address, 900)
    return staking


def sign(staking: Deployed, kind: str, *values: Any, by: Any = OWNER) -> bytes:
    """As a browser wallet signs it: with eth_account, not with our own code."""
    members = [{"type": type_, "name": name} for type_, name in TYPES[kind]]
    domain = {"name": "EtheriscStaking", "version": "1", "chainId": 31337, "verifyingContract": staking.address}
    message = {name: value for (_, name), value in zip(TYPES[kind], values, strict=True)}
    return bytes(by.sign_message(encode_typed_data(domain, {kind: members}, message)).signature)


def stake(staking: Deployed, amount: int = 700, target: int = 7, word: bytes = ID) -> tuple[Any, ...]:
    return OWNER.address, target, amount, word, sign(staking, "Stake", target, amount, word)


def test_anybody_submits_what_the_owner_signed(staking: Deployed, token: Deployed) -> None:
    receipt = staking.send("createStakeWithSignature", *stake(staking))
    assert staking.events(receipt, "Staked") == [(OWNER.address.lower(), ID, 7, 1, 700)]
    assert staking.events(receipt, "LogStakingStaked") == [(7, OWNER.address.lower(), 1, 700, 700)]
    assert (token.call("balanceOf", OWNER.address), token.call("balanceOf", staking.address)) == (300, 700)
    assert staking.call("isSignatureUsed", OWNER.address, ID) is True


def test_a_restake_moves_all_of_it_under_a_new_id(staking: Deployed) -> None:
    staking.send("createStakeWithSignature", *stake(staking))
    word = b"two".ljust(32, b"\0")
    receipt = staking.send("restakeWithSignature", OWNER.address, 1, 8, word, sign(staking, "Restake", 1, 8, word))
    assert staking.events(receipt, "Restaked") == [(OWNER.address.lower(), word, 8, 1, 2)]
    assert staking.events(receipt, "LogStakingRestaked") == [(7, 8, OWNER.address.lower(), 2, 700)]
    assert [staking.call("stakedOn", target) for target in (7, 8)] == [0, 700]


def test_a_signature_is_used_once(staking: Deployed) -> None:
    staking.send("createStakeWithSignature", *stake(staking))
    assert b"ERROR:SMH-001:SIGNATURE_USED" in staking.revert("createStakeWithSignature", *stake(staking))


def test_another_owner_may_use_the_same_id(staking: Deployed) -> None:
    staking.send("createStakeWithSignature", *stake(staking))
    assert staking.call("isSignatureUsed", OTHER.address, ID) is False


@pytest.mark.parametrize(
    ("amount", "words"),
    [(1001, "ERROR:STK-290:DIP_BALANCE_INSUFFICIENT"), (901, "ERROR:STK-291:DIP_ALLOWANCE_INSUFFICIENT")],
)
def test_an_owner_without_tokens_or_without_allowance_is_refused(staking: Deployed, amount: int, words: str) -> None:
    assert words.encode() in staking.revert("createStakeWithSignature", *stake(staking, amount))


def test_a_token_that_does_not_let_go_is_refused(staking: Deployed, token: Deployed) -> None:
    token.send("setBlocked", staking.address, True)
    assert b"ERROR:STK-292:DIP_TRANSFER_FROM_FAILED" in staking.revert("createStakeWithSignature", *stake(staking))


def test_what_the_owner_has_not_signed_is_refused(staking: Deployed) -> None:
    owner, target, amount, word, signature = stake(staking)
    foreign = sign(staking, "Stake", target, amount, word, by=OTHER)
    for bad in ((owner, target, amount, word, foreign), (owner, target, amount - 1, word, signature)):
        assert b"ERROR:SMH-002:SIGNATURE_INVALID" in staking.revert("createStakeWithSignature", *bad)
    assert b"ECDSA: invalid signature" in staking.revert("createStakeWithSignature", owner, target, amount, word, b"\1" * 65)


def test_a_stake_of_somebody_else_or_an_empty_one_does_not_move(staking: Deployed) -> None:
    staking.send("createStakeWithSignature", *stake(staking))
    foreign = sign(staking, "Restake", 1, 8, ID, by=OTHER)
    assert b"ERROR:STK-010:USER_NOT_OWNER" in staking.revert("restakeWithSignature", OTHER.address, 1, 8, ID, foreign)
    second, third = (b"two".ljust(32, b"\0"), b"three".ljust(32, b"\0"))
    staking.send("restakeWithSignature", OWNER.address, 1, 8, second, sign(staking, "Restake", 1, 8, second))
    again = OWNER.address, 1, 8, third, sign(staking, "Restake", 1, 8, third)
    assert b"ERROR:STK-160:STAKE_EMPTY" in staking.revert("restakeWithSignature", *again)


def test_while_it_is_paused_it_takes_nothing(staking: Deployed) -> None:
    staking.send("pause")
    assert staking.revert("createStakeWithSignature", *stake(staking)) == staking.error("EnforcedPause")
    staking.send("unpause")
    staking.send("createStakeWithSignature", *stake(staking))
