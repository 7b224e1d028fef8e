"""The database refuses by itself what no stake may be."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic

from chain.fields import UINT96_MAX
from stakes.models import Stake, StakingContract
from tests.factories import make_stake, make_staking, signed

pytestmark = pytest.mark.django_db


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "values",
    [
        {"amount": 0},
        {"amount": 2**256},
        {"amount": None},
        {"stake_id": None, "action": "restake", "amount": None},
        {"action": "unstake"},
        {"target": UINT96_MAX + 1},
        {"target": -1},
        {"stake_id": UINT96_MAX + 1},
        {"stake_id": 1, "amount": 1},
        {"owner": "0x" + "00" * 20},
        {"owner": "0x12"},
        {"signature_id": ""},
        {"signature_id": "ä" * 16},
        {"signature": b"\1" * 64},
    ],
    ids=str,
)
def test_what_cannot_be_a_stake(values: dict[str, Any]) -> None:
    good = signed(make_staking())
    with pytest.raises(IntegrityError), atomic():
        make_stake(good.staking, signature=values.pop("signature", b"\1" * 65), **values)


@pytest.mark.fault(48)
def test_one_signature_id_twice() -> None:
    first = make_stake()
    with pytest.raises(IntegrityError, match="stake_signature_id_once"), atomic():
        make_stake(first.staking, signature_id=first.signature_id)


@pytest.mark.parametrize(
    "change", [{"amount": 5}, {"owner": "0x90F79bf6EB2c4f870365E785982E1f101E93b906"}, {"signature": b"\2" * 65}], ids=str
)
def test_what_was_signed_never_changes(change: dict[str, Any]) -> None:
    stake = make_stake()
    with pytest.raises(IntegrityError, match="never changes"), atomic():
        Stake.objects.filter(pk=stake.pk).update(**change)


@pytest.mark.parametrize("sql", ["DELETE FROM stakes_stake", "TRUNCATE stakes_stake"])
def test_a_stake_is_never_lost(sql: str) -> None:
    make_stake()
    with atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), atomic():
            cursor.execute(sql)


def test_a_contract_takes_one_order_at_least() -> None:
    with pytest.raises(IntegrityError), atomic():
        make_staking(batch_size=0)
    assert not StakingContract.objects.exists()
