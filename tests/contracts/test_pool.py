"""The withdrawal pool: propose, vote, finalize, pay."""

from collections.abc import Callable

import pytest

from local.anvil import Anvil
from tests.contracts.deployed import Deployed, person

ANN, BOB = person(1), person(2)
HOUR = 3600  # seconds

Put = Callable[..., Deployed]


@pytest.fixture
def token(put: Put, me: str) -> Deployed:
    return put("DemoToken", "Demo", "DEMO", me)


@pytest.fixture
def pool(put: Put, me: str, token: Deployed) -> Deployed:
    pool = put("WithdrawalPool", token.address, me, me, 0)
    token.send("mint", pool.address, 1_000)
    return pool


def test_a_proposal_names_its_poll_and_its_member(pool: Deployed) -> None:
    assert pool.events(pool.send("proposeWithdraw", 70, ANN), "WithdrawPollCreated") == [(1, 1)]
    assert pool.events(pool.send("proposeWithdraw", 80, BOB), "WithdrawPollCreated") == [(2, 2)]
    assert pool.events(pool.send("proposeWithdraw", 90, ANN), "WithdrawPollCreated") == [(3, 1)]


def test_a_poll_can_be_read(pool: Deployed) -> None:
    pool.send("proposeWithdraw", 70, ANN)
    assert pool.call("getAddressByMember", 1) == ANN
    assert pool.call("getAmount", 1) == 70
    assert pool.call("getEndTime", 1) == pool.call("getStartTime", 1) > 0
    assert pool.call("withdrawPollApprovalState", 1) is True


def test_finalizing_an_approved_poll_pays(pool: Deployed, token: Deployed) -> None:
    pool.send("proposeWithdraw", 70, ANN)
    receipt = pool.send("withdrawPollFinalize", 1)
    assert pool.events(receipt, "WithdrawPollFinalized") == [(1, True)]
    assert pool.events(receipt, "Withdrawn") == [(1, ANN, 70)]
    assert token.call("balanceOf", ANN) == 70


def test_a_poll_is_finalized_once(pool: Deployed) -> None:
    pool.send("proposeWithdraw", 70, ANN)
    pool.send("withdrawPollFinalize", 1)
    assert pool.revert("withdrawPollFinalize", 1) == pool.error("PollFinalized", 1)


def test_an_unknown_poll_is_refused(pool: Deployed) -> None:
    assert pool.revert("withdrawPollFinalize", 9) == pool.error("PollUnknown", 9)


def test_an_open_poll_is_not_finalized(pool: Deployed) -> None:
    pool.send("setPollDuration", HOUR)
    pool.send("proposeWithdraw", 70, ANN)
    end = pool.call("getEndTime", 1)
    assert end - pool.call("getStartTime", 1) == HOUR
    assert pool.revert("withdrawPollFinalize", 1) == pool.error("PollOpen", 1, end)


def test_a_poll_with_an_objection_ends_without_paying(pool: Deployed, token: Deployed, chain: Anvil) -> None:
    pool.send("setPollDuration", HOUR)
    pool.send("proposeWithdraw", 70, ANN)
    pool.send("withdrawPollVote", 1, False)
    chain.request("evm_increaseTime", HOUR)
    receipt = pool.send("withdrawPollFinalize", 1)
    assert pool.events(receipt, "WithdrawPollFinalized") == [(1, False)]
    assert token.call("balanceOf", ANN) == 0


def test_a_manager_may_change_its_mind(pool: Deployed) -> None:
    pool.send("setPollDuration", HOUR)
    pool.send("proposeWithdraw", 70, ANN)
    pool.send("withdrawPollVote", 1, False)
    assert pool.call("withdrawPollApprovalState", 1) is False
    pool.send("withdrawPollVote", 1, True)
    assert pool.call("withdrawPollApprovalState", 1) is True


def test_nobody_votes_after_the_end(pool: Deployed) -> None:
    pool.send("proposeWithdraw", 70, ANN)
    assert pool.revert("withdrawPollVote", 1, False) == pool.error("PollClosed", 1, pool.call("getEndTime", 1))


def test_a_blocked_payee_leaves_the_poll_unsettled(pool: Deployed, token: Deployed) -> None:
    token.send("setBlocked", ANN, True)
    pool.send("proposeWithdraw", 70, ANN)
    assert pool.revert("withdrawPollFinalize", 1) == token.error("PayeeBlocked", ANN)
    token.send("setBlocked", ANN, False)
    assert pool.events(pool.send("withdrawPollFinalize", 1), "Withdrawn") == [(1, ANN, 70)]


def test_a_pool_of_a_silent_token_pays(put: Put, me: str) -> None:
    token = put("SilentToken")
    pool = put("WithdrawalPool", token.address, me, me, 0)
    token.send("mint", pool.address, 100)
    pool.send("proposeWithdraw", 70, ANN)
    pool.send("withdrawPollFinalize", 1)
    assert token.call("balanceOf", ANN) == 70


def test_only_a_manager_proposes(put: Put, token: Deployed) -> None:
    pool = put("WithdrawalPool", token.address, ANN, BOB, 0)
    role = pool.call("MANAGER_ROLE")
    expected = pool.error("AccessControlUnauthorizedAccount", pool.sender, role)
    assert pool.revert("proposeWithdraw", 70, ANN) == expected
