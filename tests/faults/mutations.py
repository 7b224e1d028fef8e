"""The suite itself is put to the test: a rule less, and it must turn red."""

from tests.faults.ground import expect
from tests.faults.mutants import page
from tests.faults.mutants.catalogue import MUTATIONS
from tests.faults.mutants.check import check
from tests.faults.registry import Length, Stage, scenario


@scenario()
def mutations(stage: Stage) -> str:
    """Locks, constraints, guards and early commits are removed in turn: all of them, or as part of more a random few."""
    every = list(MUTATIONS)
    chosen = {Length.SHORT: stage.rng.sample(every, 5), Length.WHOLE: stage.rng.sample(every, 30)}.get(stage.length, every)
    judged = check(chosen, stage.logs)
    survivors = [f"{each.mutation.name}: {each.trouble}" for each in judged if each.trouble]
    expect(not survivors, f"every mutation turns its tests red, but: {'; '.join(survivors)}")
    table = page.table([each.mutation for each in judged], page.times(judged))
    return f"{len(judged)} mutations, each turned its tests red\n{table}"
