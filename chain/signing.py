"""From a wallet's row to its signer. The row says where the key is; only worker processes and commands ever come here."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from chain.models import Wallet
from chain.signers import KeySources, Signer, SignerError, load
from chain.states import Family

if TYPE_CHECKING:
    from chain.solana.keys import SolanaSigner


def signer_for(wallet: Wallet) -> Signer:
    """Raises SignerError when the key cannot be had, or is the key of another address, and always in the web process."""
    _check_place(wallet, Family.EVM)
    signer = load(wallet.signer, key_sources(), development=wallet.network.is_development)
    _check_address(wallet, signer.address)
    return signer


def solana_signer_for(wallet: Wallet) -> "SolanaSigner":
    """The same of a wallet on Solana. Raises SignerError."""
    from chain.solana import keys  # noqa: PLC0415 - solders takes 14 MB, and only Solana needs it

    _check_place(wallet, Family.SOLANA)
    signer = keys.load(wallet.signer, key_sources(), development=wallet.network.is_development)
    _check_address(wallet, signer.address)
    return signer


def unlock_all() -> None:
    """Load the keys of all wallets that can be, once for all workers that fork afterwards: scrypt and BIP-32 take seconds."""
    for wallet in Wallet.objects.select_related("network"):
        with suppress(SignerError):  # the lane will say so on the wallet's row
            (solana_signer_for if wallet.network.is_solana else signer_for)(wallet)


def _check_place(wallet: Wallet, family: Family) -> None:
    """Raise SignerError unless keys may be had in this process, and the wallet is on a network of this family."""
    if not settings.MAY_SIGN:
        raise SignerError("This process does not sign: keys are for workers and commands.")
    if wallet.network.family != family:
        raise SignerError(f"Wallet {wallet.name} is on a network of another family than {family.label}.")


def _check_address(wallet: Wallet, address: str) -> None:
    if address != wallet.address:
        raise SignerError(f"The key of wallet {wallet.name} belongs to {address}, not to {wallet.address}.")


@lru_cache(maxsize=1)
def key_sources() -> KeySources:
    password_file = settings.KEYSTORE_PASSWORD_FILE
    return KeySources(settings.KEYSTORE_DIR, Path(password_file) if password_file else None, settings.MNEMONIC or None)
