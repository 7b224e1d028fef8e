"""What a transaction on Solana may cost, and how much of it is asked for."""

import pytest

from chain.fees import FeeKind, Fees
from chain.solana import fees
from chain.solana.fees import PriorityAboveCeiling


@pytest.mark.parametrize(
    ("recent", "price"), [([], 0), ([7], 7), ([0] * 150, 0), ([0] * 75 + [100] * 75, 100), (list(range(100)), 74)]
)
def test_the_price_is_what_three_quarters_of_the_others_stay_below(recent: list[int], price: int) -> None:
    assert fees.quote(recent, None) == Fees(FeeKind.SOLANA, price, 0)


def test_the_ceiling_itself_is_allowed() -> None:
    assert fees.quote([1_000], 1_000).max_fee == 1_000
    with pytest.raises(
        PriorityAboveCeiling, match="Priority costs 1,000 micro-lamports a compute unit, over the ceiling of 999"
    ):
        fees.quote([1_000], 999)


def test_the_fee_is_for_signatures_and_for_all_units_asked_for() -> None:
    assert fees.cost(2, 200_000, 0) == 10_000
    assert fees.cost(1, 200_000, 1_000) == 5_200
    assert fees.cost(1, 1, 1) == 5_001  # a part of a lamport is a lamport


def test_a_mint_has_room_to_look_for_its_address() -> None:
    assert fees.limit(47_500, 1) >= 47_500 + 13 * 1_500
    assert fees.limit(190_000, 4) == 308_000
    assert fees.limit(1_300_000, 4) == fees.MOST_UNITS
