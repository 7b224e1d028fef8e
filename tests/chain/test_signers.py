"""Signed bytes, where keys come from, and that they stay there."""

import pickle
import stat
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import rlp  # type: ignore[import-untyped, unused-ignore]
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.fees import FeeKind, Fees
from chain.signers import KeySources, LocalSigner, Signer, SignerError, Unsigned, _load, create_keystore, load

# The first of anvil's and hardhat's well-known development accounts: public, worthless.
MNEMONIC = "test test test test test test test test test test test junk"
KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
ADDRESS = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
PAYEE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PATH = "mnemonic:m/44'/60'/0'/0/0"
HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0

SIGNER = LocalSigner(bytes.fromhex(KEY))
DYNAMIC = Fees(FeeKind.EIP1559, 30 * 10**9, 10**9)
LEGACY = Fees(FeeKind.LEGACY, 30 * 10**9, 0)


@pytest.fixture(autouse=True)
def _no_signer_is_remembered() -> Iterator[None]:
    _load.cache_clear()
    yield
    _load.cache_clear()


@pytest.fixture(scope="module")
def keystores(tmp_path_factory: pytest.TempPathFactory) -> KeySources:
    """One keystore, made once: scrypt is slow on purpose."""
    folder = tmp_path_factory.mktemp("keys")
    create_keystore(folder / "wallet.json", "correct horse")
    (folder / "password").write_text("correct horse\n")
    (folder / "wrong").write_text("battery staple\n")
    return KeySources(keystore_dir=folder, password_file=folder / "password")


def unsigned(fees: Fees, **changes: object) -> Unsigned:
    fields = {"chain_id": 31337, "nonce": 0, "to": PAYEE, "value": 0, "data": b"", "gas": 21000} | changes
    return Unsigned(**fields, fees=fees)  # type: ignore[arg-type]  # the defaults above have the right types


@pytest.mark.parametrize("fees", [DYNAMIC, LEGACY])
def test_it_signs_exactly_what_eth_account_signs(fees: Fees) -> None:
    ours = SIGNER.sign(unsigned(fees, nonce=300, value=10**18, data=b"\1" * 100))
    prices = (
        {"gasPrice": fees.max_fee}
        if fees.kind is FeeKind.LEGACY
        else {"type": 2, "maxFeePerGas": fees.max_fee, "maxPriorityFeePerGas": fees.tip}
    )
    fields = {"chainId": 31337, "nonce": 300, "to": PAYEE, "value": 10**18, "data": b"\1" * 100, "gas": 21000}
    theirs = Account.from_key(KEY).sign_transaction(fields | prices)
    assert (ours.raw, ours.hash) == (bytes(theirs.raw_transaction), theirs.hash.to_0x_hex())


@settings(deadline=None)
@given(
    st.sampled_from([DYNAMIC, LEGACY]),
    st.integers(1, 2**53),
    st.integers(0, 2**64 - 2),
    st.integers(0, 2**96),
    st.binary(max_size=100),
)
def test_its_address_is_recovered_from_any_transaction(fees: Fees, chain_id: int, nonce: int, value: int, data: bytes) -> None:
    signed = SIGNER.sign(unsigned(fees, chain_id=chain_id, nonce=nonce, value=value, data=data))
    assert Account.recover_transaction(signed.raw) == ADDRESS


@settings(deadline=None)
@given(st.integers(0, 2**64 - 2))
def test_its_signatures_have_a_low_s(nonce: int) -> None:
    fields = rlp.decode(SIGNER.sign(unsigned(DYNAMIC, nonce=nonce)).raw[1:])
    assert 0 < int.from_bytes(fields[-1]) <= HALF_ORDER


def test_the_same_transaction_gives_the_same_bytes() -> None:
    assert SIGNER.sign(unsigned(DYNAMIC)) == SIGNER.sign(unsigned(DYNAMIC))


@pytest.mark.parametrize("to", ["", "0x1234"])
def test_it_deploys_no_contract(to: str) -> None:
    with pytest.raises(ValueError, match="needs an address"):
        SIGNER.sign(unsigned(DYNAMIC, to=to))


def test_a_negative_number_is_not_signed() -> None:
    with pytest.raises(OverflowError):
        SIGNER.sign(unsigned(DYNAMIC, value=-1))


def test_a_mnemonic_gives_the_account_of_its_path() -> None:
    assert load(PATH, KeySources(mnemonic=MNEMONIC), development=False).address == ADDRESS


def test_a_raw_key_is_read_on_a_development_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", f"0x{KEY}")
    assert load("env:MINTER_KEY", KeySources(), development=True).address == ADDRESS


