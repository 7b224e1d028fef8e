"""`/metrics`: what the database says now, in numbers."""

import pytest
from django.db.models.functions import Now
from django.test import Client as Browser

from chain.models import Network, Wallet
from orders.audit import runs
from orders.models import AuditFinding
from tests.factories import make_claim, make_wallet
from tests.forge import forge
from tests.orders.conftest import Desk


def metrics(client: Browser) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


@pytest.mark.django_db
def test_metrics_of_an_empty_installation(client: Browser) -> None:
    found = metrics(client)
    assert found['claimdesk_orders{kind="claim",status="pending"}'] == 0
    assert not [name for name in found if "age" in name]


def test_metrics_say_what_is_open_and_how_old_the_last_audit_is(client: Browser, desk: Desk) -> None:
    claim = make_claim(desk.reward)
    desk.finish()
    forge(claim, token_ids=[99])
    runs.run()
    found = metrics(client)
    assert found['claimdesk_orders{kind="claim",status="completed"}'] == 1
    assert found['claimdesk_wallets{status="active"}'] == 1
    assert found['claimdesk_audit_open_findings{code="wrong_token",severity="critical"}'] == 1
    assert 0 <= found["claimdesk_audit_age_seconds"] < 600
    runs.look_at(AuditFinding.objects.get(), by="staff:me", reason="seen")
    assert not [name for name in metrics(client) if "open_findings" in name]


def test_metrics_tell_no_secret(client: Browser, desk: Desk) -> None:
    Network.objects.update(rpc_urls=f"{desk.chain.url}\nhttps://node.example/v2/very-secret-key")
    Wallet.objects.update(signer="keystore:very-secret-file.json")
    assert "secret" not in client.get("/metrics").content.decode()


def test_metrics_have_each_wallets_balance_beside_its_levels(client: Browser, desk: Desk) -> None:
    Wallet.objects.update(minimum_balance=10**18, alert_balance=5 * 10**17 * 3)
    desk.chain.balances[desk.wallet.address] = 25 * 10**17
    desk.turn()
    found = metrics(client)
    labels = f'{{network="{desk.network.name}",wallet="{desk.wallet.name}"}}'
    told = [found[f"claimdesk_wallet_{name}_coins{labels}"] for name in ("balance", "minimum_balance", "alert_balance")]
    assert told == [2.5, 1, 1.5]
    Wallet.objects.update(alert_balance=None)
    assert f"claimdesk_wallet_alert_balance_coins{labels}" not in metrics(client)


@pytest.mark.django_db
def test_metrics_tell_how_old_the_newest_block_is(client: Browser) -> None:
    wallet = make_wallet(looked_at=Now(), head_at="2026-01-01T00:00Z")
    name = f'claimdesk_network_head_age_seconds{{network="{wallet.network.name}"}}'
    assert metrics(client)[name] > 86_400
    Wallet.objects.update(head_at=None)
    assert name not in metrics(client)
