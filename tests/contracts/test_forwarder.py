"""OpenZeppelin's forwarder and a badge that trusts it, as far as what we sign for them rests on them."""

from collections.abc import Callable

import pytest
from eth_hash.auto import keccak

from chain.calls import Call, checksummed
from chain.evm.answers import log, raw
from chain.forwarder import DOMAIN, NONCES, Request, draft, execute_batch, executed, read_domain
from chain.signers import LocalSigner
from local.anvil import Anvil
from tests.contracts.deployed import Deployed, Receipt, person

Put = Callable[..., Deployed]
MINTER = LocalSigner(keccak(b"minter"))
ANN, BOB = person(1), person(2)
FUTURE = 2**47


@pytest.fixture
def forwarder(put: Put) -> Deployed:
    return put("Forwarder", "Claimdesk")


@pytest.fixture
def badge(put: Put, me: str, forwarder: Deployed) -> Deployed:
    return put("SponsoredBadge", "Badge", "BDG", me, MINTER.address, forwarder.address)


def request(badge: Deployed, nonce: int, who: str = ANN, gas: int = 200_000, deadline: int = FUTURE) -> Request:
    return Request(MINTER.address, checksummed(badge.address), gas, nonce, deadline, badge.data("claim", who, 1))


def send(forwarder: Deployed, chain: Anvil, *requests: Request, gas: int = 1_000_000) -> Receipt:
    domain = read_domain(
        raw(chain.request("eth_call", {"to": forwarder.address, "data": "0x" + DOMAIN.encode([]).hex()}, "latest"))
    )
    signed = [(each, MINTER.sign_digest(each.digest(domain))) for each in requests]
    return mined(forwarder, execute_batch(forwarder.address, signed, checksummed(forwarder.sender)), gas)


def mined(forwarder: Deployed, call: Call, gas: int = 1_000_000) -> Receipt:
    fields = {"from": forwarder.sender, "to": call.to, "data": "0x" + call.data.hex(), "gas": hex(gas)}
    tx_hash = forwarder.request("eth_sendTransaction", fields)
    forwarder.request("evm_mine")
    receipt: Receipt = forwarder.request("eth_getTransactionReceipt", tx_hash)
    return receipt


def done(forwarder: Deployed, receipt: Receipt) -> dict[int, bool]:
    found = executed([log(each) for each in receipt["logs"]], checksummed(forwarder.address))
    return {nonce: success for (_, nonce), success in found.items()}


def test_what_the_minter_signed_mints_though_somebody_else_pays(forwarder: Deployed, badge: Deployed, chain: Anvil) -> None:
    receipt = send(forwarder, chain, request(badge, 0), request(badge, 1, BOB))
    assert done(forwarder, receipt) == {0: True, 1: True}
    assert (badge.call("balanceOf", ANN), badge.call("balanceOf", BOB)) == (1, 1)


def test_a_call_that_fails_uses_its_nonce_and_nobody_elses(forwarder: Deployed, badge: Deployed, chain: Anvil) -> None:
    badge.send("refuse", ANN, True)
    receipt = send(forwarder, chain, request(badge, 0), request(badge, 1, BOB))
    assert done(forwarder, receipt) == {0: False, 1: True}


def test_what_is_too_late_is_passed_over_and_so_is_all_that_was_signed_after_it(
    forwarder: Deployed, badge: Deployed, chain: Anvil
) -> None:
    receipt = send(forwarder, chain, request(badge, 0, deadline=1), request(badge, 1, BOB))
    assert (receipt["status"], done(forwarder, receipt)) == ("0x1", {})
    assert forwarder.call("nonces", MINTER.address) == 0


def test_a_call_that_would_be_starved_reverts_everything(forwarder: Deployed, badge: Deployed, chain: Anvil) -> None:
    receipt = send(forwarder, chain, request(badge, 0, gas=400_000), gas=100_000)
    assert (receipt["status"], receipt["logs"]) == ("0x0", [])
    assert forwarder.call("nonces", MINTER.address) == 0


def test_a_draft_executes_nothing_whoever_sends_it(forwarder: Deployed, badge: Deployed) -> None:
    receipt = mined(forwarder, draft(forwarder.address, [request(badge, 0)], checksummed(forwarder.sender)))
    assert (receipt["status"], receipt["logs"]) == ("0x1", [])


def test_the_nonce_is_asked_as_the_contract_answers(forwarder: Deployed, badge: Deployed, chain: Anvil) -> None:
    send(forwarder, chain, request(badge, 0))
    asked = {"to": forwarder.address, "data": "0x" + NONCES.encode([MINTER.address]).hex()}
    assert int(chain.request("eth_call", asked, "latest"), 16) == 1
