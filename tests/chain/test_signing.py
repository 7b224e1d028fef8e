"""From a wallet's row to its signer."""

import pytest
from django.test import override_settings

from chain import signing
from chain.models import Network, Wallet
from chain.signers import SignerError
from chain.states import Environment
from tests.factories import MINTER

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first development key


def wallet(signer: str, address: str = MINTER, environment: Environment = Environment.DEVELOPMENT) -> Wallet:
    return Wallet(name="minter", network=Network(environment=environment), address=address, signer=signer)


def test_the_signer_is_the_wallets_own(keys: None) -> None:
    assert signing.signer_for(wallet("mnemonic:m/44'/60'/0'/0/0")).address == MINTER


def test_the_key_of_another_address_is_refused(keys: None) -> None:
    with pytest.raises(SignerError, match="belongs to 0x70997970C51812dc3A010C7d01b50e0d17dc79C8, not to"):
        signing.signer_for(wallet("mnemonic:m/44'/60'/0'/0/1"))


def test_a_raw_key_serves_on_a_development_chain(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", KEY)
    assert signing.signer_for(wallet("env:MINTER_KEY")).address == MINTER


@pytest.mark.parametrize("environment", [Environment.TESTNET, Environment.MAINNET])
def test_a_raw_key_serves_nowhere_else(keys: None, environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", KEY)
    with pytest.raises(SignerError, match="development"):
        signing.signer_for(wallet("env:MINTER_KEY", environment=environment))


def test_a_process_without_a_mnemonic_cannot_sign(keys: None) -> None:
    with override_settings(MNEMONIC=""), pytest.raises(SignerError, match="MNEMONIC"):
        signing.signer_for(wallet("mnemonic:m/44'/60'/0'/0/0"))
