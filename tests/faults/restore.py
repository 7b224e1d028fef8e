"""The database goes back in time: what was paid since must not be paid again."""

import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from chain import steering
from chain.models import Transaction, Wallet
from chain.states import Outcome, Waiting, WalletStatus
from local import postgres
from local.binaries import installed
from orders.models import Order
from orders.states import Reason, Status
from tests.faults.ground import Child, Ground, expect, until
from tests.faults.registry import Stage, scenario


@scenario(39, 40)
def restored_from_yesterday(stage: Stage) -> str:
    """A dump is restored over what came after it. Nothing is sent until the journal is replayed; then all is right."""
    with stage.ground() as it:
        before, paid = _go_back(it, stage)
        cluster = it.cluster()
        until(lambda: Wallet.objects.filter(waiting=Waiting.MAINTENANCE).exists(), 60, "the lanes have noticed")
        expect(_spent(it) == paid, "nothing is sent before a person has looked")
        for words in (["replay"], ["end", "--by", "ana", "--reason", "replayed"]):
            done = it.command("maintenance", *words)
            expect(done.wait(60) == 0, f"maintenance {words[0]} ends well")
        took = it.prove(120)
        expect(_spent(it) == paid, "nothing was signed anew")
        expect(cluster.poll() is None, "the worker has not ended")
        return f"{it.orders().count() - before} orders and all payments back {took:.1f} s after maintenance"


@scenario(40)
def restored_without_a_journal(stage: Stage) -> str:
    """The same, and the journal is lost as well: the chain's nonces stop the wallets, and each order waits for a person."""
    with stage.ground() as it:
        _before, paid = _go_back(it, stage)
        for file in settings.JOURNAL_DIR.iterdir():
            file.unlink()
        it.cluster()
        wallets = Wallet.objects.filter(network=it.network)
        until(lambda: not wallets.exclude(status=WalletStatus.QUARANTINED).exists(), 60, "all wallets are quarantined")
        for wallet in wallets:
            until(lambda wallet=wallet: _asked(wallet), 60, "what was spent is final")  # type: ignore[misc]
            wallet.refresh_from_db()
            expect(steering.release(wallet, by="staff:ben", asked_by="staff:ana", nonce=wallet.release_nonce or 0), "released")
        until(lambda: not it.orders(Status.PENDING, Status.BUSY).exists(), 60, lambda: f"all are held ({it.tally()})")
        expect(_spent(it) == paid, "nothing was sent")
        held = it.orders(Status.HELD).filter(reason=Reason.REVIEW).count()
        foreign = Transaction.objects.filter(outcome=Outcome.FOREIGN).count()
        return f"{held} orders held, {foreign} nonces written down as spent elsewhere, nothing paid"


def _asked(wallet: Wallet) -> bool:
    try:
        return steering.ask_for_release(wallet, by="staff:ana", reason="the database was restored")
    except steering.NotSettled:
        return False


def _go_back(it: Ground, stage: Stage) -> tuple[int, list[int]]:
    """Orders, a backup, more orders and the first ones paid, and back. Orders in the backup; what the wallets had spent."""
    reward, pool = it.badge(), it.token_pool()
    number = stage.times(20, 100)
    it.order_claims(reward, number)
    it.order_withdrawals(pool, number)
    backup = dump(stage.logs)
    cluster = it.cluster()
    it.order_claims(reward, number)
    it.order_withdrawals(pool, number)
    it.prove(120)
    _stop(it, cluster)
    paid = _spent(it)
    expect(all(paid), "both wallets have paid")
    restore(backup)
    expect(Order.objects.count() == 2 * number, "the database is that of before")
    expect(not Transaction.objects.exists(), "the database knows of no transaction")
    return 2 * number, paid


def _stop(it: Ground, cluster: Child) -> None:
    cluster.terminate()
    expect(cluster.wait(30) == 0, "the worker drains")


def _spent(it: Ground) -> list[int]:
    """The nonces that the chain has seen of each wallet."""
    addresses = Wallet.objects.filter(network=it.network).order_by("name").values_list("address", flat=True)
    return [int(it.chain.request("eth_getTransactionCount", address, "latest"), 16) for address in addresses]


def dump(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    backup = folder / "yesterday.dump"
    _postgres("pg_dump", "--format=custom", f"--file={backup}")
    return backup


def restore(backup: Path) -> None:
    connections.close_all()
    _postgres("pg_restore", "--clean", "--if-exists", "--no-owner", "--exit-on-error", str(backup))


def _postgres(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own tools, on the database of this run."""
    url = urlsplit(postgres.url(settings.DATA_DIR))
    given = {
        "PGPASSWORD": url.password or "",
        "PGUSER": url.username or "",
        "PGHOST": url.hostname or "",
        "PGPORT": str(url.port),
    }
    command = [str(installed() / "bin" / program), f"--dbname={url.path[1:]}", *arguments]
    done = subprocess.run(command, env={**os.environ, **given}, capture_output=True, text=True, check=False, timeout=120)
    expect(done.returncode == 0, f"{program} ends well: {done.stderr[-500:]}")
