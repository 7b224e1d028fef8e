"""A retry through REST: first its evidence, then the retry, which completes or refuses with the same evidence."""

from collections.abc import Iterator
from typing import Any

import pytest

from orders.models import Order
from orders.states import Scope
from tests.api.conftest import Caller, fields, make_caller
from tests.chain.rpc_server import Http
from tests.factories import make_claim
from tests.orders.conftest import Desk, a_desk


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()


def failed(desk: Desk, caller: Caller) -> Order:
    """It reverted on chain; it would pass now."""
    claim = make_claim(desk.reward, order_client=caller.client, order_tries=2)
    desk.badge.turned.add(claim.recipient)
    desk.finish()
    desk.badge.turned.clear()
    return Order.objects.get(status="failed")


def lied_about(desk: Desk, caller: Caller) -> Order:
    """It was paid, and the node said that it had reverted."""
    make_claim(desk.reward, order_client=caller.client, order_tries=2)
    told = desk.chain.answer_receipt
    desk.chain.lie("eth_getTransactionReceipt", lambda params: told(params) and told(params) | {"status": "0x0", "logs": []})
    desk.finish()
    desk.chain.honest()
    return Order.objects.get(status="failed")


def retry(caller: Caller, order: Order, **over: Any) -> Any:
    body = {"revision": order.revision, "reason": "asked by phone", **over}
    return caller.post(f"/orders/{order.pk}/retry", body, key=None)


def test_the_finding_is_shown_first(desk: Desk, caller: Caller) -> None:
    order = failed(desk, caller)
    found = caller.get(f"/orders/{order.pk}/retry").json()
    assert (found["verdict"], found["cause"], found["revision"]) == ("safe", None, order.revision)
    assert found["sentence"].startswith("The transaction it was bound to is final and did not pay it")
    assert found["allowed_actions"] == ["cancel", "retry"]
    assert found["evidence"]["transactions"][0]["attempts"][0]["receipts"][0]["succeeded"] is False
    order.refresh_from_db()
    assert order.status == "failed"


def test_a_safe_one_goes_again(desk: Desk, caller: Caller) -> None:
    response = retry(caller, failed(desk, caller))
    assert (response.status_code, response.json()["status"], response.json()["reason"]) == (200, "pending", "retried")


def test_one_that_was_paid_is_answered_completed_with_the_proof(desk: Desk, caller: Caller) -> None:
    order = lied_about(desk, caller)
    found = caller.get(f"/orders/{order.pk}/retry").json()
    answer = retry(caller, order).json()
    assert (found["verdict"], answer["status"]) == ("paid", "completed")
    assert answer["transaction"]["hash"] == found["evidence"]["hash"]
    assert answer["transaction"]["block_number"] == found["evidence"]["block"]
    assert len(answer["token_ids"]) == 1


def test_one_that_is_not_certain_is_refused_with_the_evidence(desk: Desk, caller: Caller) -> None:
    order = failed(desk, caller)
    desk.chain.fail(Http(503))
    assert caller.get(f"/orders/{order.pk}/retry").json()["verdict"] == "unsure"
    response = retry(caller, order)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["revision"]) == (409, "unsure", order.revision)
    assert problem["detail"] == "Node 1 of 1 does not answer, so nothing is certain."
    assert (problem["evidence"]["cause"], problem["evidence"]["nodes"]) == ("no_answer", [{"fault": "does not answer"}])
    assert fields(response) == []
    order.refresh_from_db()
    assert order.status == "failed"


def test_one_whose_nonce_is_open_is_refused_too(desk: Desk, caller: Caller) -> None:
    order = failed(desk, caller)
    desk.chain.reorg(2)
    problem = retry(caller, order).json()
    assert (problem["code"], problem["status"]) == ("must_spend_nonce", 409)


def test_the_nodes_are_not_named(desk: Desk, caller: Caller) -> None:
    order = failed(desk, caller)
    answers = [caller.get(f"/orders/{order.pk}/retry")]
    desk.chain.fail(Http(503))
    answers.append(retry(caller, order))
    assert not any(b"127.0.0.1" in answer.content for answer in answers)


def test_it_takes_the_scopes(desk: Desk, caller: Caller) -> None:
    order = failed(desk, caller)
    reader = make_caller([Scope.ORDERS_READ])
    assert retry(reader, order).status_code == 403
    assert make_caller([Scope.ORDERS_OPERATE]).get(f"/orders/{order.pk}/retry").status_code == 403


def test_another_clients_order_does_not_exist(desk: Desk, caller: Caller) -> None:
    order = failed(desk, make_caller())
    assert (caller.get(f"/orders/{order.pk}/retry").status_code, retry(caller, order).status_code) == (404, 404)


def test_a_client_cannot_release_what_takes_two_people(desk: Desk, caller: Caller) -> None:
    claim = make_claim(desk.reward, order_client=caller.client)
    desk.badge.silent.add(claim.recipient)
    desk.finish()
    order = caller.get(f"/orders/{claim.pk}").json()
    assert (order["reason"], order["allowed_actions"]) == ("review", ["cancel"])
    body = {"revision": order["revision"], "reason": "sure"}
    response = caller.post(f"/orders/{claim.pk}/release", body, key=None)
    assert (response.status_code, response.json()["code"]) == (409, "not_allowed")
    assert "two members of staff" in response.json()["detail"]
