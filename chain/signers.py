"""The only place that touches a key.

A signer is named by a reference, which is all the database holds: `keystore:FILE.json`, `mnemonic:PATH`,
`env:NAME`, on Solana `keypair:FILE.json` (chain/solana/keys.py). Keys live in the memory of the process that signs, never
in a repr, a pickle or an error.

Signing goes from RLP and keccak straight to libsecp256k1: eth_account's typed transactions take several times
as long. libsecp256k1 has deterministic nonces (RFC 6979) and low s (EIP-2): same input, same bytes.
"""

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

from coincurve import PrivateKey
from eth_hash.auto import keccak
from rlp.codec import encode_raw  # type: ignore[import-untyped, unused-ignore]

from chain.calls import checksum
from chain.errors import ChainError
from chain.fees import FeeKind, Fees
from chain.states import Family

_T = TypeVar("_T")
_DYNAMIC_FEE = b"\x02"  # EIP-1559's transaction type (EIP-2718)


class SignerError(ChainError):
    """The wallet's key cannot be loaded."""


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction before its signature: `value` in wei, `gas` the limit, `fees` in wei per gas."""

    chain_id: int
    nonce: int
    to: str
    value: int
    data: bytes
    gas: int
    fees: Fees


@dataclass(frozen=True, slots=True)
class Signed:
    """What is sent to the node, and the transaction hash (0x and 64 digits) it will have on chain."""

    raw: bytes
    hash: str


class Signer(Protocol):
    """Signs for one address (EIP-55)."""

    @property
    def address(self) -> str: ...

    def sign(self, unsigned: Unsigned) -> Signed: ...

    def sign_digest(self, digest: bytes) -> bytes: ...


@dataclass(frozen=True, slots=True)
class KeySources:
    """Where this process finds keys. A web process has none of them."""

    keystore_dir: Path | None = None
    password_file: Path | None = None
    mnemonic: str | None = field(default=None, repr=False)


class LocalSigner:
    """A secp256k1 key in this process's memory."""

    __slots__ = ("_key", "address")

    def __init__(self, secret: bytes) -> None:
        self._key = _key(secret)
        self.address = _address(self._key)

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    def __reduce__(self) -> NoReturn:
        raise SignerError("A signer holds a key and is never pickled; pass its reference.")

    def sign(self, unsigned: Unsigned) -> Signed:
        """The signed bytes and their hash. Raises ValueError or OverflowError for impossible fields."""
        encode = _legacy if unsigned.fees.kind is FeeKind.LEGACY else _dynamic_fee
        raw = encode(unsigned, self._signature)
        return Signed(raw, "0x" + keccak(raw).hex())

    def sign_digest(self, digest: bytes) -> bytes:
        """65 bytes (r, s, v) over a digest such as `chain.typed_data` makes; v is 27 or 28, as ecrecover wants it."""
        signature = self._key.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([27 + signature[64]])

    def _signature(self, payload: bytes) -> tuple[int, int, int]:
        """(y parity, r, s) over the payload's keccak hash."""
        signature = self._key.sign_recoverable(keccak(payload), hasher=None)
        return signature[64], int.from_bytes(signature[:32]), int.from_bytes(signature[32:64])


def load(reference: str, sources: KeySources, *, development: bool) -> Signer:
    """The signer a reference names, kept for this process: a keystore's scrypt costs half a second.

    `development` says that the network is marked as a development chain; `env:` works on no other.
    Raises SignerError, which never carries key material.
    """
    check_reference(reference, development=development)
    kind, _, rest = reference.partition(":")
    return _load(kind, rest, sources)


def check_reference(reference: str, *, development: bool, family: str = Family.EVM) -> None:
    """Raise SignerError unless this names where a key of this family is.

    What was written is not quoted: it may be a key, pasted there.
    """
    kind, _, rest = reference.partition(":")
    if kind == "env" and not development:
        raise SignerError("A raw key from the environment is accepted on a development chain only.")
    if kind not in _FORMS:
        raise SignerError("A signer reference begins with keystore:, mnemonic: or env:, on Solana with keypair: or env:.")
    form, sentence, families = _FORMS[kind]
    if family not in families:
        raise SignerError(_OTHER_FAMILY[Family(family)])
    if not re.fullmatch(form, rest):
        raise SignerError(sentence)


def create_keystore(path: Path, password: str) -> str:
    """Write a new key as keystore v3 (scrypt), readable by its owner only; the address. Never overwrites.

    Raises SignerError when the file exists or the password is empty.
    """
    from eth_keyfile.keyfile import create_keyfile_json  # noqa: PLC0415 - only loading a key needs it

    if not password:
        raise SignerError("A keystore needs a password.")
    key = PrivateKey()
    content = json.dumps(create_keyfile_json(key.secret, password.encode()))
    write_once(path, content)
    return _address(key)


