"""Reading signed bytes back: what a transaction says, and who signed it. The other direction of `chain.signers`."""

from dataclasses import dataclass

from coincurve import PublicKey
from eth_hash.auto import keccak
from rlp.codec import decode, encode_raw  # type: ignore[import-untyped, unused-ignore]

from chain.calls import checksum
from chain.errors import ChainError
from chain.fees import FeeKind, Fees


class PayloadError(ChainError):
    """These bytes are not a signed transaction of a kind that is made here."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A signed transaction: addresses in EIP-55 form, `value` in wei, `gas` the limit, `fees` in wei per gas."""

    hash: str
    sender: str
    chain_id: int
    nonce: int
    to: str
    value: int
    data: bytes
    gas: int
    fees: Fees


def read(raw: bytes) -> Payload:
    """An EIP-1559 transaction, or a legacy one bound to its chain (EIP-155). Raises PayloadError."""
    try:
        return _dynamic_fee(raw) if raw[:1] == b"\x02" else _legacy(raw)
    except Exception as error:  # a library's own errors, of many kinds, for what can be any bytes at all
        raise PayloadError from error


def _dynamic_fee(raw: bytes) -> Payload:
    fields = decode(raw[1:])
    chain_id, nonce, tip, max_fee, gas, to, value, data, _, parity, r, s = fields
    sender = _signer(b"\x02" + bytes(encode_raw(fields[:9])), _int(parity), r, s)
    fees = Fees(FeeKind.EIP1559, _int(max_fee), _int(tip))
    return Payload(_hash(raw), sender, _int(chain_id), _int(nonce), checksum(to), _int(value), data, _int(gas), fees)


def _legacy(raw: bytes) -> Payload:
    nonce, price, gas, to, value, data, v, r, s = decode(raw)
    chain_id, parity = divmod(_int(v) - 35, 2)
    unsigned = [nonce, price, gas, to, value, data, chain_id.to_bytes((chain_id.bit_length() + 7) // 8), b"", b""]
    sender = _signer(bytes(encode_raw(unsigned)), parity, r, s)
    fees = Fees(FeeKind.LEGACY, _int(price), 0)
    return Payload(_hash(raw), sender, chain_id, _int(nonce), checksum(to), _int(value), data, _int(gas), fees)


def _signer(signed: bytes, parity: int, r: bytes, s: bytes) -> str:
    signature = r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([parity])
    key = PublicKey.from_signature_and_message(signature, keccak(signed), hasher=None)
    return checksum(keccak(key.format(compressed=False)[1:])[12:])


def _hash(raw: bytes) -> str:
    return "0x" + keccak(raw).hex()


def _int(number: bytes) -> int:
    return int.from_bytes(number)
