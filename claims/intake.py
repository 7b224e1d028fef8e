"""From what a caller sends to a claim, or to the withdrawal that a token reward pays."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from chain.fields import UINT256_MAX
from claims import limits
from claims.models import Claim, Reward
from orders.intake import FieldError, Refusal, Refused, Wish, check_recipient, invalid, own_wallets
from orders.models import Order
from orders.states import Kind
from withdrawals import intake as withdrawals
from withdrawals.intake import named

Body = Mapping[str, Any]


def wishes(bodies: Sequence[Body], *, unknown: Refusal = Refusal.INVALID) -> list[Wish | Refused]:
    """One for one, with one query for all. Each body has `reward`, `recipient`, `quantity`, `external_id`, `hold` and
    perhaps a `token_id`. `unknown` is how a reward that does not exist is refused.
    """
    rewards = _rewards(bodies)
    nobody = Refused(unknown, "There is no such reward.", errors=[FieldError("reward", "There is no such reward.", "unknown")])
    return [_wish(rewards[name], body) if (name := body["reward"]) in rewards else nobody for body in bodies]


def _rewards(bodies: Sequence[Body]) -> dict[str, Reward]:
    own = own_wallets({body["recipient"] for body in bodies})
    rewards = Reward.objects.select_related("pool", "wallet__sponsor").annotate(own=own)
    return named(rewards, {body["reward"] for body in bodies})


def _wish(reward: Any, body: Body) -> Wish | Refused:
    try:
        return _claim(reward, body) if reward.pool is None else _withdrawal(reward, body)
    except Refused as refused:
        return refused


def _claim(reward: Any, body: Body) -> Wish:
    check_recipient(body["recipient"], own=reward.own, contracts=(reward.contract,))
    _check_fits(reward, body)
    take = partial(limits.take, reward, body["recipient"], body["quantity"])
    return Wish(
        Kind.CLAIM, reward.sender.pk, reward.pk, body["recipient"], partial(_row, reward, body),
        body["external_id"], body["hold"], take,
    )  # fmt: skip


def _check_fits(reward: Reward, body: Body) -> None:
    """Refuse what the reward's call has no place for: it would be paid wrongly. Raises Refused."""
    template = str(reward.arguments)
    if body["quantity"] != 1 and "{quantity}" not in template and "{amount}" not in template:
        raise invalid("quantity", "A claim of this reward is one unit.")
    if ("{token_id}" in template) != ("token_id" in body):
        says = "needs a token id" if "{token_id}" in template else "has no choice of token"
        raise invalid("token_id", f"This reward {says}.")


def _withdrawal(reward: Any, body: Body) -> Wish:
    """A token reward: the amount times the quantity, from its pool."""
    if "token_id" in body:
        raise invalid("token_id", "A token reward has no token ids.")
    amount = reward.amount * body["quantity"]
    if amount > UINT256_MAX:
        raise invalid("quantity", "The amount would exceed 2^256 - 1.")
    wish = withdrawals.wish(
        reward.pool, body["recipient"], amount, external_id=body["external_id"], hold=body["hold"], own=reward.own
    )

    def take() -> None:
        wish.take()
        limits.take(reward, body["recipient"], body["quantity"])

    return replace(wish, take=take)


def _row(reward: Reward, body: Body, order: Order) -> Claim:
    minter = None if reward.sender == reward.wallet else reward.wallet
    return Claim(
        order=order, reward=reward, recipient=body["recipient"], quantity=body["quantity"], token_id=body.get("token_id"),
        minter=minter,
    )  # fmt: skip