def write_once(path: Path, content: str) -> None:
    """A new file that only its owner can read, on the disk when this returns. Raises SignerError where there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise SignerError(f"{path.name} cannot be created: {error.strerror}.") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # the address is told next, and may be funded before the disk would have been asked


# -- loading ---------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _load(kind: str, rest: str, sources: KeySources) -> LocalSigner:
    return LocalSigner(_LOADERS[kind](rest, sources))


def _from_keystore(name: str, sources: KeySources) -> bytes:
    keystore_dir, password_file = sources.keystore_dir, sources.password_file
    if keystore_dir is None or password_file is None:
        raise SignerError("A keystore needs KEYSTORE_DIR and KEYSTORE_PASSWORD_FILE.")
    sentence = f"The password does not open {name}, or it is no keystore."
    return quietly(lambda: _decrypt(keystore_dir / name, password_file), sentence)


def _decrypt(keystore: Path, password_file: Path) -> bytes:
    from eth_keyfile.keyfile import decode_keyfile_json  # noqa: PLC0415 - as above

    content = _read(keystore, "The keystore")
    password = _read(password_file, "The keystore's password file").rstrip("\r\n")
    return bytes(decode_keyfile_json(json.loads(content), password.encode()))


def _from_mnemonic(path: str, sources: KeySources) -> bytes:
    if not sources.mnemonic:
        raise SignerError("A mnemonic signer needs MNEMONIC_FILE or MNEMONIC.")
    return quietly(
        lambda: _derive(sources.mnemonic or "", path),
        "The mnemonic or the path is not valid (BIP-39, BIP-32).",
    )


def _derive(mnemonic: str, path: str) -> bytes:
    from eth_account.hdaccount import key_from_seed, seed_from_mnemonic  # noqa: PLC0415 - as above

    return bytes(key_from_seed(seed_from_mnemonic(mnemonic.strip(), ""), path))


def _from_environment(name: str, sources: KeySources) -> bytes:
    del sources
    sentence = f"The environment variable {name} holds no key of 32 bytes in hexadecimal."
    return quietly(lambda: _unhex(os.environ[name]), sentence)


def _unhex(key: str) -> bytes:
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", key):
        raise ValueError
    return bytes.fromhex(key[-64:])


_FILE = r"[A-Za-z0-9_-][A-Za-z0-9._-]*\.json"
# What may stand after the colon, what to say of anything else, and the families whose keys are there.
_FORMS: dict[str, tuple[str, str, tuple[Family, ...]]] = {
    "keystore": (_FILE, "A keystore is named by its .json file inside KEYSTORE_DIR, without folders.", (Family.EVM,)),
    "keypair": (_FILE, "A keypair is named by its .json file inside KEYSTORE_DIR, without folders.", (Family.SOLANA,)),
    "mnemonic": (r"m(/[0-9]{1,10}'?)+", "A derivation path looks like m/44'/60'/0'/0/0.", (Family.EVM,)),
    "env": (
        r"[A-Z][A-Z0-9_]{0,62}",
        "After env: stands the name of an environment variable, in capitals.",
        (Family.EVM, Family.SOLANA),
    ),
}
_OTHER_FAMILY = {
    Family.EVM: "keypair: names a key of Solana; on an EVM network it is keystore:, mnemonic: or env:.",
    Family.SOLANA: "keystore: and mnemonic: name keys of an EVM network; on Solana it is keypair: or env:.",
}
_LOADERS: dict[str, Callable[[str, KeySources], bytes]] = {
    "keystore": _from_keystore,
    "mnemonic": _from_mnemonic,
    "env": _from_environment,
}


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError):
        raise SignerError(f"{what} {path.name} cannot be read.") from None


def _key(secret: bytes) -> PrivateKey:
    return quietly(lambda: PrivateKey(secret), "The key is outside the range of secp256k1.")


def quietly(work: Callable[[], _T], sentence: str) -> _T:
    """Do it, or raise the sentence with nothing attached.

    A library's own error may quote the secret, and the frames it went through hold it: error trackers record
    both. So the new error is raised outside the handler, and has no context.
    """
    problem = sentence
    try:
        return work()
    except SignerError as error:
        problem = str(error)
    except Exception:  # noqa: BLE001, S110 - whatever it was, none of it may leave
        pass
    raise SignerError(problem)


def _address(key: PrivateKey) -> str:
    return checksum(keccak(key.public_key.format(compressed=False)[1:])[12:])


# -- encoding --------------------------------------------------------------------------------------

_Sign = Callable[[bytes], tuple[int, int, int]]


def _dynamic_fee(unsigned: Unsigned, sign: _Sign) -> bytes:
    """An EIP-1559 transaction without access list."""
    fees = unsigned.fees
    numbers = _numbers(unsigned.chain_id, unsigned.nonce, fees.tip, fees.max_fee, unsigned.gas)
    head = [*numbers, *_body(unsigned), []]
    signature = sign(_DYNAMIC_FEE + _rlp(head))
    return _DYNAMIC_FEE + _rlp([*head, *_numbers(*signature)])


def _legacy(unsigned: Unsigned, sign: _Sign) -> bytes:
    """A transaction from before EIP-2718, bound to its chain as EIP-155 says."""
    head = [*_numbers(unsigned.nonce, unsigned.fees.max_fee, unsigned.gas), *_body(unsigned)]
    parity, r, s = sign(_rlp([*head, *_numbers(unsigned.chain_id), b"", b""]))
    return _rlp([*head, *_numbers(unsigned.chain_id * 2 + 35 + parity, r, s)])


def _body(unsigned: Unsigned) -> list[bytes]:
    to = bytes.fromhex(unsigned.to.removeprefix("0x"))
    if len(to) != 20:
        raise ValueError("A transaction needs an address it goes to; contracts are not deployed from here.")
    return [to, *_numbers(unsigned.value), unsigned.data]


def _numbers(*numbers: int) -> list[bytes]:
    """Big-endian without leading zeros, as RLP wants integers; zero is empty."""
    return [number.to_bytes((number.bit_length() + 7) // 8) for number in numbers]


def _rlp(fields: Sequence[Any]) -> bytes:
    return bytes(encode_raw(fields))
