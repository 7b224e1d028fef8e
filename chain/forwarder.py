"""ERC-2771 as OpenZeppelin's ERC2771Forwarder does it: what a minter without coin signs, and how whoever pays sends it. Pure.

A signed request is a bearer's paper: whoever has seen it may have it executed, once, until its deadline. The forwarder takes
the signer's requests in the order of their nonces, and passes over those that it may not execute.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from chain import events
from chain.calls import Call, CodecError, Signature, decode
from chain.errors import ChainError
from chain.events import Log
from chain.typed_data import Domain, digest, struct

REQUEST = struct("ForwardRequest(address from,address to,uint256 value,uint256 gas,uint256 nonce,uint48 deadline,bytes data)")
EXECUTE_BATCH = Signature.parse(
    "executeBatch((address from, address to, uint256 value, uint256 gas, uint48 deadline, bytes data, "
    "bytes signature)[] requests, address refundReceiver)"
)
EXECUTED = Signature.parse("ExecutedForwardRequest(address indexed signer, uint256 nonce, bool success)")
NONCES = Signature.parse("nonces(address owner)")
DOMAIN = Signature.parse("eip712Domain()")
TRUSTS = Signature.parse("isTrustedForwarder(address forwarder)")
_DOMAIN_FIELDS = b"\x0f"  # EIP-5267: name, version, chain id and contract, no salt
# As long as a signature, and nobody's: with it a batch can be tried out, and nobody who sees it can do anything with it.
NOBODYS_SIGNATURE = b"\x11" * 64 + b"\x1b"


class NoForwarder(ChainError):
    """What stands at the forwarder's address is none."""


class Life(StrEnum):
    """What a request can still do, by a block that will not leave the chain."""

    ALIVE = "alive"  # anybody who has it may have it executed
    DEAD = "dead"  # its deadline was over before its nonce was used
    USED = "used"  # its nonce is used: it was executed, or it never can be


@dataclass(frozen=True, slots=True)
class Request:
    """What a signer wants a contract to be called with, in its own name. Addresses EIP-55; no value goes with it.

    `gas` is what the call gets, `nonce` the forwarder's for this signer, `deadline` the last second (Unix, by the chain's
    clock) of its life.
    """

    signer: str
    to: str
    gas: int
    nonce: int
    deadline: int
    data: bytes

    def digest(self, domain: Domain) -> bytes:
        """The 32 bytes that the signer signs. Raises CodecError."""
        return digest(domain, REQUEST, [self.signer, self.to, 0, self.gas, self.nonce, self.deadline, self.data])


def relayed(call: Call, signer: str) -> Call:
    """The call as the contract sees it from its forwarder: ERC-2771 puts the signer's address behind the data."""
    return Call(call.to, call.data + bytes.fromhex(signer[2:]), gas=call.gas)


def execute_batch(forwarder: str, requests: Sequence[tuple[Request, bytes]], refund: str) -> Call:
    """One call that has these executed, each with its signature. `refund` (EIP-55) is who would get value back.

    That there is a refund address makes the forwarder pass over what it may not execute, where it would revert without one.
    """
    rows = [(each.signer, each.to, 0, each.gas, each.deadline, each.data, signature) for each, signature in requests]
    return Call(forwarder, EXECUTE_BATCH.encode([rows, refund]))


def draft(forwarder: str, requests: Sequence[Request], refund: str) -> Call:
    """The same call with nobody's signatures: it costs what the real one does around the calls, and executes nothing."""
    return execute_batch(forwarder, [(each, NOBODYS_SIGNATURE) for each in requests], refund)


def is_batch(data: bytes | memoryview) -> bool:
    """Whether calldata has requests executed."""
    return bytes(data[:4]) == EXECUTE_BATCH.selector


def executed(logs: Sequence[Log], forwarder: str) -> dict[tuple[str, int], bool]:
    """By signer and nonce: the requests that were executed, and whether their call succeeded."""
    found = (events.decode(EXECUTED, log) for log in events.logs_of(forwarder, logs))
    return {(each["signer"], each["nonce"]): each["success"] for each in found if each is not None}


def life(nonce: int, deadline: int, *, used: int, time: int) -> Life:
    """What a request can still do once `used` nonces of its signer are used, at a final block of that time (Unix seconds)."""
    if used > nonce:
        return Life.USED
    return Life.DEAD if time > deadline else Life.ALIVE


def read_domain(data: bytes) -> Domain:
    """The answer of `eip712Domain()` (EIP-5267). Raises NoForwarder."""
    try:
        fields, name, version, chain_id, contract, _, extensions = decode(
            ("bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"), data
        )
    except CodecError as error:
        raise NoForwarder from error
    if fields != _DOMAIN_FIELDS or extensions:
        raise NoForwarder
    return Domain(name, version, chain_id, contract)


# -- gas -------------------------------------------------------------------------------------------

_TRANSACTION = 21_000
_SPARE = 10_000
_PER_REQUEST = 8_000  # beside what a draft costs: the nonce, the call, its event
_FIRST_NONCE = 25_000  # a signer's nonce is written for the first time in this transaction


def request_gas(alone: int) -> int:
    """What a call gets that takes so much gas as a transaction of its own.

    Half as much again: a refund may hide a fifth of what was needed at one time (EIP-3529), and state moves before inclusion.
    What is not used goes to the next request, so it costs nothing.
    """
    return (max(0, alone - _TRANSACTION) * 3 + 1) // 2 + _SPARE


def batch_gas(drafted: int, alone: Sequence[int]) -> int:
    """The gas limit of a transaction that has these calls executed, whose draft takes `drafted` gas.

    The last call must find all of its own gas, and a 64th of it kept back (EIP-150), or the forwarder reverts all of it: so no
    call can be starved and look as if it had failed by itself.
    """
    calls = sum((max(0, gas - _TRANSACTION) * 11 + 9) // 10 + _PER_REQUEST for gas in alone)
    last = request_gas(max(alone))
    return drafted + calls + last + last // 63 + _FIRST_NONCE
