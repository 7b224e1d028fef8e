"""The list of mutations fits the code: none is disarmed, none names a test that is gone, and its page shows them all."""

import ast
import re

import pytest

from tests.faults.mutants import page
from tests.faults.mutants.catalogue import MUTATIONS
from tests.faults.mutants.kinds import Edit, Mutation, replaced
from tests.faults.mutants.workshop import PROJECT

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


def test_the_page_lists_exactly_the_mutations_of_the_code() -> None:
    assert _ROW.findall(page.PAGE.read_text()) == [page.cells(mutation) for mutation in MUTATIONS]
