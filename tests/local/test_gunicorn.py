"""The web process as gunicorn starts it."""

import os
import runpy
from pathlib import Path

import pytest

CONFIGURATION = Path(__file__).parents[2] / "gunicorn.conf.py"


def test_the_web_process_has_no_key_even_in_the_workers_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ("MNEMONIC", "MNEMONIC_FILE", "KEYSTORE_PASSWORD_FILE")
    for name in keys:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("DATABASE_POOL", "true")
    runpy.run_path(str(CONFIGURATION))
    assert [os.environ[name] for name in keys] == ["", "", ""]
