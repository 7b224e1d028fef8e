"""`python -m tests.faults [--short] [--seed N] [NAME…]`: run the scenarios, a line each. Exit code 1 when one fails."""

# ruff: noqa: T201 - talking to a terminal is what this file is for

import argparse
import random
import secrets
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults.home import prepared

if TYPE_CHECKING:
    from tests.faults.registry import Scenario


def main() -> int:
    options = _options()
    print(f"seed {options.seed}", flush=True)
    with prepared() as home:
        from tests.faults import broker, chains, crash_points, crashes, database, load, machine  # noqa: F401, PLC0415 - models need Django; they register
        from tests.faults.registry import SCENARIOS  # noqa: PLC0415

        if unknown := set(options.names) - set(SCENARIOS):
            sys.exit(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
        chosen = {name: SCENARIOS[name] for name in options.names or SCENARIOS}
        passed = sum(_run(name, play, home / "log", options) for name, play in chosen.items())
    print(f"{passed} passed, {len(chosen) - passed} failed", flush=True)
    return 0 if passed == len(chosen) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="Only these scenarios.")
    parser.add_argument("--short", action="store_true", help="Fewer repetitions: minutes instead of a quarter of an hour.")
    seed = secrets.randbelow(10**6)
    parser.add_argument("--seed", type=int, default=seed, help="Repeat the random choices of an earlier run.")
    return parser.parse_args()


def _run(name: str, play: "Scenario", logs: Path, options: argparse.Namespace) -> bool:
    from tests.faults.ground import Failed  # noqa: PLC0415
    from tests.faults.registry import Stage  # noqa: PLC0415

    began = time.monotonic()
    stage = Stage(logs / name, random.Random(f"{options.seed} {name}"), options.short)  # noqa: S311 - chance, not secrets
    try:
        said = play(stage)
    except Exception as error:  # noqa: BLE001 - one scenario's end is not the others'
        _say(name, "FAILED", began, str(error) if isinstance(error, Failed) else traceback.format_exc())
        _show(stage.logs)
        return False
    _say(name, "passed", began, said)
    return True


def _say(name: str, result: str, began: float, said: str) -> None:
    print(f"{result}  {name:28} {time.monotonic() - began:6.1f} s  {said}", flush=True)


def _show(logs: Path) -> None:
    """The end of every log, which is about to vanish."""
    for path in sorted(logs.rglob("*.log")):
        print(f"--- {path.relative_to(logs)}", *path.read_text(errors="replace").splitlines()[-40:], sep="\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
