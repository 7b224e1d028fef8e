"""Trying a batch out before it is signed: which calls would fail and why, and the gas of the rest.

Three forms, from the best to the one every node has. Only the EVM's verdict on a call makes its outcome not
ok; a fault of the node raises and blames nobody. Nor does a call that may only have lacked gas because it
shared it with the others: it is asked again alone, with the most a transaction can have.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from chain.calls import Call, CodecError
from chain.errors import Reverted, RpcError, RpcUnavailable, unsupported
from chain.events import Log
from chain.evm import answers
from chain.evm.node import Node, Request, call_fields
from chain.strategies import aggregate3, decode_aggregate3
from contracts import artifact

_TX_GAS = 16_777_216  # the most gas of one transaction (EIP-7825)
_SHARED_GAS = 45_000_000  # for all calls of a simulation together: geth's --rpc.gascap is 50 M
_LEAST_SHARE = 500_000


class Form(StrEnum):
    """How a node is asked. Later calls see the effects of earlier ones in the first two, as on the chain."""

    SIMULATE_V1 = "simulate_v1"  # eth_simulateV1 (execution-apis): status, revert data, gas and logs of each call.
    OVERRIDE = "override"  # eth_call of aggregate3, with Multicall3's code laid over the sender's own address.
    SINGLES = "singles"  # eth_call and eth_estimateGas of each call, in one JSON-RPC batch.


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call would do.

    `gas` is that of a transaction of its own, None where the form does not tell. `data` is the revert data
    when the call is not ok, `message` the node's words on it (such as "out of gas", when there is no data),
    `logs` what the call would emit, where the form tells.
    """

    ok: bool
    gas: int | None
    data: bytes = b""
    logs: tuple[Log, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Simulation:
    """Outcomes in the order of the calls; gas of the whole, if it is known; the form to begin with next
    time.
    """

    outcomes: list[Outcome]
    whole_gas: int | None
    form: Form


def simulate(
    node: Node, sender: str, calls: Sequence[Call], *, whole: Call | None = None, form: Form | None = None
) -> Simulation:
    """Try calls out one after another on the latest block, as if `sender` made them.

    `whole`, the one call that would make them all, is estimated in the same request; that it fails is no
    error. `form` is what an earlier simulation on this network returned; a form that the node lacks gives
    way to the next. Raises `RpcUnavailable`, `RpcError`, `WrongChain`.
    """
    if not calls:
        return Simulation([], None, form or Form.SIMULATE_V1)
    forms = list(Form)
    for each in forms[forms.index(form or Form.SIMULATE_V1) : -1]:
        try:
            return _HOW[each](node, sender, calls, whole)
        except RpcError as error:
            if not unsupported(error):
                raise
    return _singles(node, sender, calls, whole)


def gas_for(outcomes: Sequence[Outcome], whole_gas: int | None) -> int:
    """The gas limit of one transaction that makes all the ok calls.

    The whole's own estimate, if there is one, else 21,000 (a transaction) and each call's gas without it:
    too much rather than too little, since in a batch only the first access to an account or slot is cold
    (EIP-2929). 10 % on top covers what a caller keeps back at each level (a 64th, EIP-150) and state that
    moves before inclusion; 5,000 for each call covers what the batching contract does around it. Raises
    ValueError when neither gas is known.
    """
    if whole_gas is not None:
        return _with_margin(whole_gas)
    alone = [outcome.gas for outcome in outcomes if outcome.ok]
    known = [gas for gas in alone if gas is not None]
    if len(known) < len(alone):
        raise ValueError("The gas of these calls is not known: simulate with `whole`.")
    return 21_000 + sum(_with_margin(gas - 21_000) + 5_000 for gas in known)


def _with_margin(gas: int) -> int:
    return -(-gas * 11 // 10)


# eth_simulateV1


def _simulate_v1(node: Node, sender: str, calls: Sequence[Call], whole: Call | None) -> Simulation:
    gas = [call.gas or max(_LEAST_SHARE, min(_TX_GAS, _SHARED_GAS // len(calls))) for call in calls]
    result, whole_gas = _with_whole(node, [_simulate_request(sender, calls, gas)], sender, whole)
    outcomes = _read_block(_value(result[0]), len(calls))
    starved = [
        index
        for index, (outcome, given) in enumerate(zip(outcomes, gas, strict=True))
        if not outcome.ok and (outcome.gas or 0) * 10 >= given * 9
    ]
    return Simulation(_asked_alone(node, sender, calls, outcomes, starved), whole_gas, Form.SIMULATE_V1)


def _simulate_request(sender: str, calls: Sequence[Call], gas: Sequence[int]) -> Request:
    """Each call has its own gas, so that one that burns all it gets leaves the others theirs."""
    tries = [call_fields(replace(call, gas=given), sender) for call, given in zip(calls, gas, strict=True)]
    block = {"blockOverrides": {"gasLimit": hex(sum(gas) + _TX_GAS)}, "calls": tries}
    return "eth_simulateV1", [{"blockStateCalls": [block], "validation": False}, "latest"]


def _read_block(blocks: Any, count: int) -> list[Outcome]:
    try:
        results = [_read_call(result) for result in blocks[0]["calls"]]
    except (LookupError, TypeError, AttributeError):
        raise RpcUnavailable("The node's simulation cannot be read.") from None
    if len(results) != count:
        raise RpcUnavailable(f"The node simulated {len(results)} of {count} calls.")
    return results


def _read_call(result: Mapping[str, Any]) -> Outcome:
    """The status decides. geth puts revert data into the error, anvil into the return data, with an own
    error code.
    """
    gas = answers.quantity(result["gasUsed"])
    if answers.quantity(result["status"]) == 1:
        return Outcome(True, gas, logs=tuple(answers.log(entry) for entry in result.get("logs") or ()))
    error = result.get("error") or {}
    data = answers.revert_data(error.get("data")) or answers.revert_data(result.get("returnData"))
    return Outcome(False, gas, data=data, message=str(error.get("message", "")))


# eth_call of aggregate3 under a state override


def _override(node: Node, sender: str, calls: Sequence[Call], whole: Call | None) -> Simulation:
    if len(calls) == 1 or any(call.value for call in calls):  # aggregate3 forwards no value
        return replace(_singles(node, sender, calls, whole), form=Form.OVERRIDE)
    result, whole_gas = _with_whole(node, [_aggregate_request("eth_call", sender, calls)], sender, whole)
    outcomes = _read_aggregate(_value(result[0]), len(calls))
    silent = [index for index, outcome in enumerate(outcomes) if not outcome.ok and not outcome.data]
    outcomes = _asked_alone(node, sender, calls, outcomes, silent)
    if whole_gas is None:
        whole_gas = _remaining_gas(node, sender, calls, outcomes)
    return Simulation(outcomes, whole_gas, Form.OVERRIDE)


def _aggregate_request(method: str, sender: str, calls: Sequence[Call], *, allow_failure: bool = True) -> Request:
    """From and to the sender's own address, so that the called contracts see the sender as msg.sender."""
    call = replace(aggregate3(sender, calls, allow_failure=allow_failure), gas=None)
    return method, [call_fields(call, sender), "latest", {sender: {"code": _multicall3_code()}}]


@cache
def _multicall3_code() -> str:
    return "0x" + artifact("Multicall3").runtime.hex()


def _read_aggregate(result: Any, count: int) -> list[Outcome]:
    try:
        rows = decode_aggregate3(answers.raw(result))
    except CodecError:  # "0x": the node passed over the override and called an account without code
        raise RpcError("State overrides are not supported.", code=-32004) from None
    if len(rows) != count:
        raise RpcUnavailable(f"The node tried {len(rows)} of {count} calls.")
    return [Outcome(True, None) if success else Outcome(False, None, data=data) for success, data in rows]


def _remaining_gas(node: Node, sender: str, calls: Sequence[Call], outcomes: Sequence[Outcome]) -> int | None:
    """Gas of one transaction that makes the ok calls; None when there are none."""
    good = [call for call, outcome in zip(calls, outcomes, strict=True) if outcome.ok]
    if not good:
        return None
    # Where a part may fail, an estimate may settle on gas that starves the last parts while the whole succeeds.
    request = _aggregate_request("eth_estimateGas", sender, good, allow_failure=False)
    return answers.quantity(_value(node.batch([request])[0]))


# One by one


def _singles(node: Node, sender: str, calls: Sequence[Call], whole: Call | None) -> Simulation:
    requests: list[Request] = []
    for call in calls:
        tried = call if call.gas is not None else replace(call, gas=_TX_GAS)
        requests += [("eth_call", [call_fields(tried, sender), "latest"]), _estimate_request(sender, call)]
    results, whole_gas = _with_whole(node, requests, sender, whole)
    outcomes = [_read_single(*pair) for pair in zip(results[::2], results[1::2], strict=True)]
    return Simulation(outcomes, whole_gas, Form.SINGLES)


def _read_single(called: Any, estimated: Any) -> Outcome:
    if isinstance(called, Reverted):
        return Outcome(False, None, data=called.data, message=str(called))
    answers.raw(_value(called))
    return Outcome(True, answers.quantity(_value(estimated)))


def _asked_alone(
    node: Node, sender: str, calls: Sequence[Call], outcomes: list[Outcome], indexes: Sequence[int]
) -> list[Outcome]:
    """The outcomes, with those at `indexes` replaced by what the calls do on their own."""
    if not indexes:
        return outcomes
    alone = _singles(node, sender, [calls[index] for index in indexes], None).outcomes
    better = dict(zip(indexes, alone, strict=True))
    return [better.get(index, outcome) for index, outcome in enumerate(outcomes)]


# Shared


def _with_whole(node: Node, requests: list[Request], sender: str, whole: Call | None) -> tuple[list[Any], int | None]:
    """The answers to `requests` and the gas of `whole`, by one HTTP request."""
    if whole is None:
        return node.batch(requests), None
    *results, estimate = node.batch([*requests, _estimate_request(sender, whole)])
    return results, None if isinstance(estimate, RpcError) else answers.quantity(estimate)


def _estimate_request(sender: str, call: Call) -> Request:
    """Without the call's own gas hint: an estimate searches below it, and would fail where the hint is
    short.
    """
    return "eth_estimateGas", [call_fields(replace(call, gas=None), sender), "latest"]


def _value(result: Any) -> Any:
    """A result, or its error raised. A revert where none can be means that the answers contradict each
    other.
    """
    if isinstance(result, Reverted):
        raise RpcUnavailable(f"The node's answers contradict each other: {result}")
    if isinstance(result, RpcError):
        raise result
    return result


_HOW: dict[Form, Callable[[Node, str, Sequence[Call], Call | None], Simulation]] = {
    Form.SIMULATE_V1: _simulate_v1,
    Form.OVERRIDE: _override,
}
