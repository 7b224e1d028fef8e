"""docs/security.md names tests that exist, and leaves no line without one unless it says that it comes later."""

import ast
import re

import pytest

from tests.docs.pages import PROJECT, text_of

PAGE = text_of("docs/security.md")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| |")]


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_test_that_the_page_names_exists(file: str, name: str) -> None:
    tree = ast.parse((PROJECT / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_line_names_a_test_or_says_who_else_sees_to_it() -> None:
    ends = [row.rstrip(" |").rpartition("|")[2].strip() for row in ROWS]
    assert len(ROWS) > 30
    assert [row for row, end in zip(ROWS, ends, strict=True) if "`tests/" not in end and end not in ("later", "operator")] == []
