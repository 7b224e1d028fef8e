"""What a reward, pool or staking contract pays in stays what it is once it has orders: in the form, and in the database."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse

from tests.admin.conftest import Login
from tests.factories import an_address, make_claim, make_pool, make_reward, make_stake, make_staking, make_withdrawal

GROUPS: dict[str, tuple[Any, Any, list[str]]] = {
    "reward": (make_reward, make_claim, ["contract", "standard"]),
    "pool": (make_pool, make_withdrawal, ["contract", "kind", "token"]),
    "staking": (make_staking, make_stake, ["contract", "emitter"]),
}
OTHER = {"standard": "erc1155", "kind": "native"}


@pytest.fixture(params=GROUPS)
def group(request: pytest.FixtureRequest, db: None) -> Any:
    return request.param


def change(row: Any, field: str) -> None:
    with atomic():
        type(row).objects.filter(pk=row.pk).update(**{field: OTHER.get(field) or an_address()})


def editable(login: Login, row: Any) -> set[str]:
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    return set(login("administrator").get(url).context["adminform"].form.fields)


def test_without_orders_all_of_it_may_change(login: Login, group: str) -> None:
    make, _, fields = GROUPS[group]
    row = make()
    assert set(fields) <= editable(login, row)
    change(row, "contract")


def test_with_orders_it_may_not(login: Login, group: str) -> None:
    make, order, fields = GROUPS[group]
    row = make()
    order(row)
    assert not set(fields) & editable(login, row)
    for field in fields:
        with pytest.raises(IntegrityError, match="what it pays in never changes"):
            change(row, field)
    type(row).objects.filter(pk=row.pk).update(name="another", errors="")
