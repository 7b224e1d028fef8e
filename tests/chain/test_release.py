"""Out of quarantine: one person asks, another one agrees, and nothing that was spent elsewhere is forgotten."""

import pytest
from django.db import IntegrityError

from chain import steering
from chain.errors import LaneLost
from chain.lane import Lane
from chain.models import Transaction, Wallet
from chain.states import Outcome, WalletStatus
from tests.chain.rpc_server import Http
from tests.lanes import opened, pay
from tests.model_chain import ModelChain

ANA, BEN = "staff:ana", "staff:ben"


@pytest.fixture
def robbed(lane: Lane, model: ModelChain) -> Lane:
    """Two nonces of ours, then two that were spent elsewhere."""
    pay(lane, 2)
    model.mine()
    for _ in range(2):
        model.steal_nonce(lane.wallet.address)
    lane.look()
    lane.look()  # the chain's nonce, as people see it now
    model.mine()  # and it is final
    return lane


def wallet() -> Wallet:
    return Wallet.objects.get()


def ask(by: str = ANA) -> bool:
    return steering.ask_for_release(wallet(), by=by, reason="looked at both")


def agree(by: str = BEN, nonce: int = 4) -> bool:
    return steering.release(wallet(), by=by, asked_by=ANA, nonce=nonce)


def test_two_people_release_it(robbed: Lane) -> None:
    assert ask()
    assert agree()
    freed = wallet()
    assert (freed.status, freed.release_asked_by, freed.released_by, freed.next_nonce) == (WalletStatus.ACTIVE, ANA, BEN, 4)


def test_one_person_cannot_be_both(robbed: Lane) -> None:
    ask()
    assert not agree(by=ANA)
    assert wallet().status == WalletStatus.QUARANTINED


def test_nobody_agrees_before_somebody_asked(robbed: Lane) -> None:
    assert not agree()
    assert not steering.release(wallet(), by=BEN, asked_by="", nonce=4)
    assert wallet().status == WalletStatus.QUARANTINED


def test_what_was_asked_for_another_nonce_is_not_agreed_to(robbed: Lane) -> None:
    ask()
    assert not agree(nonce=5)


@pytest.mark.fault(32)
def test_it_waits_until_what_was_spent_elsewhere_is_final(robbed: Lane, model: ModelChain) -> None:
    """A reorganisation could give the nonce back, and nothing of ours could fill it."""
    model.steal_nonce(wallet().address)
    with pytest.raises(steering.NotSettled, match="Nonce 4 is spent, but not for good yet"):
        ask()
    model.mine()
    assert ask()
    model.steal_nonce(wallet().address)
    with pytest.raises(steering.NotSettled):
        agree(nonce=5)
    model.mine()
    assert not agree(nonce=5)
    assert not agree(nonce=6)
    assert wallet().status == WalletStatus.QUARANTINED
    ask()
    assert agree(nonce=6)


def test_one_node_that_does_not_know_keeps_it_waiting(robbed: Lane, model: ModelChain) -> None:
    network = robbed.network
    with model.twin() as other:
        network.rpc_urls = f"{model.url}\n{other.url}"
        network.save()
        other.lie("eth_getTransactionCount", "0x3")
        with pytest.raises(steering.NotSettled):
            ask()
        other.honest()
        other.fail(Http(503))
        with pytest.raises(steering.NotSettled, match="Node 2 of 2 does not answer"):
            ask()


def test_only_a_quarantined_wallet_is_released(lane: Lane) -> None:
    assert not ask()
    assert not agree()


def test_the_database_wants_two_people_as_well(robbed: Lane) -> None:
    with pytest.raises(IntegrityError, match="wallet_released_by_two"):
        Wallet.objects.update(release_asked_by=ANA, released_by=ANA)


def test_nonces_spent_elsewhere_get_a_row_each(robbed: Lane) -> None:
    ask()
    agree()
    rows = Transaction.objects.order_by("nonce").values_list("nonce", "outcome")
    assert list(rows)[2:] == [(2, Outcome.FOREIGN), (3, Outcome.FOREIGN)]


def test_too_many_of_them_are_a_matter_for_developers(robbed: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steering, "MOST_ADOPTED", 1)
    ask()
    with pytest.raises(ValueError, match="developers"):
        agree()
    assert wallet().status == WalletStatus.QUARANTINED


def test_orders_that_waited_meanwhile_are_in_doubt(robbed: Lane) -> None:
    ask()
    agree()
    assert wallet().doubt_before is not None


def test_the_lane_at_work_has_to_begin_anew(robbed: Lane) -> None:
    ask()
    agree()
    with pytest.raises(LaneLost), robbed.writing():
        pass


def test_a_released_wallet_goes_on_from_the_chains_nonce(robbed: Lane, model: ModelChain) -> None:
    ask()
    agree()
    robbed.__exit__()
    with opened(wallet()) as lane:
        (transaction,) = pay(lane)
        assert transaction.nonce == 4
        lane.look()
    assert wallet().status == WalletStatus.ACTIVE


def test_a_new_quarantine_forgets_the_old_release(robbed: Lane) -> None:
    ask()
    agree()
    assert steering.quarantine(wallet(), by="lane", reason="again")
    again = wallet()
    assert (again.release_asked_by, again.released_by, again.release_nonce) == ("", "", None)
    assert not agree()
