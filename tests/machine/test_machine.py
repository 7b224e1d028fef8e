"""The machine for a few seconds; its long form is `make faults ONLY=machine`."""

import pytest

from tests.machine import reached
from tests.machine.machine import run
from tests.machine.stage import set_up

EXAMPLES = 6


@pytest.mark.fault(13, 15, 19, 29, 38)
def test_whatever_happens_no_order_is_lost_and_none_is_paid_twice(transactional_db: None) -> None:
    reached.forget()
    with set_up():
        run(number=1, examples=EXAMPLES)
    assert reached.STEPS["examples"] >= EXAMPLES
