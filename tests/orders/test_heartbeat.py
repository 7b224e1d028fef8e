"""Signs of life, and what is made of their absence."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from orders.models import Heartbeat
from orders.states import Part
from orders.worker.heartbeat import BEAT_EVERY, LATE, Heart, Silence, late


@pytest.mark.django_db
def test_a_beat_renews_its_part_alone() -> None:
    heart = Heart("w:1")
    heart.begin([Part.PULSE, Part.GUARD, Part.TASKS])
    Heartbeat.objects.update(at=Now() - LATE)
    heart.beat(Part.GUARD)
    assert set(Heartbeat.objects.filter(late()).values_list("part", flat=True)) == {Part.PULSE, Part.TASKS}


@pytest.mark.django_db
def test_beats_are_not_written_more_often_than_anybody_looks(django_assert_num_queries: pytest.FixtureRequest) -> None:
    heart = Heart("w:1")
    with django_assert_num_queries(1):  # type: ignore[operator]
        for _ in range(3):
            heart.beat(Part.PULSE)
    assert LATE.total_seconds() > 3 * BEAT_EVERY


@pytest.mark.django_db
def test_a_restart_is_counted_with_its_cause() -> None:
    heart = Heart("w:1")
    for why in ("", "it was ended by SIGKILL"):
        heart.begin([Part.PULSE], why)
    beat = Heartbeat.objects.get()
    assert (beat.restarts, beat.restarted_because) == (1, "it was ended by SIGKILL")


@pytest.mark.django_db
def test_an_end_in_good_order_leaves_nothing() -> None:
    Heart("w:1").begin(Part)
    Heart("w:2").begin(Part)
    Heart("w:1").end()
    assert set(Heartbeat.objects.values_list("worker", flat=True)) == {"w:2"}


@pytest.mark.django_db
def test_who_vanished_is_forgotten_after_a_while() -> None:
    Heart("w:1").begin([Part.PULSE])
    Heartbeat.objects.update(at=Now() - timedelta(minutes=11))
    Heart("w:2").begin([Part.PULSE])
    assert Heartbeat.objects.get().worker == "w:2"


@pytest.mark.parametrize(("signs", "long"), [("aaaa", True), ("abab", False), ("aab", False)])
def test_silence_is_the_time_since_the_last_new_sign(signs: str, long: bool) -> None:
    silence = Silence(0.0)
    for number, sign in enumerate(signs):
        silence.hear(sign, number * 15.0)
    assert silence.is_long((len(signs) - 1) * 15.0) is long


def test_the_time_in_which_nobody_could_listen_does_not_count() -> None:
    silence = Silence(0.0)
    silence.hear("a", 0.0)
    silence.deaf(1000.0)
    silence.hear("a", 1001.0)
    assert not silence.is_long(1001.0)
    assert silence.is_long(1031.0)
