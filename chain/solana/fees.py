"""What a transaction costs on Solana: a fixed fee a signature, and a price a compute unit that moves it up. Pure."""

from collections.abc import Sequence
from statistics import quantiles

from chain.errors import ChainError
from chain.fees import FeeKind, Fees

SIGNATURE = 5_000  # lamports
MICRO = 1_000_000  # micro-lamports in a lamport
MOST_UNITS = 1_400_000  # in one transaction
_SPARE = 5  # a fifth more units than the try-out took: what it read may have changed
# ... and so many an instruction: Bubblegum looks for the address of a leaf's asset by trying, at 1,500 units a try; how many it
# takes depends on the index, which is not known yet. Thirteen tries more than in the try-out: once in 8,000 mints.
_SEARCH = 20_000


class PriorityAboveCeiling(ChainError):
    """Priority costs more than the ceiling allows."""

    def __init__(self, price: int, ceiling: int) -> None:
        super().__init__(f"Priority costs {price:,} micro-lamports a compute unit, over the ceiling of {ceiling:,}.")


def quote(recent: Sequence[int], ceiling: int | None) -> Fees:
    """What most others paid of late for the same accounts, in micro-lamports a unit. Raises PriorityAboveCeiling."""
    price = int(quantiles(recent, n=4)[2]) if len(recent) > 1 else sum(recent)
    if ceiling is not None and price > ceiling:
        raise PriorityAboveCeiling(price, ceiling)
    return Fees(FeeKind.SOLANA, price, 0)


def limit(units: int, instructions: int) -> int:
    """The compute units to ask for, where a try-out of so many instructions took `units`."""
    return min(MOST_UNITS, units + units // _SPARE + _SEARCH * instructions)


def cost(signatures: int, units: int, price: int) -> int:
    """Lamports of the fee: of the signatures, and of all units that are asked for, used or not."""
    return SIGNATURE * signatures + -(-units * price // MICRO)
