"""A database from yesterday gets back what was sent since: each order bound to what was sent for it, nothing signed anew."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from chain import journal, maintenance
from chain.models import Attempt, Transaction, Wallet
from chain.states import TransactionStatus, WalletStatus
from orders.memory import Fate, Replayed, quarantine_wallets_with_gaps, replay
from orders.models import Order
from orders.states import Status
from tests.backup import Backup
from tests.factories import make_claim, make_client, make_withdrawal
from tests.model_chain import Result, always
from tests.orders.conftest import Desk
from withdrawals.models import Withdrawal

pytestmark = pytest.mark.fault(39, 40)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> None:
    settings.JOURNAL_DIR = tmp_path


def entries() -> list[journal.Entry]:
    return list(journal.entries(configured.JOURNAL_DIR))


def fates(done: list[Replayed]) -> list[Fate]:
    return [each.fate for each in done]


def put_back(desk: Desk) -> list[Replayed]:
    """Replay, and let the lanes go on, as the runbook has it."""
    maintenance.begin("restored", by="test")
    done = list(replay(entries()))
    maintenance.end(by="staff:ana", reason="replayed")
    desk.reopen()
    return done


def is_paid_once(desk: Desk) -> bool:
    """Every order completed, and the chain has as many mints and transactions of ours as the database."""
    desk.finish()
    unpaid = Order.objects.exclude(status=Status.COMPLETED).exists()
    return not unpaid and desk.chain.nonce(desk.wallet.address) == Transaction.objects.count()


def test_an_order_that_was_paid_since_the_backup_is_not_paid_again(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    assert fates(put_back(desk)) == [Fate.RESTORED]
    assert is_paid_once(desk)
    assert Attempt.objects.count() == 1


def test_until_a_person_has_looked_nothing_is_sent(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    desk.reopen()
    assert desk.turn().blocked
    assert not Attempt.objects.exists()
    assert Wallet.objects.get().waiting == "maintenance"


def test_an_order_that_came_after_the_backup_comes_back_with_its_client(desk: Desk) -> None:
    client = make_client()
    backup = Backup()
    claim = make_claim(desk.reward, order_client=client, order_idempotency_key="k", order_request_hash="h")
    desk.finish()
    backup.restore()
    put_back(desk)
    assert is_paid_once(desk)
    order = Order.objects.get()
    assert (order.pk, order.client, order.idempotency_key) == (claim.pk, client, "k")
    assert order.events.first().actor == "journal"  # type: ignore[union-attr]


def test_an_order_that_its_client_has_sent_again_takes_the_place_of_the_lost_one(desk: Desk) -> None:
    client = make_client()
    backup = Backup()
    same: dict[str, Any] = {"order_client": client, "order_idempotency_key": "k", "order_request_hash": "h"}
    first = make_claim(desk.reward, recipient="0x90F79bf6EB2c4f870365E785982E1f101E93b906", **same)
    desk.finish()
    backup.restore()
    again = make_claim(desk.reward, recipient=first.recipient, **same)
    put_back(desk)
    assert is_paid_once(desk)
    assert Order.objects.get().pk == again.pk


def test_an_order_that_reverted_first_is_bound_to_what_was_sent_last(desk: Desk) -> None:
    withdrawal = make_withdrawal(desk.pool)
    backup = Backup()
    desk.chain.contracts[withdrawal.recipient] = lambda _data, mined: Result(ok=not mined)
    desk.finish()
    desk.chain.contracts[withdrawal.recipient] = always(Result())
    desk.finish()
    backup.restore()
    assert fates(put_back(desk)) == [Fate.RESTORED, Fate.RESTORED]
    withdrawal.order.refresh_from_db()
    assert withdrawal.order.transaction == Transaction.objects.get(nonce=1)
    assert is_paid_once(desk)


def test_a_failed_and_a_held_order_come_back_as_well(desk: Desk) -> None:
    orders = [make_claim(desk.reward).order, make_claim(desk.reward).order]
    backup = Backup()
    desk.finish()
    backup.restore()
    Order.objects.filter(pk=orders[0].pk).update(status="held", reason="staff")
    Order.objects.filter(pk=orders[1].pk).update(status="failed", fail_reason="because")
    put_back(desk)
    assert is_paid_once(desk)


def test_what_was_cancelled_after_the_restore_is_for_a_person(desk: Desk) -> None:
    claim = make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    Order.objects.filter(pk=claim.pk).update(status=Status.CANCELLED)
    (done,) = put_back(desk)
    assert (done.fate, "is cancelled" in done.note) == (Fate.CONFLICT, True)
    assert not Transaction.objects.exists()


def test_a_nonce_that_was_signed_for_something_else_is_for_a_person(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    other = make_claim(desk.reward).order
    Transaction.objects.create(wallet=desk.wallet, nonce=0, to=desk.wallet.address, data=b"", gas_limit=1)
    (done,) = put_back(desk)
    assert done.fate == Fate.CONFLICT
    assert done.note.startswith("Nonce 0 of wallet")
    other.refresh_from_db()
    assert other.status == Status.PENDING


def test_what_the_database_has_is_left_alone(desk: Desk) -> None:
    make_claim(desk.reward)
    desk.turn()
    assert fates(list(replay(entries()))) == [Fate.KNOWN]


def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.finish()
    backup.restore()
    assert fates(list(replay(entries(), dry_run=True))) == [Fate.RESTORED]
    assert not Transaction.objects.exists()


def test_bytes_that_never_reached_a_node_are_sent_as_they_were(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.turn()
    desk.chain.pool.clear()
    (raw,) = desk.chain.received
    backup.restore()
    put_back(desk)
    assert is_paid_once(desk)
    assert set(desk.chain.received) == {raw}


def test_a_fact_of_the_first_step_comes_back_with_the_second(desk: Desk) -> None:
    """A pool's poll id is the chain's answer to the first of two transactions; without it, it would be proposed again."""
    withdrawal = make_withdrawal(desk.pool)
    backup = Backup()
    Withdrawal.objects.filter(pk=withdrawal.pk).update(withdrawal_id=7)
    desk.turn()
    backup.restore()
    put_back(desk)
    assert Withdrawal.objects.get().withdrawal_id == 7


def test_a_replacement_comes_back_beside_its_original(desk: Desk) -> None:
    make_claim(desk.reward)
    backup = Backup()
    desk.turn()
    Transaction.objects.update(cancel_asked_by="staff:ana")
    desk.turn()
    backup.restore()
    put_back(desk)
    transaction = Transaction.objects.get()
    assert (transaction.status, transaction.attempts.count()) == (TransactionStatus.SENT, 2)


@pytest.mark.parametrize("lost", [0, 1])
def test_a_nonce_that_nobody_remembers_quarantines_the_wallet(desk: Desk, lost: int) -> None:
    for _ in range(3):
        make_withdrawal(desk.pool)
    backup = Backup()
    desk.finish()
    backup.restore()
    list(replay([entry for entry in entries() if entry.nonce != lost]))
    assert [wallet.pk for wallet in quarantine_wallets_with_gaps()] == [desk.wallet.pk]
    wallet = Wallet.objects.get()
    assert (wallet.status, f"nonces {lost} did" in wallet.status_reason) == (WalletStatus.QUARANTINED, True)
