"""Trying mutations, two at a time, and judging what their tests said."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults.mutants.kinds import Mutation, NotGreen
from tests.faults.mutants.workshop import Trial, Workshop, workshop

HANDS = 2
# How a mutation that is no longer a program fails. That proves nothing.
NONSENSE = ("NameError", "SyntaxError", "ImportError", "ModuleNotFoundError", "UnboundLocalError")


@dataclass(frozen=True, slots=True)
class Judged:
    """One mutation and the seconds it took; `trouble` is empty when every one of its tests went red."""

    mutation: Mutation
    seconds: float
    trouble: str


def check(mutations: Sequence[Mutation], logs: Path) -> list[Judged]:
    """Try them all, after their tests were seen to be green without any. What went well leaves no log.

    Raises NotGreen, and Disarmed for a mutation that no longer fits.
    """
    with workshop(logs, HANDS) as shop, ThreadPoolExecutor(HANDS) as hands:
        tests = sorted({test for mutation in mutations for test in mutation.tests})
        shares = [(f"unmutated-{hand}", tests[hand::HANDS]) for hand in range(HANDS) if tests[hand::HANDS]]
        list(hands.map(lambda share: _must_be_green(shop, *share), shares))
        return list(hands.map(partial(_judge, shop), mutations))


def _must_be_green(shop: Workshop, name: str, tests: Sequence[str]) -> None:
    trial = shop.attempt(name, (), tests)
    if trial.code != 0:
        raise NotGreen(f"without a mutation pytest ends with {trial.code}: {', '.join(trial.failed)}")
    shop.forget(name)


def _judge(shop: Workshop, mutation: Mutation) -> Judged:
    began = time.monotonic()
    judged = trouble(mutation, shop.attempt(mutation.name, mutation.changes, mutation.tests))
    if not judged:
        shop.forget(mutation.name)
    return Judged(mutation, time.monotonic() - began, judged)


def trouble(mutation: Mutation, trial: Trial) -> str:
    """Why this trial does not show that the tests notice the mutation; empty when it does."""
    if trial.code != 1:
        return "pytest hung" if trial.code is None else f"pytest ended with {trial.code}"
    if nonsense := [says for says in trial.failed.values() if says.startswith(NONSENSE)]:
        return f"the mutation is no program: {nonsense[0]}"
    green = [test for test in mutation.tests if not any(_is_of(test, name) for name in trial.failed)]
    return f"green without it: {', '.join(green)}" if green else ""


def _is_of(test: str, name: str) -> bool:
    """Whether a test that ran is the one meant, or one of its parametrised cases."""
    return name == test or name.startswith(f"{test}[")
