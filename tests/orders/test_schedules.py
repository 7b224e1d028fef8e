"""The schedules are what the code says, and nothing else."""

import pytest
from django_q.models import Schedule

from orders.schedules import ensure_schedules

pytestmark = pytest.mark.django_db


def stored() -> list[tuple[str, str, int | None, int]]:
    return list(Schedule.objects.order_by("name").values_list("name", "func", "minutes", "repeats"))


PULSE = [("audit", "orders.audit_run.run", 60, -1), ("pulse", "orders.runner.pulse", 1, -1)]


def test_an_empty_table_is_filled() -> None:
    ensure_schedules()
    assert stored() == PULSE


def test_a_second_time_changes_nothing() -> None:
    ensure_schedules()
    before = Schedule.objects.get(name="pulse").next_run
    ensure_schedules()
    assert (stored(), Schedule.objects.get(name="pulse").next_run) == (PULSE, before)


def test_a_schedule_the_code_does_not_know_is_removed() -> None:
    Schedule.objects.create(name="backdoor", func="os.system", args="'id'")
    ensure_schedules()
    assert stored() == PULSE


def test_an_edited_schedule_is_put_right() -> None:
    Schedule.objects.create(name="pulse", func="os.system", args="'id'", repeats=1)
    ensure_schedules()
    assert stored() == PULSE
    assert Schedule.objects.get(name="pulse").args is None


def test_doubles_are_removed() -> None:
    for _ in range(2):
        Schedule.objects.create(name="pulse", func="orders.runner.pulse")
    ensure_schedules()
    assert stored() == PULSE
