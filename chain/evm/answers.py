"""Reading what EVM nodes answer: pure functions from JSON to our values.

An answer that is not what the method promises (null, another type, another transaction's receipt) is
garbage and raises `RpcUnavailable`: a node that lies about one thing is not believed about the rest.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any, NoReturn

from chain.calls import checksum
from chain.errors import Reverted, RpcError, RpcUnavailable, evm_failed, overloaded, redact
from chain.events import Emitted, Log
from chain.fees import Market


@dataclass(frozen=True, slots=True)
class Head:
    """The latest block. Time in Unix seconds, gas limit in gas, base fee in wei (None before EIP-1559)."""

    number: int
    hash: str
    time: int
    gas_limit: int
    base_fee: int | None


@dataclass(frozen=True, slots=True)
class BlockFacts:
    """A block's hash, and the hashes of its transactions."""

    hash: str
    transactions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one request told about the chain and one wallet. Balance in wei; `nonce` counts mined
    transactions only.
    """

    head_number: int
    head_hash: str
    head_time: int
    gas_limit: int
    finalized_number: int | None
    nonce: int
    balance: int
    market: Market


@dataclass(frozen=True, slots=True)
class Receipt:
    """The chain's word on one transaction. `gas_price` is the effective price in wei per gas (0: the node
    kept it).
    """

    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    gas_price: int
    sender: str
    to: str | None
    logs: tuple[Log, ...]


# Primitive values (execution-apis, schemas/base-types)

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def quantity(value: object) -> int:
    """A JSON-RPC quantity ("0x1a") as an int."""
    return int(value, 16) if isinstance(value, str) and _QUANTITY.fullmatch(value) else _garbage("a quantity", value)


def raw(value: object) -> bytes:
    """JSON-RPC data ("0x00ff") as bytes."""
    return bytes.fromhex(value[2:]) if isinstance(value, str) and _DATA.fullmatch(value) else _garbage("data", value)


def hash32(value: object) -> str:
    """A 32-byte hash, in lower case."""
    return str(value).lower() if len(raw(value)) == 32 else _garbage("a hash", value)


def address(value: object) -> str:
    """An address in its EIP-55 form."""
    return checksum(data) if len(data := raw(value)) == 20 else _garbage("an address", value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else _garbage("a list", value)


def _object(value: object, expected: str) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else _garbage(expected, value)


def _garbage(expected: str, value: object) -> NoReturn:
    raise RpcUnavailable(redact(f"The node's answer is not {expected}: {str(value)[:80]!r}."))


# Envelopes (JSON-RPC 2.0)


def result_of(answer: object) -> Any:
    """The result of one answer. Raises `Reverted`, `RpcError`, or `RpcUnavailable` for overload and
    garbage.
    """
    envelope = _object(answer, "a JSON-RPC answer")
    if envelope.get("error") is not None:
        raise error_of(envelope["error"])
    if "result" not in envelope:
        _garbage("a JSON-RPC answer", answer)
    return envelope["result"]


def error_of(error: object) -> RpcError | RpcUnavailable:
    """The error object of an answer, or of one call in `eth_simulateV1`, as an exception to raise or keep."""
    fields = error if isinstance(error, dict) else {"message": str(error)}
    message, data = str(fields.get("message", "")), fields.get("data")
    code = int(fields["code"]) if isinstance(fields.get("code"), int) else 0
    if evm_failed(code, message):
        return Reverted(message, code=code, data=revert_data(data))
    refusal = RpcError(message, code=code, data=data)
    return RpcUnavailable(f"The node is overloaded: {refusal}") if overloaded(refusal) else refusal


def batch_results(answers: object, ids: Sequence[int]) -> list[Any]:
    """The results of a batch in the order of `ids`; a refused item is its `RpcError`, as a value.

    Nodes may answer in any order (JSON-RPC 2.0, section 6). An error for the whole batch raises, and so do
    a missing answer and an overload in the middle: half a batch is no answer.
    """
    if isinstance(answers, dict):
        result_of(answers)
    by_id = {str(item.get("id")): item for item in _list(answers) if isinstance(item, dict)}
    return [_item(by_id.get(str(each))) for each in ids]


def _item(answer: object) -> Any:
    try:
        return result_of(answer)
    except RpcError as error:
        return error


_HEX = re.compile(r"0x[0-9a-fA-F]*")


def revert_data(data: object) -> bytes:
    """Revert data as nodes wrap it: "0x…" (geth), "Reverted 0x…" (Nethermind, Parity), {"data": "0x…"}
    (proxies).
    """
    if isinstance(data, dict):
        return revert_data(data.get("data"))
    found = _HEX.search(data) if isinstance(data, str) else None
    return bytes.fromhex(found[0][2:]) if found and len(found[0]) % 2 == 0 else b""


# Blocks, receipts, fees


def head(block: object) -> Head:
    fields = _object(block, "a block")
    base_fee = fields.get("baseFeePerGas")
    return Head(
        number=quantity(fields.get("number")),
        hash=hash32(fields.get("hash")),
        time=quantity(fields.get("timestamp")),
        gas_limit=quantity(fields.get("gasLimit")),
        base_fee=None if base_fee is None else quantity(base_fee),
    )


def block_hash(block: object) -> str | None:
    """The hash of a block; None for null, which says that the node has not got it, never that there is
    none.
    """
    return None if block is None else hash32(_object(block, "a block").get("hash"))


def block_facts(block: object) -> BlockFacts | None:
    """A block's hash and what is in it; None for null, as `block_hash`."""
    if block is None:
        return None
    fields = _object(block, "a block")
    return BlockFacts(hash32(fields.get("hash")), tuple(hash32(each) for each in _list(fields.get("transactions"))))


