"""A wallet on Solana where an EVM node is asked: said in words, concluded from nothing, and no other order is touched."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from chain import nodes, witnesses
from chain.errors import ChainError
from chain.models import Wallet
from chain.states import Family
from claims.models import Reward
from orders.bill import bills
from orders.states import Kind
from stakes.models import StakingContract
from tests.factories import CONTRACT, make_network, make_wallet
from withdrawals.models import Pool, PoolKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet() -> Wallet:
    network = make_network(family=Family.SOLANA, chain_id=None, genesis_hash="9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM")
    return make_wallet(network=network, address="9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", signer="keypair:a.json")


def test_there_is_no_evm_node_to_ask(wallet: Wallet) -> None:
    with pytest.raises(nodes.NoEvmNode, match="Solana"):
        nodes.node_for(wallet.network)


def test_whoever_asks_everywhere_hears_nothing_that_could_be_believed(wallet: Wallet) -> None:
    (said,) = witnesses.everywhere(wallet.network, lambda node: node.nonce(wallet.address))
    assert isinstance(said, ChainError)


def test_there_is_no_bill_in_gas(wallet: Wallet) -> None:
    with pytest.raises(nodes.NoEvmNode):
        list(bills(wallet, {Kind.ITEM}, lambda _: []))


@pytest.mark.parametrize(
    "group",
    [
        lambda wallet: Reward(name="x", wallet=wallet, contract=CONTRACT),
        lambda wallet: Pool(name="x", wallet=wallet, kind=PoolKind.NATIVE),
        lambda wallet: StakingContract(name="x", wallet=wallet, contract=CONTRACT),
    ],
)
def test_nothing_but_a_collection_is_paid_there(wallet: Wallet, group: Any) -> None:
    with pytest.raises(ValidationError, match="It is on Solana") as caught:
        group(wallet).clean()
    assert list(caught.value.message_dict) == ["wallet"]
