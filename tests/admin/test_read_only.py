"""Orders and everything that happened to them can be added, edited or deleted by nobody."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse

from chain.models import Attempt, Transaction
from claims.leftovers import Leftover
from claims.models import Claim
from orders.models import ApiKey, Event, Order
from stakes.inbox import StreamMessage
from tests.admin.conftest import Login
from tests.factories import make_claim
from withdrawals.models import Withdrawal

SHOWN = [Order, Event, Claim, Withdrawal, Leftover, StreamMessage, Transaction, Attempt, ApiKey]


@pytest.mark.parametrize("model", SHOWN)
def test_not_even_a_superuser_may_change_it(model: type[Model]) -> None:
    request = RequestFactory().get("/")
    request.user = User(username="root", is_superuser=True, is_staff=True)
    shown = admin.site._registry[model]
    may = [shown.has_add_permission(request), shown.has_change_permission(request), shown.has_delete_permission(request)]
    assert may == [False, False, False]
    assert "delete_selected" not in shown.get_actions(request)


def test_posting_to_an_orders_page_changes_nothing(login: Login) -> None:
    order = make_claim().order
    answer = login("superuser").post(reverse("admin:orders_order_change", args=[order.pk]), {"status": "completed"})
    assert answer.status_code == 403
    order.refresh_from_db()
    assert order.status == "pending"


def test_an_order_cannot_be_deleted(login: Login) -> None:
    order = make_claim().order
    answer = login("superuser").post(reverse("admin:orders_order_delete", args=[order.pk]), {"post": "yes"})
    assert answer.status_code == 403
    assert Order.objects.filter(pk=order.pk).exists()


def test_a_viewer_cannot_edit_a_reward(login: Login) -> None:
    reward = make_claim().reward
    answer = login("viewer").post(reverse("admin:claims_reward_change", args=[reward.pk]), {"name": "mine"})
    assert answer.status_code == 403


def test_a_wallet_that_is_used_cannot_be_deleted(login: Login) -> None:
    wallet = make_claim().order.wallet
    answer = login("superuser").post(reverse("admin:chain_wallet_delete", args=[wallet.pk]), {"post": "yes"})
    assert answer.status_code == 403
