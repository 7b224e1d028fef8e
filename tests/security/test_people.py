"""What people and clients try while money is on its way, or twice, or with numbers that are none (faults 46, 48 and 52)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import DatabaseError, connection
from django.db.transaction import atomic
from django.test import Client as Browser
from django.urls import reverse
from django_q.models import Failure, OrmQ, Schedule, Success

from chain.calls import ZERO_ADDRESS
from chain.trail import Trail
from claims.models import Claim
from orders.models import Event, Order
from orders.states import Action, Status
from tests.admin.conftest import Login, bind
from tests.api.conftest import Caller, fields, make_caller
from tests.factories import CONTRACT, an_address, make_claim, make_pool, make_reward, make_token_reward, make_withdrawal
from withdrawals.models import Withdrawal

COMMITTED = pytest.mark.django_db(transaction=True)


def do(browser: Browser, order: Order, name: str, revision: int | None = None) -> list[str]:
    body = {"confirmed": "yes", "reason": "because", "revision": order.revision if revision is None else revision}
    answer = browser.post(reverse("admin:orders_order_do", args=[order.pk, name]), body)
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


# -- staff, while a transaction is on its way (46) ---------------------------------------------------------------------


@COMMITTED
@pytest.mark.fault(46)
@pytest.mark.parametrize("name", list(Action))
def test_whatever_staff_ask_of_an_order_on_its_way_is_refused_and_noted(name: str, operator: Browser) -> None:
    order = make_withdrawal().order
    transaction = bind(order)
    assert "1 order refused" in do(operator, order, name)[0]
    order.refresh_from_db()
    assert (order.status, order.transaction_id) == (Status.BUSY, transaction.pk)
    noted = Trail.objects.get(action="admin", subject_id=str(order.pk))
    assert (noted.actor, "was refused" in str(noted.after)) == ("staff:the-operator", True)


@pytest.mark.fault(46)
@pytest.mark.django_db
def test_no_page_marks_an_order_failed_or_edits_it(login: Login) -> None:
    withdrawal = make_withdrawal()
    bind(withdrawal.order)
    browser = login("superuser")
    wanted = {"status": "failed", "fail_reason": "x", "amount": "1", "recipient": an_address()}
    for name, row in (("orders_order", withdrawal.order), ("withdrawals_withdrawal", withdrawal)):
        assert browser.post(reverse(f"admin:{name}_change", args=[row.pk]), wanted).status_code == 403
        assert browser.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert browser.post(reverse("admin:orders_order_do", args=[withdrawal.pk, "fail"]), wanted).status_code == 404


@pytest.mark.fault(46)
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "change"),
    [
        (Withdrawal, {"amount": 2}),
        (Withdrawal, {"recipient": CONTRACT}),
        (Claim, {"recipient": CONTRACT}),
        (Claim, {"quantity": 2}),
        (Order, {"status": "failed", "fail_reason": "x"}),
        (Order, {"status": "pending", "transaction": None}),
        (Order, {"transaction": None}),
    ],
)
def test_not_even_sql_edits_an_order_on_its_way(model: Any, change: dict[str, Any]) -> None:
    for row in (make_withdrawal(), make_claim()):
        bind(row.order)
    with pytest.raises(DatabaseError), atomic():
        model.objects.update(**change)


@COMMITTED
@pytest.mark.fault(46)
def test_of_two_people_at_once_one_has_it_done(login: Login) -> None:
    order = make_claim().order
    login("operator")
    browsers = []
    for name in ("ana", "ben"):
        browsers.append(Browser())
        browsers[-1].force_login(_operator(name))

    def cancel(browser: Browser) -> str:
        try:
            return do(browser, order, "cancel")[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        said = sorted(threads.map(cancel, browsers))
    order.refresh_from_db()
    assert (order.status, order.revision, Event.objects.filter(order=order).count()) == (Status.CANCELLED, 1, 1)
    (refused,) = [text for text in said if "refused" in text]
    assert "at revision 1, not 0" in refused


def _operator(name: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.set(User.objects.get(username="the-operator").groups.all())
    return user


@pytest.mark.fault(46)
@pytest.mark.django_db
def test_a_page_from_before_the_order_moved_does_nothing(operator: Browser) -> None:
    order = make_claim(order_status="failed", order_fail_reason="no", order_revision=3).order
    assert "refused" in do(operator, order, "retry", revision=2)[0]


@pytest.mark.fault(46)
@pytest.mark.django_db
def test_no_task_is_submitted_again(login: Login) -> None:
    """django-q2's own pages have an action for it, which would run a function with old arguments."""
    assert not {OrmQ, Success} & set(admin.site._registry)
    browser = login("superuser")
    failure = Failure.objects.create(id="1" * 32, name="t", func="orders.worker.runner.tick", started="2026-01-01T00:00Z",
                                     stopped="2026-01-01T00:00Z", success=False)  # fmt: skip
    schedule = Schedule.objects.create(func="orders.worker.runner.pulse", name="pulse")
    body = {"_selected_action": [failure.pk], "action": "resubmit_task", "index": "0"}
    browser.post(reverse("admin:django_q_failure_changelist"), body)
    browser.post(reverse("admin:django_q_schedule_changelist"), {**body, "_selected_action": [schedule.pk]})
    pages = [reverse("admin:django_q_failure_delete", args=[failure.pk]), reverse("admin:django_q_schedule_add")]
    assert [browser.post(page, {"post": "yes", "func": "os.system"}).status_code for page in pages] == [403, 403]
    assert (OrmQ.objects.count(), Failure.objects.count(), Schedule.objects.count()) == (0, 1, 1)


