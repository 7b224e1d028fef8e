"""The machine: whatever may happen to orders, one rule each, in any order. After each rule everything is checked."""

from unittest.mock import patch

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.internal.conjecture.engine import ConjectureRunner
from hypothesis.stateful import run_state_machine_as_test

from tests.machine import ending, reached
from tests.machine.actors import ACTORS
from tests.machine.people import People
from tests.machine.sky import Sky
from tests.machine.work import Work

STEPS = 50  # of one example, at most


class Machine(Work, Sky, People):
    """All rules together."""

    def teardown(self) -> None:
        """Make good what can be made good, and audit; unless a step has failed already."""
        try:
            if self.sound:
                self.sound = False
                ending.make_good_and_audit(self)
        finally:
            for actor in ACTORS.values():
                if actor.frozen:
                    actor.kill_frozen()
            for name in list(self.lanes):
                self.leave_lane(name)
            reached.remember()


def run(number: int, examples: int) -> None:
    """So many examples from a seed. A failure is shrunk, and Hypothesis prints its steps beside it."""
    with patch.object(ConjectureRunner, "generate_mutations_from", _not_twice):
        _run(number, examples)


def _not_twice(runner: ConjectureRunner, data: object) -> None:
    """Five of six examples would repeat parts of the one before, which for steps in a world means the same few steps again."""


def _run(number: int, examples: int) -> None:
    run_state_machine_as_test(
        seed(number)(type("Machine", (Machine,), {})),
        settings=settings(
            max_examples=examples, stateful_step_count=STEPS, deadline=None, database=None, print_blob=False,
            verbosity=Verbosity.normal, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
