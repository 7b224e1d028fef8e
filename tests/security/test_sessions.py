"""Sessions of staff: short, kept from other sites and from scripts, and still good for links in a chat."""

from typing import Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.core import signing
from django.test import Client as Browser
from django.urls import reverse

from tests.admin.conftest import Login

FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
ORDERS = "/admin/orders/order/?status__exact=held"


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", password="a phrase")


def test_the_session_cookie_is_for_this_site_only_and_short(ana: User) -> None:
    answer = Browser().post(reverse("admin:login"), {"username": "ana", "password": "a phrase"})
    cookie = answer.cookies[project.SESSION_COOKIE_NAME]
    assert (cookie["samesite"], cookie["httponly"], cookie["max-age"], cookie["expires"]) == ("Strict", True, "", "")
    assert project.SESSION_COOKIE_AGE <= 4 * 3600
    assert answer.cookies["csrftoken"]["samesite"] == "Strict"


def test_over_https_cookies_are_for_https_only(ana: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    answer = Browser().post(reverse("admin:login"), {"username": "ana", "password": "a phrase"})
    assert [cookie["secure"] for cookie in answer.cookies.values()] == [True] * len(answer.cookies)


def test_logging_in_makes_a_new_session(ana: User) -> None:
    browser = Browser()
    session = browser.session
    session["x"] = 1
    session.save()
    browser.cookies[project.SESSION_COOKIE_NAME] = session.session_key or ""
    answer = browser.post(reverse("admin:login"), {"username": "ana", "password": "a phrase"})
    assert answer.cookies[project.SESSION_COOKIE_NAME].value != session.session_key


def test_sessions_are_json() -> None:
    assert project.SESSION_SERIALIZER == "django.contrib.sessions.serializers.JSONSerializer"


def test_a_forged_request_is_refused(login: Login) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.cookies = login("superuser").cookies
    assert browser.post(reverse("admin:logout")).status_code == 403


def test_a_link_from_elsewhere_goes_round_once_so_that_the_cookie_comes(login: Login) -> None:
    """The browser keeps a strict cookie back from the first request, and brings it with the second, which is our page's own."""
    stranger = Browser()
    first = stranger.get(ORDERS, headers=FROM_ELSEWHERE)
    assert (first.status_code, 'http-equiv="refresh" content="0"' in first.content.decode()) == (200, True)
    assert login("viewer").get(ORDERS, headers={**FROM_ELSEWHERE, "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_nobody_is_sent_round_twice() -> None:
    stranger = Browser()
    stranger.get(ORDERS, headers=FROM_ELSEWHERE)
    second = stranger.get(ORDERS, headers=FROM_ELSEWHERE)
    assert (second.status_code, "/login/" in second["Location"]) == (302, True)


@pytest.mark.django_db
@pytest.mark.parametrize("change", [{"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": ""}, {"Sec-Fetch-Mode": "cors"}])
def test_other_requests_go_straight_on(change: dict[str, str]) -> None:
    assert Browser().get(ORDERS, headers={**FROM_ELSEWHERE, **change}).status_code == 302


@pytest.mark.django_db
def test_neither_the_api_nor_a_post_is_sent_round(client: Browser) -> None:
    assert client.get("/api/v1/orders", headers=FROM_ELSEWHERE).status_code == 401
    assert client.post(ORDERS, headers=FROM_ELSEWHERE).status_code == 302


def test_an_old_key_opens_old_sessions_until_it_is_taken_away(ana: User, settings: Any) -> None:
    browser = Browser()
    browser.force_login(ana)
    signed = signing.dumps("x")
    old, settings.SECRET_KEY = settings.SECRET_KEY, "n" * 60
    assert browser.get("/admin/").status_code == 302
    browser = Browser()
    settings.SECRET_KEY = old
    browser.force_login(ana)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]
    assert browser.get("/admin/").status_code == 200
    assert signing.loads(signed) == "x"
