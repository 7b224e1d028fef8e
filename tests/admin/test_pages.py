"""Every page of the admin answers to those who may see it."""

import pytest
from django.contrib import admin
from django.db.models.functions import Now
from django.test import Client as Browser
from django.urls import reverse
from django_q.models import OrmQ, Schedule, Success

from mints.jobs import start
from orders.models import Client
from tests.admin.conftest import Login, bind
from tests.factories import make_claim, make_stake, make_token_reward, make_wallet, make_withdrawal
from tests.mints.stages import make_collection

ROLES = ["viewer", "operator", "administrator", "superuser"]
CHANGELISTS = sorted(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist" for model in admin.site._registry)
STAFF_ONLY = {f"admin:{name}_changelist" for name in ("auth_user", "auth_group", "chain_trail", "desk_loginfailure")}


@pytest.mark.parametrize("role", ROLES)
def test_it_shows_each_list_to_each_role(login: Login, role: str) -> None:
    make_claim()
    make_withdrawal()
    make_stake()
    make_collection()
    browser = login(role)
    may_not = STAFF_ONLY if role in ("viewer", "operator") else set()
    answers = {name: browser.get(reverse(name)).status_code for name in CHANGELISTS}
    assert answers == {name: 403 if name in may_not else 200 for name in CHANGELISTS}


@pytest.mark.parametrize("role", ROLES)
def test_it_shows_each_kind_of_page_to_each_role(login: Login, role: str) -> None:
    claim, withdrawal, stake = make_claim(), make_withdrawal(), make_stake()
    transaction = bind(claim.order)
    client = Client.objects.create(name="shop")
    collection = make_collection()
    job = start(collection, None, actor="staff:ana").job
    rows = [
        claim, withdrawal, claim.order, withdrawal.order, transaction, transaction.attempts.get(), claim.reward,
        make_token_reward(), withdrawal.pool, transaction.wallet, transaction.wallet.network, client,
        claim.order.events.get(), stake, stake.order, stake.staking,
        collection, collection.press, collection.items.all()[0], collection.items.all()[0].order, job,
    ]  # fmt: skip
    browser = login(role)
    assert [(row, browser.get(page(row)).status_code) for row in rows] == [(row, 200) for row in rows]


def page(row: object) -> str:
    meta = row._meta  # type: ignore[attr-defined]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])  # type: ignore[attr-defined]


def test_it_lets_nobody_in_who_is_not_staff(client: Browser) -> None:
    answer = client.get(reverse("admin:orders_order_changelist"))
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_it_shows_what_needs_a_person_on_the_first_page(login: Login) -> None:
    make_claim(order_status="held", order_reason="staff")
    text = login("viewer").get(reverse("admin:index")).content.decode()
    assert "Orders waiting for somebody to release or cancel them: 1" in text


def test_it_shows_a_wallet_that_is_short_of_coin_in_the_monitors_words(login: Login) -> None:
    wallet = make_wallet(balance=10**17, alert_balance=10**18, looked_at=Now())
    text = login("viewer").get(reverse("admin:index")).content.decode()
    assert f"Wallet {wallet.name}: 0.1 ETH, below its alert balance of 1 ETH" in text


def test_it_shows_where_an_order_is_and_how_it_came_there(login: Login) -> None:
    claim = make_claim()
    transaction = bind(claim.order)
    text = login("viewer").get(page(claim.order)).content.decode()
    assert "waits for a block" in text
    assert claim.recipient in text
    assert transaction.attempts.get().hash in text
    assert ">31 gwei</span>, tip <span" in text
    assert "&lt;" not in text


def test_it_offers_a_viewer_no_button(login: Login) -> None:
    claim = make_claim()
    assert "/do/" not in login("viewer").get(page(claim.order)).content.decode()


def test_it_offers_an_operator_the_allowed_actions_only(operator: Browser) -> None:
    text = operator.get(page(make_claim().order)).content.decode()
    assert "/do/cancel/" in text
    assert "/do/hold/" in text
    assert "/do/retry/" not in text


def test_background_tasks_can_be_neither_edited_nor_run_again(login: Login) -> None:
    schedule = Schedule.objects.create(func="orders.worker.runner.pulse")
    browser = login("superuser")
    assert browser.post(page(schedule), {"func": "os.system"}).status_code == 403
    assert not {OrmQ, Success} & set(admin.site._registry)
    assert "resubmit" not in browser.get(reverse("admin:django_q_failure_changelist")).content.decode().lower()
