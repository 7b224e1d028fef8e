"""Each guarantee names what shows it, and that is there."""

import ast
import re

import pytest

from tests.docs.pages import PROJECT, text_of

_NAMED = re.compile(r"\[`([\w.]+)`\]\(\.\./([\w/]+\.py)\)")
_ROWS = [row for row in text_of("docs/guarantees.md").splitlines() if row.startswith("| ") and "Shown by" not in row]


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row[2:40])
def test_what_shows_it_is_there(row: str) -> None:
    shown = _NAMED.findall(row)
    assert shown
    for name, file in shown:
        tree = ast.parse((PROJECT / file).read_text())
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in functions or file.endswith(f"/{name}"), f"{file} has no {name}"
