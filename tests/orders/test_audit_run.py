"""The audit that runs by itself: it looks at what is new, keeps what it finds once, and ends within its time."""

from typing import Any

import pytest
from django.db import connection

from chain import proof
from chain.audit import Course
from claims.models import Claim
from orders.audit import runs
from orders.audit.codes import OrderCode
from orders.health import checks
from orders.models import AuditFinding, AuditRun, Order
from orders.states import Status
from tests.chain.rpc_server import Http
from tests.factories import make_claim
from tests.forge import forge
from tests.orders.conftest import Desk


def finished(desk: Desk) -> Claim:
    claim = make_claim(desk.reward)
    desk.finish()
    claim.refresh_from_db()
    return claim


@pytest.fixture
def spoilt(desk: Desk) -> Claim:
    """A completed claim whose token is not the one stored."""
    claim = finished(desk)
    forge(claim, token_ids=[99])
    return claim


def last() -> AuditRun:
    return AuditRun.objects.latest("pk")


def test_a_clean_run_keeps_how_far_it_came(desk: Desk) -> None:
    finished(desk)
    assert runs.run() == "0 found, 0 of them new"
    row = last()
    assert (row.complete, row.found, row.problem, row.reached) == (True, 0, "", {str(desk.network.pk): 1})
    assert row.totals == {"claim": {"completed": 1}}


def test_what_is_found_is_kept_once(desk: Desk, spoilt: Claim) -> None:
    assert runs.run() == "1 found, 1 of them new"
    assert runs.run() == "1 found, 0 of them new"
    row = AuditFinding.objects.get()
    assert (row.code, row.order_id, row.wallet, row.transaction) == (
        OrderCode.WRONG_TOKEN,
        spoilt.pk,
        desk.wallet,
        spoilt.order.transaction,
    )
    assert (row.first_run, row.last_run) == (AuditRun.objects.earliest("pk"), last())


def test_what_was_looked_at_stays_looked_at(desk: Desk, spoilt: Claim) -> None:
    runs.run()
    row = AuditFinding.objects.get()
    assert runs.look_at(row, by="staff:me", reason="an index that lagged")
    assert not runs.look_at(row, by="staff:you", reason="again")
    runs.run()
    row.refresh_from_db()
    assert (row.looked_at_by, row.looked_at_reason) == ("staff:me", "an index that lagged")


def test_the_next_run_looks_at_what_is_new(desk: Desk, spoilt: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "OVERLAP", 0)
    runs.run()
    AuditFinding.objects.all().delete()
    assert runs.run() == "0 found, 0 of them new"  # those blocks are done
    forge(finished(desk), token_ids=[98])
    assert runs.run() == "1 found, 1 of them new"


def test_a_node_that_is_down_blames_nobody_and_is_made_good_by_the_next_run(desk: Desk, spoilt: Claim) -> None:
    desk.chain.fail(Http(503))
    assert runs.run() == "0 found, 0 of them new, incomplete"
    assert (last().complete, AuditFinding.objects.count()) == (False, 0)
    assert "could not be looked at" in last().problem
    desk.chain.fail(None)
    assert runs.run() == "1 found, 1 of them new"


def test_a_run_ends_in_time_and_the_next_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "OVERLAP", 0)
    monkeypatch.setattr(proof, "MOST_BLOCKS", 2)
    for _ in range(3):
        finished(desk)
    times = iter([True, False])
    course = Course(goes_on=lambda: next(times))
    assert runs._audit(course).endswith("incomplete")
    assert (last().reached, "the next run goes on" in last().problem) == ({str(desk.network.pk): 2}, True)
    assert runs.run() == "0 found, 0 of them new"
    assert last().reached[str(desk.network.pk)] == desk.chain._blocks[-1].number - 1


def test_two_at_once_are_one(desk: Desk) -> None:
    with runs._alone() as alone:
        assert alone
        assert runs.run() == "another audit runs"
    assert AuditRun.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_no_node_is_asked_inside_a_database_transaction(committed_desk: Desk) -> None:
    finished(committed_desk)
    inside: list[bool] = []
    node = type(committed_desk.lane.node)
    asked = node._first_answer

    def watched(self: Any, ask: Any) -> Any:
        inside.append(connection.in_atomic_block)
        return asked(self, ask)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node, "_first_answer", watched)
        runs.run()
    assert inside
    assert not any(inside)


# -- where it shows --------------------------------------------------------------------------------------------------------


def test_the_monitor_tells_a_critical_finding_until_somebody_has_looked(desk: Desk, spoilt: Claim) -> None:
    assert checks.audit() == (True, "has not run yet")
    runs.run()
    assert checks.audit() == (False, "found and not looked at: wrong_token")
    runs.look_at(AuditFinding.objects.get(), by="staff:me", reason="seen")
    assert checks.audit()[0]


def test_the_monitor_tells_that_no_audit_is_complete_any_more(desk: Desk) -> None:
    desk.chain.fail(Http(503))
    runs.run()
    assert checks.audit() == (False, "no audit could look at everything yet")
    desk.chain.fail(None)
    runs.run()
    assert checks.audit()[0]
    AuditRun.objects.update(finished="2026-01-01T00:00Z")
    assert not checks.audit()[0]


def test_a_completed_order_is_not_moved_by_being_found(desk: Desk, spoilt: Claim) -> None:
    runs.run()
    assert Order.objects.get().status == Status.COMPLETED
