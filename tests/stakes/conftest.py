"""Somebody who calls REST, and the old front end with its Redis."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import override_settings
from redis import Redis

from stakes.consumer import Consumer
from stakes.models import StakingContract
from stakes.stream import Stream, configured
from tests.api.conftest import Caller, make_caller
from tests.factories import make_staking
from tests.front_end import KEY, FrontEnd


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller()


@pytest.fixture
def front(redis: Redis, valkey: str) -> Iterator[FrontEnd]:
    """The front end; the service is configured for its stream."""
    with override_settings(REDIS_URL=valkey, STAKING=replace(settings.STAKING, stream=KEY)):
        yield FrontEnd(redis)


@pytest.fixture
def stream(front: FrontEnd) -> Stream:
    found = configured()
    assert found is not None
    return found


@pytest.fixture
def staking(db: None) -> StakingContract:
    return make_staking()


@pytest.fixture
def consumer(stream: Stream, staking: StakingContract) -> Consumer:
    return Consumer(stream)
