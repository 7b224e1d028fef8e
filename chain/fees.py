"""What a transaction may cost. Pure; every amount is in wei per gas.

Two numbers return below. A base fee rises by at most an eighth a block (EIP-1559), so twice the base fee
survives about six full blocks. Pools take a replacement whose every fee field is a tenth higher (geth, Besu,
Nethermind) or an eighth (old Parity), so a bump is an eighth.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from chain.errors import ChainError


class FeeKind(StrEnum):
    """How a network prices gas; one wallet never mixes them, because pools refuse that."""

    EIP1559 = "eip1559"
    LEGACY = "legacy"
    SOLANA = "solana"  # A fixed fee a signature, and a price a compute unit on top, in micro-lamports (`chain.solana.fees`).


@dataclass(frozen=True, slots=True)
class Market:
    """What a node says gas costs, in wei. `base_fee` is the next block's, None where the chain has none."""

    base_fee: int | None
    tip: int
    gas_price: int


@dataclass(frozen=True, slots=True)
class Fees:
    """What an attempt offers, in wei per gas. For legacy `max_fee` is the gas price and `tip` is 0."""

    kind: FeeKind
    max_fee: int
    tip: int


class AboveCeiling(ChainError):
    """Gas costs more than the ceiling allows."""

    def __init__(self, price: int, ceiling: int) -> None:
        super().__init__(f"Gas costs {_gwei(price)} gwei, over the ceiling of {_gwei(ceiling)} gwei.")
        self.price = price
        self.ceiling = ceiling


class NoBaseFee(ChainError):
    """The node reports no base fee, so this network has no EIP-1559 fees: set its fee kind to legacy."""


def price(market: Market, kind: FeeKind) -> int:
    """What inclusion in the next block costs, in wei per gas. Raises NoBaseFee."""
    return market.gas_price if kind is FeeKind.LEGACY else _base_fee(market) + market.tip


def quote(market: Market, kind: FeeKind, ceiling: int | None) -> Fees:
    """What a first attempt offers under a ceiling (wei, None is no limit). Raises AboveCeiling, NoBaseFee."""
    cost = price(market, kind)
    if ceiling is not None and cost > ceiling:
        raise AboveCeiling(cost, ceiling)
    if kind is FeeKind.LEGACY:
        return Fees(kind, cost, 0)
    generous = cost + _base_fee(market)
    return Fees(kind, generous if ceiling is None else min(generous, ceiling), market.tip)


def bump(highest: Fees, market: Market, ceiling: int | None) -> Fees | None:
    """What a replacement must offer to push out `highest`, or None where the ceiling (wei) forbids it.

    None means: sign nothing, send the same bytes again. Raises NoBaseFee.
    """
    try:
        wanted = quote(market, highest.kind, ceiling)
    except AboveCeiling:
        return None
    max_fee = max(wanted.max_fee, _raised(highest.max_fee))
    if ceiling is not None and max_fee > ceiling:
        return None
    tip = 0 if highest.kind is FeeKind.LEGACY else max(wanted.tip, _raised(highest.tip))
    return Fees(highest.kind, max_fee, tip)


def with_tip_up_to(market: Market, most: int | None) -> Market:
    """The market of somebody who offers no higher tip than this (wei, None is no limit)."""
    return market if most is None or market.tip <= most else replace(market, tip=most)


def highest(fees: Iterable[Fees]) -> Fees:
    """The highest of each field over one nonce's attempts. Raises ValueError for none, or mixed kinds."""
    attempts = list(fees)
    (kind,) = {attempt.kind for attempt in attempts}
    return Fees(kind, max(attempt.max_fee for attempt in attempts), max(attempt.tip for attempt in attempts))


def _base_fee(market: Market) -> int:
    if market.base_fee is None:
        raise NoBaseFee
    return market.base_fee


def _raised(fee: int) -> int:
    """An eighth more, rounded up, at least 1 wei: geth wants each field strictly higher, a tip of 0 too."""
    return max(-(-fee * 9 // 8), 1)


def _gwei(wei: int) -> str:
    """Exact, without zeros that say nothing."""
    return f"{wei / 10**9:.9f}".rstrip("0").rstrip(".")
