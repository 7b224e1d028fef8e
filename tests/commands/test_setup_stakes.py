"""`manage.py setup_stakes_from_env`: what the old staking processor's environment describes, made once."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from chain.calls import checksummed
from chain.models import Network, Wallet
from local.server import free_port
from stakes.models import StakingContract
from tests.commands.conftest import Ran
from tests.factories import MINTER, an_address
from tests.flow.conftest import Staking, World

Run = Any


@pytest.fixture
def staking(world: World) -> Staking:
    """A contract that users sign for, and nothing of it in the database."""
    found = world.staking()
    StakingContract.objects.all().delete()
    Wallet.objects.all().delete()
    Network.objects.all().delete()
    return found


@pytest.fixture
def old(staking: Staking, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The old environment, as settings have read it."""
    monkeypatch.setenv("CHAIN_RPC_URL", staking.world.chain.url)
    with override_settings(STAKING=of(staking), CHAIN_RPC_URL=[staking.world.chain.url], CHAIN_ID=None):
        yield


def of(staking: Staking, **over: Any) -> Any:
    values = {"address": staking.deployed.address.lower(), "minimum_balance": 5, "alert_balance": 7, "max_fee": 9}
    return replace(settings.STAKING, **{**values, **over})


def rows() -> tuple[Network, Wallet, StakingContract]:
    return Network.objects.get(), Wallet.objects.get(), StakingContract.objects.get()


def test_it_makes_network_wallet_and_contract(run: Run, staking: Staking, old: None) -> None:
    ran: Ran = run("setup_stakes_from_env")
    assert (ran.code, ran.err) == (0, "")
    network, wallet, contract = rows()
    assert (network.chain_id, network.rpc_urls, network.gas_ceiling, network.confirmations) == (
        31337,
        "env:CHAIN_RPC_URL",
        9,
        6,
    )
    assert (wallet.address, wallet.signer) == (MINTER, "mnemonic:m/44'/60'/0'/0/0")
    assert (wallet.minimum_balance, wallet.alert_balance) == (5, 7)
    assert (contract.contract, contract.wallet) == (checksummed(staking.deployed.address), wallet)
    assert "test test" not in ran.out + str(network.rpc_urls)


def test_what_the_wallet_has_sent_before_is_taken_for_the_old_services(run: Run, staking: Staking, old: None) -> None:
    spent = int(staking.world.chain.request("eth_getTransactionCount", MINTER, "latest"), 16)
    assert spent > 0
    ran: Ran = run("setup_stakes_from_env")
    assert f"The {spent} transactions that it has sent before" in ran.out
    assert Wallet.objects.get().next_nonce == spent


def test_a_second_time_makes_nothing(run: Run, old: None) -> None:
    run("setup_stakes_from_env")
    before = [row.pk for row in rows()]
    ran: Ran = run("setup_stakes_from_env")
    assert (ran.code, [row.pk for row in rows()], ran.out.count("there already")) == (0, before, 3)


def test_what_staff_have_changed_stays_unless_it_is_told_to_update(run: Run, staking: Staking, old: None) -> None:
    run("setup_stakes_from_env")
    with override_settings(STAKING=of(staking, max_fee=11)):
        ran: Ran = run("setup_stakes_from_env")
        assert "whose gas_ceiling is 9 and stays so; the environment says 11" in ran.out
        assert Network.objects.get().gas_ceiling == 9
        run("setup_stakes_from_env", "--update")
    assert Network.objects.get().gas_ceiling == 11


def test_a_message_helper_is_what_users_sign_for(run: Run, staking: Staking, old: None) -> None:
    """The old front end asks the staking contract for it, and so do we: its address stands in no variable."""
    helper = an_address()
    code = "0x73" + helper[2:].lower() + "60005260206000f3"  # PUSH20 helper, MSTORE, RETURN: the answer to any question
    staking.world.chain.request("anvil_setCode", staking.deployed.address, code)
    run("setup_stakes_from_env")
    contract = StakingContract.objects.get()
    assert (contract.verifying_contract, contract.domain.contract) == (helper, helper)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"STAKING": {"address": ""}}, "STAKING_ADDRESS is not set"),
        ({"CHAIN_RPC_URL": []}, "CHAIN_RPC_URL is not set"),
        ({"MNEMONIC": ""}, "PROCESSOR_MNEMONIC is not set"),
        ({"CHAIN_ID": 5}, "CHAIN_ID is 5"),
        ({"STAKING": {"address": "0x" + "11" * 20}}, "There is no contract at STAKING_ADDRESS"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(run: Run, staking: Staking, old: None, over: dict[str, Any], words: str) -> None:
    changed = {name: of(staking, **value) if name == "STAKING" else value for name, value in over.items()}
    with override_settings(**changed):
        ran: Ran = run("setup_stakes_from_env")
    assert (ran.code, ran.err.count("\n"), words in ran.err) == (2, 1, True)
    assert not StakingContract.objects.exists()


def test_a_node_that_does_not_answer_too(run: Run, old: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAIN_RPC_URL", f"http://127.0.0.1:{free_port()}/secret-key")
    ran: Ran = run("setup_stakes_from_env")
    assert (ran.code, ran.err.count("\n"), "secret-key" in ran.err) == (2, 1, False)


def test_on_a_release_it_does_nothing_where_there_is_no_old_environment(run: Run, db: None) -> None:
    assert run("setup_stakes_from_env", "--if-set") == Ran(0, "", "")
