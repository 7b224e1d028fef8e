"""Reading signed bytes back: what a transaction of Solana says, and whether its signatures are right. See `chain.payload`."""

from collections.abc import Sequence
from dataclasses import dataclass

from solders.message import MessageV0
from solders.transaction import VersionedTransaction

from chain.payload import PayloadError
from chain.solana import instructions
from chain.solana.instructions import Told

_BLOCKHASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class Payload:
    """A signed transaction: its first signature, who pays, what it is bound to (base58); `message` as it is stored, which is
    without its blockhash; `units` of compute it may take, and their price in micro-lamports.
    """

    signature: str
    payer: str
    blockhash: str
    message: bytes
    units: int
    price: int
    told: Sequence[Told]


def read(raw: bytes) -> Payload:
    """Raises PayloadError where it is no transaction as they are made here, or one of its signatures is wrong."""
    try:
        return _read(raw)
    except Exception as error:  # a library's own errors, of many kinds, for what can be any bytes at all
        raise PayloadError from error


def told(message: bytes) -> Sequence[Told]:
    """The instructions of a message as it is stored, in words. Raises PayloadError."""
    try:
        return instructions.read(MessageV0.from_bytes(message))
    except Exception as error:  # as above
        raise PayloadError from error


def _read(raw: bytes) -> Payload:
    transaction = VersionedTransaction.from_bytes(raw)
    message = transaction.message
    if bytes(transaction) != raw or not isinstance(message, MessageV0):
        raise ValueError("Not one whole transaction of version 0.")
    signers = message.header.num_required_signatures
    if len(transaction.signatures) != signers or not all(transaction.verify_with_results()):
        raise ValueError("A signature is not right.")
    units, price = instructions.budget(message)
    return Payload(
        signature=str(transaction.signatures[0]), payer=str(message.account_keys[0]), blockhash=str(message.recent_blockhash),
        message=_unbound(message), units=units, price=price, told=instructions.read(message),
    )  # fmt: skip


def _unbound(message: MessageV0) -> bytes:
    """Its bytes with an empty blockhash, which stands after the three numbers of the header, and how many keys and the keys."""
    written, at = bytes(message), 3 + 1 + _BLOCKHASH_BYTES * len(message.account_keys)
    if written[at : at + _BLOCKHASH_BYTES] != bytes(message.recent_blockhash):
        raise ValueError("More keys than can be in a transaction.")
    return written[:at] + bytes(_BLOCKHASH_BYTES) + written[at + _BLOCKHASH_BYTES :]
