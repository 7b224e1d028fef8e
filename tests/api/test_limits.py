"""How often a reward may be claimed: the database decides."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from claims.models import Allowance, Claim, Reward
from tests.api.conftest import Caller, make_caller
from tests.factories import an_address, make_reward, make_token_reward


def claim(caller: Caller, reward: Reward, recipient: str = "", quantity: int = 1, **over: Any) -> Any:
    body = {"recipient": recipient or an_address(), "quantity": quantity, **over}
    return caller.post(f"/rewards/{reward.pk}/claim", body)


def refused(response: Any) -> tuple[int, str, int | None]:
    problem = response.json()
    return response.status_code, problem["code"], problem.get("left")


def test_a_total_is_not_exceeded(caller: Caller) -> None:
    reward = make_reward(limit_total=3)
    assert claim(caller, reward, quantity=2).status_code == 202
    assert refused(claim(caller, reward, quantity=2)) == (409, "limit_reached", 1)
    assert caller.stored() == 1


def test_a_recipient_has_a_limit_of_its_own(caller: Caller) -> None:
    reward, recipient = make_reward(limit_per_recipient=2), an_address()
    assert claim(caller, reward, recipient, 2).status_code == 202
    assert refused(claim(caller, reward, recipient)) == (409, "limit_reached", 0)
    assert claim(caller, reward).status_code == 202


def test_more_than_a_recipients_limit_at_once_is_refused(caller: Caller) -> None:
    assert refused(claim(caller, make_reward(limit_per_recipient=2), quantity=3)) == (409, "limit_reached", 2)


def test_what_a_recipient_may_not_have_is_not_taken_from_the_total(caller: Caller) -> None:
    reward = make_reward(limit_total=10, limit_per_recipient=1)
    claim(caller, reward, quantity=2)
    reward.refresh_from_db()
    assert (reward.taken, Allowance.objects.count()) == (0, 0)


def test_a_new_window_begins_a_new_count(caller: Caller) -> None:
    reward, recipient = make_reward(limit_per_recipient=1, limit_window=3600), an_address()
    claim(caller, reward, recipient)
    assert claim(caller, reward, recipient).status_code == 409
    Allowance.objects.update(window=0)  # as if that had been long ago
    assert claim(caller, reward, recipient).status_code == 202


def test_a_token_reward_has_limits_too(caller: Caller) -> None:
    reward = make_token_reward(limit_total=1)
    assert claim(caller, reward).status_code == 202
    assert refused(claim(caller, reward)) == (409, "limit_reached", 0)


@pytest.mark.parametrize("over", [{"is_open": False}, {"opens_at": timedelta(hours=1)}, {"closes_at": timedelta(hours=-1)}])
@pytest.mark.parametrize("limit", [None, 10])
def test_a_reward_that_is_not_open_takes_nothing(caller: Caller, over: dict[str, Any], limit: int | None) -> None:
    times = {name: timezone.now() + value if isinstance(value, timedelta) else value for name, value in over.items()}
    response = claim(caller, make_reward(limit_total=limit, **times))
    assert (refused(response)[:2], caller.stored()) == ((409, "reward_closed"), 0)


def test_a_cancelled_claim_gives_back_what_it_took(caller: Caller) -> None:
    reward, recipient = make_reward(limit_total=1, limit_per_recipient=1, limit_window=60), an_address()
    order = claim(caller, reward, recipient).json()
    caller.post(f"/orders/{order['id']}/cancel", {"revision": 0, "reason": "typo"})
    reward.refresh_from_db()
    assert (reward.taken, Allowance.objects.get().taken) == (0, 0)


def test_a_replay_takes_nothing_more(caller: Caller) -> None:
    reward, body = make_reward(limit_total=5), {"recipient": an_address()}
    for _ in range(2):
        caller.post(f"/rewards/{reward.pk}/claim", body, key="K")
    reward.refresh_from_db()
    assert reward.taken == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("limit", ["limit_total", "limit_per_recipient"])
def test_claims_at_once_cannot_exceed_a_limit(limit: str) -> None:
    caller, reward, recipient = make_caller(), make_reward(**{limit: 3}), an_address()

    def once(_: int) -> int:
        try:
            return int(claim(Caller(caller.client, caller.key), reward, recipient).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        statuses = sorted(threads.map(once, range(12)))
    assert statuses == [202] * 3 + [409] * 9
    assert Claim.objects.count() == 3
