"""One node's eyes on the cluster: what it takes for processed, confirmed and finalized, and how far it lags behind."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from solders.account import Account
from solders.pubkey import Pubkey

from local.solana.blocks import MOST_BLOCKS, Block, Entry
from local.solana.faults import Faults
from local.solana.ledger import Ledger
from local.solana.refusals import BEHIND, MIN_SLOT, PARAMS, Refusal

UNHEALTHY = 128  # slots behind
_CACHED = 300  # slots for which statuses are known without a search of history


class Commitment(StrEnum):
    PROCESSED = "processed"
    CONFIRMED = "confirmed"
    FINALIZED = "finalized"


@dataclass(frozen=True, slots=True)
class Lags:
    """After how many slots a block is confirmed and finalized."""

    confirmed: int = 2
    finalized: int = 32

    def of(self, commitment: Commitment) -> int:
        lags = {Commitment.PROCESSED: 0, Commitment.CONFIRMED: self.confirmed, Commitment.FINALIZED: self.finalized}
        return lags[commitment]


@dataclass(slots=True)
class Node:
    ledger: Ledger
    lags: Lags
    faults: Faults = field(default_factory=Faults)
    questions: Counter[str] = field(default_factory=Counter)  # by method, those of tests left out

    def block(self, commitment: Commitment) -> Block:
        """The last block that it is sure of to this degree."""
        return self.ledger.chain.at(self.ledger.slot - self.faults.behind - self.lags.of(commitment))

    def asked(self, options: dict[str, Any]) -> Block:
        """The block that a question's options mean. Raises Refusal: not so far yet, or no such commitment."""
        block = self.block(commitment(options.get("commitment")))
        least = options.get("minContextSlot", 0)
        if not isinstance(least, int) or isinstance(least, bool):
            raise Refusal(PARAMS, "Invalid params: minContextSlot is no number.")
        if block.slot < least:
            raise Refusal(MIN_SLOT, "Minimum context slot has not been reached", {"contextSlot": block.slot})
        return block

    def account(self, key: Pubkey, block: Block) -> Account | None:
        return self.ledger.accounts.at(key, block.slot)

    def accepts(self, blockhash: bytes, block: Block) -> bool:
        return self.ledger.chain.accepts(blockhash, block.height)

    def last_height(self, block: Block) -> int:
        """As a node says it of a block's own hash. A transaction can still enter the block right after that height."""
        return block.height + MOST_BLOCKS

    def find(self, signature: str, sure: Commitment) -> tuple[Block, Entry] | None:
        return self.ledger.chain.find(signature, self.block(sure).slot)

    def status(self, signature: str, *, history: bool) -> dict[str, Any] | None:
        newest = self.block(Commitment.PROCESSED)
        found = self.ledger.chain.find(signature, newest.slot)
        if found is None or (not history and found[0].slot < newest.slot - _CACHED):
            return None
        block, entry = found
        err, sure = entry.result.err, self.sure_of(block)
        above = None if sure is Commitment.FINALIZED else newest.height - block.height
        status = {"Ok": None} if err is None else {"Err": err}
        return {"slot": block.slot, "confirmations": above, "err": err, "status": status, "confirmationStatus": sure}

    def sure_of(self, block: Block) -> Commitment:
        surest = (Commitment.FINALIZED, Commitment.CONFIRMED)
        return next((one for one in surest if block.slot <= self.block(one).slot), Commitment.PROCESSED)

    def check_health(self) -> None:
        """Raises Refusal when it lags too far behind."""
        if (slots := self.faults.behind) > UNHEALTHY:
            raise Refusal(BEHIND, f"Node is behind by {slots} slots", {"numSlotsBehind": slots})


def commitment(name: Any) -> Commitment:
    """`finalized` when nothing is said. Raises Refusal."""
    try:
        return Commitment(name or Commitment.FINALIZED)
    except ValueError:
        words = f"Invalid params: unknown variant `{name}`, expected one of `processed`, `confirmed`, `finalized`."
        raise Refusal(PARAMS, words) from None
