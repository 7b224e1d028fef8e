"""What the lane decides, as pure functions of facts. The lane itself only carries the decisions out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID

from chain.errors import SendAnswer
from chain.events import Log
from chain.evm.answers import Receipt, Snapshot
from chain.fees import Market, price
from chain.models import Attempt, Network, Transaction
from chain.states import UNMINED, AttemptKind, Outcome, RequestOutcome, TransactionStatus, Waiting
from look.values import decimal_text

REBROADCAST_AFTER = timedelta(seconds=20)

# Nothing a node says takes a nonce back; these only tell that this node does not hold the bytes.
REFUSED = frozenset(
    {
        SendAnswer.NONCE_HIGH,
        SendAnswer.UNDERPRICED,
        SendAnswer.FUNDS,
        SendAnswer.POOL_FULL,
        SendAnswer.FEE_CAP,
        SendAnswer.INVALID,
        SendAnswer.RESERVED,
    }
)
WAITS_FOR = {SendAnswer.FUNDS: Waiting.FUNDS, SendAnswer.UNDERPRICED: Waiting.GAS}
ACCEPTED = frozenset({SendAnswer.ACCEPTED, SendAnswer.KNOWN})


class End(Protocol):
    """A transaction that has come to its end, on a network of any family. `facts` are columns of its row."""

    @property
    def transaction(self) -> Transaction: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def requests(self) -> Mapping[UUID, RequestOutcome]: ...
    @property
    def gas_used(self) -> int: ...
    @property
    def evidence(self) -> dict[str, object] | None: ...
    @property
    def facts(self) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Landed:
    """A transaction that is final, and which of its attempts it was. A stranger's end has neither attempt nor receipt.

    `requests` has, by order, what became of the signed requests that it carried.
    """

    transaction: Transaction
    outcome: Outcome
    attempt: Attempt | None = None
    receipt: Receipt | None = None
    requests: Mapping[UUID, RequestOutcome] = field(default_factory=dict)

    @property
    def gas_used(self) -> int:
        return self.receipt.gas_used if self.receipt else 0

    @property
    def evidence(self) -> dict[str, object] | None:
        """What an order's history keeps as proof."""
        return {"hash": self.receipt.tx_hash, "block": self.receipt.block_number} if self.receipt else None

    @property
    def logs(self) -> Sequence[Log]:
        return self.receipt.logs if self.receipt else ()

    @property
    def facts(self) -> dict[str, object]:
        """The columns of its row."""
        return facts_of(self.receipt) if self.receipt else {}


def is_final(receipt: Receipt, snapshot: Snapshot, network: Network) -> bool:
    """Deep enough that it will not leave the chain: the `finalized` tag where the network has it, else its depth in blocks."""
    if network.uses_finalized_tag:
        return snapshot.finalized_number is not None and receipt.block_number <= snapshot.finalized_number
    return snapshot.head_number - receipt.block_number + 1 >= network.confirmations


def outcome_of(attempt: Attempt, receipt: Receipt) -> Outcome:
    """Judged by what mined: a cancellation is one only if the empty transaction itself took the nonce."""
    if attempt.kind == AttemptKind.CANCEL:
        return Outcome.CANCELLED
    return Outcome.SUCCEEDED if receipt.succeeded else Outcome.REVERTED


def mined_attempt(transaction: Transaction, receipts: Mapping[str, Receipt]) -> tuple[Attempt, Receipt] | None:
    for attempt in transaction.attempts.all():
        if receipt := receipts.get(attempt.hash):
            return attempt, receipt
    return None


def best_attempt(transaction: Transaction) -> Attempt:
    """The dearest payload: the one nodes would keep. Fees only ever rise, so it is the youngest."""
    return max(transaction.attempts.all(), key=lambda attempt: attempt.pk)


def room(transactions: Iterable[Transaction], max_in_flight: int) -> int:
    """How many more may be signed and sent before something is mined."""
    return max(0, max_in_flight - sum(transaction.status in UNMINED for transaction in transactions))


def refused(transactions: Iterable[Transaction]) -> bool:
    """Whether something signed was not taken by a node, or after an eviction not taken again.

    Then nothing is signed after it: a gap would block all that follows.
    """
    return any(transaction.status == TransactionStatus.SIGNED or _turned_away(transaction) for transaction in transactions)


def _turned_away(transaction: Transaction) -> bool:
    return transaction.status == TransactionStatus.SENT and best_attempt(transaction).answer in REFUSED


def behind(snapshot: Snapshot, next_nonce: int, transactions: Sequence[Transaction]) -> str:
    """Why nothing new may be signed on what this node says: it has not seen all that has been mined. Empty when it has.

    Either it lags, or blocks are being reorganised; both pass, and meanwhile only stored bytes are sent again.
    """
    ours = [transaction.nonce + 1 for transaction in transactions if transaction.status == TransactionStatus.MINED]
    settled = min([transaction.nonce for transaction in transactions], default=next_nonce)
    known = max([settled, *ours])
    if snapshot.nonce >= known:
        return ""
    return f"The node has seen {snapshot.nonce} transactions of this wallet, and {known} have been mined."


def below_minimum(balance: int, minimum: int | None, currency: str, decimals: int = 18) -> str:
    """Why nothing new may be signed with so little coin; both in wei (lamports). Empty: it is enough, or nobody set one.

    What is on its way is still looked after: it may need the rest.
    """
    if minimum is None or balance >= minimum:
        return ""
    return f"It has {coins(balance, currency, decimals)}, and its minimum is {coins(minimum, currency, decimals)}."


def coins(wei: int, currency: str, decimals: int = 18) -> str:
    """All of it, for people: 1500000000000000000, ETH -> 1.5 ETH."""
    return f"{decimal_text(wei, decimals)} {currency}"


def moment(seconds: int) -> datetime | None:
    """When a block was made, by its own word in Unix seconds; None where that is no time at all."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def needs_broadcast(transaction: Transaction, silent_for: timedelta | None) -> bool:
    """Signed and never answered, or sent so long ago that nodes may have dropped it."""
    if transaction.status == TransactionStatus.SIGNED:
        return True
    return transaction.status == TransactionStatus.SENT and (silent_for is None or silent_for > REBROADCAST_AFTER)


def needs_bump(attempt: Attempt, age: timedelta | None, market: Market, network: Network) -> bool:
    """Unmined for long, or refused by the node, while the market asks for more; or for very long whatever the market says."""
    fees = attempt.fees
    too_cheap = fees.max_fee < price(market, fees.kind) or fees.tip < market.tip
    if too_cheap and attempt.answer == SendAnswer.UNDERPRICED:
        return True
    patience = timedelta(seconds=network.bump_after)
    return age is not None and (age > 5 * patience or (too_cheap and age >= patience))


def in_nonce_order(transactions: Iterable[Transaction]) -> Sequence[Transaction]:
    return sorted(transactions, key=lambda transaction: transaction.nonce)


def facts_of(receipt: Receipt) -> dict[str, object]:
    """The columns of a transaction that a receipt fills."""
    return {
        "mined_hash": receipt.tx_hash,
        "block_number": receipt.block_number,
        "block_hash": receipt.block_hash,
        "gas_used": receipt.gas_used,
        "gas_price": receipt.gas_price,
    }
