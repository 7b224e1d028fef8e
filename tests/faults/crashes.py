"""SIGKILL at chosen points of the code."""

import signal

from chain.crash import POINTS, VARIABLE
from claims.models import Reward
from orders.states import Status
from tests.faults.ground import Ground, expect
from tests.faults.registry import Stage, scenario


@scenario(3, 5, 6, 7, 8)
def kill_at_each_point(stage: Stage) -> str:
    """One process after the other dies at a named point, each with new orders and its forerunner's wreck; the last lives."""
    rounds = stage.times(1, 12)
    for number in range(rounds):
        with stage.ground(f"round-{number}", block_time=None, confirmations=1) as it:
            reward = it.badge()
            for point in stage.rng.sample(POINTS, len(POINTS)):
                _die_at(it, reward, point)
            expect(it.command("process_claims").wait(60) == 0, "the last process ends well")
            it.prove(10)
    return f"{rounds} x {len(POINTS)} deaths, each point once in each round"


def _die_at(it: Ground, reward: Reward, point: str) -> None:
    it.order_claims(reward, 40)
    code = it.command("process_claims", **{VARIABLE: point}).wait(60)
    expect(code == -signal.SIGKILL, f"death at {point}, not exit code {code}")
    _nothing_loose(it)


def _nothing_loose(it: Ground) -> None:
    """Before anything is made good: whatever could be on the chain has its bytes in the database."""
    expect(not it.orders(Status.BUSY).filter(transaction__attempts=None).exists(), "every busy order has signed bytes")
