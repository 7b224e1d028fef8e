"""A check that hangs for hours costs the others nothing, however often the monitor is asked meanwhile."""

from collections.abc import Iterator
from threading import BoundedSemaphore, Event

import pytest

from orders.health import asking
from orders.health.asking import Check, Function, Result, ask

FINE = Result("fine", True, "answers")
PLACES = 2


@pytest.fixture
def freed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Set when what hangs is to answer."""
    places = BoundedSemaphore(PLACES)
    monkeypatch.setattr(asking, "_places", places)
    monkeypatch.setattr(asking, "_hanging", {})
    monkeypatch.setattr(asking, "EACH", 0.5)
    event = Event()
    yield event
    event.set()
    assert all(places.acquire(timeout=10) for _ in range(PLACES))  # whoever was left behind has ended


def checks(freed: Event) -> dict[str, Function]:
    def stuck() -> Check:
        return freed.wait(60), "answers"

    return {"stuck": stuck, "fine": lambda: (True, "answers")}


def test_others_are_asked_however_often_one_hangs(freed: Event) -> None:
    for _ in range(PLACES + 1):
        stuck, fine = ask(checks(freed))
        assert (stuck.ok, fine) == (False, FINE)


def test_what_has_hung_is_green_once_it_answers(freed: Event) -> None:
    assert not ask(checks(freed))[0].ok
    freed.set()
    assert ask(checks(freed)) == [Result("stuck", True, "answers"), FINE]
