"""A database from yesterday, and a journal that has more: what was sent on Solana since is bound again, nothing twice."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from chain import journal, maintenance
from chain.models import Attempt, Transaction, Wallet
from chain.states import Outcome, TransactionStatus, WalletStatus
from mints.models import Item
from orders.memory import Fate, replay
from orders.models import Order
from orders.states import Status
from tests.backup import Backup
from tests.solana.farm import EXPIRED, FINAL, Farm

pytestmark = pytest.mark.fault(39, 40)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.JOURNAL_DIR = tmp_path


def put_back() -> list[Fate]:
    """Replay, and let the lanes go on, as the runbook has it."""
    maintenance.begin("restored", by="test")
    done = [each.fate for each in replay(list(journal.entries(configured.JOURNAL_DIR)))]
    maintenance.end(by="staff:ana", reason="replayed")
    return done


def finish(farm: Farm) -> list[tuple[str, int | None]]:
    for _ in range(3):
        farm.turn(then=FINAL)
    return list(Item.objects.order_by("number").values_list("order__status", "leaf_index"))


def test_an_entry_has_what_the_bytes_are_bound_to(farm: Farm) -> None:
    farm.mint()
    stored = Attempt.objects.latest("pk")
    entry = list(journal.entries(configured.JOURNAL_DIR))[-1]
    assert (entry.blockhash, entry.last_valid_height) == (stored.blockhash, stored.last_valid_height)
    attempt = entry.as_attempt()
    assert all(
        getattr(attempt, name) == getattr(stored, name) for name in ("hash", "blockhash", "last_valid_height", "max_fee")
    )


def test_a_line_from_before_solana_is_still_read(farm: Farm) -> None:
    farm.mint()
    (file,) = configured.JOURNAL_DIR.glob("*.jsonl")
    line = json.loads(file.read_text().splitlines()[-1])
    del line["blockhash"], line["last_valid_height"]
    file.write_text(json.dumps(line) + "\n")
    (entry,) = journal.entries(configured.JOURNAL_DIR)
    assert (entry.as_attempt().blockhash, entry.as_attempt().last_valid_height) == ("", None)


def test_items_that_were_minted_since_the_backup_are_not_minted_again(farm: Farm) -> None:
    farm.mint()
    farm.items(2)
    backup = Backup()
    farm.turn(then=FINAL)
    farm.turn()
    backup.restore()
    assert put_back() == [Fate.KNOWN, Fate.KNOWN, Fate.RESTORED]
    restored = Transaction.objects.latest("created")
    assert (restored.status, restored.attempts.get().last_valid_height is None) == (TransactionStatus.SENT, False)
    assert finish(farm) == [(Status.COMPLETED, 0), (Status.COMPLETED, 1), (Status.COMPLETED, 2)]
    assert (Attempt.objects.count(), farm.tree.leaves) == (3, 3)


def test_the_tree_itself_is_not_opened_again(farm: Farm) -> None:
    farm.items()
    backup = Backup()
    farm.turn(then=FINAL)
    farm.turn(then=FINAL)
    backup.restore()
    assert Fate.CONFLICT not in put_back()
    assert finish(farm) == [(Status.COMPLETED, 0)]
    assert farm.tree.leaves == 1


def test_what_expired_and_was_signed_anew_since_is_minted_once(farm: Farm) -> None:
    farm.mint()
    farm.items()
    backup = Backup()
    farm.lose()
    farm.turn(then=EXPIRED + FINAL)
    farm.lose(0)
    farm.turn(then=FINAL)
    backup.restore()
    assert put_back()[-2:] == [Fate.RESTORED, Fate.RESTORED]
    assert finish(farm) == [(Status.COMPLETED, 0), (Status.COMPLETED, 1)]
    assert sorted(Transaction.objects.values_list("outcome", flat=True)) == sorted([Outcome.EXPIRED, *[Outcome.SUCCEEDED] * 3])


def test_without_a_journal_the_tree_tells_and_the_wallet_is_quarantined(farm: Farm) -> None:
    farm.mint()
    farm.items()
    backup = Backup()
    farm.turn(then=FINAL)
    farm.turn()
    backup.restore()
    for file in configured.JOURNAL_DIR.glob("*.jsonl"):
        file.unlink()
    maintenance.begin("restored", by="test")
    maintenance.end(by="staff:ana", reason="there is no journal")
    farm.turn()
    assert Wallet.objects.get().status == WalletStatus.QUARANTINED
    assert Order.objects.filter(status=Status.PENDING).count() == 1
