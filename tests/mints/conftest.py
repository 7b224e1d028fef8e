"""A store and a folder for uploads of their own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from mints.ipfs.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def uploads(tmp_path: Path) -> Iterator[Path]:
    with override_settings(UPLOADS_DIR=tmp_path / "uploads"):
        yield tmp_path / "uploads"
