"""The database refuses a statement or a COMMIT, as on a full disk, a deadlock, a serialization failure, a lock held too long.

Whatever was begun is undone as a whole, and the next tick begins anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from chain.locks import lock_connection
from orders.models import Event
from tests.api.conftest import make_caller
from tests.factories import an_address, make_claim
from tests.orders.conftest import Desk
from tests.orders.life import assert_all_paid_once, assert_nobody_is_blamed, some_orders, tick

pytestmark = pytest.mark.fault(41)

ERRORS = {"disk full": "53100", "serialization failure": "40001", "deadlock": "40P01", "lock timeout": "55P03"}
# Where each of the lane's commits writes, and where intake does
COMMITS = {
    "the bytes": ("chain_attempt", "INSERT"),
    "a node's answer": ("chain_attempt", "UPDATE"),
    "the end": ("orders_event", "INSERT"),
    "the fence": ("chain_wallet", "UPDATE"),
}


@contextmanager
def refusing(table: str, operation: str, code: str, *, at_commit: bool) -> Iterator[None]:
    """The first such statement in the test, or its COMMIT, fails with an SQLSTATE; later ones are carried out."""
    kind = "CONSTRAINT TRIGGER" if at_commit else "TRIGGER"
    rest = "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW" if at_commit else "FOR EACH ROW"
    with lock_connection() as admin:
        admin.execute("CREATE SEQUENCE refusals")  # a sequence counts on even when a transaction is undone
        admin.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF nextval('refusals') = 1 THEN RAISE EXCEPTION 'refused on purpose' USING ERRCODE = '{code}'; END IF; "
            "RETURN NEW; END $$"
        )
        admin.execute(f"CREATE {kind} refuse AFTER {operation} ON {table} {rest} EXECUTE FUNCTION refuse()")
        try:
            yield
        finally:
            connection.close()
            admin.execute("DROP FUNCTION refuse CASCADE")
            seen = admin.execute("SELECT is_called FROM refusals").fetchone()
            admin.execute("DROP SEQUENCE refusals")
    assert seen == (True,)


@pytest.mark.parametrize("at_commit", [False, True], ids=["statement", "commit"])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("commit", COMMITS)
def test_a_refused_transaction_is_undone_as_a_whole_and_tried_anew(
    committed_desk: Desk, commit: str, error: str, at_commit: bool
) -> None:
    details = some_orders(committed_desk)
    with refusing(*COMMITS[commit], ERRORS[error], at_commit=at_commit):
        for _ in range(4):
            tick(committed_desk)
            assert_nobody_is_blamed()
            committed_desk.chain.mine(2)
    assert_all_paid_once(committed_desk, details)
    assert Event.objects.filter(to_status="completed").count() == 3
    assert len(set(committed_desk.chain.received)) == 2


@pytest.mark.parametrize("error", ERRORS)
def test_a_refused_order_is_not_stored_and_the_same_key_brings_it_in(committed_desk: Desk, error: str) -> None:
    caller = make_caller()
    path, body = f"/rewards/{committed_desk.reward.pk}/claim", {"recipient": an_address()}
    with refusing("orders_order", "INSERT", ERRORS[error], at_commit=True):
        refused = caller.post(path, body, key="k")
        assert (refused.status_code, refused.json()["code"], caller.stored()) == (503, "try_again", 0)
        assert caller.post(path, body, key="k").status_code == 202
    assert caller.stored() == 1


def test_a_row_that_somebody_holds_is_waited_for_no_longer_than_the_lock_timeout(committed_desk: Desk) -> None:
    """A real lock: somebody sits on the wallet's row. The tick gives up, and the next one pays."""
    claim = make_claim(committed_desk.reward)
    there = connection.settings_dict["OPTIONS"]["options"]
    connection.close()
    connection.settings_dict["OPTIONS"]["options"] = f"{there} -c lock_timeout=100ms"
    try:
        with lock_connection() as other, other.transaction():
            other.execute("SELECT FROM chain_wallet FOR UPDATE")
            tick(committed_desk)
            assert committed_desk.chain.received == []
    finally:
        connection.close()
        connection.settings_dict["OPTIONS"]["options"] = there
    assert_all_paid_once(committed_desk, [claim])
