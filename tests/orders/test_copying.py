"""Rows by COPY: what an INSERT would store, refuse or fill in."""

import secrets
from typing import Any

import pytest
from django.db import DataError, IntegrityError
from django.db.transaction import atomic

from orders.many.bulk import insert
from orders.many.copying import copy_in
from orders.models import Event, Order
from orders.states import Kind, Status
from stakes.inbox import StreamMessage
from stakes.models import Stake
from tests.factories import make_claim, make_staking, signed

pytestmark = pytest.mark.django_db


def an_order(**over: Any) -> Order:
    staking = make_staking()
    return Order(kind=Kind.STAKE, wallet=staking.wallet, group=staking.pk, **over)


def test_a_row_comes_back_as_it_went() -> None:
    stake = signed(make_staking(), target=2**95, amount=2**255, signature_id="tab\\t é, null \\N")
    stake.order = an_order(external_id='quote " and \\ backslash\nnew line')
    copy_in([stake.order])
    copy_in([stake])
    found = Stake.objects.select_related("order").get()
    assert (found.target, found.amount, found.signature_id) == (stake.target, stake.amount, stake.signature_id)
    assert (bytes(found.signature), found.stake_id) == (bytes(stake.signature), None)
    assert (found.order.external_id, found.order.client) == (stake.order.external_id, None)
    assert found.order.created == found.order.moved_at


def test_what_the_database_fills_in_is_filled_in() -> None:
    order = make_claim().order
    copy_in([Event(order=order, to_status=Status.PENDING, actor="command") for _ in range(3)])
    assert len(set(Event.objects.values_list("pk", flat=True))) == 3
    copy_in([StreamMessage(stream="s", message_id="1-0", problem="x", fields={"a": ['"', "é", None]})])
    assert StreamMessage.objects.get().fields == {"a": ['"', "é", None]}


def test_nothing_is_no_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        copy_in([])
        insert([])


def test_the_databases_rules_hold() -> None:
    order = an_order()
    copy_in([order])
    with pytest.raises(IntegrityError), atomic():
        copy_in([order])
    with pytest.raises(IntegrityError), atomic():
        copy_in([an_order(status=Status.FAILED)])  # without a fail reason
    with pytest.raises(IntegrityError), atomic():
        copy_in([an_order(status=Status.BUSY)])  # without a transaction
    with pytest.raises(DataError), atomic():
        copy_in([StreamMessage(stream="s", message_id="1-0", problem="null \x00")])
    with pytest.raises(DataError), atomic():
        copy_in([StreamMessage(stream="s", message_id=secrets.token_hex(40), problem="long")])
    assert Order.objects.get() == order
