"""The way of an order is short, and docs/way_of_an_order.md tells it as the code has it."""

import ast
import re
from typing import NamedTuple

import pytest

from tests.docs.pages import PROJECT, text_of

_STEP = re.compile(r"^\| (\d) \| \[`([\w.]+)`\]\(\.\./([\w/]+\.py)\) \|", re.MULTILINE)


class Step(NamedTuple):
    number: str
    function: str
    file: str


STEPS = [Step(*found) for found in _STEP.findall(text_of("docs/way_of_an_order.md"))]


def test_the_way_has_at_most_eight_functions() -> None:
    assert [int(step.number) for step in STEPS] == list(range(1, len(STEPS) + 1))
    assert 6 <= len(STEPS) <= 8


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.function)
def test_each_function_is_in_the_file_that_the_page_names(step: Step) -> None:
    assert step.function in functions(step.file)


def test_the_picture_shows_the_same_functions() -> None:
    picture = text_of("docs/img/way_of_an_order.svg")
    assert re.findall(r'class="code"[^>]*>\d  ([\w.]+)<', picture) == [step.function for step in STEPS]


def functions(file: str) -> set[str]:
    """All functions of a module, and the methods of its classes as `Class.method`."""
    tree = ast.parse((PROJECT / file).read_text())
    methods = {f"{top.name}.{inner.name}" for top in tree.body if isinstance(top, ast.ClassDef) for inner in defs(top)}
    return methods | {inner.name for inner in defs(tree)}


def defs(node: ast.Module | ast.ClassDef) -> list[ast.FunctionDef]:
    return [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
