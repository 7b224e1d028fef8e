import pytest

from tests.api.conftest import Caller, make_caller


@pytest.fixture
def caller(db: None) -> Caller:
    return make_caller()
