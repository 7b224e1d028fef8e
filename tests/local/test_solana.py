"""The cluster as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.server import wait_until
from local.solana.process import SolanaCluster, SolanaError


def test_slots_pass_by_the_clock() -> None:
    with SolanaCluster(slot_ms=5, model=True) as cluster:
        first = cluster.request("getSlot", {"commitment": "processed"})
        assert wait_until(lambda: bool(cluster.request("getSlot", {"commitment": "finalized"}) > first), 60)


def test_options_reach_the_cluster() -> None:
    with SolanaCluster(manual=True, model=True, confirmed=1, finalized=3, behind=2, skipped=0) as cluster:
        cluster.advance(blocks=10)
        commitments = ("processed", "confirmed", "finalized")
        slots = [cluster.request("getSlot", {"commitment": each}) for each in commitments]
        assert slots == [1010, 1009, 1007]
        assert cluster.request("getSlot", {"commitment": "processed"}, second=True) == 1008


def test_another_seed_is_another_cluster() -> None:
    def genesis(seed: int) -> str:
        with SolanaCluster(manual=True, model=True, seed=seed) as cluster:
            return str(cluster.request("getGenesisHash"))

    assert genesis(1) == genesis(1) != genesis(2)


def test_nothing_answers_after_stop() -> None:
    cluster = SolanaCluster(model=True).start()
    cluster.stop()
    cluster.stop()
    assert not cluster.answers()


def test_a_taken_port_is_reported() -> None:
    with SolanaCluster(model=True) as cluster, pytest.raises(SolanaError, match="exit code 2"):
        SolanaCluster(model=True, port=cluster.port, second_port=cluster.second_port).start()


def test_it_ends_with_its_parent() -> None:
    code = "from local.solana.process import SolanaCluster as C; print(C(model=True).start().port, flush=True); input()"
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    cluster = SolanaCluster(port=int(parent.stdout.readline()))
    assert cluster.answers()
    os.kill(parent.pid, signal.SIGKILL)
    parent.communicate()
    assert wait_until(lambda: not cluster.answers(), 30)


def test_missing_programs_are_named(tmp_path: Path) -> None:
    done = started("--programs", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "has not the programs mpl_account_compression.so" in done.stderr


@pytest.mark.parametrize(
    "option", [["--port", "70000"], ["--slot-ms", "0"], ["--skipped", "1"], ["--finalized", "-1"], ["--seed", "x"]]
)
def test_a_bad_option_is_one_line(option: list[str]) -> None:
    done = started(*option)
    assert done.returncode == 2
    assert option[0] in done.stderr
    assert "Traceback" not in done.stderr


def started(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "local.solana", *options], capture_output=True, text=True, check=False)
