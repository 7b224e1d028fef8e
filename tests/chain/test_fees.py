"""What a transaction may cost."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.fees import AboveCeiling, FeeKind, Fees, Market, NoBaseFee, bump, highest, price, quote, with_tip_up_to

GWEI = 10**9
MARKET = Market(base_fee=10 * GWEI, tip=2 * GWEI, gas_price=11 * GWEI)
WEI = st.integers(0, 10**13)
MARKETS = st.builds(Market, WEI, WEI, WEI)
KINDS = st.sampled_from(FeeKind)


def test_inclusion_costs_base_fee_and_tip() -> None:
    assert price(MARKET, FeeKind.EIP1559) == 12 * GWEI


def test_on_a_legacy_chain_inclusion_costs_the_gas_price() -> None:
    assert price(MARKET, FeeKind.LEGACY) == 11 * GWEI


def test_a_quote_survives_a_doubled_base_fee() -> None:
    assert quote(MARKET, FeeKind.EIP1559, None) == Fees(FeeKind.EIP1559, 22 * GWEI, 2 * GWEI)


@pytest.mark.parametrize(("most", "tip"), [(None, 2 * GWEI), (3 * GWEI, 2 * GWEI), (GWEI, GWEI), (0, 0)])
def test_no_more_than_so_much_is_offered_to_the_makers_of_blocks(most: int | None, tip: int) -> None:
    assert quote(with_tip_up_to(MARKET, most), FeeKind.EIP1559, None) == Fees(FeeKind.EIP1559, 20 * GWEI + tip, tip)


def test_the_ceiling_caps_the_headroom() -> None:
    assert quote(MARKET, FeeKind.EIP1559, 15 * GWEI).max_fee == 15 * GWEI


def test_a_price_exactly_at_the_ceiling_is_paid() -> None:
    assert quote(MARKET, FeeKind.EIP1559, 12 * GWEI).max_fee == 12 * GWEI


def test_a_price_above_the_ceiling_is_refused_with_both_numbers() -> None:
    with pytest.raises(AboveCeiling, match=r"costs 12 gwei, over the ceiling of 11\.5 gwei") as refusal:
        quote(MARKET, FeeKind.EIP1559, 11_500_000_000)
    assert (refusal.value.price, refusal.value.ceiling) == (12 * GWEI, 11_500_000_000)


def test_a_legacy_quote_has_no_tip() -> None:
    assert quote(MARKET, FeeKind.LEGACY, None) == Fees(FeeKind.LEGACY, 11 * GWEI, 0)


def test_a_chain_without_base_fee_says_so() -> None:
    with pytest.raises(NoBaseFee, match="set its fee kind to legacy"):
        quote(replace(MARKET, base_fee=None), FeeKind.EIP1559, None)


def test_a_bump_raises_both_fields_by_an_eighth_rounded_up() -> None:
    assert bump(Fees(FeeKind.EIP1559, 80 * GWEI + 1, 8 * GWEI), MARKET, None) == Fees(FeeKind.EIP1559, 90 * GWEI + 2, 9 * GWEI)


def test_a_bump_follows_the_market_where_that_is_higher() -> None:
    assert bump(Fees(FeeKind.EIP1559, 1, 1), MARKET, None) == quote(MARKET, FeeKind.EIP1559, None)


def test_a_tip_of_nothing_is_bumped_to_something() -> None:
    bumped = bump(Fees(FeeKind.EIP1559, 80 * GWEI, 0), replace(MARKET, tip=0), None)
    assert bumped is not None
    assert bumped.tip == 1


def test_a_bump_that_breaks_the_ceiling_is_not_made() -> None:
    assert bump(Fees(FeeKind.EIP1559, 80 * GWEI, GWEI), MARKET, 89 * GWEI) is None


def test_no_bump_is_made_while_the_market_is_above_the_ceiling() -> None:
    assert bump(Fees(FeeKind.EIP1559, GWEI, GWEI), MARKET, 11 * GWEI) is None


def test_a_legacy_bump_has_no_tip() -> None:
    assert bump(Fees(FeeKind.LEGACY, 16 * GWEI, 0), MARKET, None) == Fees(FeeKind.LEGACY, 18 * GWEI, 0)


def test_the_highest_attempt_takes_each_field_by_itself() -> None:
    attempts = [Fees(FeeKind.EIP1559, 10, 1), Fees(FeeKind.EIP1559, 9, 3)]
    assert highest(attempts) == Fees(FeeKind.EIP1559, 10, 3)


@pytest.mark.parametrize("attempts", [[], [Fees(FeeKind.EIP1559, 1, 1), Fees(FeeKind.LEGACY, 1, 0)]])
def test_no_attempts_or_mixed_kinds_have_no_highest(attempts: list[Fees]) -> None:
    with pytest.raises(ValueError, match="unpack"):
        highest(attempts)


@settings(deadline=None)
@given(MARKETS, KINDS, WEI)
def test_a_quote_is_enough_to_be_included_and_within_the_ceiling(market: Market, kind: FeeKind, ceiling: int) -> None:
    try:
        fees = quote(market, kind, ceiling)
    except AboveCeiling:
        assert price(market, kind) > ceiling
    else:
        assert max(fees.tip, price(market, kind)) <= fees.max_fee <= ceiling


@settings(deadline=None)
@given(MARKETS, MARKETS, KINDS, WEI)
def test_a_bump_pushes_the_old_attempt_out_within_the_ceiling(then: Market, now: Market, kind: FeeKind, ceiling: int) -> None:
    old = quote(then, kind, None)
    new = bump(old, now, ceiling)
    if new is not None:
        assert 8 * new.max_fee >= 9 * old.max_fee
        assert 8 * new.tip >= 9 * old.tip
        assert max(new.tip, price(now, kind)) <= new.max_fee <= ceiling
