"""The experiment in which a well-known engine pays claims twice: kill -9 in the middle of 300 of them, and start again.

There, measured on this kind of machine, 47 to 195 of the 300 were paid twice and one was lost. What counts is what the chain
says: each claim has a recipient of its own, and the contract's events tell how many times that one was given something.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from chain import cross_check
from claims.models import Reward
from contracts import artifact
from tests.faults.ground import Ground, expect
from tests.faults.registry import Stage, scenario
from tests.faults.shop import Shop, Wish

CLAIMS = 300
CUSTOMERS = 8
SPELL = 6.0  # seconds; within them 300 claims are posted, picked, signed, sent, mined and settled
COMPLETED_WITHIN = 60.0  # seconds from the restart


@scenario(2, 6, 7, 8)
def peer(stage: Stage) -> str:
    """300 claims over REST, kill -9 of every process at a random moment, restart: none is paid twice and none is lost."""
    rounds = [_round(stage, number) for number in range(1, stage.times(2, 20) + 1)]
    return f"{len(rounds)} x {CLAIMS} claims, 0 twice, 0 lost; at most {max(rounds):.1f} s from the restart to the last one"


def _round(stage: Stage, number: int) -> float:
    """Seconds from the restart until all was settled. Raises Failed."""
    after = stage.rng.uniform(0, SPELL)
    with stage.ground(f"round-{number}") as it:
        shop, reward, wishes = Shop(it), it.badge(), [Wish() for _ in range(CLAIMS)]
        unanswered = _until_killed(it, shop, reward, wishes, after)
        began = time.monotonic()
        shop.open()
        it.cluster()
        # What every client does who got no answer.
        _post(shop, reward, unanswered, threading.Event())
        it.prove(COMPLETED_WITHIN)
        took = time.monotonic() - began
        twice, lost = _count(it, reward, wishes)
    answered = CLAIMS - len(unanswered)
    stage.say(f"round {number}: killed after {after:.1f} s with {answered} accepted: {twice} twice, {lost} lost, {took:.1f} s")
    expect((twice, lost) == (0, 0), f"none twice and none lost, not {twice} and {lost}")
    return took


def _until_killed(it: Ground, shop: Shop, reward: Reward, wishes: list[Wish], after: float) -> list[Wish]:
    """Start everything, let the customers come, and kill all of it in the middle; the wishes that got no answer."""
    system = [shop.open(), it.cluster()]
    dead = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(_post, shop, reward, wishes, dead)
        time.sleep(after)
        dead.set()
        it.kill(*system)
        return posting.result()


def _post(shop: Shop, reward: Reward, wishes: Iterable[Wish], dead: threading.Event) -> list[Wish]:
    """Ask for each once, CUSTOMERS at a time; those that were not answered."""

    def ask(wish: Wish) -> Wish | None:
        return wish if dead.is_set() or shop.claim(reward, wish) is None else None

    with ThreadPoolExecutor(CUSTOMERS) as customers:
        return list(filter(None, customers.map(ask, wishes)))


def _count(it: Ground, reward: Reward, wishes: list[Wish]) -> tuple[int, int]:
    """How many were given something twice, and how many nothing, by the chain's own events and read by web3."""
    transfers = cross_check.events(it.chain.url, reward.contract, artifact("Badge721").abi, "Transfer")
    given = Counter(values["to"].lower() for _, values in transfers)
    counts = [given[wish.recipient.lower()] for wish in wishes]
    return sum(count > 1 for count in counts), counts.count(0)
