"""The schedules are what the code says, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import Schedule

from orders.worker.schedules import ensure_schedules

pytestmark = pytest.mark.django_db


def stored() -> list[tuple[str, str, int | None, int]]:
    return list(Schedule.objects.order_by("name").values_list("name", "func", "minutes", "repeats"))


PULSE = [
    ("audit", "orders.audit.runs.run", 60, -1),
    ("claim_queue", "claims.queue_keys.drain", 1, -1),
    ("mints", "mints.runner.look", 1, -1),
    ("pulse", "orders.worker.runner.pulse", 1, -1),
    ("stream", "stakes.consumer.when_alone", 1, -1),
    ("uploads", "mints.stages.cleanup.sweep", 1440, -1),
]


POISONS = [{"args": "1, ("}, {"kwargs": "{'q_options': 1}"}, {"cluster": "elsewhere"}, {"hook": "os.system"}]


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


@pytest.mark.fault(44)
@pytest.mark.parametrize("poison", POISONS)
def test_what_django_q_cannot_read_is_put_right(poison: dict[str, str]) -> None:
    Schedule.objects.create(name="pulse", func="orders.worker.runner.pulse", schedule_type=Schedule.MINUTES, **poison)
    ensure_schedules()
    assert stored() == PULSE
    assert set(Schedule.objects.values_list("args", "kwargs", "cluster", "hook")) == {(None, None, None, None)}


def test_a_schedule_that_would_not_run_for_years_is_due_soon() -> None:
    ensure_schedules()
    Schedule.objects.update(next_run=timezone.now() + timedelta(days=999))
    ensure_schedules()
    assert Schedule.objects.get(name="pulse").next_run < timezone.now() + timedelta(minutes=2)


@pytest.mark.fault(43)
def test_doubles_are_removed() -> None:
    for _ in range(2):
        Schedule.objects.create(name="pulse", func="orders.worker.runner.pulse")
    ensure_schedules()
    assert stored() == PULSE
