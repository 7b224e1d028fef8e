"""A transaction as it was posted: what can be said of it without looking at any account."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from solders.account import Account
from solders.message import Message, MessageV0
from solders.pubkey import Pubkey
from solders.transaction import SanitizeError, VersionedTransaction

from local.solana import base58
from local.solana.refusals import PARAMS, Refusal

LARGEST = 1232  # bytes: IPv6's least MTU less headers
TABLE_HEADER = 56  # bytes before the addresses of a lookup table
_LONGEST = {"base58": 1683, "base64": 1644}  # letters of the largest transaction


@dataclass(frozen=True, slots=True)
class Keys:
    """All accounts of a transaction, in the order of the indices: its own, then those written and read through tables."""

    own: tuple[Pubkey, ...]
    written: tuple[Pubkey, ...] = ()
    read: tuple[Pubkey, ...] = ()

    @property
    def all(self) -> tuple[Pubkey, ...]:
        return self.own + self.written + self.read


class TableError(Exception):
    """A lookup table that does not serve; the message is the transaction's error."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A transaction that could be read."""

    raw: bytes
    transaction: VersionedTransaction

    @property
    def message(self) -> Message | MessageV0:
        message = self.transaction.message
        assert isinstance(message, Message | MessageV0)
        return message

    @property
    def signature(self) -> str:
        return str(self.transaction.signatures[0])

    @property
    def blockhash(self) -> str:
        return str(self.message.recent_blockhash)

    @property
    def payer(self) -> Pubkey:
        return self.message.account_keys[0]

    def is_signed(self) -> bool:
        return all(self.transaction.verify_with_results())

    def keys(self, account: Callable[[Pubkey], Account | None], slot: int) -> Keys:
        """As its lookup tables are in a slot. Raises TableError."""
        own, message = tuple(self.message.account_keys), self.message
        if isinstance(message, Message):
            return Keys(own)
        written: list[Pubkey] = []
        read: list[Pubkey] = []
        for lookup in message.address_table_lookups:
            addresses = _addresses(account(lookup.account_key), slot)
            written += _picked(addresses, lookup.writable_indexes)
            read += _picked(addresses, lookup.readonly_indexes)
        return Keys(own, tuple(written), tuple(read))

    def writable(self, keys: Keys) -> tuple[Pubkey, ...]:
        """What it may change."""
        header = self.message.header
        signed = header.num_required_signatures - header.num_readonly_signed_accounts
        last = len(keys.own) - header.num_readonly_unsigned_accounts
        return keys.own[:signed] + keys.own[header.num_required_signatures : last] + keys.written


def _addresses(table: Account | None, slot: int) -> list[Pubkey]:
    """What was added in this slot does not count yet."""
    if table is None:
        raise TableError("AddressLookupTableNotFound")
    if len(table.data) < TABLE_HEADER:
        raise TableError("InvalidAddressLookupTableData")
    extended, before, data = int.from_bytes(table.data[12:20], "little"), table.data[20], table.data[TABLE_HEADER:]
    data = data[: 32 * before] if slot <= extended else data
    return [Pubkey.from_bytes(data[at : at + 32]) for at in range(0, len(data), 32)]


def _picked(addresses: Sequence[Pubkey], indexes: bytes) -> list[Pubkey]:
    if any(index >= len(addresses) for index in indexes):
        raise TableError("InvalidAddressLookupTableIndex")
    return [addresses[index] for index in indexes]


def read(text: Any, encoding: str) -> Posted:
    """Raises Refusal, in the words of a real node."""
    raw = _bytes(text, encoding)
    if len(raw) > LARGEST:
        raise _too_large(encoding, f"{len(raw)} bytes (max: encoded/raw {_LONGEST[encoding]}/{LARGEST})")
    try:
        transaction = VersionedTransaction.from_bytes(raw)
    except ValueError as error:
        raise _unreadable(str(error)) from None
    if bytes(transaction) != raw or not isinstance(transaction.message, Message | MessageV0):
        raise _unreadable("bytes left over, or a version that is not known")
    _sanitize(transaction)
    return Posted(raw, transaction)


def _bytes(text: Any, encoding: str) -> bytes:
    if not isinstance(text, str):
        raise Refusal(PARAMS, "Invalid params: invalid type: expected a string.")
    if encoding not in _LONGEST:
        raise Refusal(PARAMS, f"unsupported encoding: {encoding}. Supported encodings: base58, base64")
    if len(text) > _LONGEST[encoding]:
        raise _too_large(encoding, f"{len(text)} bytes (max: encoded/raw {_LONGEST[encoding]}/{LARGEST})")
    try:
        return base64.b64decode(text, validate=True) if encoding == "base64" else base58.decode(text)
    except (binascii.Error, ValueError) as error:
        raise Refusal(PARAMS, f"invalid {encoding} encoding: {error}") from None


def _too_large(encoding: str, size: str) -> Refusal:
    return Refusal(PARAMS, f"{encoding} encoded solana_transaction::versioned::VersionedTransaction too large: {size}")


def _unreadable(why: str) -> Refusal:
    return Refusal(PARAMS, f"failed to deserialize solana_transaction::versioned::VersionedTransaction: {why}")


def _sanitize(transaction: VersionedTransaction) -> None:
    try:
        transaction.sanitize()
    except SanitizeError:
        words = "invalid transaction: Transaction failed to sanitize accounts offsets correctly"
        raise Refusal(PARAMS, words) from None
