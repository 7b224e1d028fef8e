"""POST: what is taken, what is refused, and that the same key never makes two."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from chain.calls import ZERO_ADDRESS
from chain.locks import lock_connection
from orders.models import Event, Order
from orders.notify import CHANNEL
from orders.states import Reason, Status
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import CONTRACT, MINTER, an_address, make_pool, make_reward, make_token_reward

TOO_LARGE = str(2**256)


def claim(caller: Caller, reward: Any = None, **over: Any) -> Any:
    reward = reward or make_reward()
    return caller.post(f"/rewards/{reward.pk}/claim", {"recipient": an_address(), **over})


def withdraw(caller: Caller, pool: Any = None, key: str = "", **over: Any) -> Any:
    body = {"pool": str((pool or make_pool()).pk), "recipient": an_address(), "amount": "1000", **over}
    return caller.post("/withdrawals", body, key=key)


def test_a_claim_is_accepted_with_its_place(caller: Caller) -> None:
    response = claim(caller, quantity=2)
    order = response.json()
    assert response.status_code == 202
    assert response.headers["Location"] == f"/api/v1/orders/{order['id']}"
    assert (order["kind"], order["status"], order["quantity"]) == ("claim", "pending", 2)
    assert order["allowed_actions"] == ["cancel", "hold"]


def test_a_claim_is_stored_with_its_first_event(caller: Caller) -> None:
    order_id = claim(caller).json()["id"]
    event = Event.objects.get(order=order_id)
    assert (event.from_status, event.to_status, event.actor) == ("", "pending", f"client:{caller.client.name}")


def test_a_reward_is_found_by_its_external_id(caller: Caller) -> None:
    make_reward(external_id="cs_live_1")
    response = caller.post("/rewards/cs_live_1/claim", {"recipient": an_address()})
    assert response.status_code == 202


def test_a_reward_can_be_named_in_the_body(caller: Caller) -> None:
    reward = make_reward()
    response = caller.post("/claims", {"reward": str(reward.pk), "recipient": an_address()})
    assert response.json()["reward"] == str(reward.pk)


def test_a_token_reward_gives_a_withdrawal_of_its_amount_times_the_quantity(caller: Caller) -> None:
    reward = make_token_reward(amount=10**30)
    order = claim(caller, reward, quantity=3).json()
    assert (order["kind"], order["amount"], order["pool"]) == ("withdrawal", str(3 * 10**30), str(reward.pool_id))


@pytest.mark.fault(52)
def test_the_largest_amount_survives_the_way_there_and_back(caller: Caller) -> None:
    order = withdraw(caller, amount=str(2**256 - 1)).json()
    assert caller.get(f"/orders/{order['id']}").json()["amount"] == str(2**256 - 1)


def test_an_order_on_hold_is_stored_and_not_released(caller: Caller) -> None:
    order = Order.objects.get(pk=claim(caller, hold=True).json()["id"])
    assert (order.status, order.reason) == (Status.HELD, Reason.NOT_RELEASED)


def test_an_accepted_order_costs_few_queries(caller: Caller, django_assert_max_num_queries: Any) -> None:
    reward = make_reward()
    claim(caller, reward)  # the first request also asks the throttle
    with django_assert_max_num_queries(8):  # key, reward, savepoint and its release, order, claim, event, NOTIFY
        claim(caller, reward)


@pytest.mark.django_db(transaction=True)
def test_the_wallets_lane_is_woken_when_the_order_is_committed() -> None:
    reward = make_reward()
    with lock_connection() as listener:
        listener.execute(f"LISTEN {CHANNEL}")
        claim(make_caller(), reward)
        notes = list(listener.notifies(timeout=5, stop_after=1))
    assert [note.payload for note in notes] == [str(reward.wallet_id)]


# -- the same key ------------------------------------------------------------------------------------------------------


@pytest.mark.fault(47)
def test_the_same_key_and_body_give_the_same_order(caller: Caller) -> None:
    pool, recipient = make_pool(), an_address()
    first, second = (withdraw(caller, pool, "K", recipient=recipient) for _ in range(2))
    assert (first.json()["id"], first.status_code) == (second.json()["id"], second.status_code)
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.fault(47)
def test_another_body_under_the_same_key_is_refused(caller: Caller) -> None:
    pool, recipient = make_pool(), an_address()
    withdraw(caller, pool, "K", recipient=recipient)
    response = withdraw(caller, pool, "K", recipient=recipient, amount="1001")
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    assert caller.stored() == 1


def test_the_order_of_names_in_the_body_makes_no_other_request(caller: Caller) -> None:
    pool, recipient = str(make_pool().pk), an_address()
    caller.post("/withdrawals", {"pool": pool, "recipient": recipient, "amount": "5"}, key="K")
    again = caller.post("/withdrawals", {"amount": "5", "recipient": recipient, "pool": pool}, key="K")
    assert again.status_code == 202


@pytest.mark.fault(47)
def test_two_clients_may_use_the_same_key(caller: Caller) -> None:
    pool = make_pool()
    assert withdraw(caller, pool, "K").json()["id"] != withdraw(make_caller(), pool, "K").json()["id"]


def test_a_request_without_a_key_is_refused(caller: Caller) -> None:
    pool = make_pool()
    response = caller.post("/withdrawals", {"pool": str(pool.pk), "recipient": an_address(), "amount": "1"}, key=None)
    assert (response.status_code, fields(response)) == (400, ["Idempotency-Key"])


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault(47)
def test_fifty_requests_at_once_with_one_key_make_one_order() -> None:
    caller, pool, recipient = make_caller(), make_pool(), an_address()

    def post(_: int) -> tuple[int, str]:
        try:
            response = withdraw(Caller(caller.client, caller.key), pool, "K", recipient=recipient)
            return response.status_code, response.json().get("id")
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        answers = set(threads.map(post, range(50)))
    assert answers == {(202, str(Order.objects.get(client=caller.client).pk))}


def test_a_replay_is_answered_after_the_reward_has_closed(caller: Caller) -> None:
    reward, body = make_reward(), {"recipient": an_address()}
    first = caller.post(f"/rewards/{reward.pk}/claim", body, key="K").json()
    type(reward).objects.filter(pk=reward.pk).update(is_open=False)
    assert caller.post(f"/rewards/{reward.pk}/claim", body, key="K").json()["id"] == first["id"]


@pytest.mark.fault(48)
def test_an_external_id_is_taken_once(caller: Caller) -> None:
    first = withdraw(caller, external_id="invoice 7").json()
    response = withdraw(caller, external_id="invoice 7")
    assert (response.status_code, response.json()["order"]) == (409, first["id"])
    assert fields(response) == ["external_id"]


# -- what is refused ---------------------------------------------------------------------------------------------------


BAD_TEXTS = ["0", "-1", "1.5", "1e3", "+1", "01", " 1", "", "9" * 79, TOO_LARGE, "\uff11"]
BAD_AMOUNTS = [*BAD_TEXTS, 0, -1, 1.5, 2**53 + 1, 1e18, True, None, ["1"]]


@pytest.mark.fault(52)
@pytest.mark.parametrize("amount", BAD_AMOUNTS)
def test_a_bad_amount_is_named_and_nothing_is_stored(caller: Caller, amount: Any) -> None:
    response = withdraw(caller, amount=amount)
    assert (response.status_code, fields(response)) == (400, ["amount"])
    assert caller.stored() == 0


BAD_CHECKSUM = "0xd8da6BF26964aF9D7eEd9e03E53415D37aA96045"
PRECOMPILE = "0x" + "00" * 19 + "01"
NOT_PAYABLE = [BAD_CHECKSUM, ZERO_ADDRESS, PRECOMPILE, MINTER, CONTRACT, "0x12", "", 7, None, "vitalik.eth", "\0", "\ud800"]


@pytest.mark.fault(52)
@pytest.mark.parametrize("recipient", NOT_PAYABLE)
def test_a_bad_recipient_is_named_and_nothing_is_stored(caller: Caller, recipient: Any) -> None:
    response = withdraw(caller, recipient=recipient)
    assert (response.status_code, fields(response)) == (400, ["recipient"])
    assert caller.stored() == 0


@pytest.mark.parametrize("external_id", ["x" * 101, "a\0b", "\ud800", 5.5, None, {}])
def test_a_bad_external_id_is_named(caller: Caller, external_id: Any) -> None:
    response = withdraw(caller, external_id=external_id)
    assert (response.status_code, fields(response)) == (400, ["external_id"])


@pytest.mark.parametrize("quantity", [0, -1, 1.0, "1", True, 10**9 + 1, None])
def test_a_bad_quantity_is_named(caller: Caller, quantity: Any) -> None:
    response = claim(caller, quantity=quantity)
    assert (response.status_code, fields(response)) == (400, ["quantity"])


def test_an_unknown_field_is_named(caller: Caller) -> None:
    response = withdraw(caller, externalId="x")
    assert (response.status_code, fields(response)) == (400, ["externalId"])


def test_an_unknown_reward_is_named(caller: Caller) -> None:
    response = caller.post("/claims", {"reward": "cs_nobody", "recipient": an_address()})
    assert (response.status_code, fields(response)) == (400, ["reward"])


def test_an_unknown_reward_in_the_path_is_not_found(caller: Caller) -> None:
    response = caller.post("/rewards/cs_nobody/claim", {"recipient": an_address()})
    assert (response.status_code, fields(response)) == (404, ["reward"])


def test_a_quantity_that_the_call_cannot_carry_is_refused(caller: Caller) -> None:
    reward = make_reward(function="claim(address)", arguments=["{recipient}"])
    assert fields(claim(caller, reward, quantity=2)) == ["quantity"]


def test_a_token_id_is_required_where_the_call_needs_one(caller: Caller) -> None:
    reward = make_reward(function="mint(address,uint256)", arguments=["{recipient}", "{token_id}"])
    assert fields(claim(caller, reward)) == ["token_id"]
    assert claim(caller, reward, token_id="7").json()["token_id"] == "7"


def test_a_closed_pool_takes_nothing(caller: Caller) -> None:
    response = withdraw(caller, make_pool(is_open=False))
    assert (response.status_code, response.json()["code"]) == (409, "pool_closed")
    assert caller.stored() == 0


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201])
def test_a_bad_key_is_named(caller: Caller, key: str) -> None:
    body = {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "1"}
    response = caller.browser.post(
        "/api/v1/withdrawals", body, "application/json", headers={**caller.headers, "Idempotency-Key": key}
    )
    assert (response.status_code, fields(response)) == (400, ["Idempotency-Key"])
