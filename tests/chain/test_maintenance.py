"""A database that is not the one of before sends nothing until a person has looked."""

from pathlib import Path

import pytest
from django.db import connection

from chain import maintenance
from chain.errors import LaneLost
from chain.lane import Lane
from chain.models import Attempt, Installation, Wallet
from tests.lanes import opened, pay, sign
from tests.model_chain import ModelChain


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> None:
    settings.JOURNAL_DIR = tmp_path  # type: ignore[attr-defined]


def reopened(lane: Lane) -> Lane:
    lane.__exit__()
    return opened(Wallet.objects.get())


def test_a_new_database_is_at_work(lane: Lane) -> None:
    assert (maintenance.reason(), lane.maintenance) == ("", "")
    assert Installation.objects.get().identity == maintenance.database_identity()


@pytest.mark.fault(39, 40)
def test_another_cluster_or_timeline_begins_maintenance(lane: Lane) -> None:
    Installation.objects.update(identity="7/00000001/5")
    with reopened(lane) as again:
        assert again.maintenance.startswith("The database is not the one of before: it was 7/00000001/5")
    assert maintenance.reason()


@pytest.mark.fault(39, 40)
def test_a_database_that_lacks_what_was_sent_last_begins_maintenance(lane: Lane) -> None:
    pay(lane)
    with connection.cursor() as cursor:  # as a restore would
        cursor.execute("SET LOCAL session_replication_role = replica; DELETE FROM chain_attempt; DELETE FROM chain_transaction")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    with reopened(lane) as again:
        assert "older than the journal of this host" in again.maintenance


def test_a_database_that_has_it_goes_on(lane: Lane) -> None:
    pay(lane)
    with reopened(lane) as again:
        assert again.maintenance == ""


@pytest.mark.fault(40)
def test_a_lane_in_maintenance_sends_not_even_what_is_signed(lane: Lane, model: ModelChain) -> None:
    ready = sign(lane)
    maintenance.begin("restored", by="lane")
    with reopened(lane) as again:
        again.send(ready)
    assert model.received == []
    assert Attempt.objects.get().first_sent_at is None


def test_whoever_held_a_lane_before_has_lost_it(lane: Lane) -> None:
    maintenance.begin("restored", by="lane")
    with pytest.raises(LaneLost), lane.writing():
        pass


def test_the_first_reason_stays_and_a_person_ends_it(lane: Lane) -> None:
    assert maintenance.begin("restored", by="lane")
    assert not maintenance.begin("again", by="lane")
    assert maintenance.reason() == "restored"
    assert maintenance.end(by="staff:ana", reason="replayed")
    assert not maintenance.end(by="staff:ana", reason="replayed")
    assert maintenance.reason() == ""


def test_where_the_role_may_not_ask_the_database_alone_is_its_identity(lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_IDENTITY", "SELECT pg_read_file('postgresql.conf')")
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE nobody_special; SET LOCAL ROLE nobody_special")
        try:
            assert maintenance.database_identity().startswith("?/?/")
        finally:
            cursor.execute("RESET ROLE")
