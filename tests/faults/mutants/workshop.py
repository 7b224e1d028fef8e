"""Where mutations are tried: copies of the project, one PostgreSQL for all of them, and a database for each trial."""

import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import psycopg
from psycopg import sql

from local import postgres
from tests.faults.mutants.copies import Copy
from tests.faults.mutants.kinds import Change, NotGreen, Rewrite, Statement, replaced

TEMPLATE = "unmutated"
# A test that needs the database and leaves nothing in it: with it the template is made.
ANY_TEST = "tests/chain/test_guards.py::test_an_address_may_serve_two_networks"
PYTEST = ("-q", "--tb=short", "-p", "no:cacheprovider", "--reuse-db")
# The tests' own settings, whatever this process was started with; and none of the plugins that these tests have no use for.
ENVIRONMENT = {
    **dict.fromkeys(("DATABASE_URL", "REDIS_URL", "MNEMONIC", "KEYSTORE_PASSWORD_FILE"), ""),
    "DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DEADLINE": "5",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_django.plugin",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """What pytest made of it: its exit code, None when it hung, and what each failed test had to say."""

    code: int | None
    failed: Mapping[str, str]


@dataclass(frozen=True)
class Workshop:
    """So many copies as trials may run at once. Threads may share a workshop."""

    home: Path
    logs: Path
    admin: str
    copies: "SimpleQueue[Copy]" = field(default_factory=SimpleQueue)
    numbers: Iterator[int] = field(default_factory=count)

    def attempt(self, name: str, changes: Sequence[Change], tests: Sequence[str]) -> Trial:
        """Run these tests with these changes. Raises Disarmed."""
        with self._copy() as copy, self._database(changes) as database, copy.edited(changes):
            return self._pytest(copy, database, name, tests)

    def make_template(self) -> None:
        """A migrated database without a row, from which each trial gets its own. Raises NotGreen."""
        with self._copy() as copy:
            trial = self._pytest(copy, TEMPLATE, TEMPLATE, ["--create-db", ANY_TEST])
        if trial.code != 0:
            raise NotGreen(f"no test runs at all: pytest ends with {trial.code}")
        self.forget(TEMPLATE)

    def forget(self, name: str) -> None:
        """A trial that came out as it should has nothing to say."""
        (self.logs / f"{name}.log").unlink()

    @contextmanager
    def _copy(self) -> Iterator[Copy]:
        copy = self.copies.get()
        try:
            yield copy
        finally:
            self.copies.put(copy)

    @contextmanager
    def _database(self, changes: Sequence[Change]) -> Iterator[str]:
        name = f"trial_{next(self.numbers)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        try:
            with psycopg.connect(self.admin, dbname=name, autocommit=True) as database:
                for change in changes:
                    _alter(database, change)
            yield name
        finally:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as server:
            server.execute(sql.SQL(statement))  # of our own names only

    def _pytest(self, copy: Copy, database: str, name: str, tests: Sequence[str]) -> Trial:
        report = self.home / f"{name}.xml"
        environment = {**ENVIRONMENT, "DATA_DIR": str(self.home), "TEST_DATABASE": database}
        arguments = [*PYTEST, f"--junit-xml={report}", *tests]
        code = copy.pytest(arguments, environment, self.logs / f"{name}.log", seconds=60 + 5 * len(tests))
        return Trial(code, _failures(report))


@contextmanager
def workshop(logs: Path, hands: int) -> Iterator[Workshop]:
    """A workshop in which so many trials may run at once. All of it vanishes in the end, but the logs."""
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="claimdesk-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # as in `tests.faults.home`
        copies: list[Copy] = []
        try:
            made = Workshop(home, logs, postgres.url(home))
            for number in range(hands):
                copies.append(Copy(home / f"copy-{number}"))
                made.copies.put(copies[-1])
            made.make_template()
            yield made
        finally:
            for copy in copies:
                copy.close()
            postgres.leave(home)


def _alter(database: "psycopg.Connection[tuple[object, ...]]", change: Change) -> None:
    match change:
        case Statement():
            database.execute(sql.SQL(change.sql))
        case Rewrite():
            row = database.execute("SELECT pg_get_functiondef(%s::regproc)", [change.function]).fetchone()
            assert row is not None
            database.execute(replaced(change.function, str(row[0]), change.old, change.new).encode())


def _failures(report: Path) -> dict[str, str]:
    """What each failed test says, by its name as pytest takes it. A broken fixture is no failure."""
    if not report.exists():
        return {}
    cases = ET.parse(report).iter("testcase")  # noqa: S314 - pytest wrote it
    return {
        f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}": str(failure.get("message"))
        for case in cases
        if (failure := case.find("failure")) is not None
    }
