"""The documentation points at what exists."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, PROJECT

_TARGETS = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
_FENCES = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_HEADINGS = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_every_link_and_picture_of_a_page_leads_somewhere(page: Path) -> None:
    assert [target for target in targets(page) if not leads_somewhere(page, target)] == []


def targets(page: Path) -> list[str]:
    """All but other sites."""
    found = (first or second for first, second in _TARGETS.findall(_FENCES.sub("", page.read_text())))
    return [target for target in found if "://" not in target]


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return file.exists() and (not anchor or anchor in anchors(file))


def anchors(page: Path) -> set[str]:
    """As a forge makes them of headings: lower case, no punctuation, blanks as hyphens."""
    headings = _HEADINGS.findall(_FENCES.sub("", page.read_text()))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_pictures_are_as_the_script_draws_them() -> None:
    subprocess.run([sys.executable, "scripts/draw.py", "--check"], cwd=PROJECT, check=True)
