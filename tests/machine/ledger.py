"""What the machine's chain holds after a block: coins, tokens, polls, badges, and every payment ever made on it.

The payments are the truth that the database is held against. They are written by the contracts themselves as they move money,
and read from no event, so that a decoder that errs cannot hide behind itself.
"""

from dataclasses import dataclass, field, replace
from typing import NamedTuple


class Payment(NamedTuple):
    """`amount` is what was asked for: base units, or badges. What arrives is less where a token keeps a fee."""

    asset: str
    recipient: str
    amount: int
    tx_hash: str


class Poll(NamedTuple):
    amount: int
    beneficiary: str
    finalized: bool = False


@dataclass(slots=True)
class Ledger:
    """Copied for each block, so that a reorganisation brings an older one back."""

    coins: dict[str, int] = field(default_factory=dict)  # wei
    tokens: dict[str, int] = field(default_factory=dict)  # base units
    polls: dict[int, Poll] = field(default_factory=dict)
    badges: int = 0
    payments: tuple[Payment, ...] = ()

    def copy(self) -> "Ledger":
        return replace(self, coins=dict(self.coins), tokens=dict(self.tokens), polls=dict(self.polls))

    def become(self, other: "Ledger") -> None:
        self.coins, self.tokens, self.polls = other.coins, other.tokens, other.polls
        self.badges, self.payments = other.badges, other.payments
