"""The database goes back in time in the middle of a mint: what was minted since must not be minted again."""

from django.conf import settings

from chain import steering
from chain.models import Wallet
from chain.solana.wanted import Program
from chain.states import Waiting, WalletStatus
from local.server import wait_until
from mints.models import Collection
from orders.models import Order
from orders.notify import call
from orders.states import Reason, Status
from tests.faults.ground import expect, until
from tests.faults.registry import Stage, scenario
from tests.faults.restore import dump, restore
from tests.faults.solana.ground import SolanaGround, on_solana
from tests.faults.solana.proof import FINAL

SLOT_MS = 50


@scenario(39, 40)
def solana_restored_from_yesterday(stage: Stage) -> str:
    """A dump from before the tree or from amidst the mint is restored. Nothing is sent until the journal is replayed."""
    took = [_replayed(stage, begun=begun) for begun in (False, True)[: stage.times(1, 2)]]
    return f"each item minted once, all of them back {max(took):.1f} s after maintenance"


def _replayed(stage: Stage, *, begun: bool) -> float:
    with on_solana(stage, f"begun-{begun}", slot_ms=SLOT_MS) as it:
        collection = _go_back(it, stage, begun=begun)
        sent = _signatures(it, collection)
        it.cluster()
        until(lambda: Wallet.objects.filter(waiting=Waiting.MAINTENANCE).exists(), 60, "the lane has noticed")
        for words in (["replay"], ["end", "--by", "ana", "--reason", "replayed"]):
            done = it.command("maintenance", *words)
            expect(done.wait(60) == 0, f"maintenance {words[0]} ends well")
        call(str(collection.wallet_id))  # else the lane looks when it has been idle for half a minute
        took = it.prove(120)
        expect(_signatures(it, collection) == sent, "nothing was signed anew")
        return took


@scenario(40)
def solana_restored_without_a_journal(stage: Stage) -> str:
    """The same without the journal: the tree, or the wallet's own past, stops it, and each item waits for people."""
    held = [_held(stage, begun=begun) for begun in (False, True)[: stage.times(1, 2)]]
    return f"{' and '.join(map(str, held))} items held, none was minted again"


def _held(stage: Stage, *, begun: bool) -> int:
    with on_solana(stage, f"begun-{begun}", slot_ms=SLOT_MS) as it:
        collection = _go_back(it, stage, begun=begun)
        sent = _signatures(it, collection)
        for file in settings.JOURNAL_DIR.iterdir():
            file.unlink()
        it.cluster()
        quarantined = Wallet.objects.filter(pk=collection.wallet_id, status=WalletStatus.QUARANTINED)
        until(quarantined.exists, 60, "the wallet is quarantined")
        _release(quarantined.select_related("network").get())
        until(lambda: not it.orders(Status.PENDING, Status.BUSY).exists(), 60, lambda: f"all are held ({it.tally()})")
        expect(_signatures(it, collection) == sent, "nothing was sent")
        return it.orders(Status.HELD).filter(reason=Reason.REVIEW).count()


def _go_back(it: SolanaGround, stage: Stage, *, begun: bool) -> Collection:
    """Items, a backup, further items, all minted; and back. `begun`: the tree stood by then, with some leaves."""
    collection = it.collection(it.wallet(), Program.MINT_V1)
    number = stage.times(10, 60)
    if begun:
        it.order_items(collection, number)
        _work(it)
    it.order_items(collection, number)
    backup = dump(stage.logs / str(begun))
    it.order_items(collection, number)
    _work(it)
    restore(backup)
    expect(it.orders(Status.PENDING).count() == number, "the database is that of before")
    expect(Order.objects.count() == number * (2 if begun else 1), "the database is that of before")
    return collection


def _work(it: SolanaGround) -> None:
    worker = it.cluster()
    it.prove(120)
    worker.terminate()
    expect(worker.wait(30) == 0, "the worker drains")


def _signatures(it: SolanaGround, collection: Collection) -> int:
    """Transactions on the chain that name the wallet."""
    return len(it.chain.request("getSignaturesForAddress", collection.wallet.address, {**FINAL, "limit": 1000}))


def _release(wallet: Wallet) -> None:
    expect(wait_until(lambda: _asked(wallet), 60), "what was sent has come to its end")
    wallet.refresh_from_db()
    expect(steering.release(wallet, by="staff:ben", asked_by="staff:ana", nonce=wallet.release_nonce or 0), "released")
    call(str(wallet.pk))


def _asked(wallet: Wallet) -> bool:
    try:
        return steering.ask_for_release(wallet, by="staff:ana", reason="the database was restored")
    except steering.NotSettled:
        return False
