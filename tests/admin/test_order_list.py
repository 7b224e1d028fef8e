"""The orders list: found by what people have at hand, and never slower for being longer."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from chain.states import Outcome, TransactionStatus
from claims.models import Claim
from look.paging import CappedPaginator
from orders.models import Order
from orders.moves import Move, move
from orders.states import Reason, Status
from tests.admin.conftest import Login, bind
from tests.factories import make_claim, make_client, make_reward, make_wallet, make_withdrawal

LIST = "/admin/orders/order/"


@pytest.fixture
def viewer(login: Login) -> Browser:
    return login("viewer")


def found(browser: Browser, **query: str) -> list[Order]:
    return list(browser.get(LIST, query).context["cl"].result_list)


def queries(browser: Browser) -> int:
    with CaptureQueriesContext(connection) as seen:
        assert browser.get(LIST).status_code == 200
    return len(seen)


def test_fifty_rows_need_as_many_queries_as_one(viewer: Browser) -> None:
    reward = make_reward()
    make_claim(reward)
    few = queries(viewer)
    for _ in range(49):
        make_claim(reward)
    assert queries(viewer) == few


FIND: list[Callable[[Claim], str]] = [
    lambda claim: str(claim.pk),
    lambda claim: claim.recipient,
    lambda claim: claim.recipient.lower(),
    lambda claim: claim.order.external_id,
    lambda claim: claim.order.transaction.attempts.get().hash,  # type: ignore[union-attr]
]


@pytest.mark.parametrize("term", FIND)
def test_search_is_exact(viewer: Browser, term: Callable[[Claim], str]) -> None:
    claim, _ = make_claim(order_external_id="cs_1"), make_claim(order_external_id="cs_10")
    bind(claim.order)
    assert found(viewer, q=term(claim)) == [claim.order]


def test_search_finds_an_order_by_a_transaction_it_was_once_bound_to(viewer: Browser) -> None:
    order = make_claim().order
    hash_ = bind(order, TransactionStatus.FINAL, Outcome.REVERTED).attempts.get().hash
    move([Move(order.pk, Status.BUSY, Status.PENDING, Reason.BATCH_REVERTED)], actor="lane")
    assert found(viewer, q=hash_) == [order]


@pytest.mark.parametrize("term", ["nothing", "0x" + "0" * 40, "0x" + "z" * 40, "0x" + "0" * 64, "'; drop"])
def test_search_for_what_is_not_there_finds_nothing(viewer: Browser, term: str) -> None:
    make_claim()
    assert found(viewer, q=term) == []


def test_it_filters_by_status_kind_client_group_and_wallet(viewer: Browser) -> None:
    shop = make_client("shop")
    claim = make_claim(order_client=shop, order_status="held", order_reason="staff")
    make_withdrawal()
    order = claim.order
    chosen: list[dict[str, str]] = [
        {"status__exact": "held"}, {"kind__exact": "claim"}, {"reason__exact": "staff"}, {"client__id__exact": str(shop.pk)},
        {"group": str(claim.reward.pk)}, {"wallet__id__exact": str(order.wallet_id)},
    ]  # fmt: skip
    assert [found(viewer, **query) for query in chosen] == [[order]] * len(chosen)


def test_the_newest_come_first(viewer: Browser) -> None:
    reward = make_reward(wallet=make_wallet())
    orders = [make_claim(reward).order for _ in range(3)]
    assert found(viewer) == sorted(orders, key=lambda order: (order.created, order.pk), reverse=True)


def test_rows_are_counted_up_to_a_limit(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("look.paging.COUNT_UP_TO", 2)
    reward = make_reward()
    for _ in range(3):
        make_claim(reward)
    assert CappedPaginator(Order.objects.all(), 50).count == 2
