"""How claims become calls, and how a receipt's events settle them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chain.events import Log
from claims.limits import give_back
from claims.models import Claim
from orders import minting
from orders.payments import Owed
from orders.queue import Batch, Question, Queue, Verdict, paid_question
from orders.states import Kind


def size(claim: Claim) -> int:
    return minting.size(claim.reward)


def signer(claim: Claim) -> UUID | None:
    return claim.minter_id


def batch(claims: Sequence[Claim]) -> Batch:
    """The calls of these claims on one reward. Raises ChainError."""
    return minting.batch(claims[0].reward, claims, [fields(claim) for claim in claims])


def read(claims: Sequence[Claim], logs: Sequence[Log]) -> list[Verdict]:
    return minting.read(claims[0].reward, claims, logs)


def owed(claim: Claim) -> Owed:
    return minting.owed(claim.reward, claim)


def questions(claim: Claim) -> list[Question]:
    """How many the recipient owns; and what the contract itself says, where that is configured. Raises ChainError."""
    reward = claim.reward
    deciding = paid_question(reward.contract, reward.paid_view, reward.paid_view_arguments, fields(claim))
    return [*minting.owned(reward, claim), *deciding]


def fields(claim: Claim) -> Mapping[str, Any]:
    """What an argument template may name."""
    return {
        "recipient": claim.recipient,
        "quantity": claim.quantity,
        "token_id": claim.token_id,
        "amount": claim.quantity,
        "order_id": claim.pk,
    }


QUEUE = Queue(
    Kind.CLAIM,
    Claim,
    "reward",
    "reward__wallet__network",
    size,
    batch,
    read,
    minting.source,
    owed,
    questions=questions,
    on_cancel=give_back,
    signer=signer,
)
