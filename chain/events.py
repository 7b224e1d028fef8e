"""What a receipt's logs say happened. Pure.

A contract can emit anything, so a log that does not fit is passed over, never an error: what no readable
event proves did not happen, and the order waits for a person. Only logs of the address asked for count.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chain import calls
from chain.calls import ZERO_ADDRESS, CodecError, Signature, checksum


@dataclass(frozen=True, slots=True)
class Log:
    """One log of a receipt: the contract (EIP-55), topics as 0x and 64 digits, its index in the block."""

    address: str
    topics: tuple[str, ...]
    data: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Emitted:
    """A log and where on the chain it stands. Hashes as 0x and 64 lower-case digits."""

    log: Log
    tx_hash: str
    block_number: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Mint:
    """A token that came into being; for ERC-721 one. A batch event makes several with one log index."""

    recipient: str
    token_id: int
    quantity: int
    log_index: int


@dataclass(frozen=True, slots=True)
class TokenTransfer:
    """An ERC-20 movement, in base units."""

    sender: str
    recipient: str
    amount: int
    log_index: int


Topics = tuple[str | tuple[str, ...] | None, ...]
"""A filter of `eth_getLogs`: by position a topic, several of which one must fit, or None for any."""

_PARTIES = "address indexed sender, address indexed recipient"
_ERC20 = Signature.parse(f"Transfer({_PARTIES}, uint256 amount)")
_ERC721 = Signature.parse(f"Transfer({_PARTIES}, uint256 indexed token)")
_OPERATED = f"address indexed operator, {_PARTIES}"
_SINGLE = Signature.parse(f"TransferSingle({_OPERATED}, uint256 token, uint256 quantity)")
_BATCH = Signature.parse(f"TransferBatch({_OPERATED}, uint256[] tokens, uint256[] quantities)")


def erc721_mint_topics(recipient: str | None = None) -> Topics:
    """What finds `erc721_mints`, of one recipient or of all."""
    return _ERC721.topic, topic_of(ZERO_ADDRESS), recipient and topic_of(recipient)


def erc1155_mint_topics(recipient: str | None = None) -> Topics:
    """What finds `erc1155_mints`, of one recipient or of all."""
    return (_SINGLE.topic, _BATCH.topic), None, topic_of(ZERO_ADDRESS), recipient and topic_of(recipient)


def erc20_topics(sender: str, recipient: str | None = None) -> Topics:
    """What finds `erc20_transfers` from a sender, to one recipient or to all."""
    return _ERC20.topic, topic_of(sender), recipient and topic_of(recipient)


def topic_of(address: str) -> str:
    """An address as an indexed parameter has it."""
    return "0x" + address[2:].lower().rjust(64, "0")


def erc721_mints(logs: Sequence[Log], contract: str) -> list[Mint]:
    """ERC-721 transfers from the zero address, in the order of the logs."""
    return [
        Mint(values["recipient"], values["token"], 1, log.index)
        for log, values in _of(contract, _ERC721, logs)
        if values["sender"] == ZERO_ADDRESS
    ]


def erc1155_mints(logs: Sequence[Log], contract: str) -> list[Mint]:
    """ERC-1155 transfers from the zero address, single and batch, in the order of the logs."""
    return [mint for log in logs if _same(log.address, contract) for mint in _erc1155_mints(log)]


def _erc1155_mints(log: Log) -> list[Mint]:
    values = _as_batch(decode(_SINGLE, log)) or decode(_BATCH, log)
    if values is None or values["sender"] != ZERO_ADDRESS:
        return []
    tokens, quantities = values["tokens"], values["quantities"]
    if len(tokens) != len(quantities):
        return []
    pairs = zip(tokens, quantities, strict=True)
    return [Mint(values["recipient"], token, quantity, log.index) for token, quantity in pairs]


def _as_batch(single: dict[str, Any] | None) -> dict[str, Any] | None:
    return single and single | {"tokens": [single["token"]], "quantities": [single["quantity"]]}


def erc20_transfers(logs: Sequence[Log], token: str) -> list[TokenTransfer]:
    """ERC-20 transfers of one token, mints and burns among them, in the order of the logs."""
    return [
        TokenTransfer(values["sender"], values["recipient"], values["amount"], log.index)
        for log, values in _of(token, _ERC20, logs)
    ]


def decode(signature: Signature, log: Log) -> dict[str, Any] | None:
    """The event's values by name (`arg0`, `arg1` ... where unnamed), or None when the log is not this event.

    An indexed string, bytes, array or tuple is on chain as its hash only, and comes out as that topic.
    """
    if log.topics[:1] != (signature.topic,) or len(log.topics) != 1 + sum(signature.indexed):
        return None
    try:
        return _values(signature, log)
    except (CodecError, ValueError):
        return None


def _values(signature: Signature, log: Log) -> dict[str, Any]:
    in_data = [kind for kind, indexed in zip(signature.types, signature.indexed, strict=True) if not indexed]
    topics, data = iter(log.topics[1:]), iter(calls.decode(in_data, log.data))
    return {
        name or f"arg{position}": _topic_value(kind, next(topics)) if indexed else next(data)
        for position, (name, kind, indexed) in enumerate(zip(signature.names, signature.types, signature.indexed, strict=True))
    }


def _topic_value(kind: str, topic: str) -> Any:
    if kind == "address":
        return checksum(bytes.fromhex(topic[2:])[12:])
    if kind in ("string", "bytes") or kind.endswith((")", "]")):
        return topic
    return calls.decode((kind,), bytes.fromhex(topic[2:]))[0]


def _of(contract: str, signature: Signature, logs: Sequence[Log]) -> Iterator[tuple[Log, dict[str, Any]]]:
    for log in logs:
        if _same(log.address, contract) and (values := decode(signature, log)) is not None:
            yield log, values


def logs_of(contract: str, logs: Sequence[Log]) -> list[Log]:
    """Those that this contract emitted, however its address is written."""
    return [log for log in logs if _same(log.address, contract)]


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()
