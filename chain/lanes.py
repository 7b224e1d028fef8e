"""The lane of any wallet, by the family of its network. Solana's libraries are loaded only where a wallet is on it."""

from uuid import UUID

from chain.lane import Lane
from chain.models import Wallet
from chain.seat import Memo, Seat
from chain.states import Family


def open_lane(wallet_id: UUID, memo: Memo) -> Seat | None:
    """As `Seat.open`: None at once if anybody else holds it."""
    if Wallet.objects.filter(pk=wallet_id, network__family=Family.SOLANA).exists():
        from chain.solana.lane import SolanaLane  # noqa: PLC0415 - 10 MB of solders

        return SolanaLane.open(wallet_id, memo)
    return Lane.open(wallet_id, memo)
