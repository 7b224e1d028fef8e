"""Sponsors as staff see and configure them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.forms import model_to_dict
from django.test import Client as Browser
from django.urls import reverse

from chain.calls import checksummed, encode
from chain.models import Network, Wallet
from chain.requests import ForwardRequest
from chain.states import TransactionStatus
from chain.trail import Trail
from claims.models import Reward
from tests.admin.conftest import Login, bind
from tests.factories import CONTRACT, an_address, make_claim, make_network, make_pool, make_reward, make_staking, make_wallet
from tests.model_chain import ModelChain, Result

FORWARDER = checksummed("0x" + "f0" * 20)


@pytest.fixture
def network() -> Iterator[Network]:
    with ModelChain() as chain:
        yield make_network(rpc_urls=chain.url, chain_id=chain.chain_id, forwarder=FORWARDER)


def minter(network: Network, **over: Any) -> Wallet:
    sponsor = make_wallet(network=network, name="payer")
    return make_wallet(network=network, name="minter", address=an_address(), sponsor=sponsor, **over)


def page(browser: Browser, kind: str, pk: object) -> str:
    return browser.get(reverse(f"admin:{kind}_change", args=[pk])).content.decode()


def save(browser: Browser, kind: str, row: Any, **changes: Any) -> Any:
    form = {name: value for name, value in model_to_dict(row).items() if value not in (None, False)}
    return browser.post(reverse(f"admin:{kind}_change", args=[row.pk]), {**form, **changes})


def test_a_wallet_gets_a_sponsor(login: Login, network: Network) -> None:
    wallet = make_wallet(network=network, name="minter", address=an_address())
    sponsor = make_wallet(network=network)
    answer = save(login("administrator"), "chain_wallet", wallet, sponsor=sponsor.pk)
    assert Wallet.objects.get(pk=wallet.pk).sponsor == sponsor
    assert "could not be asked" in str(next(iter(get_messages(answer.wsgi_request))))


def test_a_wallet_of_another_network_is_refused_as_a_sponsor(login: Login, network: Network) -> None:
    wallet = make_wallet(network=network)
    answer = save(login("administrator"), "chain_wallet", wallet, sponsor=make_wallet(network=make_network()).pk)
    assert "A sponsor is on the same network." in answer.content.decode()


@pytest.mark.parametrize(("kind", "make"), [("withdrawals_pool", make_pool), ("stakes_stakingcontract", make_staking)])
def test_only_claims_are_sponsored(login: Login, network: Network, kind: str, make: Callable[[], Any]) -> None:
    answer = save(login("administrator"), kind, make(), wallet=minter(network).pk)
    assert "this needs a wallet that pays for itself" in answer.content.decode()


def test_requests_and_multicall3_do_not_go_together(login: Login, network: Network) -> None:
    reward = make_reward(wallet=minter(network))
    changed = {"strategy": "aggregate3", "needs_role": "", "arguments": '["{recipient}", "{quantity}"]'}
    answer = save(login("administrator"), "claims_reward", reward, **changed)
    assert "several requests at once by the forwarder" in answer.content.decode()
    assert Reward.objects.get().strategy == "multicall"


@pytest.mark.parametrize(
    ("trusts", "says"), [(1, "Its contract trusts their forwarder."), (0, f"does not trust the forwarder {FORWARDER}")]
)
def test_a_rewards_page_says_whether_its_contract_trusts_the_forwarder(operator: Browser, trusts: int, says: str) -> None:
    with ModelChain() as chain:
        chain.contracts[CONTRACT] = lambda _data, _mined: Result(data=encode(["uint256"], [trusts]))
        network = make_network(rpc_urls=chain.url, chain_id=chain.chain_id, forwarder=FORWARDER)
        text = page(operator, "claims_reward", make_reward(wallet=minter(network)).pk)
    assert "Wallet minter signs its claims, wallet payer sends them and pays." in text
    assert says in text
    assert ("cannot be sent" in text) == (not trusts)


def test_a_rewards_page_opens_though_no_node_answers(operator: Browser) -> None:
    reward = make_reward(wallet=minter(make_network(forwarder=FORWARDER)))
    assert "could not be asked now" in page(operator, "claims_reward", reward.pk)


def test_a_reward_on_a_network_without_forwarder_says_so(operator: Browser) -> None:
    wallet = minter(make_network(forwarder=FORWARDER))
    Network.objects.update(forwarder="")
    assert "has no forwarder, so they wait" in page(operator, "claims_reward", make_reward(wallet=wallet).pk)


def test_the_minters_page_says_who_pays_and_what_that_one_waits_for(operator: Browser, network: Network) -> None:
    wallet = minter(network)
    assert "needs no coin for it: wallet payer sends them and pays." in page(operator, "chain_wallet", wallet.pk)
    Wallet.objects.filter(name="payer").update(waiting="forwarder", waiting_detail="contract 0x1 does not trust it")
    assert "Nothing is signed now: contract 0x1 does not trust it." in page(operator, "chain_wallet", wallet.pk)


def test_the_sponsors_page_names_whom_it_pays_for(operator: Browser, network: Network) -> None:
    assert "and what minter signs" in page(operator, "chain_wallet", minter(network).sponsor_id)


def test_a_transactions_page_shows_what_it_carries_and_until_when(operator: Browser, network: Network) -> None:
    wallet = minter(network)
    claim = make_claim(make_reward(wallet=wallet))
    transaction = bind(claim.order, TransactionStatus.MINED)
    assert "Signed requests" not in page(operator, "chain_transaction", transaction.pk)
    ForwardRequest.objects.create(
        transaction=transaction, order=claim.pk, signer=wallet, forwarder=FORWARDER, nonce=7, deadline=2_000_000_000,
        gas=90_000, digest="0x12",
    )  # fmt: skip
    text = page(operator, "chain_transaction", transaction.pk)
    assert "Signed requests" in text
    assert "What its minter signed may be executed until 18 May" in text


@pytest.mark.django_db(transaction=True)
def test_a_new_sponsor_is_on_the_trail() -> None:
    network = make_network(forwarder=FORWARDER)
    sponsor, wallet = make_wallet(network=network), make_wallet(network=network, address=an_address())
    Wallet.objects.filter(pk=wallet.pk).update(sponsor=sponsor)
    line = Trail.objects.filter(subject="chain_wallet", action="update").latest("id")
    assert line.after == {"sponsor_id": str(sponsor.pk)}
