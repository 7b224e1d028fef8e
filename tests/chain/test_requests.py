"""What the database refuses of signed requests and of sponsors, whatever the code does."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic
from uuid_utils.compat import uuid7

from chain.models import Transaction, Wallet
from chain.requests import ForwardRequest
from chain.states import Outcome, RequestOutcome, TransactionStatus
from tests.chain.test_guards import make_transaction
from tests.factories import CONTRACT, an_address, make_network, make_wallet

pytestmark = pytest.mark.django_db


def make_request(transaction: Transaction | None = None, **over: Any) -> ForwardRequest:
    transaction = transaction or make_transaction()
    values: dict[str, Any] = {
        "order": uuid7(), "signer": transaction.wallet, "forwarder": CONTRACT, "nonce": 0, "deadline": 2_000_000_000,
        "gas": 90_000, "digest": "0x" + uuid7().hex * 2,
    }  # fmt: skip
    return ForwardRequest.objects.create(transaction=transaction, **{**values, **over})


@pytest.mark.parametrize(
    "change",
    [{"nonce": 1}, {"deadline": 1}, {"gas": 1}, {"digest": "0x"}, {"order": uuid7()}, {"forwarder": an_address()}],
)
def test_what_was_signed_never_changes(change: dict[str, Any]) -> None:
    make_request()
    with pytest.raises(IntegrityError, match="never changes"):
        ForwardRequest.objects.update(**change)


def test_what_became_of_it_is_written_once() -> None:
    make_request()
    ForwardRequest.objects.update(outcome=RequestOutcome.EXPIRED)
    with pytest.raises(IntegrityError, match="never changes"):
        ForwardRequest.objects.update(outcome=RequestOutcome.EXECUTED)


def test_it_is_never_deleted() -> None:
    row = make_request()
    with pytest.raises(IntegrityError, match="never changes"):
        row.delete()


@pytest.mark.parametrize("outcome", Outcome)
def test_no_transaction_ends_while_its_requests_may_be_executed(outcome: Outcome) -> None:
    transaction = make_transaction(TransactionStatus.MINED)
    make_request(transaction)
    rows = Transaction.objects.filter(pk=transaction.pk)
    with pytest.raises(IntegrityError, match="may still be executed"), atomic():
        rows.update(status=TransactionStatus.FINAL, outcome=outcome)
    ForwardRequest.objects.update(outcome=RequestOutcome.EXPIRED)
    assert rows.update(status=TransactionStatus.FINAL, outcome=outcome) == 1


def test_a_nonce_lives_once() -> None:
    first = make_request()
    with pytest.raises(IntegrityError, match="forward_request_nonce_lives_once"), atomic():
        make_request(make_transaction(wallet=first.signer, nonce=1))
    ForwardRequest.objects.update(outcome=RequestOutcome.EXPIRED)
    assert make_request(make_transaction(wallet=first.signer, nonce=1)).pk


@pytest.mark.parametrize("change", [{"deadline": 0}, {"deadline": 2**48}, {"gas": 0}])
def test_impossible_requests_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        make_request(**change)


# -- sponsors ----------------------------------------------------------------------------------------------------------


def pair(**over: Any) -> tuple[Wallet, Wallet]:
    """A sponsor, and a wallet that could have it."""
    network = make_network(forwarder=CONTRACT)
    return make_wallet(network=network), make_wallet(**{"network": network, "address": an_address(), **over})


def unfit(case: str) -> tuple[Wallet, Wallet]:
    sponsor, wallet = pair()
    if case == "another network":
        sponsor = make_wallet(network=make_network(forwarder=CONTRACT))
    if case == "itself":
        sponsor = wallet
    if case == "has a sponsor itself":
        sponsor.sponsor = make_wallet(network=sponsor.network, address=an_address())
        sponsor.save()
    if case == "is a sponsor":
        make_wallet(network=wallet.network, address=an_address(), sponsor=wallet)
    return sponsor, wallet


@pytest.mark.parametrize("case", ["another network", "itself", "has a sponsor itself", "is a sponsor"])
def test_who_cannot_be_a_sponsor_is_refused_by_form_and_database(case: str) -> None:
    sponsor, wallet = unfit(case)
    wallet.sponsor = sponsor
    with pytest.raises(ValidationError) as refused:
        wallet.clean()
    assert "sponsor" in refused.value.message_dict
    with pytest.raises(IntegrityError):
        wallet.save()


def test_a_network_without_forwarder_has_no_sponsors() -> None:
    sponsor, wallet = pair()
    sponsor.network.forwarder = ""
    wallet.sponsor = sponsor
    with pytest.raises(ValidationError, match="has no forwarder"):
        wallet.clean()


def test_another_wallet_of_the_network_may_be_the_sponsor() -> None:
    sponsor, wallet = pair()
    wallet.sponsor = sponsor
    wallet.clean()
    wallet.save()
    assert Wallet.objects.get(pk=wallet.pk).sponsor == sponsor
