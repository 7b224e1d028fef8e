"""The table of mutations, and docs/mutations.md, which shows it with the seconds each of them took when it was last tried."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from tests.faults.mutants.check import Judged
from tests.faults.mutants.copies import PROJECT
from tests.faults.mutants.kinds import Mutation

PAGE = PROJECT / "docs" / "mutations.md"
HEAD = """# Mutations

Each line takes one rule out of a copy of the project: a lock, a constraint, a trigger, a check, a commit. The tests in its
third column fail then; a rule that none of them would miss makes the check itself fail. `python -m tests.faults.mutants` tries
them all, `python -m tests.faults.mutants NAME` one, and `--write` writes what it has seen into this page. `make faults` tries
them too, in its short form a random few. What each of them changes is in `tests/faults/mutants/`.

Last written on {day}: {number} mutations, each turned its tests red.

| Mutation | What is gone | Red | Seconds |
|---|---|---|---|
"""


def cells(mutation: Mutation) -> tuple[str, str, str]:
    """A line of the table, without its seconds."""
    tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in mutation.tests)
    return mutation.name, mutation.removes, tests


def times(judged: Sequence[Judged]) -> dict[str, float]:
    return {each.mutation.name: each.seconds for each in judged}


def table(mutations: Iterable[Mutation], seconds: Mapping[str, float]) -> str:
    """`seconds` by name. Raises KeyError for a mutation that nobody has ever tried."""
    rows = ([*cells(each), f"{seconds[each.name]:.1f}"] for each in mutations)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(mutations: Sequence[Mutation], judged: Sequence[Judged]) -> None:
    """The page anew, with the seconds of those that were tried now and what it said of the others."""
    before = {
        name: float(took) for name, took in re.findall(r"^\| ([\w-]+) \|.* \| ([\d.]+) \|$", PAGE.read_text(), re.MULTILINE)
    }
    seconds = before | times(judged)
    today = date.today()  # noqa: DTZ011 - the day of whoever looked
    PAGE.write_text(HEAD.format(day=f"{today:%-d %B %Y}", number=len(mutations)) + table(mutations, seconds) + "\n")
