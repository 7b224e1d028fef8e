"""Requests are counted per key and per client. Where nobody can count, reading goes on, and what moves money waits."""

from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as RedisLost

from orders.api.auth import KeyThrottle
from orders.models import BulkRequest
from orders.states import Scope
from tests.api.conftest import Caller, make_caller
from tests.factories import an_address, make_claim, make_pool, make_reward, make_token_reward

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeyThrottle, "_gone_until", 0.0)
    KeyThrottle._leases.clear()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cache is gone; what it was asked for."""
    names: list[str] = []

    def lost(name: str, *_: Any, **__: Any) -> Any:
        names.append(name)
        raise RedisLost("connection refused")

    for method in ("add", "incr", "get", "set"):
        monkeypatch.setattr(cache, method, lost)
    return names


def withdrawal(**over: Any) -> dict[str, Any]:
    return {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1", **over}


def test_a_keys_requests_are_counted(caller: Caller, settings: Any) -> None:
    settings.API_RATE = "3/hour"
    answers = [caller.get("/orders") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 3600


def test_more_keys_are_not_more_requests(caller: Caller, settings: Any) -> None:
    settings.API_CLIENT_RATE = "4/hour"
    other = Caller(caller.client, _another_key(caller))
    statuses = [each.get("/orders").status_code for each in (caller, other, caller, other, caller, other)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    assert make_caller().get("/orders").status_code == 200


def _another_key(caller: Caller) -> str:
    from orders import keys  # noqa: PLC0415 - next to its only use

    return keys.issue(caller.client, list(Scope))[1]


@pytest.mark.fault(42)
def test_without_a_cache_reading_goes_on(caller: Caller, asked: list[str]) -> None:
    claim = make_claim(order_client=caller.client)
    statuses = [caller.get(path).status_code for path in ("/orders", f"/orders/{claim.pk}", "/withdrawals", "/wallets")]
    assert statuses == [200, 200, 200, 200]
    assert asked


@pytest.mark.fault(42)
def test_without_a_cache_a_claim_is_taken(caller: Caller, asked: list[str]) -> None:
    """Its limits are the database's, and no money leaves."""
    answer = caller.post(f"/rewards/{make_reward().pk}/claim", {"recipient": an_address()})
    assert answer.status_code == 202


@pytest.mark.fault(42)
@pytest.mark.parametrize("door", ["withdrawals", "token reward", "claims", "bulk"])
def test_without_a_cache_no_withdrawal_is_taken_through_any_door(door: str, caller: Caller, asked: list[str]) -> None:
    reward = make_token_reward()
    path, body = {
        "withdrawals": ("/withdrawals", withdrawal()),
        "token reward": (f"/rewards/{reward.pk}/claim", {"recipient": an_address()}),
        "claims": ("/claims", {"reward": str(reward.pk), "recipient": an_address()}),
        "bulk": ("/orders/bulk", {"orders": [withdrawal(kind="withdrawal")]}),
    }[door]
    answer = caller.post(path, body)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "try_again", "2")
    assert (caller.stored(), BulkRequest.objects.count()) == (0, 0)


@pytest.mark.fault(42)
def test_once_the_cache_is_back_the_same_request_is_taken(
    caller: Caller, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = withdrawal()
    assert caller.post("/withdrawals", body, key="K").status_code == 503
    monkeypatch.undo()
    monkeypatch.setattr(KeyThrottle, "_gone_until", 0.0)
    assert caller.post("/withdrawals", body, key="K").status_code == 202


@pytest.mark.fault(42)
def test_a_cache_that_is_gone_is_not_waited_for_again_and_again(caller: Caller, asked: list[str]) -> None:
    for _ in range(5):
        assert caller.get("/orders").status_code == 200
        assert caller.post("/withdrawals", withdrawal()).status_code == 503
    assert len(asked) == 1


@pytest.mark.parametrize("length", ["x", "-1", "1e3"])
def test_a_length_that_is_none_is_a_bad_request(caller: Caller, length: str) -> None:
    answer = caller.browser.get("/api/v1/orders", headers=caller.headers, CONTENT_LENGTH=length)
    assert answer.status_code == 400
