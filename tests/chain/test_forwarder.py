"""ERC-2771's requests: signed as any wallet would, sent as the forwarder reads it, and what can still become of one."""

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.calls import ZERO_ADDRESS, Call, encode
from chain.events import Log, topic_of
from chain.forwarder import (
    EXECUTE_BATCH,
    EXECUTED,
    NOBODYS_SIGNATURE,
    Life,
    NoForwarder,
    Request,
    batch_gas,
    draft,
    execute_batch,
    executed,
    is_batch,
    life,
    read_domain,
    relayed,
    request_gas,
)
from chain.signers import LocalSigner
from chain.typed_data import Domain
from tests.factories import an_address

MINTER = LocalSigner(keccak(b"minter"))
FORWARDER, BADGE, SPONSOR = (an_address() for _ in range(3))
DOMAIN = Domain("Claimdesk", "1", 31337, FORWARDER)
REQUEST = Request(MINTER.address, BADGE, 90_000, 7, 1_900_000_000, b"\1\2\3\4")


def test_a_request_is_signed_as_wallets_sign_typed_data() -> None:
    fields = ["from address", "to address", "value uint256", "gas uint256", "nonce uint256", "deadline uint48", "data bytes"]
    types = {"ForwardRequest": [dict(zip(("name", "type"), field.split(), strict=True)) for field in fields]}
    domain = {"name": "Claimdesk", "version": "1", "chainId": 31337, "verifyingContract": FORWARDER}
    message = {
        "from": REQUEST.signer, "to": BADGE, "value": 0, "gas": 90_000, "nonce": 7, "deadline": 1_900_000_000,
        "data": REQUEST.data,
    }  # fmt: skip
    signed = Account.sign_message(encode_typed_data(domain, types, message), keccak(b"minter"))
    assert MINTER.sign_digest(REQUEST.digest(DOMAIN)) == signed.signature


def test_a_batch_has_each_request_with_its_signature_and_no_nonce() -> None:
    call = execute_batch(FORWARDER, [(REQUEST, b"\5" * 65)], SPONSOR)
    assert (call.to, call.value, is_batch(call.data)) == (FORWARDER, 0, True)
    row = (MINTER.address, BADGE, 0, 90_000, 1_900_000_000, REQUEST.data, b"\5" * 65)
    assert EXECUTE_BATCH.decode(call.data) == ((row,), SPONSOR)


def test_there_is_somebody_to_refund_or_one_bad_request_would_revert_them_all() -> None:
    _, refund = EXECUTE_BATCH.decode(execute_batch(FORWARDER, [], SPONSOR).data)
    assert refund != ZERO_ADDRESS


def test_a_draft_is_as_long_as_the_real_batch_and_has_nobodys_signature() -> None:
    tried, real = draft(FORWARDER, [REQUEST], SPONSOR), execute_batch(FORWARDER, [(REQUEST, b"\5" * 65)], SPONSOR)
    assert len(tried.data) == len(real.data)
    assert EXECUTE_BATCH.decode(tried.data)[0][0][-1] == NOBODYS_SIGNATURE
    assert b"\5" * 65 not in tried.data


def test_the_contract_sees_the_signer_behind_the_data() -> None:
    call = relayed(Call(BADGE, b"\1\2", gas=5), MINTER.address)
    assert call == Call(BADGE, b"\1\2" + bytes.fromhex(MINTER.address[2:]), gas=5)


def event(nonce: int, *, success: bool, by: str = FORWARDER) -> Log:
    return Log(by, (EXECUTED.topic, topic_of(MINTER.address)), encode(["uint256", "bool"], [nonce, success]), 0)


def test_what_was_executed_is_told_by_the_forwarders_own_events() -> None:
    logs = [event(7, success=True), event(8, success=False), event(9, success=True, by=BADGE)]
    assert executed(logs, FORWARDER) == {(MINTER.address, 7): True, (MINTER.address, 8): False}


@pytest.mark.parametrize(
    ("used", "time", "is_"),
    [
        (7, 100, Life.ALIVE),
        (7, 101, Life.DEAD),
        (0, 101, Life.DEAD),
        (8, 100, Life.USED),
        (8, 101, Life.USED),
        (0, 5, Life.ALIVE),
    ],
)
def test_a_request_is_dead_only_after_its_deadline_and_unused(used: int, time: int, is_: Life) -> None:
    assert life(7, 100, used=used, time=time) == is_


TYPES = ("bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]")


def test_a_forwarder_tells_its_domain() -> None:
    answer = encode(TYPES, [b"\x0f", "Claimdesk", "1", 31337, FORWARDER, b"\0" * 32, []])
    assert read_domain(answer) == DOMAIN


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0" * 32, encode(TYPES, [b"\x1f", "C", "1", 1, FORWARDER, b"\1" * 32, []])],
    ids=["none", "word", "salted"],
)
def test_what_tells_none_is_no_forwarder(answer: bytes) -> None:
    with pytest.raises(NoForwarder):
        read_domain(answer)


@given(st.integers(21_000, 5_000_000))
def test_a_call_gets_more_than_it_needs(alone: int) -> None:
    """Also where a fifth of what it needs for a moment is refunded (EIP-3529)."""
    assert request_gas(alone) * 4 >= (alone - 21_000) * 5


@given(st.lists(st.integers(21_000, 500_000), min_size=1, max_size=50))
def test_the_last_call_of_a_batch_finds_all_its_gas(alone: list[int]) -> None:
    """The forwarder reverts everything where a 64th kept back leaves a call less than was signed for it."""
    drafted = 30_000 * len(alone)
    left = batch_gas(drafted, alone) - drafted - sum(gas - 21_000 for gas in alone)
    assert left >= max(request_gas(gas) for gas in alone) * 64 // 63
