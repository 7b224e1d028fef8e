"""What people may do to wallets and transactions."""

import pytest

from chain import steering
from chain.models import Transaction, Wallet
from chain.states import TransactionStatus, WalletStatus
from tests.chain.test_guards import make_transaction
from tests.factories import make_network, make_wallet
from tests.model_chain import ModelChain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", list(WalletStatus))
def test_only_an_active_wallet_is_paused(status: WalletStatus) -> None:
    wallet = make_wallet(status=status)
    done = steering.pause(wallet, by="staff:ana", reason="audit")
    assert done is (status == WalletStatus.ACTIVE)
    assert Wallet.objects.get().status == (WalletStatus.PAUSED if done else status)


@pytest.mark.parametrize("status", list(WalletStatus))
def test_only_a_paused_wallet_is_resumed(status: WalletStatus) -> None:
    wallet = make_wallet(status=status)
    done = steering.resume(wallet, by="staff:ana", reason="done")
    assert done is (status == WalletStatus.PAUSED)
    assert Wallet.objects.get().status == (WalletStatus.ACTIVE if done else status)


def test_who_paused_it_when_and_why_is_kept() -> None:
    steering.pause(make_wallet(), by="staff:ana", reason="audit")
    wallet = Wallet.objects.get()
    assert (wallet.status_by, wallet.status_reason, wallet.status_since is None) == ("staff:ana", "audit", False)


@pytest.mark.parametrize("status", list(TransactionStatus))
def test_any_transaction_may_be_cancelled_until_it_is_final(status: TransactionStatus) -> None:
    done = steering.ask_to_cancel(make_transaction(status), by="staff:ana", reason="stuck")
    assert done is (status != TransactionStatus.FINAL)
    assert bool(Transaction.objects.get().cancel_asked_by) is done


def test_the_first_to_ask_is_kept() -> None:
    transaction = make_transaction(TransactionStatus.SENT)
    asked = [steering.ask_to_cancel(transaction, by=who, reason="stuck") for who in ("staff:ana", "staff:bo")]
    assert asked == [True, False]
    assert Transaction.objects.get().cancel_asked_by == "staff:ana"


def test_an_address_with_a_past_is_adopted_once(model: ModelChain) -> None:
    wallet = make_wallet(network=make_network(rpc_urls=model.url, chain_id=model.chain_id))
    for nonce in (1, 2):
        model.steal_nonce(wallet.address)
        assert steering.adopt(wallet) == nonce
    wallet.refresh_from_db()
    assert (wallet.first_nonce, wallet.next_nonce) == (1, 1)
