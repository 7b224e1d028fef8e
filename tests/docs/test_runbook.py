"""docs/runbook.md has a row for each line of the monitor, in the monitor's order, and for each thing a wallet may wait for."""

import re

from django.conf import settings

from chain.states import Waiting
from tests.docs.pages import text_of


def rows(heading: str) -> list[str]:
    """The code words that begin the rows of the table below a heading."""
    section = text_of("docs/runbook.md").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)`", section, re.MULTILINE)


def test_each_line_of_the_monitor_has_its_row() -> None:
    assert rows("Nothing moves at all") == [name.rpartition(".")[2] for name in settings.MONITOR_CHECKS]


def test_whatever_a_wallet_may_wait_for_has_its_row() -> None:
    assert sorted(rows("A wallet waits")) == sorted(Waiting)
