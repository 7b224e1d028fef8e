"""What people may do to wallets and transactions: guarded updates that answer whether they changed anything."""

from django.db.models.functions import Now

from chain.models import Transaction, Wallet
from chain.states import OPEN, WalletStatus


def pause(wallet: Wallet, *, by: str, reason: str) -> bool:
    """Sign nothing new from now on; what is in flight is still looked after. False unless the wallet was active."""
    return _set(wallet, WalletStatus.ACTIVE, WalletStatus.PAUSED, by, reason)


def resume(wallet: Wallet, *, by: str, reason: str) -> bool:
    """Let a paused wallet sign again. False unless it was paused: a quarantined one needs more than a click."""
    return _set(wallet, WalletStatus.PAUSED, WalletStatus.ACTIVE, by, reason)


def _set(wallet: Wallet, frm: WalletStatus, to: WalletStatus, by: str, reason: str) -> bool:
    rows = Wallet.objects.filter(pk=wallet.pk, status=frm)
    return bool(rows.update(status=to, status_by=by, status_reason=reason, status_since=Now()))


def ask_to_cancel(transaction: Transaction, *, by: str, reason: str) -> bool:
    """Ask the lane to take the nonce with an empty transaction. False when the transaction is final or was asked before.

    Whichever of the two is mined decides (EIP-1559 replacement: same nonce, higher fees); asking promises nothing.
    """
    rows = Transaction.objects.filter(pk=transaction.pk, status__in=OPEN, cancel_asked_by="")
    return bool(rows.update(cancel_asked_by=by, cancel_reason=reason))
