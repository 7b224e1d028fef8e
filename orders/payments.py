"""What the chain shows of payments, in words that fit every kind of order. Pure.

An order's own receipt settles it (`Queue.read`). This is the other direction: from everything a contract has ever emitted to
who was given what, whoever asked for it. The audit and the safe-retry gate read it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chain.events import Emitted, Topics


class Step(StrEnum):
    """PAID: somebody has it. PROPOSED: an asset pool has made a poll, which its managers, or a second transaction, pay out."""

    PROPOSED = "proposed"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Payment:
    """One thing that somebody was given, or is to be given, in one transaction.

    `contract` is the badge, token or asset pool; empty for native coin. `amount` is a quantity of badges, base units or wei;
    None, as `recipient` is empty, where a proposal does not name them. `token_id` is the badge's or the poll's id.
    `log_index` is the log's place in its block, None for native coin, which has no log.
    """

    step: Step
    contract: str
    tx_hash: str
    block_number: int
    recipient: str
    amount: int | None
    token_id: int | None = None
    log_index: int | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What one order must come to on the chain: each of `steps` once, with this amount to this recipient.

    `token_ids` are those that were minted (or the poll's id), where that is stored already, else those that were ordered;
    None where any will do. `named`: they are this order's alone, as a signature id is, so that a payment with another one is
    none of its.
    """

    contract: str
    recipient: str
    amount: int
    token_ids: tuple[int, ...] | None = None
    steps: tuple[Step, ...] = (Step.PAID,)
    named: bool = False

    def excludes(self, payment: Payment) -> bool:
        """Whether the payment is certainly not this order's, whoever asked for it."""
        return self.named and payment.token_id is not None and payment.token_id not in (self.token_ids or ())


@dataclass(frozen=True, slots=True)
class Source:
    """Where payments of one group show: logs of `contract` that fit `topics` (as `eth_getLogs` takes them).

    Rewards may share a contract, so a payment read here may be another group's. Without topics there is no event: native
    coin, whose payments are the wallet's own transactions (`native`). `guarded`: nobody but wallets of ours should make such.
    """

    contract: str
    topics: Topics
    read: Callable[[Sequence[Emitted]], list[Payment]]
    guarded: bool = True


def native(tx_hash: str, block_number: int, recipient: str, wei: int) -> Payment:
    """The payment that a successful transaction of native coin is by itself."""
    return Payment(Step.PAID, "", tx_hash, block_number, recipient, wei)
