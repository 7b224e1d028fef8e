"""What minting so many leaves will cost, before anything is paid: from what the programs take, and from what fits together.

Rent and protocol fees are those of mainnet; what a lane pays is what the chain's own simulation says.
"""

from dataclasses import dataclass, replace

from solders.keypair import Keypair

from chain.solana import draft, fees, minting
from chain.solana.trees import Shape
from chain.solana.wanted import Leaf, Program

# Lamports beside the fee of a signature.
_MINT_FEE = {Program.MINT_V2: 90_000, Program.MINT_V2_TO_CORE: 90_000}
_COLLECTION = {Program.MINT_TO_COLLECTION_V1: 19_656_560, Program.MINT_V2_TO_CORE: 1_750_000}
_FILED = frozenset(_COLLECTION)
_MOST_TOGETHER = 12  # mints; more never fit into one transaction
_UNITS_A_MINT = 85_000  # compute units that are asked for, at most


@dataclass(frozen=True, slots=True)
class Estimate:
    """Lamports, but for `transactions`. `priority_at_most`: if every transaction went at the ceiling; not in `total`."""

    transactions: int
    rent: int  # of the tree
    collection: int  # rent and fee of the account that items are filed under
    signatures: int
    mints: int  # the protocol's fee for them
    priority_at_most: int | None

    @property
    def total(self) -> int:
        return self.rent + self.collection + self.signatures + self.mints


def estimate(longest: Leaf, items: int, shape: Shape, ceiling: int | None) -> Estimate:
    """`longest` is the item that takes most bytes, `ceiling` of the priority fee in micro-lamports a compute unit."""
    program = longest.program
    minted = -(-items // together(longest))
    opened = 1 + (program in _FILED)  # each signed by the wallet and by the account's own key
    return Estimate(
        transactions=minted + opened,
        rent=shape.rent,
        collection=_COLLECTION.get(program, 0),
        signatures=fees.SIGNATURE * (minted + 2 * opened),
        mints=_MINT_FEE.get(program, 0) * items,
        priority_at_most=None if ceiling is None else fees.cost(0, _UNITS_A_MINT * items, ceiling),
    )


def together(longest: Leaf) -> int:
    """How many such items, each for another owner, fit into one transaction. Raises packing.TooLarge."""
    wallet, tree, collection = (str(Keypair().pubkey()) for _ in range(3))
    filed = collection if longest.program in _FILED else ""
    owned = (replace(longest, owner=str(Keypair().pubkey())) for _ in range(_MOST_TOGETHER))
    return len(next(draft.pack(wallet, [minting.instruction(leaf, wallet, tree, filed) for leaf in owned])))
