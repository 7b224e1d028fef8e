"""From a wallet's row to its signer. The row says where the key is; only worker processes and commands ever come here."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from chain.models import Wallet
from chain.signers import KeySources, Signer, SignerError, load


def signer_for(wallet: Wallet) -> Signer:
    """Raises SignerError when the key cannot be had, or is the key of another address, and always in the web process."""
    if not settings.MAY_SIGN:
        raise SignerError("This process does not sign: keys are for workers and commands.")
    signer = load(wallet.signer, key_sources(), development=wallet.network.is_development)
    if signer.address != wallet.address:
        raise SignerError(f"The key of wallet {wallet.name} belongs to {signer.address}, not to {wallet.address}.")
    return signer


def unlock_all() -> None:
    """Load the keys of all wallets that can be, once for all workers that fork afterwards: scrypt and BIP-32 take seconds."""
    for wallet in Wallet.objects.select_related("network"):
        with suppress(SignerError):  # the lane will say so on the wallet's row
            signer_for(wallet)


@lru_cache(maxsize=1)
def key_sources() -> KeySources:
    password_file = settings.KEYSTORE_PASSWORD_FILE
    return KeySources(settings.KEYSTORE_DIR, Path(password_file) if password_file else None, settings.MNEMONIC or None)
