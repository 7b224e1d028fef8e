"""Headers of each kind of page, and that no page breaks its own policy: no script in the page, nothing from another host."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client as Browser
from django.urls import reverse

from config.headers import ADMIN, BARE, DOCS
from orders import keys
from orders.models import Order
from orders.states import Scope
from tests.admin.conftest import Login, bind
from tests.admin.test_pages import CHANGELISTS, page
from tests.api.conftest import Caller
from tests.factories import make_claim, make_client, make_token_reward, make_withdrawal

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def directives(policy: str) -> dict[str, str]:
    return dict(part.strip().split(" ", 1) for part in policy.split(";"))


@pytest.mark.parametrize("policy", [ADMIN, BARE, DOCS])
def test_a_policy_names_no_other_host_and_lets_nobody_frame_us(policy: str) -> None:
    assert not re.search(r"https?:|\*|\.", policy)
    found = directives(policy)
    assert (found["default-src"], found["frame-ancestors"], found["base-uri"]) == ("'none'", "'none'", "'none'")
    assert "'unsafe-inline'" not in found.get("script-src", "")


def test_only_the_admin_may_evaluate() -> None:
    assert ["'unsafe-eval'" in policy for policy in (ADMIN, BARE, DOCS)] == [True, False, False]


KINDS = [
    ("/admin/login/", ADMIN), ("/admin/", ADMIN), ("/admin/orders/order/", ADMIN), ("/admin/nothing/", ADMIN),
    ("/api/docs/", DOCS), ("/api/redoc/", DOCS), ("/api/docs/?script=", DOCS),
    ("/api/schema/", BARE), ("/api/v1/orders", BARE), ("/api/v1/nothing", BARE), ("/healthz", BARE), ("/readyz", BARE),
    ("/api/monitor", BARE), ("/nothing", BARE), ("/static/look/look.css", BARE),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "policy"), KINDS)
def test_each_kind_of_answer_carries_its_headers(path: str, policy: str, client: Browser) -> None:
    answer = client.get(path)
    answer.close()  # a static file
    headers = answer.headers
    assert headers["Content-Security-Policy"] == policy
    assert "camera=()" in headers["Permissions-Policy"]
    always = {**ALWAYS} if not path.startswith("/static/") else {"X-Content-Type-Options": "nosniff"}
    assert {name: headers.get(name) for name in always} == always


@pytest.mark.django_db
def test_over_https_browsers_are_told_to_stay(client: Browser, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
    client.handler.load_middleware()
    assert client.get("/api/v1/orders").status_code == 301
    assert client.get("/healthz").status_code == 200  # probes speak plain http
    assert "max-age=31536000" in client.get("/api/v1/orders", secure=True)["Strict-Transport-Security"]


@pytest.mark.django_db
def test_answers_about_money_are_kept_by_no_cache(client: Browser, caller: Caller, login: Login) -> None:
    assert caller.get("/orders")["Cache-Control"] == "no-store"
    assert "no-store" in login("viewer").get(reverse("admin:orders_order_changelist"))["Cache-Control"]


# -- pages keep to their policy -----------------------------------------------------------------------------------------------


class Breaches(HTMLParser):
    """What in a page the policy would stop, and the addresses that it loads from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.loads: list[str] = []
        self._script: dict[str, str | None] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self._script = has if tag == "script" else None
        self.found += [f"<{tag} {name}>" for name in has if name.startswith("on")]
        self.found += [f"{name}={value}" for name, value in has.items() if (value or "").lower().startswith("javascript:")]
        if tag in ("base", "object", "embed", "iframe"):
            self.found.append(f"<{tag}>")
        if tag == "form" and urlsplit(has.get("action") or "").netloc:
            self.found.append(f"<form action={has['action']}>")
        if tag in ("script", "img", "link", "source") and (address := has.get("src") or has.get("href")):
            self.loads.append(address)

    def handle_data(self, data: str) -> None:
        if self._script is not None and data.strip():
            kind = self._script.get("type") or ""
            if kind != "application/json":
                self.found.append(f"<script>{data.strip()[:60]}")
        self._script = None


def check(html: str) -> None:
    seen = Breaches(html)
    assert seen.found == []
    assert [address for address in seen.loads if urlsplit(address).netloc] == []


def test_the_test_sees_a_breach() -> None:
    page_ = "<script>alert(1)</script><a onclick=x href='javascript:y'>z</a><base href=/><form action=//evil></form>"
    assert len(Breaches(page_).found) == 5
    assert Breaches("<script src=//evil/x.js></script>").loads == ["//evil/x.js"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/admin/login/", "/api/docs/", "/api/redoc/"])
def test_a_page_for_everybody_keeps_to_its_policy(path: str, client: Browser) -> None:
    check(client.get(path).content.decode())


@pytest.mark.parametrize("name", [*CHANGELISTS, "admin:index", "admin:password_change"])
def test_a_list_keeps_to_its_policy(name: str, login: Login) -> None:
    make_claim(), make_withdrawal()
    check(login("superuser").get(reverse(name)).content.decode())


def test_every_kind_of_page_keeps_to_its_policy(login: Login) -> None:
    claim, withdrawal, client = make_claim(), make_withdrawal(), make_client()
    transaction = bind(claim.order)
    key, _ = keys.issue(client, [Scope.ORDERS_READ])
    rows = [
        claim.order, withdrawal.order, claim, withdrawal, transaction, transaction.attempts.get(), transaction.wallet,
        transaction.wallet.network, claim.reward, make_token_reward(), withdrawal.pool, client, key, claim.order.events.get(),
    ]  # fmt: skip
    browser = login("superuser")
    for row in rows:
        check(browser.get(page(row)).content.decode())


@pytest.mark.parametrize(
    "name", ["admin:chain_network_add", "admin:claims_reward_add", "admin:auth_user_add", "admin:orders_client_add"]
)
def test_a_form_keeps_to_its_policy(name: str, login: Login) -> None:
    check(login("superuser").get(reverse(name)).content.decode())


def test_the_page_that_asks_why_keeps_to_its_policy(login: Login) -> None:
    order: Order = make_claim().order
    check(login("superuser").get(reverse("admin:orders_order_do", args=[order.pk, "cancel"])).content.decode())


def test_a_new_key_is_shown_within_the_policy(login: Login) -> None:
    url = reverse("admin:orders_client_key", args=[make_client().pk])
    check(login("superuser").post(url, {"scopes": [Scope.ORDERS_READ]}).content.decode())


def test_our_own_scripts_evaluate_nothing() -> None:
    found = finders.find("look/copy.js")
    assert isinstance(found, str)
    assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", Path(found).read_text())
