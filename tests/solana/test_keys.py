"""ed25519 keys of Solana's wallets: where they come from, and that they stay there."""

import json
import os
import pickle
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from django.test import override_settings
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.signature import Signature

from chain import base58, signing
from chain.models import Network, Wallet
from chain.signers import KeySources, SignerError, check_reference
from chain.solana.keys import LocalKeypair, SolanaSigner, _load, create_keypair, load, new_keypair
from chain.states import Environment, Family
from tests.chain.test_signers import shown

# A key of nothing but the numbers 1 to 32: public, worthless.
SECRET = bytes(Keypair.from_seed(bytes(range(1, 33))))
ADDRESS = str(Keypair.from_seed(bytes(range(1, 33))).pubkey())
TORN = SECRET[:32] + bytes(Keypair.from_seed(b"another".ljust(32)).pubkey())  # the public half is another key's


@pytest.fixture(autouse=True)
def _no_signer_is_remembered() -> Iterator[None]:
    _load.cache_clear()
    yield
    _load.cache_clear()


@pytest.fixture
def sources(tmp_path: Path) -> KeySources:
    write(tmp_path / "wallet.json", json.dumps(list(SECRET)))
    return KeySources(tmp_path)


def write(path: Path, content: str, mode: int = 0o600) -> None:
    path.write_text(content)
    path.chmod(mode)


def test_what_it_signs_is_verified_by_its_address() -> None:
    signer: SolanaSigner = LocalKeypair(SECRET)
    assert signer.address == ADDRESS
    assert Signature.from_bytes(signer.sign(b"message")).verify(Pubkey.from_string(ADDRESS), b"message")


def test_a_keypair_file_is_read(sources: KeySources) -> None:
    assert load("keypair:wallet.json", sources, development=False).address == ADDRESS


def test_a_keypair_is_created_once_and_for_its_owners_eyes_only(tmp_path: Path) -> None:
    address = create_keypair(tmp_path / "new.json")
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o600
    assert load("keypair:new.json", KeySources(tmp_path), development=False).address == address
    with pytest.raises(SignerError, match="File exists"):
        create_keypair(tmp_path / "new.json")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610])
def test_a_keypair_that_others_may_touch_is_refused(mode: int, sources: KeySources, tmp_path: Path) -> None:
    (tmp_path / "wallet.json").chmod(mode)
    with pytest.raises(SignerError, match="chmod 600"):
        load("keypair:wallet.json", sources, development=False)


@pytest.mark.parametrize("text", [base58.encode(SECRET), json.dumps(list(SECRET)), f" {base58.encode(SECRET)}\n"])
def test_a_raw_key_is_read_on_a_development_network(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", text)
    assert load("env:MINTER_KEY", KeySources(), development=True).address == ADDRESS


def test_a_raw_key_is_refused_on_any_other_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", base58.encode(SECRET))
    load("env:MINTER_KEY", KeySources(), development=True)
    with pytest.raises(SignerError, match="development chain only"):
        load("env:MINTER_KEY", KeySources(), development=False)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (json.dumps(list(TORN)), "public half"),
        (json.dumps(list(SECRET[:32])), "no keypair"),
        (json.dumps([*SECRET[:63], 256]), "no keypair"),
        (json.dumps([*SECRET[:63], "1"]), "no keypair"),
        ("64", "no keypair"),
        ("[1, 2", "no keypair"),
        ("é", "no keypair"),
        ("[" * 3000, "no keypair"),
    ],
)
def test_a_file_that_is_no_keypair_is_refused_without_a_trace(text: str, complaint: str, tmp_path: Path) -> None:
    write(tmp_path / "bad.json", text)
    with pytest.raises(SignerError, match=complaint) as refusal:
        load("keypair:bad.json", KeySources(tmp_path), development=False)
    assert (refusal.value.__cause__, refusal.value.__context__) == (None, None)
    assert str(list(SECRET[:8]))[1:-1] not in shown(refusal.value)


