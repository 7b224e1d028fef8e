"""The wallet command."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from chain import signing
from chain.models import Wallet
from tests.commands.conftest import Ran
from tests.factories import MINTER, make_claim, make_network, make_wallet
from tests.flow.conftest import World

Run = Callable[..., Ran]


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An empty KEYSTORE_DIR with a password beside it."""
    settings.KEYSTORE_DIR, password = tmp_path / "keys", tmp_path / "password"
    password.write_text("only for this test\n")
    settings.KEYSTORE_PASSWORD_FILE = str(password)
    signing.key_sources.cache_clear()
    yield tmp_path / "keys"
    signing.key_sources.cache_clear()


def test_a_created_key_is_a_file_that_only_its_owner_reads(keys: Path, run: Run) -> None:
    ran = run("wallet", "create", "hot")
    address, signer = ran.out.split()
    assert (ran.code, signer) == (0, "keystore:hot.json")
    assert json.loads((keys / "hot.json").read_text())["address"].lower() == address[2:].lower()
    assert stat.S_IMODE((keys / "hot.json").stat().st_mode) == 0o600


@pytest.mark.django_db
def test_a_created_wallet_can_be_added_at_once_and_signs(keys: Path, run: Run) -> None:
    make_network(name="main")
    ran = run("wallet", "create", "hot", "--network", "main")
    wallet = Wallet.objects.get()
    assert ran.out.startswith(wallet.address)
    assert signing.signer_for(wallet).address == wallet.address


def test_a_keystore_is_never_overwritten(keys: Path, run: Run) -> None:
    run("wallet", "create", "hot")
    before = (keys / "hot.json").read_bytes()
    assert run("wallet", "create", "hot").code == 2
    assert (keys / "hot.json").read_bytes() == before


def test_without_a_password_file_no_key_is_made(keys: Path, run: Run, settings: Settings) -> None:
    settings.KEYSTORE_PASSWORD_FILE = ""
    ran = run("wallet", "create", "hot")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert not keys.exists() or not list(keys.iterdir())


def test_a_wallet_is_added_with_the_address_of_its_key(world: World, run: Run) -> None:
    ran = run("wallet", "add", world.network.name, "minter", "mnemonic:m/44'/60'/0'/0/0")
    assert (ran.code, Wallet.objects.get(name="minter").address) == (0, MINTER)


@pytest.mark.parametrize("signer", ["mnemonic:m/0", "keystore:gone.json", "0x1234"])
@pytest.mark.django_db
def test_a_key_that_cannot_be_loaded_adds_nothing(run: Run, signer: str) -> None:
    make_network(name="main")
    ran = run("wallet", "add", "main", "minter", signer)
    assert (ran.code, ran.err.count("\n"), Wallet.objects.count()) == (2, 1, 0)


def test_the_same_address_is_added_once_a_network(world: World, run: Run) -> None:
    world.wallet(0)
    assert run("wallet", "add", world.network.name, "again", "mnemonic:m/44'/60'/0'/0/0").code == 2


def test_show_sets_the_chains_nonce_beside_ours(world: World, run: Run) -> None:
    reward, _ = world.badge(wallet=world.wallet(3))
    make_claim(reward)
    run("process_claims", "--once")
    shown = json.loads(run("wallet", "show", "--json", reward.wallet).out)
    assert (shown["chain_nonce"], shown["our_nonce"], shown["status"]) == (1, 1, "active")
    assert shown["balance"] > 0


@pytest.mark.django_db
def test_a_silent_node_is_told_and_the_other_wallets_are_still_listed(run: Run) -> None:
    make_wallet(name="one")
    make_wallet(name="two")
    ran = run("wallet", "list")
    assert ran.code == 0
    assert "one" in ran.out
    assert "two" in ran.out


@pytest.mark.django_db
def test_limits_are_set_one_by_one_and_taken_away(run: Run) -> None:
    wallet = make_wallet(name="hot")
    run("wallet", "limits", "hot", "--alert", "1")
    ran = run("wallet", "limits", "hot", "--minimum", "0.25")
    assert (ran.code, ran.out) == (0, "Wallet hot: minimum balance 0.25 ETH, alert balance 1 ETH.\n")
    wallet.refresh_from_db()
    assert (wallet.minimum_balance, wallet.alert_balance) == (10**18 // 4, 10**18)
    assert "minimum balance none, alert balance 1 ETH" in run("wallet", "limits", "hot", "--minimum", "none").out


@pytest.mark.parametrize("wrong", ["2", "-1", "a lot", "NaN", "0.0000000000000000001"])
@pytest.mark.django_db
def test_a_limit_that_cannot_be_is_one_line_and_changes_nothing(run: Run, wrong: str) -> None:
    wallet = make_wallet(name="hot", alert_balance=10**18)
    ran = run("wallet", "limits", "hot", "--minimum", wrong)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    wallet.refresh_from_db()
    assert (wallet.minimum_balance, wallet.alert_balance) == (None, 10**18)


@pytest.mark.django_db
def test_show_has_the_limits(run: Run) -> None:
    make_wallet(name="hot", minimum_balance=5, alert_balance=7)
    shown = json.loads(run("wallet", "show", "--json", "hot").out)
    assert (shown["minimum_balance"], shown["alert_balance"]) == (5, 7)


@pytest.mark.parametrize("arguments", [(), ("show",), ("show", "nobody"), ("add", "nowhere", "x", "env:X"), ("fly",)])
@pytest.mark.django_db
def test_bad_arguments_are_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run("wallet", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
