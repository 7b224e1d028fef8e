"""Rules of the house that a machine can check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).parents[2]
READS = re.compile(r"""\benv(?:\.\w+)?\(\s*["']([A-Z][A-Z0-9_]+)["']|environ(?:\.get\(|\[)\s*["']([A-Z][A-Z0-9_]+)["']""")


def test_arrows_point_down() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def variables_read() -> set[str]:
    files = [*ROOT.glob("config/*.py"), ROOT / "gunicorn.conf.py"]
    return {name for file in files for pair in READS.findall(file.read_text()) for name in pair if name}


def test_every_setting_is_in_the_example() -> None:
    told = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = variables_read()
    assert "SECRET_KEY" in read
    assert {name for name in read if name not in told and f"{name}_FILE" not in told} == set()


def test_the_example_sets_nothing() -> None:
    """Copied as it is, it must not change an installation."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []
