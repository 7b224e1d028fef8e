"""How claims become calls, and how a receipt's events settle them."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from chain import strategies
from chain.calls import Call, Signature
from chain.events import Emitted, Log, Mint, erc721_mint_topics, erc721_mints, erc1155_mint_topics, erc1155_mints
from chain.strategies import Strategy
from chain.templates import fill, fill_batch
from claims.limits import give_back
from claims.models import Claim, Reward, Standard
from orders.payments import Owed, Payment, Source, Step
from orders.queue import Batch, Question, Queue, Verdict, paid_question
from orders.states import Kind, Status
from orders.together import aggregate, unproven

OWNED721 = Signature.parse("balanceOf(address owner)")
OWNED1155 = Signature.parse("balanceOf(address owner, uint256 id)")


def size(claim: Claim) -> int:
    return 1 if claim.reward.strategy == Strategy.SINGLE else claim.reward.batch_size


def signer(claim: Claim) -> UUID | None:
    return claim.minter_id


def batch(claims: Sequence[Claim]) -> Batch:
    """The calls of these claims on one reward. Raises ChainError."""
    reward = claims[0].reward
    rows = [fields(claim) for claim in claims]
    calls = [_alone(reward, row) for row in rows]

    def combine(positions: Sequence[int], *, allow_failure: bool = True) -> Call:
        match Strategy(reward.strategy):
            case Strategy.BATCH:
                return _array_call(reward, [rows[i] for i in positions])
            case Strategy.AGGREGATE3:
                return aggregate(reward.network.multicall3, calls)(positions, allow_failure=allow_failure)
            case _:
                return strategies.multicall(reward.contract, [calls[i] for i in positions])

    errors = reward.error_signatures
    if reward.strategy == Strategy.SINGLE:
        return Batch(claims, calls, errors=errors)
    return Batch(claims, calls, combine, partial(combine, allow_failure=False), errors)


def read(claims: Sequence[Claim], logs: Sequence[Log]) -> list[Verdict]:
    """Give each claim the mints that are its own: to its recipient, of its token, as many as it ordered, first come first."""
    mints = _mints(claims[0].reward, logs)
    unclaimed: dict[str, deque[Mint]] = defaultdict(deque)
    for mint in mints:
        unclaimed[mint.recipient].append(mint)
    paid = [_take(claim, unclaimed[claim.recipient]) for claim in claims]
    left_over = any(unclaimed.values())
    proven = any(paid)
    return [_verdict(claim, mine, proven=proven, left_over=left_over) for claim, mine in zip(claims, paid, strict=True)]


def source(reward: Reward, recipient: str | None = None) -> Source:
    """Mints on the reward's contract, by whomever."""
    topics = erc1155_mint_topics if reward.standard == Standard.ERC1155 else erc721_mint_topics
    return Source(reward.contract, topics(recipient), partial(_payments, reward), guarded=reward.needs_role)


def owed(claim: Claim) -> Owed:
    ordered = None if claim.token_id is None else [claim.token_id]
    token_ids = ordered if claim.token_ids is None else claim.token_ids
    known = None if token_ids is None else tuple(map(int, token_ids))
    return Owed(claim.reward.contract, claim.recipient, claim.quantity, known)


def questions(claim: Claim) -> list[Question]:
    """How many the recipient owns, which alone proves nothing; and what the contract itself says, where that is configured."""
    reward, owner = claim.reward, claim.recipient
    deciding = paid_question(reward.contract, reward.paid_view, reward.paid_view_arguments, fields(claim))
    if reward.standard == Standard.ERC721:
        return [Question("owned", Call(reward.contract, OWNED721.encode([owner]))), *deciding]
    if claim.token_id is None:
        return deciding
    return [Question("owned", Call(reward.contract, OWNED1155.encode([owner, int(claim.token_id)]))), *deciding]


def fields(claim: Claim) -> Mapping[str, Any]:
    """What an argument template may name."""
    return {
        "recipient": claim.recipient,
        "quantity": claim.quantity,
        "token_id": claim.token_id,
        "amount": claim.quantity,
        "order_id": claim.pk,
    }


def _alone(reward: Reward, row: Mapping[str, Any]) -> Call:
    if reward.strategy == Strategy.BATCH:
        return _array_call(reward, [row])
    signature = reward.signature
    return Call(reward.contract, signature.encode(fill(reward.arguments, signature.types, row)))


def _array_call(reward: Reward, rows: Sequence[Mapping[str, Any]]) -> Call:
    signature = reward.signature
    return Call(reward.contract, signature.encode(fill_batch(reward.arguments, signature.types, rows)))


def _mints(reward: Reward, logs: Sequence[Log]) -> list[Mint]:
    return (erc1155_mints if reward.standard == Standard.ERC1155 else erc721_mints)(logs, reward.contract)


def _payments(reward: Reward, emitted: Sequence[Emitted]) -> list[Payment]:
    return [
        Payment(
            Step.PAID, reward.contract, each.tx_hash, each.block_number,
            mint.recipient, mint.quantity, mint.token_id, mint.log_index,
        )
        for each in emitted
        for mint in _mints(reward, [each.log])
    ]  # fmt: skip


def _take(claim: Claim, mints: deque[Mint]) -> list[Mint]:
    """Take the mints that make up this claim, or none when they do not add up to it."""
    mine: list[Mint] = []
    count = 0
    for mint in list(mints):
        if claim.token_id is not None and mint.token_id != claim.token_id:
            continue
        if count + mint.quantity <= claim.quantity:
            mine.append(mint)
            count += mint.quantity
        if count == claim.quantity:
            break
    if count != claim.quantity:
        return []
    for mint in mine:
        mints.remove(mint)
    return mine


def _verdict(claim: Claim, mine: Sequence[Mint], *, proven: bool, left_over: bool) -> Verdict:
    if mine:
        return Verdict(claim.pk, Status.COMPLETED, facts={"token_ids": sorted({mint.token_id for mint in mine})})
    alone_may_fail = claim.reward.strategy == Strategy.AGGREGATE3
    what = f"no event mints {claim.quantity} for {claim.recipient}"
    return unproven(claim.pk, what, alone_may_fail=alone_may_fail, proven=proven, left_over=left_over)


QUEUE = Queue(
    Kind.CLAIM,
    Claim,
    "reward",
    "reward__wallet__network",
    size,
    batch,
    read,
    source,
    owed,
    questions=questions,
    on_cancel=give_back,
    signer=signer,
)
