"""How much coin a wallet must have: the levels, and a lane that signs nothing new below the minimum."""

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic

from chain import decisions
from chain.models import Wallet
from chain.trail import Trail
from tests.factories import make_wallet

COIN = 10**18


@pytest.mark.parametrize(
    ("balance", "minimum", "said"),
    [
        (0, None, ""),
        (COIN, COIN, ""),
        (COIN + 1, COIN, ""),
        (COIN - 1, COIN, "It has 0.999999999999999999 ETH, and its minimum is 1 ETH."),
        (0, 1, "It has 0 ETH, and its minimum is 0.000000000000000001 ETH."),
    ],
)
def test_below_the_minimum(balance: int, minimum: int | None, said: str) -> None:
    assert decisions.below_minimum(balance, minimum, "ETH") == said


def test_a_block_says_when_it_was_made_and_may_say_nonsense() -> None:
    assert decisions.moment(1_700_000_000) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [decisions.moment(seconds) for seconds in (2**63, 2**256 - 1)] == [None, None]


@pytest.mark.django_db
def test_the_alert_is_not_below_the_minimum() -> None:
    wallet = make_wallet(minimum_balance=5, alert_balance=5)
    wallet.alert_balance = 4
    with pytest.raises(ValidationError, match="below the minimum") as refused:
        wallet.full_clean()
    assert list(refused.value.message_dict) == ["alert_balance"]
    with pytest.raises(IntegrityError, match="wallet_alert_is_not_below_minimum"), atomic():
        wallet.save()


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["minimum_balance", "alert_balance"])
@pytest.mark.parametrize("wei", [-1, 2**256])
def test_a_level_is_an_amount(column: str, wei: int) -> None:
    with pytest.raises(IntegrityError, match=f"wallet_{column}_uint256"), atomic():
        make_wallet(**{column: wei})


@pytest.mark.django_db(transaction=True)
def test_who_changes_a_level_stands_in_the_trail() -> None:
    wallet = make_wallet()
    Wallet.objects.filter(pk=wallet.pk).update(minimum_balance=5)
    row = Trail.objects.get(subject="chain_wallet", action="update")
    assert (row.before, row.after) == ({"minimum_balance": None}, {"minimum_balance": 5})
