from collections.abc import Iterator

import pytest

from tests.api.conftest import Caller, make_caller
from tests.orders.conftest import Desk, a_desk


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller()


@pytest.fixture
def desk(db: None) -> Iterator[Desk]:
    yield from a_desk()
