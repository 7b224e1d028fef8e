"""Trying a transaction out before anything of it is signed: what it would take, or why it would fail."""

from dataclasses import dataclass
from typing import Any

from chain.errors import RpcUnavailable
from chain.solana import fees
from chain.solana.cluster import Cluster
from chain.solana.draft import Draft
from chain.solana.errors import Fault, fault
from chain.solana.rpc import Commitment, Rpc


@dataclass(frozen=True, slots=True)
class Tried:
    """`units` of compute to ask for; `lamports` that leave the wallet besides the fee (rent, fees of programs)."""

    units: int = 0
    lamports: int = 0
    fault: Fault | None = None


def try_out(cluster: Cluster, draft: Draft, price: int) -> Tried:
    """By the first node that answers, on its newest confirmed state. Raises RpcUnavailable, RpcError."""
    return cluster.ask(lambda node: _try(node, draft, price))


def _try(node: Rpc, draft: Draft, price: int) -> Tried:
    wallet = draft.payer
    before = node.balance(wallet, Commitment.CONFIRMED)
    answer = node.simulate(draft.unsigned(price), Commitment.CONFIRMED, [wallet])
    if answer.get("err") is not None:
        return Tried(fault=fault(answer["err"]))
    fee = fees.cost(draft.signatures, fees.MOST_UNITS, price)
    return Tried(fees.limit(_units(answer), len(draft.instructions)), max(0, before - fee - _after(answer)))


def _units(answer: dict[str, Any]) -> int:
    units = answer.get("unitsConsumed")
    if not isinstance(units, int):
        raise RpcUnavailable("The node's try-out does not tell its compute units.")
    return units


def _after(answer: dict[str, Any]) -> int:
    """The wallet's lamports after it."""
    try:
        return int(answer["accounts"][0]["lamports"])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise RpcUnavailable("The node's try-out does not show the wallet.") from error
