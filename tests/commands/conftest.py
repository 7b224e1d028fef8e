"""Commands as people run them: with arguments, an exit code and two streams."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.core.management import get_commands, load_command_class
from django.db import connections

from tests.flow.conftest import world as world  # noqa: PLC0414 - the same small world on a real chain


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """`run("wallet", "list")` goes the way of the command line, exit code and all, without a new process."""
    # A command closes its database connections when it ends; here that would be the test's own.
    monkeypatch.setattr(connections, "close_all", lambda: None)

    def run_it(name: str, *arguments: object) -> Ran:
        command = load_command_class(get_commands()[name], name)
        code = 0
        try:
            command.run_from_argv(["manage.py", name, *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code, *capsys.readouterr())

    return run_it
