"""What is configured: networks, wallets, rewards, pools, clients, and what is kept secret about them."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.db.models import F
from django.forms import model_to_dict
from django.test import Client as Browser
from django.urls import reverse

from chain.admin.wallets import WalletAdmin
from chain.models import Network, Transaction, Wallet
from claims.models import Reward
from orders import keys
from orders.models import ApiKey, Stop
from orders.states import Scope
from tests.admin.conftest import Login, bind
from tests.factories import make_claim, make_client, make_network, make_reward, make_wallet
from tests.lanes import robbed_wallet

SECRET_URL = "https://rpc.example.org/v3/0123456789abcdef"


def do(browser: Browser, kind: str, pk: object, name: str) -> list[str]:
    url = reverse(f"admin:{kind}_do", args=[pk, name])
    answer = browser.post(url, {"confirmed": "yes", "reason": "because"})
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize("view", ["changelist", "change"])
def test_a_viewer_sees_no_secret_part_of_an_rpc_url(login: Login, view: str) -> None:
    network = make_network(rpc_urls=SECRET_URL)
    url = reverse(f"admin:chain_network_{view}", args=[network.pk] if view == "change" else [])
    text = login("viewer").get(url).content.decode()
    assert "https://rpc.example.org/…" in text
    assert "0123456789abcdef" not in text


def test_the_gas_ceiling_is_typed_in_gwei(login: Login) -> None:
    network = make_network(gas_ceiling=1)
    form = {name: value for name, value in model_to_dict(network).items() if value not in (None, False)}
    login("administrator").post(reverse("admin:chain_network_change", args=[network.pk]), {**form, "gas_ceiling": "71.5"})
    assert Network.objects.get(pk=network.pk).gas_ceiling == 71_500_000_000


def test_saving_a_form_leaves_alone_what_the_lane_has_written_meanwhile(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the row and writing it a lane may spend nonces or put the wallet into quarantine."""
    wallet = make_wallet(next_nonce=7)
    form = {"name": wallet.name, "signer": wallet.signer, "max_in_flight": 3}
    read = WalletAdmin.get_object
    reads: list[int] = []

    def get_object(*args: Any) -> Any:
        row = read(*args)
        reads.append(Wallet.objects.update(next_nonce=F("next_nonce") + 1, status="quarantined"))
        return row

    monkeypatch.setattr(WalletAdmin, "get_object", get_object)
    login("administrator").post(reverse("admin:chain_wallet_change", args=[wallet.pk]), form)
    wallet.refresh_from_db()
    assert (wallet.max_in_flight, wallet.next_nonce, wallet.status) == (3, 7 + len(reads), "quarantined")


@pytest.mark.parametrize(("minimum", "alert", "kept"), [("0.5", "1.25", (5 * 10**17, 125 * 10**16)), ("2", "1", (None, None))])
def test_the_balances_of_a_wallet_are_typed_in_coin(
    login: Login, minimum: str, alert: str, kept: tuple[int | None, ...]
) -> None:
    wallet = make_wallet()
    form = {"network": wallet.network_id, "name": wallet.name, "address": wallet.address, "signer": wallet.signer}
    given = {"max_in_flight": 16, "minimum_balance": minimum, "alert_balance": alert}
    answer = login("administrator").post(reverse("admin:chain_wallet_change", args=[wallet.pk]), {**form, **given})
    wallet.refresh_from_db()
    assert (wallet.minimum_balance, wallet.alert_balance) == kept
    refused = answer.content.decode().count("The alert balance is below the minimum")
    assert refused == (0 if kept[0] else 1)


def test_a_viewer_reads_the_balances_in_coin(login: Login) -> None:
    wallet = make_wallet(minimum_balance=5 * 10**17, alert_balance=10**18)
    text = login("viewer").get(reverse("admin:chain_wallet_change", args=[wallet.pk])).content.decode()
    assert ">0.5 ETH<" in text
    assert ">1 ETH<" in text


def test_the_dangerous_strategy_is_refused_with_an_explanation(login: Login) -> None:
    reward = make_reward()
    form = {name: value for name, value in model_to_dict(reward).items() if value not in (None, False)}
    changed = {**form, "strategy": "aggregate3", "arguments": '["{recipient}", "{quantity}"]'}
    answer = login("administrator").post(reverse("admin:claims_reward_change", args=[reward.pk]), changed)
    assert "Multicall3" in answer.content.decode()
    assert Reward.objects.get(pk=reward.pk).strategy == "multicall"


