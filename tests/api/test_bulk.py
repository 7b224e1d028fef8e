"""Many orders in one request."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from orders.many.bulk import replay
from orders.models import BulkRequest, Event, Order
from orders.states import Scope
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import an_address, make_pool, make_reward


def claims(count: int, reward: Any = None, **over: Any) -> list[dict[str, Any]]:
    pk = str((reward or make_reward()).pk)
    return [{"kind": "claim", "reward": pk, "recipient": an_address(), **over} for _ in range(count)]


def post(caller: Caller, orders: Any, key: str = "") -> Any:
    return caller.post("/orders/bulk", {"orders": orders}, key=key)


def results(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 202, response.content
    answer: list[dict[str, Any]] = response.json()["results"]
    return answer


def test_orders_of_all_kinds_are_accepted_together(caller: Caller) -> None:
    withdrawal = {"kind": "withdrawal", "pool": str(make_pool().pk), "recipient": an_address(), "amount": "5"}
    answer = results(post(caller, [*claims(2), withdrawal]))
    assert [result["order"]["kind"] for result in answer] == ["claim", "claim", "withdrawal"]
    assert Event.objects.filter(order__client=caller.client).count() == caller.stored() == 3


def test_a_bad_item_does_not_sink_the_rest(caller: Caller) -> None:
    bad = {"kind": "claim", "reward": "cs_nobody", "recipient": "0x1", "quantity": 0}
    first, second, third = results(post(caller, [*claims(1), bad, *claims(1)]))
    assert (first["index"], second["index"], third["index"]) == (0, 1, 2)
    assert [error["field"] for error in second["error"]["errors"]] == ["recipient", "quantity"]
    assert caller.stored() == 2


@pytest.mark.parametrize("item", [None, 5, [], {}, {"kind": "x"}, {"kind": []}, {"kind": {"a": 1}}])
def test_an_item_of_no_kind_is_a_bad_item(caller: Caller, item: Any) -> None:
    (result,) = results(post(caller, [item]))
    assert [error["field"] for error in result["error"]["errors"]] == ["kind"]


@pytest.mark.django_db
def test_an_item_whose_kind_the_key_may_not_create_is_refused() -> None:
    (result,) = results(post(make_caller([Scope.WITHDRAWALS_CREATE]), claims(1)))
    assert (result["error"]["status"], result["error"]["code"]) == (403, "forbidden")


def test_the_same_key_gives_the_same_answer(caller: Caller) -> None:
    items = claims(3)
    first, second = post(caller, items, "K"), post(caller, items, "K")
    assert first.json() == second.json()
    assert (second.headers["Idempotent-Replayed"], caller.stored()) == ("true", 3)


def test_other_items_under_the_same_key_are_refused(caller: Caller) -> None:
    post(caller, claims(1), "K")
    assert post(caller, claims(1), "K").status_code == 422
    assert caller.stored() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_bulk_request_at_once_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    caller, items = make_caller(), claims(20)
    all_have_looked = Barrier(8, timeout=20)

    def look(*request: Any) -> Any:
        found = replay(*request)
        all_have_looked.wait()
        return found

    monkeypatch.setattr("orders.api.bulk.replay", look)

    def once(_: int) -> str:
        try:
            return json.dumps(results(post(Caller(caller.client, caller.key), items, "K")), sort_keys=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(once, range(8)))) == 1
    assert caller.stored() == 20


@pytest.mark.parametrize("orders", [[], None, {}, "x", 5])
def test_the_envelope_holds_a_list(caller: Caller, orders: Any) -> None:
    response = post(caller, orders)
    assert (response.status_code, fields(response)) == (400, ["orders"])


def test_more_than_a_thousand_items_are_too_many(caller: Caller) -> None:
    response = post(caller, claims(1) * 1001)
    assert (response.status_code, fields(response)) == (400, ["orders"])
    assert (caller.stored(), BulkRequest.objects.count()) == (0, 0)


def test_a_thousand_items_cost_a_few_queries(caller: Caller, django_assert_max_num_queries: Any) -> None:
    items = claims(1000)
    with django_assert_max_num_queries(40):
        assert all("order" in result for result in results(post(caller, items)))


def test_an_external_id_stands_once_in_a_request(caller: Caller) -> None:
    first, second = results(post(caller, claims(2, external_id="same")))
    assert ("order" in first, second["error"]["code"]) == (True, "external_id_taken")


def test_an_external_id_that_is_in_use_is_a_bad_item(caller: Caller) -> None:
    post(caller, claims(1, external_id="same"))
    (result,) = results(post(caller, claims(1, external_id="same")))
    assert result["error"]["order"] == str(Order.objects.get(external_id="same").pk)


def test_a_limit_refuses_the_items_beyond_it(caller: Caller) -> None:
    reward = make_reward(limit_total=2)
    codes = [result.get("error", {}).get("code") for result in results(post(caller, claims(3, reward)))]
    assert sorted(map(str, codes)) == ["None", "None", "limit_reached"]
    reward.refresh_from_db()
    assert (reward.taken, caller.stored()) == (2, 2)
