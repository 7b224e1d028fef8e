"""What became of a signed transaction, by the nodes' words. Pure; `chain.solana.observing` asks and writes.

A signature is in a block that may still be dropped (processed, confirmed), in one that stays (finalized), or in none that the
node knows of. The last proves something only above the last valid height, and only if all nodes say so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chain import base58
from chain.errors import RpcUnavailable
from chain.models import Attempt, Transaction
from chain.solana import ids, minted
from chain.solana.minted import Minted
from chain.states import Outcome, RequestOutcome

_NOOPS = {str(ids.SPL_NOOP), str(ids.MPL_NOOP)}


@dataclass(frozen=True, slots=True)
class Landing:
    """A transaction in a finalized block: its slot, its end, what it took (lamports of fee, compute units), its leaves."""

    slot: int
    succeeded: bool
    fee: int
    units: int
    leaves: tuple[Minted, ...] = ()
    error: Any = None


@dataclass(frozen=True, slots=True)
class Landed:
    """A transaction that has come to its end: with a landing, or expired without one."""

    transaction: Transaction
    outcome: Outcome
    attempt: Attempt
    landing: Landing | None = None
    requests: Mapping[UUID, RequestOutcome] = field(default_factory=dict)  # of forwarders, which Solana has none of

    @property
    def gas_used(self) -> int:
        return self.landing.units if self.landing else 0

    @property
    def evidence(self) -> dict[str, object] | None:
        """What an order's history keeps as proof."""
        if self.landing is None:
            return {"hash": self.attempt.hash, "expired_above": self.attempt.last_valid_height}
        return {"hash": self.attempt.hash, "block": self.landing.slot}

    @property
    def facts(self) -> dict[str, object]:
        """The columns of its row."""
        if self.landing is None:
            return {}
        return {
            "mined_hash": self.attempt.hash,
            "block_number": self.landing.slot,
            "gas_used": self.landing.units,
            "fee": self.landing.fee,
        }


def read(answer: Mapping[str, Any]) -> Landing:
    """A node's answer to getTransaction. Raises RpcUnavailable for one that is no such answer."""
    try:
        meta, message = answer["meta"], answer["transaction"]["message"]
        loaded = meta.get("loadedAddresses") or {"writable": [], "readonly": []}
        keys = [*message["accountKeys"], *loaded["writable"], *loaded["readonly"]]
        calls = _noop_calls(meta.get("innerInstructions") or [], keys)
        error = meta["err"]
        leaves = tuple(minted.read(calls)) if error is None else ()
        return Landing(
            int(answer["slot"]), error is None, int(meta["fee"]), int(meta.get("computeUnitsConsumed") or 0), leaves, error
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise RpcUnavailable("The node's transaction has not the form of one.") from error


def _noop_calls(inner: Sequence[Any], keys: Sequence[str]) -> Iterator[bytes]:
    for outer in inner:
        for call in outer["instructions"]:
            if keys[call["programIdIndex"]] in _NOOPS:
                yield base58.decode(call["data"])