def test_a_raw_key_is_refused_on_any_other_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", KEY)
    load("env:MINTER_KEY", KeySources(), development=True)
    with pytest.raises(SignerError, match="development chain only"):
        load("env:MINTER_KEY", KeySources(), development=False)


def test_a_keystore_opens_with_its_password(keystores: KeySources, tmp_path: Path) -> None:
    signer = load("keystore:wallet.json", keystores, development=False)
    assert Account.recover_transaction(signer.sign(unsigned(DYNAMIC)).raw) == signer.address


def test_a_keystore_stays_shut_under_a_wrong_password(keystores: KeySources) -> None:
    assert keystores.keystore_dir is not None
    wrong = KeySources(keystores.keystore_dir, keystores.keystore_dir / "wrong")
    with pytest.raises(SignerError, match="does not open") as refusal:
        load("keystore:wallet.json", wrong, development=False)
    assert "battery staple" not in shown(refusal.value)


def test_a_signer_is_loaded_once_per_process() -> None:
    sources = KeySources(mnemonic=MNEMONIC)
    assert load(PATH, sources, development=False) is load(PATH, sources, development=True)


def test_a_keystore_is_for_its_owners_eyes_only(keystores: KeySources) -> None:
    assert keystores.keystore_dir is not None
    assert stat.S_IMODE((keystores.keystore_dir / "wallet.json").stat().st_mode) == 0o600


def test_a_keystore_is_never_overwritten(keystores: KeySources) -> None:
    assert keystores.keystore_dir is not None
    with pytest.raises(SignerError, match="File exists"):
        create_keystore(keystores.keystore_dir / "wallet.json", "another")


def test_a_keystore_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="needs a password"):
        create_keystore(tmp_path / "wallet.json", "")


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("keystore:../wallet.json", "without folders"),
        ("keystore:", "without folders"),
        ("keystore:missing.json", "cannot be read"),
        ("mnemonic:m/44'/x", "derivation path"),
        ("mnemonic:m/99999999999", "derivation path"),
        ("mnemonic:m/9999999999", "not valid"),
        ("env:NO_SUCH_VARIABLE", "holds no key"),
        (f"env:{KEY}", "name of an environment variable"),
        ("aws:key", "begins with"),
        (KEY, "begins with"),
    ],
)
def test_a_bad_reference_is_explained_without_repeating_it(reference: str, complaint: str, keystores: KeySources) -> None:
    sources = KeySources(keystores.keystore_dir, keystores.password_file, MNEMONIC)
    with pytest.raises(SignerError, match=complaint) as refusal:
        load(reference, sources, development=True)
    assert KEY not in str(refusal.value)


@pytest.mark.parametrize("reference", ["keystore:wallet.json", PATH])
def test_a_process_without_key_sources_loads_nothing(reference: str) -> None:
    with pytest.raises(SignerError, match=r"needs (KEYSTORE_DIR|MNEMONIC_FILE)"):
        load(reference, KeySources(), development=True)


def test_a_key_outside_the_curve_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", "00" * 32)
    with pytest.raises(SignerError, match="outside the range"):
        load("env:MINTER_KEY", KeySources(), development=True)


def shown(error: BaseException) -> str:
    """What an error tracker records below the test: messages, causes and the frames' local variables."""
    assert error.__traceback__ is not None
    frames = error.__traceback__.tb_next
    return "".join(traceback.TracebackException(type(error), error, frames, capture_locals=True).format())


def test_a_refused_mnemonic_leaves_no_trace() -> None:
    with pytest.raises(SignerError, match="not valid") as refusal:
        load(PATH, KeySources(mnemonic="abandon " * 12), development=False)
    assert "abandon abandon" not in shown(refusal.value)


def test_a_refused_key_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINTER_KEY", KEY + "ff")
    with pytest.raises(SignerError, match="holds no key") as refusal:
        load("env:MINTER_KEY", KeySources(), development=True)
    assert KEY not in shown(refusal.value)


def test_a_signer_and_its_sources_show_no_secret() -> None:
    text = repr(SIGNER) + str(SIGNER) + repr(KeySources(mnemonic=MNEMONIC))
    assert text == f"LocalSigner({ADDRESS})" * 2 + "KeySources(keystore_dir=None, password_file=None)"


def test_a_signer_is_never_pickled() -> None:
    with pytest.raises(SignerError, match="never pickled"):
        pickle.dumps(SIGNER)


def test_a_local_signer_is_a_signer() -> None:
    signer: Signer = SIGNER
    assert signer.address == ADDRESS
