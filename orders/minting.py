"""How orders for NFTs become calls of their contract, and how a receipt's events settle them: the same for claims and items.

What is configured (function, argument template, strategy, standard) is a drop's: a reward or a collection. What is wanted is in
each order's details. Pure.
"""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from django.db.models import TextChoices

from chain import strategies
from chain.calls import Call, Signature
from chain.events import Emitted, Log, Mint, erc721_mint_topics, erc721_mints, erc1155_mint_topics, erc1155_mints
from chain.models import Network
from chain.strategies import Strategy
from chain.templates import fill, fill_batch
from orders.payments import Owed, Payment, Source, Step
from orders.queue import Batch, Question, Verdict
from orders.states import Status
from orders.together import aggregate, unproven

OWNED721 = Signature.parse("balanceOf(address owner)")
OWNED1155 = Signature.parse("balanceOf(address owner, uint256 id)")


class Standard(TextChoices):
    """Whose events, from the zero address, prove a mint: ERC-721's `Transfer` or ERC-1155's two."""

    ERC721 = "erc721", "ERC-721"
    ERC1155 = "erc1155", "ERC-1155"


class Drop(Protocol):
    """What a reward and a collection have in common: a contract on an EVM network, and how it is called."""

    contract: str
    standard: str
    strategy: str
    arguments: Any
    needs_role: bool
    batch_size: int

    @property
    def network(self) -> Network: ...
    @property
    def signature(self) -> Signature: ...
    @property
    def error_signatures(self) -> list[Signature]: ...


class Wanted(Protocol):
    """What a claim and an item have in common: who is to get how many, of which token if it matters, and what was minted."""

    recipient: str
    quantity: int
    token_id: Any
    token_ids: Any

    @property
    def pk(self) -> UUID: ...


Fields = Mapping[str, Any]
"""What an argument template may name, of one order."""


# -- calls -----------------------------------------------------------------------------------------------------------------


def size(drop: Drop) -> int:
    """How many of its orders may share a transaction."""
    return 1 if drop.strategy == Strategy.SINGLE else drop.batch_size


def batch(drop: Drop, details: Sequence[Wanted], rows: Sequence[Fields]) -> Batch:
    """The calls of these orders of one drop; `rows` are their fields. Raises ChainError."""
    calls = [_alone(drop, row) for row in rows]

    def combine(positions: Sequence[int], *, allow_failure: bool = True) -> Call:
        match Strategy(drop.strategy):
            case Strategy.BATCH:
                return _array_call(drop, [rows[i] for i in positions])
            case Strategy.AGGREGATE3:
                return aggregate(drop.network.multicall3, calls)(positions, allow_failure=allow_failure)
            case _:
                return strategies.multicall(drop.contract, [calls[i] for i in positions])

    errors = drop.error_signatures
    if drop.strategy == Strategy.SINGLE:
        return Batch(details, calls, errors=errors)
    return Batch(details, calls, combine, partial(combine, allow_failure=False), errors)


def _alone(drop: Drop, row: Fields) -> Call:
    if drop.strategy == Strategy.BATCH:
        return _array_call(drop, [row])
    signature = drop.signature
    return Call(drop.contract, signature.encode(fill(drop.arguments, signature.types, row, known=row.keys())))


def _array_call(drop: Drop, rows: Sequence[Fields]) -> Call:
    signature = drop.signature
    return Call(drop.contract, signature.encode(fill_batch(drop.arguments, signature.types, rows, known=rows[0].keys())))


# -- events ----------------------------------------------------------------------------------------------------------------


def read(drop: Drop, details: Sequence[Wanted], logs: Sequence[Log]) -> list[Verdict]:
    """Give each order the mints that are its own: to its recipient, of its token, as many as it ordered, first come first."""
    unclaimed: dict[str, deque[Mint]] = defaultdict(deque)
    for mint in _mints(drop, logs):
        unclaimed[mint.recipient].append(mint)
    paid = [_take(wanted, unclaimed[wanted.recipient]) for wanted in details]
    left_over = any(unclaimed.values())
    proven = any(paid)
    pairs = zip(details, paid, strict=True)
    return [_verdict(drop, wanted, mine, proven=proven, left_over=left_over) for wanted, mine in pairs]


def _mints(drop: Drop, logs: Sequence[Log]) -> list[Mint]:
    return (erc1155_mints if drop.standard == Standard.ERC1155 else erc721_mints)(logs, drop.contract)


def _take(wanted: Wanted, mints: deque[Mint]) -> list[Mint]:
    """Take the mints that make up this order, or none when they do not add up to it."""
    mine: list[Mint] = []
    count = 0
    for mint in list(mints):
        if wanted.token_id is not None and mint.token_id != wanted.token_id:
            continue
        if count + mint.quantity <= wanted.quantity:
            mine.append(mint)
            count += mint.quantity
        if count == wanted.quantity:
            break
    if count != wanted.quantity:
        return []
    for mint in mine:
        mints.remove(mint)
    return mine


def _verdict(drop: Drop, wanted: Wanted, mine: Sequence[Mint], *, proven: bool, left_over: bool) -> Verdict:
    if mine:
        return Verdict(wanted.pk, Status.COMPLETED, facts={"token_ids": sorted({mint.token_id for mint in mine})})
    token = "" if wanted.token_id is None else f" of token {wanted.token_id}"
    what = f"no event mints {wanted.quantity}{token} for {wanted.recipient}"
    alone_may_fail = drop.strategy == Strategy.AGGREGATE3
    return unproven(wanted.pk, what, alone_may_fail=alone_may_fail, proven=proven, left_over=left_over)


# -- the other way: what the chain shows of mints --------------------------------------------------------------------------


def source(drop: Drop, recipient: str | None = None) -> Source:
    """Mints on the drop's contract, by whomever."""
    topics = erc1155_mint_topics if drop.standard == Standard.ERC1155 else erc721_mint_topics
    return Source(drop.contract, topics(recipient), partial(_payments, drop), guarded=drop.needs_role)


def _payments(drop: Drop, emitted: Sequence[Emitted]) -> list[Payment]:
    return [
        Payment(
            Step.PAID, drop.contract, each.tx_hash, each.block_number,
            mint.recipient, mint.quantity, mint.token_id, mint.log_index,
        )
        for each in emitted
        for mint in _mints(drop, [each.log])
    ]  # fmt: skip


def owed(drop: Drop, wanted: Wanted) -> Owed:
    ordered = None if wanted.token_id is None else [wanted.token_id]
    token_ids = ordered if wanted.token_ids is None else wanted.token_ids
    known = None if token_ids is None else tuple(map(int, token_ids))
    return Owed(drop.contract, wanted.recipient, wanted.quantity, known)


def owned(drop: Drop, wanted: Wanted) -> list[Question]:
    """How many the recipient owns, which alone proves nothing. An ERC-1155 contract tells that of one token only."""
    owner = wanted.recipient
    if drop.standard == Standard.ERC721:
        return [Question("owned", Call(drop.contract, OWNED721.encode([owner])))]
    if wanted.token_id is None:
        return []
    return [Question("owned", Call(drop.contract, OWNED1155.encode([owner, int(wanted.token_id)])))]
