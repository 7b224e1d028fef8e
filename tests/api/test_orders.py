"""Reading orders: one, its history, lists of them; and never those of somebody else."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chain.models import Attempt, Transaction
from chain.states import TransactionStatus
from orders.models import Order
from orders.moves import Move, move
from orders.states import Status
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import an_address, make_claim, make_network, make_pool, make_reward, make_wallet, make_withdrawal

HASH = "0x" + "ab" * 32


def bound_claim(caller: Caller, tx_hash: str = HASH) -> tuple[Order, Transaction]:
    """A claim in a transaction that was sent."""
    wallet = make_wallet(network=make_network(explorer_url="https://explorer.example"))
    order = make_claim(make_reward(wallet=wallet), order_client=caller.client).order
    transaction = Transaction.objects.create(
        wallet=wallet, nonce=7, to=an_address(), data=b"\1", gas_limit=100_000, status=TransactionStatus.SENT
    )
    Attempt.objects.create(transaction=transaction, hash=tx_hash, raw=b"\2", fee_kind="eip1559", max_fee=10, tip=1)
    move([Move(order.pk, Status.PENDING, Status.BUSY, transaction=transaction.pk)], actor="lane")
    return order, transaction


def ids(response: Any) -> list[str]:
    assert response.status_code == 200
    return [order["id"] for order in response.json()["results"]]


def test_an_order_says_why_it_is_not_moving(caller: Caller) -> None:
    claim = make_claim(order_client=caller.client)
    order = caller.get(f"/orders/{claim.pk}").json()
    assert order["waiting_for"] == f"Next in line on wallet {claim.order.wallet.name}."


def test_an_order_shows_its_transaction(caller: Caller) -> None:
    order, transaction = bound_claim(caller)
    shown = caller.get(f"/orders/{order.pk}").json()["transaction"]
    assert shown["explorer_url"] == f"https://explorer.example/tx/{HASH}"
    assert (shown["id"], shown["hash"], shown["nonce"], shown["attempts"]) == (str(transaction.pk), HASH, 7, 1)


def test_a_withdrawal_never_shows_its_poll_beside_a_fail_reason(caller: Caller) -> None:
    withdrawal = make_withdrawal(order_client=caller.client, withdrawal_id=9)
    assert caller.get(f"/orders/{withdrawal.pk}").json()["withdrawal_id"] == "9"
    move([Move(withdrawal.pk, Status.PENDING, Status.FAILED, fail_reason="blocked")], actor="lane")
    shown = caller.get(f"/orders/{withdrawal.pk}").json()
    assert (shown["withdrawal_id"], shown["fail_reason"]) == (None, "blocked")


def test_the_timeline_tells_every_move(caller: Caller) -> None:
    order, transaction = bound_claim(caller)
    events = caller.get(f"/orders/{order.pk}/timeline").json()["events"]
    assert [(event["to_status"], event["transaction"]) for event in events] == [("busy", str(transaction.pk))]


@pytest.mark.parametrize("path", ["/orders/{}", "/orders/{}/timeline"])
def test_an_order_of_another_client_does_not_exist(caller: Caller, path: str) -> None:
    claim = make_claim(order_client=make_caller().client)
    assert caller.get(path.format(claim.pk)).status_code == 404


def test_an_order_of_another_client_cannot_be_steered(caller: Caller) -> None:
    claim = make_claim(order_client=make_caller().client)
    response = caller.post(f"/orders/{claim.pk}/cancel", {"revision": 0, "reason": "mine now"})
    assert (response.status_code, fields(response)) == (404, [])


def test_a_list_has_only_ones_own_orders(caller: Caller) -> None:
    mine = make_claim(order_client=caller.client)
    make_claim(order_client=make_caller().client)
    make_claim()
    assert ids(caller.get("/orders")) == [str(mine.pk)]


def test_pages_show_every_order_once_and_the_newest_first(caller: Caller) -> None:
    reward = make_reward()
    made = [str(make_claim(reward, order_client=caller.client).pk) for _ in range(5)]
    response, seen = caller.get("/orders", limit=2), []
    while following := response.json()["next"]:
        seen += ids(response)
        response = caller.browser.get(following, headers=caller.headers)
    assert seen + ids(response) == made[::-1]


def test_orders_that_came_together_are_paged_too(caller: Caller) -> None:
    reward = make_reward()
    made = [make_claim(reward, order_client=caller.client).pk for _ in range(4)]
    Order.objects.update(created="2026-01-01T00:00Z")
    first = caller.get("/orders", limit=3)
    rest = caller.browser.get(first.json()["next"], headers=caller.headers)
    assert [UUID(one) for one in ids(first) + ids(rest)] == sorted(made, reverse=True)


def test_a_list_costs_the_same_queries_however_long(caller: Caller, django_assert_max_num_queries: Any) -> None:
    for i in range(5):
        bound_claim(caller, f"0x{i:064x}")
    caller.get("/orders")
    with django_assert_max_num_queries(4):  # key, orders, attempts; one to spare
        caller.get("/orders")


def test_claims_and_withdrawals_have_lists_of_their_own(caller: Caller) -> None:
    claim, withdrawal = make_claim(order_client=caller.client), make_withdrawal(order_client=caller.client)
    assert ids(caller.get("/claims")) == [str(claim.pk)]
    assert ids(caller.get("/withdrawals")) == [str(withdrawal.pk)]


def test_a_list_can_be_narrowed(caller: Caller) -> None:
    mine: dict[str, Any] = {"order_client": caller.client}
    claim = make_claim(order_external_id="a", **mine)
    withdrawal = make_withdrawal(order_status=Status.HELD, order_reason="staff", **mine)
    assert ids(caller.get("/orders", external_id="a")) == [str(claim.pk)]
    assert ids(caller.get("/orders", status="held")) == [str(withdrawal.pk)]
    assert ids(caller.get("/orders", kind="claim")) == [str(claim.pk)]
    assert ids(caller.get("/orders", recipient=withdrawal.recipient)) == [str(withdrawal.pk)]
    assert ids(caller.get("/orders", pool=withdrawal.pool_id)) == [str(withdrawal.pk)]
    assert ids(caller.get("/claims", reward=claim.reward_id)) == [str(claim.pk)]
    assert ids(caller.get("/claims", reward=uuid4())) == []


def test_a_list_can_be_cut_by_time(caller: Caller) -> None:
    first = make_claim(order_client=caller.client, order_created="2026-01-01T00:00Z")
    second = make_claim(order_client=caller.client, order_created="2026-01-03T00:00Z")
    assert ids(caller.get("/orders", created_after="2026-01-02T00:00:00Z")) == [str(second.pk)]
    assert ids(caller.get("/orders", created_before="2026-01-02T00:00:00Z")) == [str(first.pk)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("status", "x"), ("cursor", "x"), ("cursor", "MjAyNi0wMS0wMXw="), ("limit", 0), ("limit", 201), ("rewards", "x"),
     ("reward", "cs_1"), ("created_after", "yesterday"), ("recipient", "\0"), ("external_id", "\0")],
)  # fmt: skip
def test_a_bad_parameter_is_named(caller: Caller, name: str, value: Any) -> None:
    response = caller.get("/orders", **{name: value})
    assert (response.status_code, fields(response)) == (400, [name])


# -- actions -----------------------------------------------------------------------------------------------------------


def act(caller: Caller, order: Any, action: str, **over: Any) -> Any:
    return caller.post(f"/orders/{order.pk}/{action}", {"revision": 0, "reason": "asked by phone", **over}, key=None)


def test_an_order_can_be_cancelled(caller: Caller) -> None:
    claim = make_claim(order_client=caller.client)
    response = act(caller, claim, "cancel")
    assert (response.status_code, response.json()["status"], response.json()["revision"]) == (200, "cancelled", 1)


def test_an_order_can_be_held_until_a_time_and_released(caller: Caller) -> None:
    claim = make_claim(order_client=caller.client)
    held = act(caller, claim, "hold", until="2100-01-01T00:00:00Z").json()
    assert (held["status"], held["reason"]) == ("held", "staff")
    assert act(caller, claim, "release", revision=1).json()["status"] == "pending"


def test_what_an_order_does_not_allow_is_refused_with_what_it_does(caller: Caller) -> None:
    response = act(caller, make_claim(order_client=caller.client), "retry")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "not_allowed")
    assert (problem["allowed_actions"], problem["revision"]) == (["cancel", "hold"], 0)


def test_an_order_that_has_moved_on_is_left_alone(caller: Caller) -> None:
    claim = make_claim(order_client=caller.client)
    response = act(caller, claim, "cancel", revision=3)
    assert (response.status_code, response.json()["revision"]) == (409, 0)
    assert Order.objects.get(pk=claim.pk).status == Status.PENDING


def test_an_action_needs_a_revision_and_a_reason(caller: Caller) -> None:
    claim = make_claim(order_client=caller.client)
    response = caller.post(f"/orders/{claim.pk}/cancel", {})
    assert (response.status_code, sorted(fields(response))) == (400, ["reason", "revision"])


# -- wallets and transactions ------------------------------------------------------------------------------------------


def test_a_wallet_is_shown_without_its_secrets(caller: Caller) -> None:
    wallet = make_wallet(signer="env:SECRET_NAME", balance=10**30, network=make_network(rpc_urls="https://user:pw@node/key"))
    response = caller.get(f"/wallets/{wallet.pk}")
    assert (response.json()["balance"], response.json()["pending"]) == (str(10**30), 0)
    assert not any(secret in response.content for secret in (b"SECRET_NAME", b"node", b"key"))


def test_a_wallet_names_its_sponsor_and_its_levels(caller: Caller) -> None:
    sponsor = make_wallet(name="gas station", minimum_balance=10**18, network=make_network(forwarder=an_address()))
    minter = make_wallet(network=sponsor.network, address=an_address(), sponsor=sponsor)
    told = caller.get(f"/wallets/{minter.pk}").json()
    assert (told["sponsor"], told["minimum_balance"]) == ("gas station", None)
    told = caller.get(f"/wallets/{sponsor.pk}").json()
    assert (told["sponsor"], told["minimum_balance"], told["alert_balance"]) == (None, str(10**18), None)


def test_wallets_are_listed_with_their_work(caller: Caller) -> None:
    order, _ = bound_claim(caller)
    make_withdrawal(make_pool(wallet=order.wallet))
    (wallet,) = caller.get("/wallets").json()["results"]
    assert (wallet["pending"], wallet["in_flight"]) == (1, 1)


def test_an_unknown_wallet_is_not_found(caller: Caller) -> None:
    assert caller.get(f"/wallets/{uuid4()}").status_code == 404


def test_a_transaction_is_found_by_id_and_by_hash(caller: Caller) -> None:
    order, transaction = bound_claim(caller)
    by_id = caller.get(f"/transactions/{transaction.pk}").json()
    assert by_id == caller.get(f"/transactions/by-hash/{HASH.upper().replace('0X', '0x')}").json()
    assert (by_id["orders"], by_id["attempts"][0]["hash"]) == ([str(order.pk)], HASH)


def test_a_transaction_of_others_does_not_exist(caller: Caller) -> None:
    _, transaction = bound_claim(make_caller())
    assert caller.get(f"/transactions/{transaction.pk}").status_code == 404


def test_a_transaction_does_not_tell_of_the_orders_of_others(caller: Caller) -> None:
    mine, transaction = bound_claim(caller)
    theirs = make_claim(make_reward(wallet=mine.wallet), order_client=make_caller().client)
    move([Move(theirs.pk, Status.PENDING, Status.BUSY, transaction=transaction.pk)], actor="lane")
    assert caller.get(f"/transactions/{transaction.pk}").json()["orders"] == [str(mine.pk)]
