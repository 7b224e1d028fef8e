"""The list of mutations fits the code: none is disarmed, none names a test that is gone, and its page shows them all."""

import ast
import re

import pytest

from tests.faults.mutants import page
from tests.faults.mutants.catalogue import MUTATIONS
from tests.faults.mutants.check import trouble
from tests.faults.mutants.copies import PROJECT
from tests.faults.mutants.kinds import Edit, Mutation, replaced
from tests.faults.mutants.workshop import Trial

_ROW = re.compile(r"^\| ([a-z0-9-]+) \| (.+) \| (`.+`) \| [\d.]+ \|$", re.MULTILINE)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_still_fits_the_source(mutation: Mutation) -> None:
    texts: dict[str, str] = {}
    for change in mutation.changes:
        if isinstance(change, Edit):
            text = texts.get(change.file) or (PROJECT / change.file).read_text()
            texts[change.file] = replaced(change.file, text, change.old, change.new)
            ast.parse(texts[change.file])


def test_every_test_that_is_named_exists() -> None:
    named = {test.partition("[")[0] for mutation in MUTATIONS for test in mutation.tests}
    assert {test for test in named if not exists(*test.split("::"))} == set()


def exists(file: str, function: str) -> bool:
    return f"\ndef {function}(" in (PROJECT / file).read_text()


def test_no_two_mutations_share_a_name() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


SAMPLE = Mutation("sample", "nothing", [], ["tests/a.py::test_one", "tests/a.py::test_two"])


@pytest.mark.parametrize(
    ("code", "failed", "words"),
    [
        (0, {}, "ended with 0"),
        (4, {}, "ended with 4"),  # a test that is not there
        (None, {}, "hung"),
        (1, {"tests/a.py::test_one": "assert 1", "tests/a.py::test_two[2]": "assert 2"}, ""),
        (
            1,
            {"tests/a.py::test_one": "assert 1", "tests/a.py::test_two_more": "assert 2"},
            "green without it: tests/a.py::test_two",
        ),
        (1, {"tests/a.py::test_one": "NameError: name 'x' is not defined"}, "no program"),
    ],
)
def test_only_tests_that_fail_show_anything(code: int | None, failed: dict[str, str], words: str) -> None:
    said = trouble(SAMPLE, Trial(code, failed))
    assert words in said if words else said == ""


def test_the_page_lists_exactly_the_mutations_of_the_code() -> None:
    assert _ROW.findall(page.PAGE.read_text()) == [page.cells(mutation) for mutation in MUTATIONS]
