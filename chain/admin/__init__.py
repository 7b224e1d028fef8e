"""Networks and wallets are configured here; transactions, attempts and the trail are shown."""

from chain.admin.attempts import AttemptAdmin
from chain.admin.networks import NetworkAdmin
from chain.admin.trail import TrailAdmin
from chain.admin.transactions import TransactionAdmin
from chain.admin.wallets import WalletAdmin

__all__ = ["AttemptAdmin", "NetworkAdmin", "TrailAdmin", "TransactionAdmin", "WalletAdmin"]
