"""The pictures in docs/state_machine.md, the code's tables and the database's triggers say the same."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from chain.states import TRANSACTION_MOVES
from mints.states import JOB_MOVES
from orders.states import MOVES

DOCUMENT = Path(__file__).parents[2] / "docs" / "state_machine.md"


def drawn(position: int) -> set[tuple[str, str]]:
    diagram = DOCUMENT.read_text().split("```mermaid")[position].split("```")[0]
    return {(a, b) for a, b in re.findall(r"(\S+) --> (\S+)", diagram) if "[*]" not in (a, b)}


@pytest.mark.parametrize(("position", "moves"), [(1, MOVES), (2, TRANSACTION_MOVES), (3, JOB_MOVES)])
def test_it_draws_exactly_the_moves_of_the_code(position: int, moves: dict[str, tuple[str, ...]]) -> None:
    assert drawn(position) == {(str(a), str(b)) for a, targets in moves.items() for b in targets}


@pytest.mark.parametrize(("room", "moves"), [("orders", MOVES), ("chain", TRANSACTION_MOVES), ("mints", JOB_MOVES)])
def test_it_guards_exactly_the_moves_of_the_code(room: str, moves: dict[str, tuple[str, ...]]) -> None:
    legal = import_module(f"{room}.migrations.0002_guards").LEGAL
    assert set(legal) == {(str(a), str(b)) for a, targets in moves.items() for b in targets}
