"""Staff of each role, logged in, on a site of which every page is there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.test import Client as Browser

from chain.models import Attempt, Transaction
from chain.states import Outcome, TransactionStatus
from desk.roles import create_roles
from orders.models import Event, Order

Login = Callable[[str], Browser]


@pytest.fixture
def login(db: None) -> Login:
    """A browser logged in as one with this role, or as `superuser`."""
    create_roles(apps)  # a test that flushes the database may have run before

    def as_role(role: str) -> Browser:
        user = User.objects.create_user(f"the-{role}", is_staff=True, is_superuser=role == "superuser")
        user.groups.set(Group.objects.filter(name=role))
        browser = Browser()
        browser.force_login(user)
        return browser

    return as_role


@pytest.fixture
def operator(login: Login) -> Browser:
    return login("operator")


def bind(order: Order, status: TransactionStatus = TransactionStatus.SENT, outcome: Outcome | str = "") -> Transaction:
    """A transaction with one attempt to which the order is bound, as the lane would leave it."""
    values: dict[str, Any] = {"to": order.wallet.address, "data": b"\x01\x02", "gas_limit": 21_000}
    transaction = Transaction.objects.create(
        wallet=order.wallet, nonce=Transaction.objects.count(), status=status, outcome=outcome, **values
    )
    hash_ = f"0x{transaction.pk.hex:0>64}"
    fees: dict[str, Any] = {"fee_kind": "eip1559", "max_fee": 31 * 10**9, "tip": 10**9}
    Attempt.objects.create(transaction=transaction, hash=hash_, raw=b"\x02", **fees)
    Order.objects.filter(pk=order.pk).update(status="busy", transaction=transaction)
    Event.objects.create(order=order, from_status="pending", to_status="busy", actor="lane", transaction=transaction)
    order.refresh_from_db()
    return transaction
