"""The database's connection breaks: at every statement there is, and in the middle of a COMMIT. What is there is read anew."""

from collections.abc import Callable
from itertools import count

import pytest
from django.db import OperationalError
from django.db.models.functions import Now

from chain.models import Attempt, Wallet
from claims.models import Claim
from orders.models import Event
from orders.states import Status
from orders.worker.runner import ask_for_ticks
from tests.behind import behind_proxy
from tests.factories import make_claim
from tests.orders.conftest import Desk
from tests.orders.life import Details, assert_all_paid_once, some_orders, tick
from tests.statements import CutAt, When, commit_of, nth
from withdrawals.models import Withdrawal


def cut_at_each(desk: Desk, among: bytes, when: When, orders: Callable[[Desk], Details] = some_orders) -> int:
    """Cut tick after tick, each at the next of the statements with these words in it, until there are no more. How many.

    Each of these ticks has final transactions to settle and new orders to send, and one that is left in peace comes after it.
    """
    details: list[Claim | Withdrawal] = []
    with behind_proxy() as proxy:
        for number in count(1):
            details += orders(desk)
            proxy.harm = cut = CutAt(nth(number, among), when)
            tick(desk)
            proxy.heal()
            tick(desk)
            desk.chain.mine(desk.network.confirmations)
            if cut.met is None:
                break
        assert_all_paid_once(desk, details)
    return number


@pytest.mark.fault(38)
def test_cut_before_any_statement_every_order_is_paid_once(committed_desk: Desk) -> None:
    assert cut_at_each(committed_desk, b"", When.BEFORE, lambda desk: [make_claim(desk.reward)]) > 50


@pytest.mark.fault(38)
@pytest.mark.parametrize("words", [b"COMMIT", b"advisory"])
def test_an_answer_lost_by_what_the_server_has_carried_out_every_order_is_paid_once(committed_desk: Desk, words: bytes) -> None:
    """Elsewhere it is the same to us whether the server had the statement: it takes back what is not committed."""
    assert cut_at_each(committed_desk, words, When.AFTER) > 1


# -- in the middle of a COMMIT -------------------------------------------------------------------------------------


def tick_with_lost_commit(desk: Desk, words: bytes, when: When) -> None:
    """A tick that loses its connection by the COMMIT of the first statement with these words in it."""
    with behind_proxy() as proxy:
        proxy.harm = cut = CutAt(commit_of(words), when)
        tick(desk)
        assert cut.met is not None


@pytest.mark.fault(38)
@pytest.mark.parametrize(("when", "signed"), [(When.BEFORE, 0), (When.AFTER, 1)])
def test_when_the_commit_of_the_bytes_is_lost_nothing_is_sent_before_it_was_looked_up(
    committed_desk: Desk, when: When, signed: int
) -> None:
    claim = make_claim(committed_desk.reward)
    tick_with_lost_commit(committed_desk, b'INSERT INTO "chain_attempt"', when)
    assert committed_desk.chain.received == []
    hashes = list(Attempt.objects.values_list("hash", flat=True))
    assert len(hashes) == signed
    assert_all_paid_once(committed_desk, [claim])
    assert list(Attempt.objects.values_list("hash", flat=True)[:signed]) == hashes
    assert (Attempt.objects.count(), len(committed_desk.chain.received)) == (1, 1)


@pytest.mark.fault(38)
@pytest.mark.parametrize("when", When)
def test_when_the_commit_of_the_nodes_answer_is_lost_the_same_bytes_go_again_at_most(committed_desk: Desk, when: When) -> None:
    claim = make_claim(committed_desk.reward)
    tick_with_lost_commit(committed_desk, b'UPDATE "chain_attempt"', when)
    tick(committed_desk)
    assert len(committed_desk.chain.received) == (2 if when is When.BEFORE else 1)
    assert len(set(committed_desk.chain.received)) == 1
    assert_all_paid_once(committed_desk, [claim])


@pytest.mark.fault(38)
@pytest.mark.parametrize("when", When)
def test_when_the_commit_of_the_end_is_lost_it_is_written_once(committed_desk: Desk, when: When) -> None:
    claim = make_claim(committed_desk.reward)
    tick(committed_desk)
    committed_desk.chain.mine(2)
    tick_with_lost_commit(committed_desk, b"'final'", when)
    assert_all_paid_once(committed_desk, [claim])
    assert Event.objects.filter(order=claim.pk, to_status=Status.COMPLETED).count() == 1
    claim.refresh_from_db()
    assert len(claim.token_ids or []) == 1


@pytest.mark.fault(38)
@pytest.mark.parametrize("words", [b"pg_try_advisory_lock", b'"fence" = '])
def test_a_tick_that_lost_its_connection_may_be_asked_for_again_at_once(committed_desk: Desk, words: bytes) -> None:
    make_claim(committed_desk.reward)
    Wallet.objects.update(tick_asked_at=Now())
    with behind_proxy() as proxy:
        proxy.harm = CutAt(nth(1, words), When.BEFORE)
        tick(committed_desk)
        assert Wallet.objects.get().tick_asked_at is None


@pytest.mark.fault(38)
def test_a_tick_whose_message_is_lost_on_the_way_to_the_broker_is_asked_for_again_at_once(committed_desk: Desk) -> None:
    make_claim(committed_desk.reward)
    with behind_proxy() as proxy:
        proxy.harm = CutAt(nth(1, b"django_q_ormq"), When.BEFORE)
        with pytest.raises(OperationalError):
            ask_for_ticks()
        assert Wallet.objects.get().tick_asked_at is None
        assert ask_for_ticks() == 1
