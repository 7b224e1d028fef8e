"""Wrong passwords lock the door for a while, for whoever typed them and not for everybody."""

import io
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from desk import lockout
from desk.lockout import BY_NAME, BY_NETWORK
from desk.models import LoginFailure
from desk.origin import client_ip
from tests.admin.conftest import Login

RIGHT, WRONG = "a right phrase", "a wrong one"


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_superuser("ana", password=RIGHT)


def log_in(password: str, *, name: str = "ana", ip: str = "198.51.100.7", **more: Any) -> Any:
    return Browser().post(reverse("admin:login"), {"username": name, "password": password}, REMOTE_ADDR=ip, **more)


def opened(answer: Any) -> bool:
    return bool(answer.status_code == 302)


def locked(answer: Any) -> bool:
    return "Too many wrong passwords" in answer.content.decode()


def test_the_right_password_opens(ana: User) -> None:
    assert opened(log_in(RIGHT))
    assert not LoginFailure.objects.filter(username="ana").exists()


def test_after_a_few_wrong_ones_even_the_right_one_waits(ana: User) -> None:
    for _ in range(BY_NAME):
        assert not locked(log_in(WRONG))
    answer = log_in(RIGHT)
    assert (opened(answer), locked(answer)) == (False, True)
    assert "15 minutes" in answer.content.decode()


def test_a_few_wrong_ones_are_forgiven_by_the_right_one(ana: User) -> None:
    for _ in range(2):
        for _ in range(BY_NAME - 1):
            log_in(WRONG)
        assert opened(log_in(RIGHT))


def test_it_is_locked_for_that_name_from_that_place_only(ana: User) -> None:
    """Or anybody could lock out the staff."""
    User.objects.create_superuser("ben", password=RIGHT)
    for _ in range(BY_NAME + 1):
        log_in(WRONG)
    assert opened(log_in(RIGHT, ip="203.0.113.9"))
    assert opened(log_in(RIGHT, name="ben"))


def test_it_opens_by_itself(ana: User) -> None:
    for _ in range(BY_NAME + 3):
        log_in(WRONG)
    LoginFailure.objects.update(last_at="2026-01-01T00:00Z")
    assert opened(log_in(RIGHT))


def test_trying_while_it_is_locked_does_not_make_it_longer(ana: User) -> None:
    for _ in range(BY_NAME):
        log_in(WRONG)
    before = LoginFailure.objects.get(username="ana").last_at
    log_in(WRONG)
    assert LoginFailure.objects.get(username="ana").last_at == before


def test_a_name_nobody_has_is_locked_alike(ana: User) -> None:
    """Or the lock would tell which names exist."""
    answers = [log_in(WRONG, name="nobody") for _ in range(BY_NAME + 1)]
    assert locked(answers[-1])


def test_many_names_from_one_network_are_one_guesser(ana: User) -> None:
    LoginFailure.objects.create(username="", ip="198.51.100.7", failures=BY_NETWORK)
    assert locked(log_in(RIGHT))
    assert opened(log_in(RIGHT, ip="198.51.100.8"))


def test_a_household_has_one_network_of_ipv6(ana: User) -> None:
    answers = [log_in(WRONG, ip=f"2001:db8::{number + 1:x}") for number in range(BY_NAME + 1)]
    assert locked(answers[-1])
    assert not locked(log_in(WRONG, ip="2001:db8:0:1::1"))


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_no_more_than_guesses_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_superuser("ana", password=RIGHT)
    tried: list[str] = []
    real = User.check_password

    def noting(user: User, password: str) -> bool:
        tried.append(password)
        return real(user, password)

    monkeypatch.setattr(User, "check_password", noting)

    def guess(_: int) -> None:
        try:
            log_in(WRONG)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(guess, range(30)))
    assert len(tried) == BY_NAME


def test_nothing_is_counted_where_nothing_was_guessed(ana: User) -> None:
    for _ in range(BY_NAME + 3):
        log_in("")
        log_in("a\0b", name="a\0na")
    assert not LoginFailure.objects.exists()


# -- letting somebody in again ----------------------------------------------------------------------------------------------


def test_an_administrator_unlocks_on_a_page(login: Login, ana: User) -> None:
    for _ in range(BY_NAME + 1):
        log_in(WRONG)
    row = LoginFailure.objects.get(username="ana")
    browser = login("administrator")
    assert row.username in browser.get(reverse("admin:desk_loginfailure_changelist")).content.decode()
    browser.post(reverse("admin:desk_loginfailure_do", args=[row.pk, "unlock"]), {"confirmed": "y", "reason": "she called"})
    assert opened(log_in(RIGHT))


def test_an_operator_does_not(operator: Browser, ana: User) -> None:
    row = LoginFailure.objects.create(username="ana", ip="198.51.100.7", failures=9)
    answer = operator.post(reverse("admin:desk_loginfailure_do", args=[row.pk, "unlock"]), {"confirmed": "y", "reason": "x"})
    assert answer.status_code == 403
    assert lockout.is_locked(row)


def test_a_command_unlocks(ana: User) -> None:
    for _ in range(BY_NAME + 1):
        log_in(WRONG)
    call_command("unlock", "ana", stdout=(said := io.StringIO()))
    assert "1 locks opened" in said.getvalue()
    assert opened(log_in(RIGHT))
    call_command("unlock", "ana", stdout=(said := io.StringIO()))
    assert "nothing to unlock" in said.getvalue()


# -- where somebody comes from -----------------------------------------------------------------------------------------------

FORGED = "9.9.9.9"


@pytest.mark.parametrize(
    ("hops", "forwarded", "expected"),
    [
        (0, FORGED, "198.51.100.7"),  # no proxy: the header is the caller's invention
        (1, "203.0.113.5", "203.0.113.5"),
        (1, f"{FORGED}, 203.0.113.5", "203.0.113.5"),
        (2, f"{FORGED}, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (2, "203.0.113.5", "198.51.100.7"),  # past our outer proxy: nothing of it is to be believed
        (1, "", "198.51.100.7"),
        (1, "nonsense", "198.51.100.7"),
        (1, "203.0.113.5:4711", "203.0.113.5"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
    ],
)
def test_only_our_own_proxies_are_believed(hops: int, forwarded: str, expected: str, settings: Any) -> None:
    settings.PROXY_HOPS = hops
    request = RequestFactory().get("/", REMOTE_ADDR="198.51.100.7", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_ip(request) == expected


def test_no_header_gives_new_guesses(ana: User, settings: Any) -> None:
    settings.PROXY_HOPS = 1
    headers = [{"HTTP_X_FORWARDED_FOR": f"9.9.9.{n}, 203.0.113.5", "HTTP_X_REAL_IP": f"9.9.9.{n}"} for n in range(BY_NAME + 1)]
    assert locked([log_in(WRONG, **each) for each in headers][-1])


def test_a_socket_without_a_peer_is_no_error() -> None:
    assert client_ip(RequestFactory().get("/", REMOTE_ADDR="")) == str(IPv4Address(0))
