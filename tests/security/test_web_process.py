"""The web process for real: started where the worker's secrets are in the environment, it has none of them."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.test import override_settings

from chain import signing
from chain.signers import SignerError
from local.processes import Supervisor
from local.server import free_port, wait_until
from tests.factories import ANVIL_MNEMONIC, make_wallet

PROJECT = Path(__file__).parents[2]
PLANTED = {
    "MNEMONIC": "test test test test test test test test test test test junk",
    "MNEMONIC_FILE": "",
    "PROCESSOR_MNEMONIC": "test test test test test test test test test test test junk",
    "KEYSTORE_PASSWORD_FILE": "/run/secrets/planted-password",
    "IPFS_TOKEN": "planted-token",
    "IPFS_PIN_TOKEN": "planted-token",
}
APP = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
from chain.models import Network, Wallet
from chain.signing import signer_for

def try_to_sign(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    network = Network(chain_id=31337, environment="development")
    told = []
    for signer in ("mnemonic:m/44'/60'/0'/0/0", "keystore:planted.json", "env:RAW_KEY"):
        try:
            signer_for(Wallet(network=network, address="0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", signer=signer, name="w"))
            told.append("signed")
        except Exception as error:
            told.append(type(error).__name__)
    return [" ".join(told).encode()]
"""


@dataclass(frozen=True, slots=True)
class Web:
    url: str
    pids: list[int]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    """gunicorn with the project's own settings, and an application that tries to sign."""
    home = tmp_path_factory.mktemp("web")
    (home / "thief.py").write_text(APP)
    port = free_port()
    env = {
        **PLANTED,
        "RAW_KEY": "ab" * 32,
        "IPFS_UPLOADER": "pinata",
        "IPFS_PIN_URL": "https://pins.example",
        "PORT": str(port),
        "PYTHONPATH": f"{home}",
        "DATABASE_URL": "off",
        "LOG_FORMAT": "json",
    }
    url = f"http://127.0.0.1:{port}/"
    with Supervisor(home) as run:
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(PROJECT), "thief:try_to_sign"]
        child = run.start("web", command, env=env, ready=lambda: answers(url))
        yield Web(url, [child.pid, *children(child.pid)])


def answers(url: str) -> bool:
    try:
        return bool(ask(url))
    except OSError:
        return False


def ask(url: str) -> str:
    with urlopen(url, timeout=10) as answer:  # noqa: S310 - our own
        return str(answer.read().decode())


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def test_no_secret_is_in_the_environment_of_any_of_its_processes(web: Web) -> None:
    """What the kernel shows is what the process was started with, whatever it has unset since."""
    assert len(web.pids) >= 3  # the master and its workers
    for pid in web.pids:
        environment = dict(
            entry.partition("=")[::2] for entry in Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0") if entry
        )
        assert {name: environment.get(name, "") for name in PLANTED} == dict.fromkeys(PLANTED, "")
        assert environment["MAY_SIGN"] == "false"
        assert "planted-" not in str(environment)


def test_it_cannot_sign(web: Web) -> None:
    """Not even with a raw key under a name that nobody could know to take away."""
    assert ask(web.url) == "SignerError SignerError SignerError"


def test_it_is_the_same_process_that_was_started(web: Web) -> None:
    """A supervisor that signals or waits for it finds it."""
    command = Path(f"/proc/{web.pids[0]}/cmdline").read_bytes().split(b"\0")
    assert b"thief:try_to_sign" in command
    os.kill(web.pids[0], 0)
    assert wait_until(lambda: answers(web.url), 5)


@pytest.mark.django_db
def test_a_process_that_may_not_sign_loads_no_key() -> None:
    wallet = make_wallet()
    signing.key_sources.cache_clear()
    with override_settings(MNEMONIC=ANVIL_MNEMONIC, MAY_SIGN=False), pytest.raises(SignerError, match="does not sign"):
        signing.signer_for(wallet)
    with override_settings(MNEMONIC=ANVIL_MNEMONIC):
        assert signing.signer_for(wallet).address == wallet.address
    signing.key_sources.cache_clear()