# -- the same thing twice under two keys (48) ---------------------------------------------------------------------------


@pytest.mark.fault(48)
@pytest.mark.parametrize("make", [make_reward, make_token_reward])
def test_a_reward_of_one_for_each_is_given_once_whatever_the_key(make: Any, caller: Caller) -> None:
    reward, recipient = make(limit_per_recipient=1), an_address()
    answers = [
        each.post(path, {"recipient": recipient, **more})
        for each in (caller, make_caller())
        for path, more in ((f"/rewards/{reward.pk}/claim", {}), ("/claims", {"reward": str(reward.pk)}))
    ]
    assert [answer.status_code for answer in answers] == [202, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers[1:]} == {"limit_reached"}
    assert Order.objects.count() == 1


@COMMITTED
@pytest.mark.fault(48)
def test_at_once_too() -> None:
    callers, reward, recipient = [make_caller() for _ in range(4)], make_reward(limit_per_recipient=1), an_address()

    def claim(number: int) -> int:
        each = callers[number % 4]
        try:
            return int(Caller(each.client, each.key).post(f"/rewards/{reward.pk}/claim", {"recipient": recipient}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        assert sorted(threads.map(claim, range(12))) == [202] + [409] * 11


@pytest.mark.fault(48)
def test_in_one_bulk_request_too(caller: Caller) -> None:
    item = {"kind": "claim", "reward": str(make_reward(limit_per_recipient=1).pk), "recipient": an_address()}
    results = caller.post("/orders/bulk", {"orders": [item, item]}).json()["results"]
    assert [result.get("error", {}).get("code", "") for result in results] == ["", "limit_reached"]


@pytest.mark.fault(48)
@pytest.mark.parametrize("door", ["/withdrawals", "/orders/bulk"])
def test_a_receipt_is_paid_once_whatever_the_key(door: str, caller: Caller) -> None:
    body = {"pool": str(make_pool().pk), "recipient": an_address(), "amount": "5", "external_id": "receipt 7"}
    caller.post("/withdrawals", body)
    answer = caller.post(door, {"orders": [{**body, "kind": "withdrawal"}]} if door.endswith("bulk") else body)
    problem = answer.json()["results"][0]["error"] if door.endswith("bulk") else answer.json()
    assert (problem["status"], problem["code"], caller.stored()) == (409, "external_id_taken", 1)


# -- numbers and addresses that are none (52) ---------------------------------------------------------------------------------

AMOUNTS = ["0", "-1", str(2**256), "9" * 79, 1e18, "1e18", "0x10", "1_000", "\u0661"]
RECIPIENTS = [ZERO_ADDRESS, "0x" + "0" * 39 + "9", CONTRACT, "0xd8da6BF26964aF9D7eEd9e03E53415D37aA96045", "0x" + "g" * 40]


@pytest.mark.fault(52)
def test_in_a_bulk_request_each_bad_one_is_named_and_the_good_one_taken(caller: Caller) -> None:
    good = {"kind": "withdrawal", "pool": str(make_pool().pk), "recipient": an_address(), "amount": str(2**256 - 1)}
    items = [{**good, "amount": amount} for amount in AMOUNTS] + [{**good, "recipient": bad} for bad in RECIPIENTS]
    results = caller.post("/orders/bulk", {"orders": [*items, good]}).json()["results"]
    wrong = [result["error"]["errors"][0]["field"] for result in results[:-1]]
    assert wrong == ["amount"] * len(AMOUNTS) + ["recipient"] * len(RECIPIENTS)
    assert (results[-1]["order"]["status"], caller.stored()) == ("pending", 1)


@pytest.mark.fault(52)
def test_an_amount_that_grows_past_the_largest_is_refused(caller: Caller) -> None:
    reward = make_token_reward(amount=2**255)
    answer = caller.post(f"/rewards/{reward.pk}/claim", {"recipient": an_address(), "quantity": 2})
    assert (answer.status_code, fields(answer)) == (400, ["quantity"])


@pytest.mark.fault(52)
@pytest.mark.parametrize("address", ["lower", "checksummed"])
def test_both_ways_to_write_an_address_are_one(address: str, caller: Caller) -> None:
    recipient = an_address()
    body = {"pool": str(make_pool().pk), "amount": "1", "recipient": recipient.lower() if address == "lower" else recipient}
    assert caller.post("/withdrawals", body).json()["recipient"] == recipient


@pytest.mark.fault(52)
@pytest.mark.django_db
@pytest.mark.parametrize(
    "bad", [{"amount": 0}, {"amount": -1}, {"amount": 2**256}, {"recipient": ZERO_ADDRESS}, {"recipient": "0x12"}]
)
def test_the_database_refuses_them_too(bad: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), atomic():
        make_withdrawal(**bad)


@pytest.mark.fault(52)
@pytest.mark.django_db
@pytest.mark.parametrize("bad", [{"quantity": 0}, {"recipient": ZERO_ADDRESS}, {"recipient": ""}, {"recipient": "vitalik.eth"}])
def test_and_for_claims(bad: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError), atomic():
        make_claim(**bad)
