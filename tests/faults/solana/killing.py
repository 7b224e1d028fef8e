"""A mint whose worker is killed at random moments, or asked to end: it goes on where it was, and each item is minted once."""

import time

from chain.models import Wallet
from orders.states import Status
from tests.faults.anatomy import left_over
from tests.faults.ground import expect, until
from tests.faults.killing import NEVER, in_words
from tests.faults.registry import Length, Stage, scenario
from tests.faults.solana.ground import SolanaGround, on_solana

IN_FLIGHT = 1  # transaction: so that the mint lasts as long as the killing
SPELL = 4.0  # seconds that a worker lives, at most
ENDS_WITHIN = 10.0  # seconds from SIGTERM
GOES_ON = 90.0  # seconds: a tick that was asked for by one who was killed is asked for anew after one minute


@scenario(3, 5, 6, 7, 8, 12, 61)
def solana_random_kills(stage: Stage) -> str:
    """SIGKILL to a worker and all below it at random moments of one mint; it is started again each time."""
    slot_ms = 50 if stage.length is Length.SHORT else 400
    with on_solana(stage, slot_ms=slot_ms) as it:
        wallet = it.wallet(max_in_flight=IN_FLIGHT)
        collection = it.collection(wallet)
        items, kills = stage.times(120, 1000), stage.times(6, 100)
        it.order_items(collection, items)
        began, hits, back = time.monotonic(), 0, []
        for number in range(kills):
            back.append(_killed(stage, it, wallet))
            hits += it.orders(Status.PENDING, Status.BUSY).exists()
            if number % 10 == 9:
                stage.say(f"{number + 1} kills, {it.tally()}")
        it.cluster()
        it.prove(120 + items)
        it.quiet_logs(NEVER)
        asked = it.chain.questions().total() / items
        took = f"{items} items, each minted once, in {time.monotonic() - began:.0f} s"
        return f"{took}; {hits} of {kills} kills before the last was final; {in_words(back)}; {asked:.1f} questions an item"


def _killed(stage: Stage, it: SolanaGround, wallet: Wallet) -> float:
    """Start a worker and kill it. Seconds until its lane had looked at the chain."""
    Wallet.objects.filter(pk=wallet.pk).update(looked_at=None)
    began = time.monotonic()
    worker = it.cluster()
    until(lambda: Wallet.objects.filter(pk=wallet.pk, looked_at__isnull=False).exists(), GOES_ON, "the lane is open again")
    took = time.monotonic() - began
    time.sleep(stage.rng.uniform(0, SPELL))
    it.kill(worker)
    return took


@scenario(12)
def solana_sigterm(stage: Stage) -> str:
    """SIGTERM in the middle of a mint, at random moments: the worker ends soon, and the next one goes on where it was."""
    took = []
    with on_solana(stage, slot_ms=100) as it:
        collection = it.collection(it.wallet(max_in_flight=IN_FLIGHT))
        for _ in range(stage.times(2, 10)):
            it.order_items(collection, 30)
            worker = it.cluster()
            until(lambda: it.orders(Status.BUSY).exists(), 60, lambda: f"items are on their way ({it.tally()})")
            time.sleep(stage.rng.uniform(0, 2))
            began = time.monotonic()
            worker.terminate()
            expect(worker.wait(ENDS_WITHIN) == 0, "the worker ends in good order")
            took.append(time.monotonic() - began)
            expect(not left_over(), f"nothing is left over, but there is {left_over()}")
            expect(not it.orders(Status.BUSY).filter(transaction__attempts=None).exists(), "what is on its way has its bytes")
        it.cluster()
        it.prove(120)
        it.quiet_logs()
        return f"ended after {max(took):.1f} s at most; {collection.items.count()} items, each minted once"
