"""Where mutations are tried: copies of the project, one PostgreSQL for all of them, and a database for each trial."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from xml.etree import ElementTree as ET

import psycopg
from psycopg import sql

from local import postgres
from tests.faults.mutants.kinds import Change, Edit, NotGreen, Rewrite, Statement, replaced

PROJECT = Path(__file__).parents[3]
LEFT_OUT = (".git", ".venv", ".env", "node_modules", "var", "__pycache__", ".*_cache", ".hypothesis", "htmlcov")
LINKED = (".venv", "node_modules", "contracts/node_modules")
TEMPLATE = "unmutated"
# A test that needs the database and leaves nothing in it: with it the template is made.
ANY_TEST = "tests/chain/test_guards.py::test_an_address_may_serve_two_networks"
MOST_SECONDS = 120.0
# Half of pytest's time to start goes to plugins that these tests have no use for.
PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "pytest_django.plugin"}
PYTEST = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", "--reuse-db"]


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
    copies: "SimpleQueue[Path]" = field(default_factory=SimpleQueue)
    numbers: Iterator[int] = field(default_factory=count)

    def attempt(self, name: str, changes: Sequence[Change], tests: Sequence[str]) -> Trial:
        """Run these tests with these changes. Raises Disarmed."""
        copy = self.copies.get()
        try:
            with self._database(changes) as database, _edited(copy, changes):
                return self._pytest(copy, database, name, tests)
        finally:
            self.copies.put(copy)

    def make_template(self) -> None:
        """A migrated database without a row, from which each trial gets its own. Raises NotGreen."""
        copy = self.copies.get()
        trial = self._pytest(copy, TEMPLATE, TEMPLATE, ["--create-db", ANY_TEST])
        self.copies.put(copy)
        if trial.code != 0:
            raise NotGreen(f"no test runs at all: pytest ends with {trial.code}")
        self.forget(TEMPLATE)

    def forget(self, name: str) -> None:
        """A trial that came out as it should has nothing to say."""
        (self.logs / f"{name}.log").unlink()

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

    def _pytest(self, copy: Path, database: str, name: str, tests: Sequence[str]) -> Trial:
        report = self.home / f"{name}.xml"
        command = [*PYTEST, f"--junit-xml={report}", *tests]
        with (self.logs / f"{name}.log").open("wb") as log:
            try:
                ran = subprocess.run(
                    command, cwd=copy, env=self._environment(database), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    timeout=MOST_SECONDS, check=False,
                )  # fmt: skip
            except subprocess.TimeoutExpired:
                return Trial(None, {})
        return Trial(ran.returncode, _failures(report))

    def _environment(self, database: str) -> dict[str, str]:
        """The tests' own settings, whatever this process was started with."""
        ours = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "MNEMONIC", "KEYSTORE_PASSWORD_FILE"), "")
        where = {"DATA_DIR": str(self.home), "TEST_DATABASE": database}
        how = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DEADLINE": "5", **PLUGINS}
        return {**os.environ, **ours, **where, **how}


@contextmanager
def workshop(logs: Path, hands: int) -> Iterator[Workshop]:
    """A workshop in which so many trials may run at once. All of it vanishes in the end, but the logs."""
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="claimdesk-") as folder:
        home = Path(folder)
        home.chmod(0o755)  # as in `tests.faults.home`
        try:
            made = Workshop(home, logs, postgres.url(home))
            for number in range(hands):
                made.copies.put(_copy(home / f"copy-{number}"))
            made.make_template()
            yield made
        finally:
            postgres.leave(home)


def _copy(target: Path) -> Path:
    shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for name in LINKED:
        if (PROJECT / name).exists():
            (target / name).symlink_to((PROJECT / name).resolve())
    return target


@contextmanager
def _edited(copy: Path, changes: Sequence[Change]) -> Iterator[None]:
    """The copy with the edits in it, and afterwards without them."""
    before: dict[Path, str] = {}
    try:
        for change in changes:
            if isinstance(change, Edit):
                path = copy / change.file
                text = path.read_text()
                before.setdefault(path, text)
                path.write_text(replaced(change.file, text, change.old, change.new))
        yield
    finally:
        for path, text in before.items():
            path.write_text(text)


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
