"""Somebody who calls REST, a lane on a model chain, and the old front end with its Redis."""

from collections.abc import Iterator

import pytest

from stakes.consumer import Consumer
from stakes.models import StakingContract
from stakes.stream import Stream, configured
from tests.api.conftest import Caller, make_caller
from tests.factories import make_staking
from tests.front_end import FrontEnd
from tests.orders.conftest import Desk, a_desk


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller()


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()


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
