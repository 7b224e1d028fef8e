"""What pages write: only what was edited, and never a key."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from claims.models import Reward
from tests.admin.conftest import Login
from tests.factories import make_network, make_reward, make_wallet

pytestmark = pytest.mark.django_db


def filled(browser: Browser, url: str, **change: str) -> dict[str, Any]:
    """The form of a page as a browser would send it back."""
    form = browser.get(url).context["adminform"].form
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    shown = {name: form.fields[name].prepare_value(value) for name, value in values.items()}
    return {**{name: value for name, value in shown.items() if value not in (None, False)}, **change}


def test_saving_a_wallets_page_does_not_turn_back_its_lane(login: Login) -> None:
    """The row was read before the lane signed, and is saved after: nonce and fence must stay what the lane has made them."""
    browser, wallet = login("superuser"), make_wallet(next_nonce=5, fence=3)
    url = reverse("admin:chain_wallet_change", args=[wallet.pk])
    written: list[str] = []

    def watching(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        written.extend([sql] if sql.startswith("UPDATE") and '"chain_wallet"' in sql else [])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watching):
        assert browser.post(url, filled(browser, url, name="renamed")).status_code == 302
    assert len(written) == 1
    assert [column for column in ("next_nonce", "fence", "waiting", "balance") if column in written[0]] == []
    wallet.refresh_from_db()
    assert (wallet.name, wallet.next_nonce) == ("renamed", 5)


def test_saving_a_rewards_page_does_not_turn_back_what_was_taken(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    reward, browser = make_reward(limit_total=10, taken=4), login("superuser")
    url = reverse("admin:claims_reward_change", args=[reward.pk])
    body = filled(browser, url, name="renamed")
    clean = Reward.clean

    def claimed_meanwhile(row: Reward) -> None:
        Reward.objects.filter(pk=row.pk).update(taken=5)
        clean(row)

    monkeypatch.setattr(Reward, "clean", claimed_meanwhile)
    assert browser.post(url, body).status_code == 302
    reward.refresh_from_db()
    assert (reward.name, reward.taken) == ("renamed", 5)


def test_saving_what_was_not_edited_writes_nothing(login: Login) -> None:
    browser, network = login("superuser"), make_network()
    url = reverse("admin:chain_network_change", args=[network.pk])
    assert browser.post(url, filled(browser, url)).status_code == 302


@pytest.mark.parametrize("pasted", ["ab" * 32, f"env:0x{'ab' * 32}", "keystore:../../etc/passwd", "test test junk"])
def test_a_key_pasted_as_a_signer_is_not_stored(pasted: str, login: Login) -> None:
    browser, wallet = login("superuser"), make_wallet()
    url = reverse("admin:chain_wallet_change", args=[wallet.pk])
    answer = browser.post(url, filled(browser, url, signer=pasted))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["signer"])
    wallet.refresh_from_db()
    assert wallet.signer.startswith("mnemonic:")


def test_a_node_on_the_own_machine_is_refused_on_the_page(login: Login) -> None:
    browser, network = login("superuser"), make_network(environment="testnet", rpc_urls="env:NODES")
    url = reverse("admin:chain_network_change", args=[network.pk])
    answer = browser.post(url, filled(browser, url, rpc_urls="http://127.0.0.1:8545/k3yk3y"))
    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, ["rpc_urls"])


def test_whoever_did_something_is_switched_off_and_not_deleted(login: Login) -> None:
    """With the account the log of what it did would go."""
    login("operator").post(
        reverse("admin:chain_wallet_do", args=[make_wallet().pk, "pause"]), {"confirmed": "yes", "reason": "because"}
    )
    operator, fresh = User.objects.get(username="the-operator"), User.objects.create_user("fresh")
    browser = login("superuser")
    statuses = [
        browser.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"}).status_code
        for user in (operator, fresh)
    ]
    assert statuses == [403, 302]
    assert "delete_selected" not in browser.get(reverse("admin:auth_user_changelist")).content.decode()
