"""Whatever may happen to orders, in any order: the Hypothesis state machine of `tests.machine`, and what it has reached."""

import time

from tests.faults.ground import expect
from tests.faults.home import unhurried_disk
from tests.faults.registry import Length, Stage, scenario
from tests.machine import reached
from tests.machine.machine import run
from tests.machine.stage import set_up

LONG = 10_000  # steps
LONGEST = 3 * LONG  # where something has not been reached by then
AT_ONCE = 40  # examples from one seed


@scenario(1, 2, 3, 5, 6, 7, 8, 10, 13, 15, 16, 17, 19, 20, 24, 25, 28, 29, 30, 33, 35, 38, 46)
def machine(it: Stage) -> str:
    """Steps of a random world with every invariant checked after each; the long run has to reach every state and every move."""
    wanted = it.times(500, LONG)
    began = time.monotonic()
    reached.forget()
    with unhurried_disk(), set_up():
        while reached.STEPS["steps"] < wanted or (it.length == Length.ALONE and reached.missing() and not _tired()):
            run(it.rng.randrange(10**6), it.times(5, AT_ONCE))
    took = time.monotonic() - began
    steps = reached.STEPS["steps"]
    for line in reached.table():
        it.say(line)
    missing = ", ".join(reached.missing()) or "nothing"
    expect(
        it.length != Length.ALONE or missing == "nothing",
        f"each state and each move is reached at least once, but never: {missing}",
    )
    told = f"{steps} steps in {reached.STEPS['examples']} examples, {steps / took:.0f} a second"
    return f"{told}; not reached: {missing}"


def _tired() -> bool:
    return reached.STEPS["steps"] >= LONGEST
