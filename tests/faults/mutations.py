"""The suite itself is put to the test: a rule less, and it must turn red."""

from tests.faults.ground import expect
from tests.faults.mutants import page
from tests.faults.mutants.catalogue import MUTATIONS
from tests.faults.mutants.check import check
from tests.faults.registry import Stage, scenario


@scenario()
def mutations(stage: Stage) -> str:
    """Every lock, constraint, guard and early commit is removed in turn; the short form takes a random few."""
    chosen = stage.rng.sample(MUTATIONS, 5) if stage.short else list(MUTATIONS)
    judged = check(chosen, stage.logs)
    survivors = [f"{each.mutation.name}: {each.trouble}" for each in judged if each.trouble]
    expect(not survivors, f"every mutation turns its tests red, but: {'; '.join(survivors)}")
    return f"{len(judged)} mutations, each turned its tests red\n{page.table(judged)}"