@pytest.mark.parametrize("text", [base58.encode(SECRET)[:-4], base58.encode(SECRET[:32]), "0OIl", base58.encode(TORN)])
def test_a_variable_that_holds_no_keypair_is_not_quoted(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", text)
    with pytest.raises(SignerError, match=r"holds no keypair|public half") as refusal:
        load("env:MINTER_KEY", KeySources(), development=True)
    assert text not in shown(refusal.value)


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("keypair:../wallet.json", "without folders"),
        ("keypair:missing.json", "cannot be read"),
        ("keypair:folder.json", "cannot be read"),
        ("keystore:wallet.json", "on Solana it is keypair:"),
        ("mnemonic:m/44'/501'/0'/0'", "on Solana it is keypair:"),
        ("env:NO_SUCH_VARIABLE", "holds no keypair"),
        (base58.encode(SECRET), "begins with"),
    ],
)
def test_a_bad_reference_is_explained_without_repeating_it(
    reference: str, complaint: str, sources: KeySources, tmp_path: Path
) -> None:
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(SignerError, match=complaint) as refusal:
        load(reference, sources, development=True)
    assert base58.encode(SECRET) not in str(refusal.value)


def test_a_keypair_is_refused_on_an_evm_network() -> None:
    with pytest.raises(SignerError, match="keypair: names a key of Solana"):
        check_reference("keypair:wallet.json", development=True)


def test_a_process_without_a_folder_of_keys_loads_nothing() -> None:
    with pytest.raises(SignerError, match="needs KEYSTORE_DIR"):
        load("keypair:wallet.json", KeySources(), development=False)


def test_a_signer_shows_no_secret_and_is_never_pickled() -> None:
    signer = LocalKeypair(SECRET)
    assert repr(signer) + str(signer) == f"LocalKeypair({ADDRESS})" * 2
    with pytest.raises(SignerError, match="never pickled"):
        pickle.dumps(signer)


# -- from a wallet's row -------------------------------------------------------------------------------------------------


@pytest.fixture
def keys(sources: KeySources) -> Iterator[None]:
    signing.key_sources.cache_clear()
    with override_settings(KEYSTORE_DIR=sources.keystore_dir, KEYSTORE_PASSWORD_FILE=""):
        yield
    signing.key_sources.cache_clear()


def wallet(address: str = ADDRESS, signer: str = "keypair:wallet.json", family: Family = Family.SOLANA) -> Wallet:
    network = Network(name="net", family=family, environment=Environment.DEVELOPMENT)
    return Wallet(name="minter", network=network, address=address, signer=signer)


def test_the_signer_is_the_wallets_own(keys: None) -> None:
    assert signing.solana_signer_for(wallet()).address == ADDRESS


def test_the_key_of_another_address_is_refused(keys: None) -> None:
    with pytest.raises(SignerError, match=f"belongs to {ADDRESS}, not to"):
        signing.solana_signer_for(wallet(address=str(Keypair().pubkey())))


def test_a_process_that_may_not_sign_loads_no_keypair(keys: None) -> None:
    with override_settings(MAY_SIGN=False), pytest.raises(SignerError, match="does not sign"):
        signing.solana_signer_for(wallet())


def test_a_wallet_of_the_other_family_has_no_such_signer(keys: None) -> None:
    with pytest.raises(SignerError, match="another family than Solana"):
        signing.solana_signer_for(wallet(family=Family.EVM))
    with pytest.raises(SignerError, match="another family than EVM"):
        signing.signer_for(wallet())


def test_forked_processes_make_keys_of_their_own() -> None:
    """Two workers must never open the same account, nor two commands write the same wallet."""
    new_keypair()  # whatever a generator keeps in memory is there before the fork
    assert len({_key_of_a_fork() for _ in range(2)}) == 2


def _key_of_a_fork() -> bytes:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        _tell(writing)
    os.close(writing)
    with open(reading, "rb") as told:
        key = told.read()
    assert os.waitpid(child, 0)[1] == 0
    return key


def _tell(writing: int) -> NoReturn:
    os.write(writing, bytes(new_keypair().pubkey()))
    os._exit(0)
