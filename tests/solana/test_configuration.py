"""Solana's networks and wallets as people configure and read them: forms, pages, the command, REST."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.models.functions import Now
from django.forms import model_to_dict
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import Settings

from chain import signing, steering
from chain.models import Network, Transaction, Wallet
from chain.solana.draft import Draft
from chain.states import Environment, Outcome, TransactionStatus
from look.values import explorer_page
from orders.health import chains, work
from orders.models import Event, Order
from orders.waiting import sentence
from tests.admin.conftest import Login
from tests.admin.conftest import login as login  # noqa: PLC0414 - staff of each role
from tests.api.conftest import make_caller
from tests.commands.conftest import Ran
from tests.commands.conftest import run as run  # noqa: PLC0414 - commands as people run them
from tests.factories import make_network, make_pool, make_withdrawal
from tests.solana.farm import Farm
from tests.solana.rows import ADDRESS, a_hash, an_address, make_bound, make_solana, make_solana_wallet
from tests.solana.test_payload import TREE, mint

pytestmark = pytest.mark.django_db

MAINNET = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d"
URL = "https://1.1.1.1"


# -- a network ---------------------------------------------------------------------------------------------------------


def cluster(**over: object) -> Network:
    values: dict[str, object] = {"name": "devnet", "family": "solana", "genesis_hash": a_hash(), "rpc_urls": URL}
    return Network(**{**values, **over})


def test_a_cluster_gets_solanas_fees_and_coin() -> None:
    network = cluster()
    network.full_clean()
    assert (network.fee_kind, network.currency, network.decimals) == ("solana", "SOL", 9)


def test_a_currency_that_somebody_typed_stays() -> None:
    network = cluster(currency="XYZ")
    network.full_clean()
    assert network.currency == "XYZ"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"genesis_hash": ""}, "genesis_hash"),
        ({"genesis_hash": "0x1234"}, "genesis_hash"),
        ({"genesis_hash": "1" * 31}, "genesis_hash"),
        ({"chain_id": 5}, "chain_id"),
        ({"family": "evm", "genesis_hash": ""}, "chain_id"),
        ({"family": "evm", "chain_id": 5}, "genesis_hash"),
        ({"family": "evm", "chain_id": 5, "genesis_hash": "", "fee_kind": "solana"}, "fee_kind"),
    ],
)
def test_what_is_of_the_other_family_is_named(values: dict[str, object], field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        cluster(**values).full_clean()
    assert field in refusal.value.message_dict


def test_a_network_stays_of_its_family() -> None:
    network = make_solana()
    network.family, network.chain_id, network.genesis_hash = "evm", 5, ""
    with pytest.raises(ValidationError, match="stays of the family"):
        network.full_clean()


def test_a_cluster_of_real_money_is_no_development_network() -> None:
    with pytest.raises(ValidationError, match="carries real money"):
        cluster(genesis_hash=MAINNET, environment=Environment.DEVELOPMENT).full_clean()
    cluster(genesis_hash=MAINNET, environment=Environment.MAINNET).full_clean()


def test_not_even_sql_makes_a_cluster_of_real_money_a_development_network() -> None:
    network = make_solana(genesis_hash=MAINNET, environment=Environment.MAINNET)
    with pytest.raises(IntegrityError, match="network_cluster_of_real_money_is_no_development"):
        Network.objects.filter(pk=network.pk).update(environment=Environment.DEVELOPMENT)


def network_form(**over: object) -> dict[str, object]:
    given = {name: value for name, value in model_to_dict(Network(name="net")).items() if value not in (None, False)}
    return {**given, "rpc_urls": URL, "environment": "testnet", **over}


def test_a_cluster_is_made_in_the_admin(login: Login) -> None:
    form = network_form(family="solana", genesis_hash=a_hash(), gas_ceiling="50000")
    answer = login("administrator").post(reverse("admin:chain_network_add"), form)
    assert answer.status_code == 302, answer.context["errors"]
    assert Network.objects.get().ceiling == 50_000


def test_a_wrong_cluster_is_refused_on_the_page(login: Login) -> None:
    answer = login("administrator").post(reverse("admin:chain_network_add"), network_form(family="solana", chain_id="5"))
    assert "A network of Solana is known by its genesis hash." in answer.content.decode()
    assert not Network.objects.exists()


def test_the_page_of_a_cluster_shows_only_what_means_something_there(login: Login) -> None:
    browser = login("administrator")
    pages = [reverse("admin:chain_network_change", args=[network.pk]) for network in (make_solana(), make_network())]
    solana, evm = ({name for name in FIELDS if f'name="{name}"' in browser.get(page).content.decode()} for page in pages)
    assert solana == {"genesis_hash", "gas_ceiling", "explorer_url"}
    assert evm == FIELDS - {"genesis_hash", "family"}


FIELDS = {
    "family", "chain_id", "genesis_hash", "explorer_url", "fee_kind", "gas_ceiling", "bump_after", "confirmations",
    "max_gas_per_transaction", "max_block_share", "multicall3", "forwarder", "forward_seconds",
}  # fmt: skip


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://etherscan.io/", "https://etherscan.io/tx/abc"),
        ("https://explorer.solana.com/?cluster=devnet", "https://explorer.solana.com/tx/abc?cluster=devnet"),
        ("https://example.org/sol?cluster=custom&x=1", "https://example.org/sol/tx/abc?cluster=custom&x=1"),
    ],
)
def test_explorer_links_keep_what_names_the_cluster_at_the_end(url: str, page: str) -> None:
    assert explorer_page(url, "tx", "abc") == page


# -- a wallet ----------------------------------------------------------------------------------------------------------


def wallet_form(wallet: Wallet, **over: object) -> dict[str, object]:
    named = {"network": wallet.network_id, "name": "hot", "address": wallet.address, "signer": wallet.signer}
    return {**named, "max_in_flight": 16, **over}


def test_a_wallet_is_made_in_the_admin_and_counts_from_0_without_asking_anybody(login: Login) -> None:
    wanted = Wallet(network=make_solana(), address=ADDRESS, signer="keypair:hot.json")
    form = wallet_form(wanted, minimum_balance="0.25", alert_balance="1.000000001")
    assert login("administrator").post(reverse("admin:chain_wallet_add"), form).status_code == 302
    wallet = Wallet.objects.get()
    assert (wallet.minimum_balance, wallet.alert_balance) == (250_000_000, 1_000_000_001)
    assert (wallet.first_nonce, wallet.next_nonce) == (0, 0)


@pytest.mark.parametrize(
    ("over", "complaint"),
    [
        ({"address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"}, "is written in base58"),
        ({"signer": "keystore:hot.json"}, "on Solana it is keypair: or env:"),
        ({"minimum_balance": "0.0000000001"}, "9 decimal places"),
    ],
)
def test_what_is_no_wallet_on_solana_is_refused_on_the_page(login: Login, over: dict[str, object], complaint: str) -> None:
    wanted = Wallet(network=make_solana(), address=ADDRESS, signer="keypair:hot.json")
    answer = login("administrator").post(reverse("admin:chain_wallet_add"), wallet_form(wanted, **over))
    assert complaint in answer.content.decode()
    assert not Wallet.objects.exists()


@pytest.mark.parametrize(
    ("over", "complaint"),
    [({"address": ADDRESS}, "is written as 0x"), ({"signer": "keypair:hot.json"}, "keypair: names a key of Solana")],
)
def test_what_is_no_wallet_on_an_evm_is_refused_on_the_page(login: Login, over: dict[str, object], complaint: str) -> None:
    wanted = Wallet(network=make_network(), address="0x70997970C51812dc3A010C7d01b50e0d17dc79C8", signer="keystore:hot.json")
    answer = login("administrator").post(reverse("admin:chain_wallet_add"), wallet_form(wanted, **over))
    assert complaint in answer.content.decode()
    assert not Wallet.objects.exists()


def test_a_wallet_on_solana_has_no_sponsor() -> None:
    sponsor = make_solana_wallet()
    wallet = make_solana_wallet(network=sponsor.network, address=an_address())
    wallet.sponsor = sponsor
    with pytest.raises(ValidationError, match="pays for itself"):
        wallet.full_clean()


def test_its_balances_are_read_in_sol(login: Login) -> None:
    wallet = make_solana_wallet(minimum_balance=250_000_000, alert_balance=10**9, balance=5 * 10**8, looked_at=Now())
    text = login("viewer").get(reverse("admin:chain_wallet_change", args=[wallet.pk])).content.decode()
    assert all(f">{amount} SOL<" in text for amount in ("0.25", "1", "0.5"))
    assert chains.balance() == (False, f"{wallet.name}: 0.5 SOL, below its alert balance of 1 SOL")


def test_rest_tells_which_cluster_a_wallet_is_on() -> None:
    wallet = make_solana_wallet()
    (answer,) = make_caller().get("/wallets").json()["results"]
    told = {"name": wallet.network.name, "family": "solana", "chain_id": None, "currency": "SOL"}
    assert answer["network"] == {**told, "genesis_hash": wallet.network.genesis_hash}


# -- the command -------------------------------------------------------------------------------------------------------

Run = Callable[..., Ran]


@pytest.fixture
def keys(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """An empty KEYSTORE_DIR, and no password: keypairs need none."""
    settings.KEYSTORE_DIR, settings.KEYSTORE_PASSWORD_FILE = tmp_path / "keys", ""
    signing.key_sources.cache_clear()
    yield tmp_path / "keys"
    signing.key_sources.cache_clear()


def test_a_keypair_is_made_and_its_wallet_added_and_signs(keys: Path, run: Run) -> None:
    network = make_solana()
    ran = run("wallet", "create", "hot", "--network", network.name)
    wallet = Wallet.objects.get()
    assert (ran.code, wallet.signer, wallet.next_nonce) == (0, "keypair:hot.json", 0)
    assert ran.out.startswith(f"{wallet.address}  keypair:hot.json\nWallet hot is {wallet.address} on {network.name}.")
    assert signing.solana_signer_for(wallet).address == wallet.address


def test_a_keypair_is_made_without_a_network(keys: Path, run: Run) -> None:
    ran = run("wallet", "create", "hot", "--solana")
    assert (ran.code, ran.out.split()[1]) == (0, "keypair:hot.json")
    assert run("wallet", "create", "hot", "--solana").code == 2


@pytest.mark.parametrize("signer", ["keystore:hot.json", "mnemonic:m/44'/60'/0'/0/0", "keypair:gone.json"])
def test_a_key_that_is_none_of_solanas_adds_nothing(keys: Path, run: Run, signer: str) -> None:
    ran = run("wallet", "add", make_solana().name, "hot", signer)
    assert (ran.code, ran.err.count("\n"), Wallet.objects.count()) == (2, 1, 0)


def test_limits_are_typed_in_sol(run: Run) -> None:
    make_solana_wallet(name="hot")
    ran = run("wallet", "limits", "hot", "--minimum", "0.000000001", "--alert", "2")
    assert ran.out == "Wallet hot: minimum balance 0.000000001 SOL, alert balance 2 SOL.\n"
    assert run("wallet", "limits", "hot", "--minimum", "0.0000000001").code == 2


def test_a_silent_cluster_is_told_as_the_problem(run: Run) -> None:
    make_solana_wallet(name="hot")
    shown = json.loads(run("wallet", "show", "--json", "hot").out)
    assert (shown["family"], shown["chain_nonce"], shown["our_nonce"]) == ("solana", None, 0)
    assert "did not answer" in shown["problem"]


# -- transactions ------------------------------------------------------------------------------------------------------


@pytest.fixture
def transaction() -> Transaction:
    return make_bound(make_solana_wallet(), mint())


def page(row: object, browser: Browser) -> str:
    meta = row._meta  # type: ignore[attr-defined]
    return browser.get(reverse(f"admin:chain_{meta.model_name}_change", args=[row.pk])).content.decode()  # type: ignore[attr-defined]


def test_a_transaction_is_shown_with_its_instructions_in_words(login: Login, transaction: Transaction) -> None:
    text = page(transaction, login("viewer"))
    attempt = transaction.attempts.get()
    assert "<strong>Bubblegum</strong> mint_v1" in text
    assert all(said in text for said in ("Badge #1", "ipfs://cid/1.json", TREE, attempt.blockhash, "1000", "7 µlamports"))
    assert attempt.hash in page(attempt, login("operator"))


def test_a_fee_is_shown_in_sol(login: Login) -> None:
    over = {"outcome": Outcome.SUCCEEDED, "gas_used": 50_000, "fee": 5_001, "mined_hash": "x", "block_number": 9}
    transaction = make_bound(make_solana_wallet(), mint(), TransactionStatus.FINAL, **over)
    text = page(transaction, login("viewer"))
    assert 'title="5001 base units"' in text
    assert "0.000005 SOL" in text
    assert "50,000" in text


@pytest.mark.parametrize("data", [b"", b"\x01\x02", b"\xff" * 400])
def test_bytes_that_nobody_understands_break_no_page(login: Login, data: bytes) -> None:
    transaction = make_bound(make_solana_wallet(), mint(), data=data)
    assert f"{len(data)} bytes that are no message" in page(transaction, login("viewer"))


def test_it_is_found_by_its_signature(login: Login, transaction: Transaction) -> None:
    signature = transaction.attempts.get().hash
    make_bound(transaction.wallet, Draft(ADDRESS, TREE, ()))
    for name in ("transaction", "attempt"):
        answer = login(f"{'viewer' if name == 'attempt' else 'operator'}").get(
            reverse(f"admin:chain_{name}_changelist"), {"q": signature}
        )
        assert answer.context["cl"].result_count == 1


def test_cancelling_is_refused_in_a_sentence(login: Login, transaction: Transaction) -> None:
    with pytest.raises(steering.CannotCancel, match="lands, or expires"):
        steering.ask_to_cancel(transaction, by="staff:ana", reason="because")
    assert "/do/cancel/" not in page(transaction, login("operator"))


def test_the_monitor_and_the_order_call_it_by_its_number(transaction: Transaction) -> None:
    assert f"{transaction.wallet.name} number 0 has been without a block" in work.transactions()[1]
    order = make_withdrawal(make_pool(wallet=transaction.wallet)).order
    Order.objects.filter(pk=order.pk).update(status="busy", transaction=transaction)
    order.refresh_from_db()
    assert sentence(order).startswith("Sent at ")


def test_a_client_reads_its_transaction_by_signature(transaction: Transaction) -> None:
    caller = make_caller()
    order = make_withdrawal(make_pool(wallet=transaction.wallet), order_client=caller.client).order
    Event.objects.create(order=order, to_status="busy", actor="lane", transaction=transaction)
    attempt = transaction.attempts.get()
    answer = caller.get(f"/transactions/by-hash/{attempt.hash}").json()
    (line,) = answer["attempts"]
    assert (line["blockhash"], line["last_valid_height"]) == (attempt.blockhash, 1_000)
    assert caller.get(f"/transactions/by-hash/{attempt.hash.swapcase()}").status_code == 404


def test_the_monitor_sees_a_cluster_move(farm: Farm) -> None:
    farm.items()
    farm.turn()
    assert chains.head() == (True, f"{farm.wallet.network.name}: its newest block was made 0 s ago, seen 0 s ago")
    first = Wallet.objects.get().head_at
    farm.turn()
    assert Wallet.objects.get().head_at == first  # no newer slot was seen
