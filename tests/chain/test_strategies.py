"""Several calls in one transaction."""

import pytest

from chain.calls import Call, CodecError, Signature, decode, encode
from chain.strategies import MULTICALL3, StrategyError, aggregate3, decode_aggregate3, multicall

BADGE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
OTHER = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"


def test_multicall_hands_the_calls_to_the_contract_itself() -> None:
    call = multicall(BADGE, [Call(BADGE, b"one"), Call(BADGE, b"two")])
    assert call.to == BADGE
    assert Signature.parse("multicall(bytes[])").decode(call.data) == ((b"one", b"two"),)


def test_multicall_reaches_no_other_contract() -> None:
    with pytest.raises(StrategyError, match="that contract only"):
        multicall(BADGE, [Call(OTHER, b"one")])


def test_aggregate3_lets_each_call_fail_alone() -> None:
    call = aggregate3(MULTICALL3, [Call(BADGE, b"one"), Call(OTHER, b"two")])
    rows = decode(("(address,bool,bytes)[]",), call.data[4:])
    assert (call.to, call.data[:4].hex()) == (MULTICALL3, "82ad56cb")
    assert rows == (((BADGE, True, b"one"), (OTHER, True, b"two")),)


def test_the_canonical_multicall3_has_its_checksum() -> None:
    assert decode(("address",), encode(("address",), [MULTICALL3])) == (MULTICALL3,)


def test_it_reads_what_multicall3_returned() -> None:
    rows = [(True, b""), (False, b"no")]
    assert decode_aggregate3(encode(("(bool,bytes)[]",), [rows])) == rows


def test_it_refuses_an_answer_that_is_not_multicall3s() -> None:
    with pytest.raises(CodecError):
        decode_aggregate3(b"\1\2\3")


def test_calls_with_native_coin_share_no_transaction() -> None:
    with pytest.raises(StrategyError, match="one by one"):
        aggregate3(MULTICALL3, [Call(BADGE, b"", value=1)])


def test_gas_hints_are_added_up() -> None:
    assert multicall(BADGE, [Call(BADGE, b"", gas=2), Call(BADGE, b"", gas=3)]).gas == 5


def test_one_missing_gas_hint_leaves_the_sum_unknown() -> None:
    assert multicall(BADGE, [Call(BADGE, b"", gas=2), Call(BADGE, b"")]).gas is None
