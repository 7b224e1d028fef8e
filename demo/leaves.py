"""A second reading of Solana: the leaves of a tree from the cluster's own history, by byte offsets and keccak alone.

Neither the client, the decoders nor the hashing that are to be proved have a part in it. It raises UnproofError where the bytes
contradict each other.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak

from chain import base58

Ask = Callable[..., Any]  # one JSON-RPC request: its method and parameters to its result

_BUBBLEGUM = "BGUMAp9Gq7iTEuizy4pqaxsTyUCBK68MDfK752saRPUY"
_CERTAIN = {"commitment": "finalized"}
_WHOLE = {**_CERTAIN, "encoding": "json", "maxSupportedTransactionVersion": 0}
_PAGE = 1_000  # signatures, the most that a node gives at once
_EVENT = 6  # where a leaf's event begins in the data of a call to noop
_V2, _LENGTHS = 1, {0: 209, 1: 274}  # bytes of that data, by the leaf's version


class UnproofError(Exception):
    """What the cluster shows does not fit together; the message says what."""


@dataclass(frozen=True, slots=True)
class Grown:
    """One leaf as the chain's history has it: the transaction that minted it, and what it says."""

    signature: str
    asset: str
    owner: str
    index: int
    uri: str
    hash: bytes


def no_cluster(method: str, *_: Any) -> Any:
    """For a world without one."""
    raise UnproofError(f"There is no cluster to ask {method}.")


def of_tree(ask: Ask, tree: str) -> list[Grown]:
    """All that was ever minted into it, in the order of their places."""
    found = [leaf for signature in signatures(ask, tree) for leaf in _minted(signature, transaction(ask, signature))]
    return sorted(found, key=lambda leaf: leaf.index)


def signatures(ask: Ask, address: str) -> list[str]:
    """Of every final transaction that succeeded and names this address, newest first."""
    found: list[dict[str, Any]] = []
    while page := ask("getSignaturesForAddress", address, {**_CERTAIN, "limit": _PAGE, **_before(found)}):
        found += page
    return [each["signature"] for each in found if each["err"] is None]


def transaction(ask: Ask, signature: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] | None = ask("getTransaction", signature, _WHOLE)
    if found is None:
        raise UnproofError(f"The cluster lists the transaction {signature} and does not have it.")
    return found


def payer(found: Mapping[str, Any]) -> str:
    return str(found["transaction"]["message"]["accountKeys"][0])


def data(ask: Ask, address: str) -> bytes:
    """The bytes of an account."""
    found = ask("getAccountInfo", address, {**_CERTAIN, "encoding": "base64"})["value"]
    if found is None:
        raise UnproofError(f"The cluster has no account {address}.")
    return base64.b64decode(found["data"][0])


def _before(found: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    return {"before": found[-1]["signature"]} if found else {}


def _minted(signature: str, found: Mapping[str, Any]) -> Iterator[Grown]:
    """One leaf for each call of Bubblegum that reports one."""
    message = found["transaction"]["message"]
    inner = {group["index"]: group["instructions"] for group in found["meta"]["innerInstructions"]}
    for number, call in enumerate(message["instructions"]):
        if message["accountKeys"][call["programIdIndex"]] == _BUBBLEGUM:
            events = (base58.decode(each["data"]) for each in inner.get(number, []))
            yield from (_leaf(signature, event, base58.decode(call["data"])) for event in events if _is_leaf(event))


def _is_leaf(event: bytes) -> bool:
    return event[:2] == b"\x01\x00" and event[_EVENT : _EVENT + 1] == b"\x01" and len(event) == _LENGTHS.get(event[8])


def _leaf(signature: str, event: bytes, call: bytes) -> Grown:
    """Its hash is made anew of its parts, and its metadata's of what was asked for."""
    schema, hash_ = event[9:-32], event[-32:]
    if keccak(bytes([event[8] + 1]) + schema) != hash_:
        raise UnproofError(f"A leaf of {signature} is not the hash of what is said to be in it.")
    arguments = call[8:-2] if event[8] == _V2 else call[8:]  # without the two absent options of mint_v2
    name, symbol, uri, rest = _texts(arguments)
    if keccak(keccak(arguments) + rest[:2]) != schema[104:136]:
        raise UnproofError(f"The leaf of {name} ({symbol}) in {signature} has the hash of other metadata.")
    return Grown(
        signature,
        base58.encode(schema[:32]),
        base58.encode(schema[32:64]),
        int.from_bytes(schema[96:104], "little"),
        uri,
        hash_,
    )


def _texts(arguments: bytes) -> tuple[str, str, str, bytes]:
    """Name, symbol and URI, each after its length, and the rest, which begins with the royalty."""
    found, rest = [], arguments
    for _ in range(3):
        length = int.from_bytes(rest[:4], "little")
        found.append(rest[4 : 4 + length].decode())
        rest = rest[4 + length :]
    return found[0], found[1], found[2], rest
