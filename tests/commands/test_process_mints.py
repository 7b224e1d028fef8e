"""`process_mints`: collections by hand, on a real EVM chain and on the test cluster of Solana."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from chain.calls import checksummed
from chain.models import Attempt, Transaction, Wallet
from local.solana.process import SolanaCluster
from mints import jobs
from mints.models import Item, MintJob
from mints.runner import _locked
from mints.states import JobStatus, Stage
from orders.models import Event, Order
from orders.states import Status
from orders.worker import runner
from tests.commands.conftest import Ran
from tests.flow.conftest import World
from tests.mints.evm import make_collection as evm_collection
from tests.mints.evm import make_item
from tests.mints.offered import make_press
from tests.mints.stages import make_collection
from tests.orders.solana.conftest import FINALIZED, Drop
from tests.orders.solana.conftest import cluster as cluster  # noqa: PLC0414 - fixtures
from tests.orders.solana.conftest import committed_drop as committed_drop  # noqa: PLC0414

Run = Callable[..., Ran]


@pytest.fixture
def files(uploads: Path, tmp_path: Path) -> Iterator[None]:
    with override_settings(IPFS=replace(settings.IPFS, store=tmp_path / "store")):
        yield


@pytest.fixture
def job(world: World, files: None) -> MintJob:
    """Of three items on a new contract; nothing of it is done."""
    wallet = world.wallet()
    gallery = world.put("Gallery721", "Gallery", "GAL", ".json", world.me, wallet.address)
    press = make_press(wallet=wallet, contract=checksummed(gallery.address), base_uri_function="setBaseURI(string)")
    return jobs.start(make_collection(press), None, actor="command").job


def statuses() -> list[str]:
    return list(Item.objects.order_by("number").values_list("order__status", flat=True))


def everything(wallet: Wallet) -> list[Any]:
    wallet.refresh_from_db()
    rows = [list(model.objects.order_by("pk").values()) for model in (Order, Event, Transaction, Attempt, Item, MintJob)]
    return [*rows, {name: value for name, value in vars(wallet).items() if not name.startswith("_")}]


# -- an EVM chain ------------------------------------------------------------------------------------------------------


def test_a_job_goes_through_its_stages_and_its_items_are_minted(job: MintJob, run: Run) -> None:
    ran = run("process_mints")
    assert (ran.code, ran.err, statuses()) == (0, "", [Status.COMPLETED] * 3)
    told = [
        f"wallet {job.collection.wallet}: 3 completed, 0 failed, 0 still open",
        f"job {job.pk} of Badges: running at cleanup, 90 %. 3 of 3 are minted.",
    ]
    assert ran.out.splitlines() == told


def test_the_cleanup_is_done_once_it_is_due_and_then_nothing_is_left(job: MintJob, run: Run) -> None:
    run("process_mints")
    MintJob.objects.update(next_at=None)
    run("process_mints")
    assert MintJob.objects.get().status == JobStatus.COMPLETED
    assert run("process_mints").out == "No wallet has an item to process.\n"


def test_once_is_one_turn(job: MintJob, run: Run) -> None:
    """The items are let go and their folder is on its way, and nothing waits for the chain."""
    told = [json.loads(line) for line in run("process_mints", "--once", "--json").out.splitlines()]
    assert (told[0]["completed"], told[0]["open"]) == (0, 3)
    assert (told[1]["job"], told[1]["stage"]) == (str(job.pk), Stage.MINT)
    assert Transaction.objects.count() == 1


def test_a_dry_run_shows_the_calls(world: World, run: Run) -> None:
    wallet = world.wallet()
    gallery = world.put("Gallery721", "Gallery", "GAL", ".json", world.me, wallet.address)
    item = make_item(evm_collection(wallet=wallet, contract=checksummed(gallery.address)))
    out = run("process_mints", "--dry-run").out
    assert f"{item.pk}  safeMint({item.recipient}, 0)\n" in out
    assert "1 transactions, gas limit " in out


def test_a_dry_run_shows_jobs_and_changes_nothing(job: MintJob, run: Run) -> None:
    assert f"job {job.pk} of Badges: running at upload, 0 %. Waits for a worker." in run("process_mints", "--dry-run").out
    run("process_mints", "--once")
    before = everything(job.collection.wallet)
    assert run("process_mints", "--dry-run").code == 0
    assert everything(job.collection.wallet) == before


def test_a_job_that_another_runner_drives_is_left_to_it(job: MintJob, run: Run) -> None:
    with _locked(job.pk) as ours:
        ran = run("process_mints")
    assert (ours, ran.code, statuses()) == (True, 0, [Status.HELD] * 3)


def test_a_collection_that_is_held_up_ends_the_run(job: MintJob, run: Run) -> None:
    wallet = job.collection.wallet
    wallet.network.gas_ceiling = 1
    wallet.network.save()
    ran = run("process_mints")
    assert (ran.code, statuses()) == (0, [Status.PENDING] * 3)
    assert "3 still open (Gas costs" in ran.out


# -- Solana ------------------------------------------------------------------------------------------------------------


def test_a_dry_run_on_solana_shows_first_what_is_opened(committed_drop: Drop, run: Run) -> None:
    committed_drop.items(3)
    before = everything(committed_drop.wallet)
    ran = run("process_mints", "--dry-run", "--json")
    bill = json.loads(ran.out)
    (step,) = bill["steps"]
    assert (step["opens"], step["mints"], [line["call"] for line in bill["lines"]]) == (
        committed_drop.tree.get_work_display(), 0, ["once this is opened"] * 3,
    )  # fmt: skip
    assert bill["cost"] == step["fee"] + step["lamports"] > 1_000_000
    assert everything(committed_drop.wallet) == before


def test_a_dry_run_on_solana_shows_the_packed_transactions(committed_drop: Drop, run: Run) -> None:
    committed_drop.prepare()
    items = committed_drop.items(7)
    bad = committed_drop.items(1, name="x" * 33)[0]
    committed_drop.close()
    before = everything(committed_drop.wallet)
    bill = json.loads(run("process_mints", "--dry-run", "--json").out)
    assert sum(step["mints"] for step in bill["steps"]) == len(items)
    assert all(step["size"] <= 1232 and step["units"] > 0 for step in bill["steps"])
    assert {line["order"]: bool(line["problem"]) for line in bill["lines"]} == {
        **{str(item.pk): False for item in items}, str(bad.pk): True,
    }  # fmt: skip
    said = run("process_mints", "--dry-run").out
    assert f"{len(bill['steps'])} transactions, " in said
    assert "SOL" in said
    assert "transaction 1: " in said
    assert everything(committed_drop.wallet) == before


def test_a_dry_run_says_that_the_wallet_has_too_little(committed_drop: Drop, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_drop.items(1)
    monkeypatch.setattr("orders.solana.plan.Plan.cost", property(lambda _: 10**12))
    assert "nothing would be signed: The wallet has 100,000,000,000 of 1,000,000,000,000 lamports." in (
        run("process_mints", "--dry-run").out
    )


def test_a_dry_run_above_the_ceiling_says_so(committed_drop: Drop, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    committed_drop.items(1)
    committed_drop.network.gas_ceiling = 0
    committed_drop.network.save()
    monkeypatch.setattr("chain.solana.rpc.Rpc.priority_fees", lambda *_: [5])
    assert "nothing would be signed: Priority costs" in run("process_mints", "--dry-run").out


def test_compressed_items_are_minted(
    committed_drop: Drop, cluster: SolanaCluster, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks pass while the lane waits for them."""
    committed_drop.items(5)
    passing = SimpleNamespace(monotonic=time.monotonic, sleep=lambda _: cluster.advance(blocks=FINALIZED))
    monkeypatch.setattr(runner, "time", passing)
    ran = run("process_mints", "--wallet", committed_drop.wallet.address)
    assert (ran.code, ran.out) == (0, f"wallet {committed_drop.wallet}: 5 completed, 0 failed, 0 still open\n")
    assert committed_drop.statuses() == [Status.COMPLETED] * 5


@pytest.mark.parametrize("arguments", [("--wallet", "nobody"), ("--limit", "0"), ("--what",), ("7",)])
@pytest.mark.django_db
def test_bad_arguments_are_one_line_and_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run("process_mints", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
