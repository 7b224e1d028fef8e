"""`python -m tests.faults.page`: writes into docs/faults.md which tests show how each fault ends.

The tests say it themselves: `@pytest.mark.fault(18)` on a test or as a module's `pytestmark`, `@scenario(11, 12)` on a
scenario.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "faults.md"
MOST = 6  # tests named for one fault; the rest are counted
_ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| .* \|$", re.MULTILINE)
LATER = "comes with"  # what the outcome says of a fault that needs what is not built yet


def faults() -> dict[int, str]:
    """The numbers of the page's rows, and the outcome that each demands."""
    return {int(number): outcome for number, _, outcome in _ROW.findall(PAGE.read_text())}


def shown() -> dict[int, list[str]]:
    """By fault: the tests and scenarios that show it, as `file::function`."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for numbers, name in _marks(ast.parse(path.read_text())):
            for number in numbers:
                found[number].append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marks(tree: ast.Module) -> Iterator[tuple[list[int], str]]:
    of_module = [
        number
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "pytestmark"
        for call in ast.walk(node.value)
        for number in _numbers(call)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            numbers = [number for decorator in node.decorator_list for number in _numbers(decorator)]
            if node.name.startswith("test_"):
                numbers += of_module
            yield sorted(set(numbers)), node.name


def _numbers(node: ast.AST) -> list[int]:
    """The arguments of `pytest.mark.fault(…)` and `scenario(…)`."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("pytest.mark.fault", "scenario"):
        return [int(ast.literal_eval(argument)) for argument in node.args]
    return []


def text() -> str:
    """The page with its last column as the tests have it now."""
    by_fault = shown()
    return _ROW.sub(lambda row: f"| {row[1]} | {row[2]} | {row[3]} | {_named(by_fault[int(row[1])])} |", PAGE.read_text())


def _named(tests: list[str]) -> str:
    named = [f"[`{_name(test)}`](../{test.partition('::')[0]})" for test in _scenarios_first(tests)[:MOST]]
    more = [f"and {len(tests) - MOST} more"] if len(tests) > MOST else []
    return ", ".join(named + more) or "-"


def _scenarios_first(tests: list[str]) -> list[str]:
    return sorted(tests, key=lambda test: not test.startswith("tests/faults/"))


def _name(test: str) -> str:
    return re.sub("^test_", "", test.partition("::")[2])


if __name__ == "__main__":
    PAGE.write_text(text())
