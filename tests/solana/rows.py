"""Rows of Solana's networks for tests: plain functions, keyword overrides."""

import secrets
from typing import Any

from solders.hash import Hash
from solders.keypair import Keypair

from chain.models import Attempt, Network, Transaction, Wallet
from chain.solana import draft as drafts
from chain.solana.draft import Draft
from chain.states import AttemptKind, Family, TransactionStatus
from tests.factories import make_network

# A key of nothing but the numbers 0 to 31: public, worthless.
KEY = Keypair.from_seed(bytes(range(32)))
ADDRESS = str(KEY.pubkey())


def an_address() -> str:
    return str(Keypair().pubkey())


def a_hash() -> str:
    return str(Hash(secrets.token_bytes(32)))


def make_solana(**over: Any) -> Network:
    """A development cluster of Solana."""
    values: dict[str, Any] = {"family": Family.SOLANA, "chain_id": None, "genesis_hash": a_hash(), "currency": "SOL"}
    return make_network(**{**values, "fee_kind": "solana", **over})


def make_solana_wallet(**over: Any) -> Wallet:
    network = over.pop("network", None) or make_solana()
    values: dict[str, Any] = {"name": f"wallet {secrets.token_hex(3)}", "address": ADDRESS, "signer": "env:SOLANA_KEY"}
    return Wallet.objects.create(network=network, **{"first_nonce": 0, "next_nonce": 0, **values, **over})


def make_bound(wallet: Wallet, draft: Draft, status: TransactionStatus = TransactionStatus.SENT, **over: Any) -> Transaction:
    """A transaction as the lane stores it, signed by KEY, with its one attempt. `last_valid_height` goes to the attempt."""
    height, blockhash, units, price = over.pop("last_valid_height", 1_000), a_hash(), 200_000, 7
    signed = drafts.sign(draft, units, price, blockhash, lambda message: bytes(KEY.sign_message(message)))
    message = bytes(draft.message(units, price))
    values: dict[str, Any] = {"nonce": wallet.transactions.count(), "to": draft.about, "data": message, "gas_limit": units}
    transaction = Transaction.objects.create(wallet=wallet, status=status, **{**values, **over})
    Attempt.objects.create(
        transaction=transaction, kind=AttemptKind.ORIGINAL, hash=signed.signature, raw=signed.raw, fee_kind="solana",
        max_fee=price, tip=0, blockhash=blockhash, last_valid_height=height,
    )  # fmt: skip
    Wallet.objects.filter(pk=wallet.pk).update(next_nonce=transaction.nonce + 1)
    return transaction
