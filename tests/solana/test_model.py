"""The model, and the real programs where they are at hand, do what the real ones did when they were recorded."""

from typing import Any

import pytest

from tests.solana import record
from tests.solana.actor import WHOLE, make_bank

Run = list[dict[str, Any]]


@pytest.fixture(scope="module")
def recorded() -> Run:
    return record.recorded()


@pytest.fixture(scope="module", params=WHOLE)
def played(request: pytest.FixtureRequest) -> Run:
    return record.play(make_bank(request.param))


def differences(played: Run, recorded: Run, what: str) -> list[tuple[str, Any, Any]]:
    both = zip(played, recorded, strict=True)
    return [(now["name"], now[what], then[what]) for now, then in both if now[what] != then[what]]


@pytest.mark.parametrize("what", ["name", "wire", "err", "fee", "logs", "inner", "returned", "accounts"])
def test_every_step_ends_as_it_was_recorded(played: Run, recorded: Run, what: str) -> None:
    """If `wire` differs, the script has changed: record anew."""
    assert differences(played, recorded, what) == []


def test_compute_units_are_near(played: Run, recorded: Run) -> None:
    """Within 5 % where Bubblegum did what it was asked; a half where it refused or where others were asked."""
    far = []
    for now, then in zip(played, recorded, strict=True):
        minted = then["err"] is None and any("Instruction: Mint" in line for line in then["logs"])
        if abs(now["units"] - then["units"]) > then["units"] * (0.05 if minted else 0.51):
            far.append((now["name"], now["units"], then["units"]))
    assert far == []


def test_the_record_covers_what_errors_say(recorded: Run) -> None:
    seen = {err["InstructionError"][1].get("Custom") for err in map(_custom, recorded) if err}
    assert {101, 6003, 6004, 6006, 6012, 6013, 6014, 6016, 6017, 6020, 6021, 6028, 6036, 6041, 6049} <= seen


def _custom(step: dict[str, Any]) -> Any:
    err = step["err"]
    return err if isinstance(err, dict) and isinstance(err.get("InstructionError", [0, 0])[1], dict) else None
