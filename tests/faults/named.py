"""The tests that show a fault by themselves, run by pytest on a database of their own, apart from that of the scenarios."""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def run(seed: int, env: Mapping[str, str] | None = None) -> tuple[int, int]:
    """How many passed and failed of all tests that bear the mark `fault`. What pytest says goes to the terminal."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-m", "fault", "-q", "--color=no", "-n", "2", "--dist", "worksteal"]
        options = [f"--randomly-seed={seed}", f"--junitxml={report}"]
        subprocess.run([*command, *options], cwd=ROOT, env=dict(env or os.environ), check=False)
        return _counted(report)


def _counted(report: Path) -> tuple[int, int]:
    """A run that has written no report has failed as a whole."""
    if not report.exists():
        return 0, 1
    suites = ET.parse(report).getroot().iter("testsuite")  # noqa: S314 - written by pytest a moment ago
    counts = [{name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")} for suite in suites]
    failed = sum(each["failures"] + each["errors"] for each in counts)
    return sum(each["tests"] - each["skipped"] for each in counts) - failed, failed
