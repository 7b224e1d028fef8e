"""`python -m tests.faults.mutants [--write] [NAME…]`: try mutations, a line each. Exit code 1 when one survives."""

# ruff: noqa: T201 - talking to a terminal is what this file is for

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.mutants import page
from tests.faults.mutants.catalogue import MUTATIONS
from tests.faults.mutants.check import Judged, check


def main() -> int:
    options = _options()
    if unknown := set(options.names) - {mutation.name for mutation in MUTATIONS}:
        sys.exit(f"no such mutation: {', '.join(sorted(unknown))}")
    chosen = [mutation for mutation in MUTATIONS if not options.names or mutation.name in options.names]
    with tempfile.TemporaryDirectory() as folder:
        judged = check(chosen, Path(folder))
        for each in judged:
            _say(each, Path(folder))
    survivors = [each for each in judged if each.trouble]
    if options.write and not survivors:
        page.write(MUTATIONS, judged)
    print(f"{len(judged) - len(survivors)} turned their tests red, {len(survivors)} survived")
    return 1 if survivors else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.mutants", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="Only these mutations.")
    parser.add_argument(
        "--write", action="store_true", help="Write docs/mutations.md, if none survived. Those not tried now keep their line."
    )
    return parser.parse_args()


def _say(each: Judged, logs: Path) -> None:
    print(f"{'SURVIVED' if each.trouble else 'red     '}  {each.mutation.name:36} {each.seconds:5.1f} s  {each.trouble}")
    if each.trouble:
        print((logs / f"{each.mutation.name}.log").read_text(errors="replace")[-3000:])


if __name__ == "__main__":
    sys.exit(main())
