"""A cluster that goes on where an earlier one stopped."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.solana import kept
from local.solana.kept import NotOurs
from local.solana.ledger import Ledger
from local.solana.model.bank import ModelBank
from local.solana.process import SolanaCluster

SOMEBODY = "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin"
FINALIZED = 4  # slots


def cluster(ledger: Path) -> SolanaCluster:
    return SolanaCluster(manual=True, finalized=FINALIZED, skipped=0.2, ledger=ledger)


def what_is_known(running: SolanaCluster, signature: str) -> tuple[object, ...]:
    at = {"commitment": "finalized"}
    return (
        running.request("getGenesisHash"),
        running.request("getSlot", at),
        running.request("getLatestBlockhash", at)["value"],
        running.request("getBalance", SOMEBODY, at)["value"],
        running.request("getTransaction", signature, at),
        running.request("getSignaturesForAddress", SOMEBODY, at),
    )


def test_it_goes_on_with_the_same_blocks_and_accounts(tmp_path: Path) -> None:
    with cluster(tmp_path / "ledger") as first:
        signature = first.request("requestAirdrop", SOMEBODY, 5 * 10**9)
        first.advance(slots=30)
        before = what_is_known(first, signature)
    with cluster(tmp_path / "ledger") as second:
        assert what_is_known(second, signature) == before
        second.request("requestAirdrop", SOMEBODY, 10**9)
        second.advance(slots=30)
        assert second.request("getBalance", SOMEBODY)["value"] == 6 * 10**9
    with cluster(tmp_path / "ledger") as third:
        assert len(third.request("getSignaturesForAddress", SOMEBODY)) == 2


def test_the_blocks_of_another_cluster_are_refused(tmp_path: Path) -> None:
    kept.write(Ledger(ModelBank(), seed=1), tmp_path / "ledger")
    with pytest.raises(NotOurs, match="another cluster"):
        kept.load(Ledger(ModelBank(), seed=2), tmp_path / "ledger")


def test_what_is_no_ledger_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("[]")
    command = [sys.executable, "-m", "local.solana", "--ledger", str(tmp_path / "ledger")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stderr) == (2, f"{tmp_path / 'ledger'} has no blocks in it.\n")
