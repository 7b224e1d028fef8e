"""`python -m bench [--only NAME] [--short]`: measure, one JSON object a line on stdout, a table on stderr."""

import argparse
import sys

from tests.faults.home import prepared


def main() -> int:
    options = _options()
    with prepared() as home:
        from bench import intake, latency, memory, mints, picking, streams, throughput  # noqa: F401, PLC0415 - models need Django; they register
        from bench.rows import MEASURES, Run, say, show  # noqa: PLC0415

        names = [name for rows in MEASURES.values() for name in rows]
        if options.only and options.only not in names:
            sys.exit(f"no such figure: {options.only}; there are {', '.join(names)}")
        chosen = [function for function, rows in MEASURES.items() if not options.only or options.only in rows]
        measured = []
        for function in chosen:
            for row in function(Run(home / "log" / function.__name__, options.short)):
                say(row)
                measured.append(row)
        show(measured)
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="Only the run that this figure comes from.")
    parser.add_argument("--short", action="store_true", help="Smaller sizes: to see that it runs, not how fast.")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
