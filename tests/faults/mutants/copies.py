"""A copy of the project in which something may be changed, and the Python that runs its tests."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.mutants.kinds import Change, Edit, replaced

PROJECT = Path(__file__).parents[3]
LEFT_OUT = (".git", ".venv", ".env", "node_modules", "var", "__pycache__", ".*_cache", ".hypothesis", "htmlcov")
LINKED = (".venv", "node_modules", "contracts/node_modules")
STEM = [sys.executable, "-m", "tests.faults.mutants.stem"]


class Copy:
    """Not for several threads at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        shutil.copytree(PROJECT, path, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for name in LINKED:
            if (PROJECT / name).exists():
                (path / name).symlink_to((PROJECT / name).resolve())
        self._stem = self._start()

    def pytest(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path, seconds: float) -> int | None:
        """The exit code; None when it took longer than that."""
        assert self._stem.stdin is not None
        assert self._stem.stdout is not None
        run = {"arguments": list(arguments), "environment": dict(environment), "log": str(log)}
        self._stem.stdin.write(json.dumps(run).encode() + b"\n")
        ready, _, _ = select.select([self._stem.stdout], [], [], seconds)
        answer = self._stem.stdout.readline() if ready else b""
        if not answer:
            self.close()
            self._stem = self._start()
        return int(answer) if answer else None

    @contextmanager
    def edited(self, changes: Sequence[Change]) -> Iterator[None]:
        """With the edits in it, and afterwards without them. Raises Disarmed."""
        before: dict[Path, str] = {}
        try:
            for change in changes:
                if isinstance(change, Edit):
                    path = self.path / change.file
                    text = path.read_text()
                    before.setdefault(path, text)
                    path.write_text(replaced(change.file, text, change.old, change.new))
            yield
        finally:
            for path, text in before.items():
                path.write_text(text)

    def close(self) -> None:
        os.killpg(self._stem.pid, signal.SIGKILL)
        self._stem.communicate()

    def _start(self) -> "subprocess.Popen[bytes]":
        pipe = subprocess.PIPE
        return subprocess.Popen(STEM, cwd=self.path, stdin=pipe, stdout=pipe, bufsize=0, start_new_session=True)
