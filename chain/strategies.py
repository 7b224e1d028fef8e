"""How several calls share one transaction. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from chain.calls import Call, Signature, decode
from chain.errors import ChainError

# The same address on every chain that has it: https://github.com/mds1/multicall
MULTICALL3 = "0xcA11bde05977b3631167028862bE2a173976CA11"

_MULTICALL = Signature.parse("multicall(bytes[] data)")
_AGGREGATE3 = Signature.parse("aggregate3((address target, bool allowFailure, bytes callData)[] calls)")


class Strategy(StrEnum):
    """What turns a batch of orders into calls."""

    BATCH = "batch"  # One call of the contract's own array function.
    MULTICALL = "multicall"  # The contract's own multicall(bytes[]): msg.sender stays; all or nothing.
    AGGREGATE3 = "aggregate3"  # Multicall3: msg.sender is Multicall3, so only for calls that need no role.
    SINGLE = "single"  # One transaction for each order.


class StrategyError(ChainError):
    """These calls cannot share a transaction this way."""


def multicall(to: str, calls: Sequence[Call]) -> Call:
    """One call of the contract's own `multicall(bytes[])`. Raises StrategyError."""
    _require_no_value(calls)
    if any(call.to != to for call in calls):
        raise StrategyError("A contract's own multicall reaches that contract only.")
    return Call(to, _MULTICALL.encode([[call.data for call in calls]]), gas=_gas(calls))


def aggregate3(multicall3: str, calls: Sequence[Call], *, allow_failure: bool = True) -> Call:
    """One call of Multicall3 in which each call may fail alone, unless `allow_failure` is off. Raises StrategyError."""
    _require_no_value(calls)
    rows = [(call.to, allow_failure, call.data) for call in calls]
    return Call(multicall3, _AGGREGATE3.encode([rows]), gas=_gas(calls))


def decode_aggregate3(data: bytes) -> list[tuple[bool, bytes]]:
    """What Multicall3 returned: success and return or revert data, call by call. Raises CodecError."""
    (rows,) = decode(("(bool,bytes)[]",), data)
    return [(bool(success), bytes(answer)) for success, answer in rows]


def _require_no_value(calls: Sequence[Call]) -> None:
    if any(call.value for call in calls):
        raise StrategyError("Calls that carry native coin are sent one by one.")


def _gas(calls: Sequence[Call]) -> int | None:
    """The sum of the hints, if every call has one."""
    hints = [call.gas for call in calls if call.gas is not None]
    return sum(hints) if hints and len(hints) == len(calls) else None
