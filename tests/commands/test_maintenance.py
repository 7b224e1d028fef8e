"""`manage.py maintenance`: a database is restored, a person looks, the journal is replayed, the lanes go on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chain import maintenance
from chain.models import Attempt
from orders.models import Order
from orders.states import Status
from tests.backup import Backup
from tests.commands.conftest import Ran
from tests.factories import make_claim
from tests.orders.conftest import Desk
from tests.orders.conftest import desk as desk  # noqa: PLC0414 - a desk on a model chain

Run = Callable[..., Ran]
SAYING = ("--by", "ana", "--reason", "looked")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.JOURNAL_DIR = tmp_path / "journal"
    return tmp_path / "journal"


@pytest.fixture
def yesterday(desk: Desk) -> Desk:
    """A claim was paid, and the database knows nothing of it any more."""
    make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    desk.reopen()
    desk.turn()  # which notices
    return desk


@pytest.mark.fault(40)
def test_from_restored_to_right(yesterday: Desk, run: Run) -> None:
    assert "older than the journal" in run("maintenance", "status").out
    assert "lacks 1 entries" in run("maintenance", "status").out
    assert run("maintenance", "replay").out.endswith("0 known, 1 restored, 0 conflict\n")
    assert run("maintenance", "end", *SAYING) == Ran(0, "Maintenance is off.\n", "")
    yesterday.reopen()
    yesterday.finish()
    assert Order.objects.get().status == Status.COMPLETED
    assert Attempt.objects.count() == 1


@pytest.mark.fault(40)
def test_it_does_not_end_while_the_journal_has_more(yesterday: Desk, run: Run) -> None:
    refused = run("maintenance", "end", *SAYING)
    assert (refused.code, "lacks 1 transactions" in refused.err) == (1, True)
    assert maintenance.reason()
    assert run("maintenance", "end", "--anyway", *SAYING).code == 0


def test_nothing_is_replayed_while_lanes_may_sign(yesterday: Desk, run: Run) -> None:
    run("maintenance", "end", "--anyway", *SAYING)
    refused = run("maintenance", "replay")
    assert (refused.code, refused.err) == (
        1, "CommandError: Begin maintenance first: nothing may be signed while the past is put back.\n"
    )  # fmt: skip
    assert not Attempt.objects.exists()


def test_begin_and_end_by_hand(desk: Desk, run: Run) -> None:
    assert run("maintenance", "begin", *SAYING).out == "Maintenance is on.\n"
    assert run("maintenance", "begin", *SAYING).out == "Maintenance was on already.\n"
    assert desk.turn().blocked
    run("maintenance", "end", *SAYING)
    desk.reopen()
    assert not desk.turn().blocked


def test_a_dry_run_tells_each_as_json(yesterday: Desk, run: Run) -> None:
    told = run("maintenance", "replay", "--dry-run", "--json").out
    assert '"fate": "restored"' in told
    assert not Attempt.objects.exists()


def test_a_conflict_is_an_exit_code(yesterday: Desk, run: Run) -> None:
    Order.objects.update(status=Status.CANCELLED)
    ran = run("maintenance", "replay")
    assert (ran.code, "1 conflict" in ran.out) == (1, True)


def test_a_folder_that_is_not_there_is_a_bad_argument(yesterday: Desk, run: Run, tmp_path: Path) -> None:
    ran = run("maintenance", "replay", tmp_path / "nowhere")
    assert (ran.code, "There is no folder" in ran.err) == (2, True)
