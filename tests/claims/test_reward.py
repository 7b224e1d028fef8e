"""What may not be saved as a reward, and why."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from chain.models import Wallet
from claims.models import Reward
from tests.factories import make_pool, make_reward, make_token_reward, make_wallet

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def nft(**over: Any) -> Reward:
    reward: Reward = make_reward(wallet=over.pop("wallet", None) or make_wallet())
    for name, value in over.items():
        setattr(reward, name, value)
    return reward


@pytest.mark.parametrize(
    ("over", "field", "words"),
    [
        ({"contract": ""}, "contract", "needs its contract"),
        ({"strategy": "aggregate3"}, "strategy", "giving the role to Multicall3 would let anybody mint"),
        ({"function": "claim(address"}, "arguments", ""),
        ({"arguments": ["{recipient}"]}, "arguments", ""),
        ({"arguments": ["{nobody}", 1]}, "arguments", "there is no placeholder {nobody}"),
        ({"strategy": "batch"}, "arguments", ""),
        ({"errors": "Refused(address"}, "errors", ""),
        ({"paid_view": "claimed(address)"}, "paid_view_arguments", ""),
        ({"paid_view": "claimed(address", "paid_view_arguments": ["{recipient}"]}, "paid_view_arguments", ""),
    ],
)
def test_what_could_not_be_claimed_is_refused_with_its_field(over: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        nft(**over).clean()
    assert list(caught.value.message_dict) == [field]
    assert words in caught.value.message_dict[field][0]


def test_anybodys_function_may_go_through_multicall3() -> None:
    nft(strategy="aggregate3", needs_role=False).clean()


def test_an_nft_reward_needs_a_minter() -> None:
    with pytest.raises(ValidationError, match="needs the wallet"):
        Reward(name="x").clean()


def test_a_token_reward_pays_from_a_pool() -> None:
    make_token_reward().clean()


@pytest.mark.parametrize(("over", "field"), [({"amount": None}, "amount"), ({"wallet": Wallet(pk=None)}, "wallet")])
def test_a_token_reward_needs_an_amount_and_no_minter(over: dict[str, Any], field: str) -> None:
    reward = Reward(pool=make_pool(), amount=1)
    if field == "wallet":
        over = {"wallet": make_wallet()}
    for name, value in over.items():
        setattr(reward, name, value)
    with pytest.raises(ValidationError) as caught:
        reward.clean()
    assert list(caught.value.message_dict) == [field]


def test_the_database_knows_no_token_reward_without_an_amount() -> None:
    reward = make_token_reward()
    with pytest.raises(IntegrityError, match="reward_is_nft_or_token"):
        Reward.objects.filter(pk=reward.pk).update(amount=None)


def test_no_more_is_taken_than_there_is() -> None:
    reward = make_reward(limit_total=3)
    with pytest.raises(IntegrityError, match="reward_within_total"):
        Reward.objects.filter(pk=reward.pk).update(taken=4)


def test_a_reward_opens_and_closes_by_the_clock() -> None:
    hour = timedelta(hours=1)
    reward = Reward(opens_at=NOW, closes_at=NOW + hour)
    assert [reward.opens_later(NOW - hour), reward.opens_later(NOW)] == [True, False]
    assert [reward.has_closed(NOW), reward.has_closed(NOW + hour)] == [False, True]
    assert Reward(is_open=False).has_closed(NOW)
