"""A Python that has imported the libraries, and forks itself for each run of pytest: they are half of what a trial costs.

`python -m tests.faults.mutants.stem` in a copy of the project: a line of JSON on stdin asks for a run, a line on stdout is its
exit code. Of the project's own nothing is imported before the fork, for each run finds it changed.
"""

import gc
import importlib
import json
import os
import sys
from typing import Any, NoReturn

LIBRARIES = (
    "coincurve", "django.contrib.admin", "django.core.management", "django.db.models", "django.test", "environ", "eth_abi",
    "jsonschema", "psycopg", "psycopg_pool", "pytest", "redis", "rlp", "structlog", "urllib3", "whitenoise",
)  # fmt: skip


def main() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        print(_exit_code(json.loads(line)), flush=True)  # noqa: T201 - the answer


def _exit_code(run: dict[str, Any]) -> int:
    child = os.fork()
    if not child:
        _be(run)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _be(run: dict[str, Any]) -> NoReturn:
    import pytest  # noqa: PLC0415 - as above

    log = os.open(run["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.update(run["environment"])
    sys.exit(pytest.main(run["arguments"]))


if __name__ == "__main__":
    main()