def spender(block: object, sender: str, nonce: int) -> str | None:
    """The hash of the transaction with this sender and nonce in a block that was asked for with its transactions."""
    for entry in _list(_object(block, "a block").get("transactions")):
        fields = _object(entry, "a transaction")
        if address(fields.get("from")) == sender and quantity(fields.get("nonce")) == nonce:
            return hash32(fields.get("hash"))
    return None


def finalized_number(block: object) -> int | None:
    """The number of the finalized block; None while the chain has none, or for a node that does not know
    the tag.
    """
    return quantity(block.get("number")) if isinstance(block, dict) else None


def log(entry: object) -> Log:
    fields = _object(entry, "a log")
    return Log(
        address=address(fields.get("address")),
        topics=tuple(hash32(topic) for topic in _list(fields.get("topics"))),
        data=raw(fields.get("data", "0x")),
        index=quantity(fields.get("logIndex", "0x0")),
    )


def emitted(entry: object) -> Emitted:
    """A log as `eth_getLogs` gives it: with its transaction and block, which a mined one has."""
    fields = _object(entry, "a log")
    return Emitted(
        log=log(fields),
        tx_hash=hash32(fields.get("transactionHash")),
        block_number=quantity(fields.get("blockNumber")),
        block_hash=hash32(fields.get("blockHash")),
    )


def logs(answer: object) -> list[Emitted]:
    """The logs of an `eth_getLogs`; those that a reorganisation has taken away (`removed`) are left out."""
    return [emitted(entry) for entry in _list(answer) if not _object(entry, "a log").get("removed")]


def receipt(answer: object, tx_hash: str) -> Receipt | None:
    """The receipt of `tx_hash`; None when there is none, or only a pending one (no block yet)."""
    if answer is None:
        return None
    fields = _object(answer, "a receipt")
    if fields.get("blockHash") is None:
        return None
    if hash32(fields.get("transactionHash")) != tx_hash.lower():
        _garbage(f"the receipt of {tx_hash}", fields.get("transactionHash"))
    return Receipt(
        tx_hash=tx_hash,
        block_number=quantity(fields.get("blockNumber")),
        block_hash=hash32(fields["blockHash"]),
        succeeded=quantity(fields.get("status")) == 1,
        gas_used=quantity(fields.get("gasUsed")),
        gas_price=quantity(fields.get("effectiveGasPrice", "0x0")),
        sender=address(fields.get("from")),
        to=address(fields["to"]) if fields.get("to") else None,
        logs=tuple(log(entry) for entry in _list(fields.get("logs"))),
    )


def market(base_fee: int | None, history: object, gas_price: object) -> Market:
    """Today's prices in wei, from the head's base fee, `eth_feeHistory` and `eth_gasPrice`.

    Both answers may be errors and the history may lack rewards. Without a history the next base fee is
    taken at its highest, 12.5 % above the head's (EIP-1559); without rewards the tip is what the gas price
    leaves above it.
    """
    fields = history if isinstance(history, dict) else {}
    price = quantity(gas_price) if isinstance(gas_price, str) else None
    following = _next_base_fee(base_fee, fields)
    if following is None and price is None:
        _garbage("a gas price", gas_price)
    paid = [quantity(rewards[0]) for rewards in _list(fields.get("reward") or []) if _list(rewards)]
    tips = [tip for tip in paid if tip]  # an empty block reports 0, which says nothing about the price
    tip = median_low(tips) if tips else max(0, (price or 0) - (base_fee or 0))
    return Market(base_fee=following, tip=tip, gas_price=(following or 0) + tip if price is None else price)


def _next_base_fee(base_fee: int | None, history: Mapping[str, Any]) -> int | None:
    if base_fee is None:
        return None
    coming = _list(history.get("baseFeePerGas") or [])
    return quantity(coming[-1]) if coming else base_fee + base_fee // 8
