"""Keys of Solana's wallets (ed25519). What chain/signers.py says of keys holds here too.

`keypair:FILE.json` is the file of Solana's own command (`solana-keygen`): a JSON array of 64 numbers, the secret half first.
It is not encrypted, so it is refused where anybody but its owner could read it.
"""

import json
import os
import secrets
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NoReturn, Protocol

from solders.keypair import Keypair

from chain import base58
from chain.signers import KeySources, SignerError, check_reference, quietly, write_once
from chain.states import Family

_LONGEST = 4096  # bytes; a keypair file has some 230


class SolanaSigner(Protocol):
    """Signs for one address (base58)."""

    @property
    def address(self) -> str: ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over a message's bytes."""
        ...


class LocalKeypair:
    """An ed25519 key in this process's memory."""

    __slots__ = ("_pair", "address")

    def __init__(self, secret: bytes) -> None:
        """From the 64 bytes of a keypair. Raises ValueError where the public half is not that of the secret one."""
        self._pair = Keypair.from_bytes(secret)
        self.address = str(self._pair.pubkey())

    def __repr__(self) -> str:
        return f"LocalKeypair({self.address})"

    def __reduce__(self) -> NoReturn:
        raise SignerError("A signer holds a key and is never pickled; pass its reference.")

    def sign(self, message: bytes) -> bytes:
        return bytes(self._pair.sign_message(message))


def load(reference: str, sources: KeySources, *, development: bool) -> SolanaSigner:
    """The signer a reference names, kept for this process; `env:` works on a development network only.

    Raises SignerError, which never carries key material.
    """
    check_reference(reference, development=development, family=Family.SOLANA)
    kind, _, rest = reference.partition(":")
    return _load(kind, rest, sources)


def new_keypair() -> Keypair:
    """Of the kernel's chance: the library's own generator is copied with a process, and forks would make the same keys."""
    return Keypair.from_seed(secrets.token_bytes(32))


def create_keypair(path: Path) -> str:
    """Write a new key as Solana's own command would, readable by its owner only; the address. Never overwrites.

    Raises SignerError when the file exists.
    """
    pair = new_keypair()
    write_once(path, json.dumps(list(bytes(pair))))
    return str(pair.pubkey())


@lru_cache(maxsize=256)
def _load(kind: str, rest: str, sources: KeySources) -> LocalKeypair:
    # The frames of the loader hold the secret, so whatever it raises is raised anew out here.
    return quietly(lambda: LocalKeypair(_LOADERS[kind](rest, sources)), "Its public half does not belong to its secret half.")


def _from_file(name: str, sources: KeySources) -> bytes:
    folder = sources.keystore_dir
    if folder is None:
        raise SignerError("A keypair needs KEYSTORE_DIR.")
    return quietly(lambda: _numbers(_read(folder / name)), f"{name} is no keypair: a JSON array of 64 numbers.")


def _read(path: Path) -> str:
    """The file's text, once it is certain that only its owner can read it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_LONGEST) if stat.S_ISREG(mode) else b""
    except OSError:
        raise SignerError(f"The keypair {path.name} cannot be read.") from None
    if mode & 0o077:
        raise SignerError(f"Others than its owner may read or write the keypair {path.name}: chmod 600 it.")
    return content.decode("ascii")


def _from_environment(name: str, sources: KeySources) -> bytes:
    del sources
    sentence = f"The environment variable {name} holds no keypair: 64 bytes in base58, or a JSON array of 64 numbers."
    return quietly(lambda: _either(os.environ[name].strip()), sentence)


def _either(text: str) -> bytes:
    return _numbers(text) if text.startswith("[") else _of_64(base58.decode(text))


def _numbers(text: str) -> bytes:
    numbers = json.loads(text)
    if not isinstance(numbers, list):
        raise TypeError
    return _of_64(bytes(numbers))


def _of_64(secret: bytes) -> bytes:
    if len(secret) != 64:
        raise ValueError
    return secret


_LOADERS: dict[str, Callable[[str, KeySources], bytes]] = {"keypair": _from_file, "env": _from_environment}
