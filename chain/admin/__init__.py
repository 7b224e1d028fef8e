"""Networks and wallets are configured here; transactions and attempts are shown."""

from chain.admin.networks import NetworkAdmin
from chain.admin.transactions import AttemptAdmin, TransactionAdmin
from chain.admin.wallets import WalletAdmin

__all__ = ["AttemptAdmin", "NetworkAdmin", "TransactionAdmin", "WalletAdmin"]
