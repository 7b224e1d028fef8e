"""The old staking processor's variables: its names, its units, its defaults; and what contradicts itself."""

import os
import subprocess
import sys
from pathlib import Path

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping

from config import staking

PROJECT = Path(__file__).parents[2]
ADDRESS = "0x5FbDB2315678afecb367f032d93F642f64180aa3"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("REDIS_", "CHAIN_", "STAKING_", "PROCESSOR_", "MAX_", "STREAM_", "ERROR_", "BALANCE_")):
            monkeypatch.delenv(name)


def read(monkeypatch: pytest.MonkeyPatch, **values: str) -> staking.Staking:
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return staking.read(an_env())


def an_env() -> environ.Env:
    """One that remembers no file from a test before."""
    env = environ.FileAwareEnv()
    env.ENVIRON = FileAwareMapping()
    return env


def test_the_defaults_are_those_of_the_old_service(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch) == staking.Staking(
        stream="", group="staking-backend-processor", consumer="staking-backend-processor-consumer", address="",
        confirmations=6, minimum_balance=10**18, alert_balance=10**18, max_fee=30 * 10**9, max_tip=None,
        most_unacknowledged=10, balance_pause=60_000, error_pause=30_000, read_block=30_000, loop_limit=60_000,
        stuck_after=24 * 3600 * 1000, left_behind_after=60_000, removes_done=True,
    )  # fmt: skip


def test_each_is_read_under_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(
        monkeypatch, REDIS_QUEUE_STREAM_KEY="s", REDIS_QUEUE_APPLICATION_ID="g", REDIS_QUEUE_CONSUMER_ID="c",
        STAKING_ADDRESS=ADDRESS, PROCESSOR_MIN_BALANCE="1", PROCESSOR_ALERT_BALANCE="2", MAX_FEE_PER_GAS="4",
        MAX_PRIORITY_FEE_PER_GAS="3", MAX_NON_ACK_PENDING_MESSAGES="5", BALANCE_TOO_LOW_TIMEOUT="6", ERROR_TIMEOUT="7",
        REDIS_READ_BLOCK_TIMEOUT="8", PROCESSOR_QUEUE_LISTENER_LOOP_MAX_TIMEOUT="9",
        PROCESSOR_ALERT_TIMESTAMP_STUCK_DURATION="10", CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS="11",
        STREAM_LEFT_BEHIND_AFTER="12", STREAM_REMOVES_DONE="false",
    )  # fmt: skip
    assert found == staking.Staking("s", "g", "c", ADDRESS, 11, 1, 2, 4, 3, 5, 6, 7, 8, 9, 10, 12, removes_done=False)


def test_an_address_alone_means_the_old_stream_and_the_old_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    found = read(monkeypatch, STAKING_ADDRESS=ADDRESS)
    assert (found.stream, staking.redis_url("", found)) == ("feeless:signatures", "redis://redis:6379")
    assert staking.redis_url("redis://here", found) == "redis://here"


@pytest.mark.parametrize("name", ["CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS", "CHAIN_MINIMUM_REQUIRED_CONFIRMATIONS"])
def test_both_spellings_count(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert read(monkeypatch, **{name: "3"}).confirmations == 3


def test_a_file_may_hold_any_of_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "fee").write_text("5\n")
    assert read(monkeypatch, MAX_FEE_PER_GAS_FILE=str(tmp_path / "fee")).max_fee == 5


BAD = [
    ({"PROCESSOR_MIN_BALANCE": "2", "PROCESSOR_ALERT_BALANCE": "1"}, "PROCESSOR_ALERT_BALANCE (1 wei) is below"),
    ({"MAX_FEE_PER_GAS": "1", "MAX_PRIORITY_FEE_PER_GAS": "2"}, "MAX_PRIORITY_FEE_PER_GAS (2 wei) is above"),
    ({"CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS": "1", "CHAIN_MINIMUM_REQUIRED_CONFIRMATIONS": "2"}, "take one away"),
    ({"CHAIN_MINUMUM_REQUIRED_CONFIRMATIONS": "0"}, "whole number of blocks from 1 on"),
    ({"MAX_FEE_PER_GAS": "30 gwei"}, "MAX_FEE_PER_GAS must be a whole number of wei"),
    ({"PROCESSOR_MIN_BALANCE": "-1"}, "PROCESSOR_MIN_BALANCE must be"),
    ({"PROCESSOR_MIN_BALANCE": str(2**256)}, "PROCESSOR_MIN_BALANCE must be"),
    ({"REDIS_READ_BLOCK_TIMEOUT": "1.5"}, "REDIS_READ_BLOCK_TIMEOUT must be a whole number of milliseconds"),
    ({"MAX_NON_ACK_PENDING_MESSAGES": "ten"}, "MAX_NON_ACK_PENDING_MESSAGES must be"),
    ({"STAKING_ADDRESS": "0x12"}, "STAKING_ADDRESS must be an address"),
]


@pytest.mark.parametrize(("values", "words"), BAD)
def test_what_contradicts_itself_or_is_no_number_is_refused(
    monkeypatch: pytest.MonkeyPatch, values: dict[str, str], words: str
) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        read(monkeypatch, **values)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_one_phrase_may_have_two_names_and_two_phrases_may_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCESSOR_MNEMONIC", "a b")
    env = an_env()
    assert [staking.mnemonic(env, ours) for ours in ("", "a b")] == ["a b", "a b"]
    with pytest.raises(ImproperlyConfigured) as refused:
        staking.mnemonic(env, "c d")
    assert "a b" not in str(refused.value)


def test_the_start_is_stopped_with_one_line(tmp_path: Path) -> None:
    env = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env |= {"DATABASE_URL": "off", "DATA_DIR": str(tmp_path), "PROCESSOR_MIN_BALANCE": "2", "PROCESSOR_ALERT_BALANCE": "1"}
    command = [sys.executable, "manage.py", "work"]
    done = subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("PROCESSOR_ALERT_BALANCE")
