"""The retry_order command: the same gate as everywhere, with an exit code."""

import json
from collections.abc import Callable, Iterator

import pytest

from orders.models import Order
from orders.states import Status
from tests.chain.rpc_server import Http
from tests.commands.conftest import Ran
from tests.factories import make_claim
from tests.orders.conftest import Desk, a_desk

Run = Callable[..., Ran]
WHO = ("--reason", "asked by phone", "--by", "ana")
NOBODYS = "01a21045-e83e-73e6-841a-4664790fbbe1"  # no order has this id


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()


def failed(desk: Desk) -> Order:
    claim = make_claim(desk.reward, order_tries=2)
    desk.badge.turned.add(claim.recipient)
    desk.finish()
    desk.badge.turned.clear()
    return Order.objects.get(status="failed")


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_it_sets_an_order_going_again(desk: Desk, run: Run) -> None:
    order = failed(desk)
    ran = run("retry_order", order.pk, *WHO)
    assert (ran.code, ran.out) == (0, f"order {order.pk} is pending now\n")
    event = Order.objects.get(pk=order.pk).events.last()
    assert event is not None
    assert (event.actor, event.note) == ("command:ana", "asked by phone")


def test_a_dry_run_shows_the_evidence_and_changes_nothing(desk: Desk, run: Run) -> None:
    order = failed(desk)
    ran = run("retry_order", order.pk, "--dry-run")
    assert ran.code == 0
    assert "nonce 0: spent: reverted" in ran.out
    assert ": reverted in block " in ran.out
    assert "safe to go again" in ran.out
    assert status(order) == Status.FAILED


@pytest.mark.parametrize("more", [("--dry-run",), WHO])
def test_what_is_not_certain_is_refused(desk: Desk, run: Run, more: tuple[str, ...]) -> None:
    order = failed(desk)
    desk.chain.fail(Http(503))
    ran = run("retry_order", order.pk, *more)
    assert (ran.code, "Node 1 of 1 does not answer" in ran.err) == (1, True)
    assert status(order) == Status.FAILED


def test_as_json(desk: Desk, run: Run) -> None:
    order = failed(desk)
    found = json.loads(run("retry_order", order.pk, "--dry-run", "--json").out)
    assert (found["verdict"], found["evidence"]["transactions"][0]["came_to"]) == ("safe", "reverted")
    done = json.loads(run("retry_order", order.pk, "--json", *WHO).out)
    assert (done["status"], done["evidence"]["verdict"]) == ("pending", "safe")


def test_one_that_was_paid_is_completed(desk: Desk, run: Run) -> None:
    make_claim(desk.reward, order_tries=2)
    told = desk.chain.answer_receipt
    desk.chain.lie("eth_getTransactionReceipt", lambda params: told(params) and told(params) | {"status": "0x0", "logs": []})
    desk.finish()
    desk.chain.honest()
    order = Order.objects.get(status="failed")
    ran = run("retry_order", order.pk, *WHO)
    assert (ran.code, "is completed now; 0x" in ran.out) == (0, True)


def test_a_held_order_is_released_by_it(desk: Desk, run: Run) -> None:
    order = make_claim(desk.reward, order_status="held", order_reason="staff").order
    assert run("retry_order", order.pk, *WHO).code == 0
    assert status(order) == Status.PENDING


def test_but_not_one_that_takes_two_people(desk: Desk, run: Run) -> None:
    order = make_claim(desk.reward, order_status="held", order_reason="review").order
    ran = run("retry_order", order.pk, *WHO)
    assert (ran.code, "two members of staff" in ran.err) == (1, True)


def test_an_order_that_is_on_its_way_is_refused(desk: Desk, run: Run) -> None:
    order = make_claim(desk.reward).order
    ran = run("retry_order", order.pk, *WHO)
    assert (ran.code, "An order that is pending" in ran.err) == (1, True)


@pytest.mark.parametrize("arguments", [("nonsense", *WHO), (NOBODYS, *WHO), (NOBODYS,), (NOBODYS, "--reason", "x"), ()])
@pytest.mark.django_db
def test_bad_arguments(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run("retry_order", *arguments)
    assert (ran.code, ran.out) == (2, "")
