"""docs/faults.md says which test shows each fault, and it says so of all but those whose time comes later."""

import pytest

from tests.faults import page

FAULTS = page.faults()


def test_there_are_62() -> None:
    assert list(FAULTS) == list(range(1, 63))


@pytest.mark.parametrize("number", [number for number, outcome in FAULTS.items() if not outcome.startswith(page.LATER)])
def test_each_fault_is_shown_by_a_test(number: int) -> None:
    assert page.shown()[number]


def test_only_four_may_come_later() -> None:
    assert [number for number, outcome in FAULTS.items() if outcome.startswith(page.LATER)] == [4, 9, 49, 51]


def test_no_test_names_a_fault_that_there_is_not() -> None:
    assert page.shown().keys() <= FAULTS.keys()


def test_the_page_is_what_the_tests_say() -> None:
    assert page.PAGE.read_text() == page.text()
