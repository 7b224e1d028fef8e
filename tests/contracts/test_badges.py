"""The badges on a real chain: claims one by one, in an array, and through multicall."""

from collections.abc import Callable

import pytest

from tests.contracts.deployed import Deployed, person

ZERO = "0x" + "00" * 20
ANN, BOB, EVE = person(1), person(2), person(3)

Put = Callable[..., Deployed]


@pytest.fixture
def badge(put: Put, me: str) -> Deployed:
    return put("Badge721", "Badge", "BDG", me, me)


@pytest.fixture
def kinds(put: Put, me: str) -> Deployed:
    return put("Badge1155", "ipfs://{id}", me, me)


@pytest.fixture
def once(put: Put, me: str) -> Deployed:
    return put("OnceBadge", me, me)


def test_a_claim_mints_consecutive_ids_from_one(badge: Deployed) -> None:
    receipt = badge.send("claim", ANN, 2)
    assert badge.events(receipt, "Transfer") == [(ZERO, ANN, 1), (ZERO, ANN, 2)]


def test_claim_batch_mints_for_each_recipient_in_turn(badge: Deployed) -> None:
    receipt = badge.send("claimBatch", [ANN, BOB], [1, 2])
    assert badge.events(receipt, "Transfer") == [(ZERO, ANN, 1), (ZERO, BOB, 2), (ZERO, BOB, 3)]


def test_multicall_keeps_the_minter_as_the_caller(badge: Deployed) -> None:
    receipt = badge.send("multicall", [badge.data("claim", ANN, 1), badge.data("claim", BOB, 1)])
    assert badge.events(receipt, "Transfer") == [(ZERO, ANN, 1), (ZERO, BOB, 2)]


def test_a_refused_recipient_is_named_through_multicall(badge: Deployed) -> None:
    badge.send("refuse", EVE, True)
    calls = [badge.data("claim", ANN, 1), badge.data("claim", EVE, 1)]
    assert badge.revert("multicall", calls) == badge.error("RecipientRefused", EVE)


def test_a_recipient_no_longer_refused_gets_its_badge(badge: Deployed) -> None:
    badge.send("refuse", EVE, True)
    badge.send("refuse", EVE, False)
    assert badge.events(badge.send("claim", EVE, 1), "Transfer") == [(ZERO, EVE, 1)]


def test_only_a_minter_claims(put: Put) -> None:
    badge = put("Badge721", "Badge", "BDG", ANN, BOB)
    role = badge.call("MINTER_ROLE")
    assert badge.revert("claim", EVE, 1) == badge.error("AccessControlUnauthorizedAccount", badge.sender, role)


def test_arrays_of_different_lengths_are_refused(badge: Deployed) -> None:
    assert badge.revert("claimBatch", [ANN], [1, 1]) == badge.error("LengthMismatch")


@pytest.mark.parametrize("lengths", [(1, 2, 1), (1, 1, 2), (2, 1, 1)])
def test_1155_arrays_of_different_lengths_are_refused(kinds: Deployed, lengths: tuple[int, int, int]) -> None:
    people, ids, quantities = lengths
    arrays = [ANN] * people, [7] * ids, [1] * quantities
    assert kinds.revert("claimBatch", *arrays) == kinds.error("LengthMismatch")


def test_an_1155_claim_mints_the_named_kind(kinds: Deployed, me: str) -> None:
    receipt = kinds.send("claim", ANN, 7, 3)
    assert kinds.events(receipt, "TransferSingle") == [(me, ZERO, ANN, 7, 3)]


def test_an_1155_batch_has_one_event_for_each_claim(kinds: Deployed, me: str) -> None:
    receipt = kinds.send("claimBatch", [ANN, BOB], [7, 8], [1, 2])
    assert kinds.events(receipt, "TransferSingle") == [(me, ZERO, ANN, 7, 1), (me, ZERO, BOB, 8, 2)]


def test_an_1155_multicall_has_one_event_for_each_claim(kinds: Deployed, me: str) -> None:
    receipt = kinds.send("multicall", [kinds.data("claim", ANN, 7, 1), kinds.data("claim", BOB, 7, 1)])
    assert kinds.events(receipt, "TransferSingle") == [(me, ZERO, ANN, 7, 1), (me, ZERO, BOB, 7, 1)]


def test_an_1155_claim_names_the_refused_recipient(kinds: Deployed) -> None:
    kinds.send("refuse", EVE, True)
    assert kinds.revert("claim", EVE, 7, 1) == kinds.error("RecipientRefused", EVE)


def test_an_1155_claim_for_a_contract_that_does_not_accept_reverts(kinds: Deployed) -> None:
    assert kinds.revert("claim", kinds.address, 7, 1) == kinds.error("ERC1155InvalidReceiver", kinds.address)


def test_a_once_badge_is_given_once(once: Deployed) -> None:
    assert once.events(once.send("claim", ANN, 1), "Transfer") == [(ZERO, ANN, 1)]
    assert once.revert("claim", ANN, 1) == once.error("AlreadyClaimed", ANN)


def test_two_claims_of_a_once_badge_are_bad_in_one_batch(once: Deployed) -> None:
    twice = [once.data("claim", ANN, 1)] * 2
    assert once.revert("multicall", twice) == once.error("AlreadyClaimed", ANN)


def test_a_once_badge_refuses_other_quantities(once: Deployed) -> None:
    assert once.revert("claim", ANN, 2) == once.error("OneOnly", 2)
