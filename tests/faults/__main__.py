"""`python -m tests.faults [--short] [--soak 30m] [--seed N] [NAME…]`: a line for each scenario; exit code 1 when one fails.

Without a name, and not in the short form, the tests that bear the mark `fault` are run first. A scenario that is named is
played at full length, as one of the whole suite it repeats less.
"""

# ruff: noqa: T201 - talking to a terminal is what this file is for

import argparse
import importlib
import pkgutil
import random
import secrets
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from tests.faults import named
from tests.faults.home import prepared

if TYPE_CHECKING:
    from tests.faults.registry import Scenario


def main() -> int:
    options = _options()
    print(f"seed {options.seed}", flush=True)
    everything = not (options.names or options.short or options.soak)
    passed, failed = _named_tests(options.seed) if everything else (0, 0)
    with prepared() as home:
        _register()
        from tests.faults.registry import SCENARIOS  # noqa: PLC0415

        names = ["soak"] if options.soak else options.names or list(SCENARIOS)
        if unknown := set(names) - set(SCENARIOS):
            sys.exit(f"no such scenario: {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
        played = [_run(name, SCENARIOS[name], home / "log", options) for name in names]
    passed, failed = passed + sum(played), failed + len(played) - sum(played)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def _named_tests(seed: int) -> tuple[int, int]:
    """The short form leaves them to `make test`, of which they are a part."""
    began = time.monotonic()
    passed, failed = named.run(seed)
    said = f"{passed} tests that show a fault by themselves, {failed} failed"
    _say("named_tests", "FAILED" if failed else "passed", began, said)
    return passed, failed


def _register() -> None:
    """Import every module here: the scenarios put themselves on the list. Only now, for models need Django."""
    for package in ("tests.faults", "tests.faults.solana"):
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not module.name.startswith(("test_", "__")):
                importlib.import_module(f"{package}.{module.name}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="Only these scenarios.")
    parser.add_argument("--short", action="store_true", help="Fewer repetitions, and no tests that `make test` has as well.")
    parser.add_argument("--times", type=int, metavar="N", help="Repeat what a scenario repeats so often.")
    parser.add_argument("--soak", type=_seconds, metavar="30m", help="Only the scenario `soak`, for so long (s, m or h).")
    seed = secrets.randbelow(10**6)
    parser.add_argument("--seed", type=int, default=seed, help="Repeat the random choices of an earlier run.")
    return parser.parse_args()


def _seconds(text: str) -> float:
    """`90`, `90s`, `30m`, `2h` as seconds. Raises ValueError, which the parser tells."""
    unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:], 0)
    return float(text[:-1]) * unit if unit else float(text)


def _run(name: str, play: "Scenario", logs: Path, options: argparse.Namespace) -> bool:
    from tests.faults.ground import Failed  # noqa: PLC0415
    from tests.faults.registry import Length, Stage  # noqa: PLC0415

    began = time.monotonic()
    rng = random.Random(f"{options.seed} {name}")  # noqa: S311 - chance, not secrets
    length = Length.SHORT if options.short else Length.ALONE if options.names else Length.WHOLE
    stage = Stage(logs / name, rng, length, options.times, options.soak)
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