def test_pause_and_resume_a_wallet(operator: Browser) -> None:
    wallet = make_wallet()
    assert do(operator, "chain_wallet", wallet.pk, "pause") == ["1 wallet paused."]
    wallet.refresh_from_db()
    assert (wallet.status, wallet.status_by, wallet.status_reason) == ("paused", "staff:the-operator", "because")
    do(operator, "chain_wallet", wallet.pk, "resume")
    wallet.refresh_from_db()
    assert wallet.status == "active"
    assert list(LogEntry.objects.values_list("change_message", flat=True)) == ["Resume: because", "Pause: because"]


def test_a_quarantined_wallet_is_not_resumed_by_a_button(operator: Browser) -> None:
    wallet = make_wallet(status="quarantined", status_reason="nonce gap")
    (message,) = do(operator, "chain_wallet", wallet.pk, "resume")
    assert "quarantined" in message
    wallet.refresh_from_db()
    assert wallet.status == "quarantined"


def test_two_people_release_a_quarantined_wallet(login: Login) -> None:
    ana, ben = login("operator"), login("administrator")
    with robbed_wallet(4, status_reason="nonce gap", next_nonce=3, first_nonce=3) as wallet:
        assert "Somebody else must ask" in do(ben, "chain_wallet", wallet.pk, "release")[-1]
        do(ana, "chain_wallet", wallet.pk, "ask-release")
        assert "another person" in do(ana, "chain_wallet", wallet.pk, "release")[-1]
        page = ben.get(reverse("admin:chain_wallet_change", args=[wallet.pk])).content.decode()
        assert "the-operator asks to release it, from nonce 4 on: because" in page
        assert do(ben, "chain_wallet", wallet.pk, "release") == ["1 wallet released."]
    wallet.refresh_from_db()
    assert (wallet.status, wallet.released_by, wallet.next_nonce) == ("active", "staff:the-administrator", 4)


def test_a_wallet_whose_node_is_silent_is_not_released(operator: Browser) -> None:
    with robbed_wallet(1) as wallet:
        pass
    (message,) = do(operator, "chain_wallet", wallet.pk, "ask-release")
    assert "Node 1 of 1 does not answer, so nothing is certain." in message


def test_asking_to_cancel_a_transaction_is_written_down_once(operator: Browser) -> None:
    transaction = bind(make_claim().order)
    do(operator, "chain_transaction", transaction.pk, "cancel")
    transaction = Transaction.objects.get(pk=transaction.pk)
    assert (transaction.cancel_asked_by, transaction.cancel_reason) == ("staff:the-operator", "because")
    assert "refused" in do(operator, "chain_transaction", transaction.pk, "cancel")[-1]


def test_a_stopped_reward_says_so_and_can_be_resumed(operator: Browser) -> None:
    wallet = make_wallet()
    reward = make_reward(wallet=wallet)
    Stop.objects.create(group=reward.pk, wallet=wallet, reason="all refused alike", by="lane")
    assert "all refused alike" in operator.get(reverse("admin:claims_reward_change", args=[reward.pk])).content.decode()
    do(operator, "claims_reward", reward.pk, "resume")
    assert not Stop.objects.exists()


def test_a_reward_can_be_stopped(operator: Browser) -> None:
    reward = make_reward()
    do(operator, "claims_reward", reward.pk, "stop")
    assert Stop.objects.get().by == "staff:the-operator"


def test_a_new_key_is_shown_once_and_works(login: Login) -> None:
    client = make_client()
    answer = login("administrator").post(reverse("admin:orders_client_key", args=[client.pk]), {"scopes": [Scope.ORDERS_READ]})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    key = keys.find(secret)
    assert key is not None
    assert key.scopes == [Scope.ORDERS_READ]


def test_a_keys_digest_is_never_shown(login: Login) -> None:
    key, secret = keys.issue(make_client(), [Scope.ORDERS_READ])
    browser = login("superuser")
    pages = [reverse("admin:orders_apikey_changelist"), reverse("admin:orders_apikey_change", args=[key.pk])]
    text = "".join(browser.get(page).content.decode() for page in pages)
    assert key.prefix in text
    assert key.digest not in text
    assert secret not in text


def test_only_an_administrator_makes_keys(operator: Browser) -> None:
    assert operator.get(reverse("admin:orders_client_key", args=[make_client().pk])).status_code == 403


def test_a_revoked_key_is_refused(login: Login) -> None:
    key, secret = keys.issue(make_client(), [Scope.ORDERS_READ])
    do(login("administrator"), "orders_apikey", key.pk, "revoke")
    assert keys.find(secret) is None
    assert ApiKey.objects.get().revoked_at is not None
