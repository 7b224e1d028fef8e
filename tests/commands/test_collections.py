"""import_collection and process_mints: a folder becomes minted tokens, by hand."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chain.calls import checksummed
from mints.models import Collection, Item, MintJob
from mints.states import JobStatus, Stage
from orders.models import Client, Order
from orders.states import Status
from tests.commands.conftest import Ran
from tests.factories import make_wallet
from tests.flow.conftest import World
from tests.mints.offered import make_press, pictures, rows, sheet
from tests.mints.test_intake import nothing_is_stored

Run = Callable[..., Ran]
Folder = Callable[..., Path]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with so many items; `bad` is the row that has no picture."""

    def write(count: int = 3, bad: int | None = None) -> Path:
        path = tmp_path / "badges"
        path.mkdir()
        lines = rows(count)
        if bad is not None:
            lines[bad] |= {"image": "none.png", "wallet": "nobody"}
        (path / "badges.csv").write_bytes(sheet(lines))
        (path / ".DS_Store").write_bytes(b"litter")
        for name, data in pictures(count).items():
            (path / name).write_bytes(data)
        return path

    return write


def test_a_folder_becomes_a_collection_once(folder: Folder, run: Run) -> None:
    path, press = folder(), make_press()
    first = run("import_collection", path, "--press", press.name, "--symbol", "BDG")
    collection = Collection.objects.get()
    assert (first.code, first.out) == (0, f"collection {collection.pk}: 3 items imported\n")
    assert (collection.name, collection.symbol, collection.client) == ("badges", "BDG", Client.objects.get(name="import"))
    again = run("import_collection", path, "--press", press.name, "--symbol", "BDG")
    assert again.out == f"collection {collection.pk}: 3 items imported before\n"
    assert len(list(path.iterdir())) == 5  # the folder stays as it is


def test_every_mistake_is_listed_and_nothing_is_stored(folder: Folder, run: Run, uploads: Path) -> None:
    ran = run("import_collection", folder(3, bad=1), "--press", make_press().name)
    assert (ran.code, ran.err.endswith("2 mistakes were found, and nothing was stored.\n")) == (2, True)
    assert [line.partition(":")[0] for line in ran.out.splitlines()] == ["row 3, image", "row 3, wallet"]
    assert nothing_is_stored(uploads)


def test_a_dry_run_stores_nothing(folder: Folder, run: Run, uploads: Path) -> None:
    ran = run("import_collection", folder(), "--press", make_press().name, "--dry-run")
    assert (ran.code, ran.out) == (0, "3 items, and nothing is wrong with them.\n")
    assert nothing_is_stored(uploads)


def test_how_it_is_minted_may_be_said_by_options(folder: Folder, run: Run) -> None:
    wallet = make_wallet()
    arguments = ["--wallet", wallet.name, "--standard", "erc721", "--contract", make_press().contract]
    how = ["--function", "mintTo(address,string)", "--arguments", '["{recipient}", "{uri}"]', "--batch-size", "7"]
    ran = run("import_collection", folder(), *arguments, *how, "--name", "Badges", "--mint")
    assert ran.code == 0, ran.err
    collection = Collection.objects.get()
    assert (collection.wallet, collection.press, collection.batch_size) == (wallet, None, 7)
    assert MintJob.objects.get().collection == collection


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Say how it is minted"),
        (["--press", "none"], "No press has the name, external id or id none."),
        (["--wallet", "none", "--standard", "erc721"], "No wallet has the name, address or id none."),
        (["--creator", "me"], "such as ADDRESS=100"),
    ],
)
def test_bad_arguments_are_one_line(folder: Folder, run: Run, arguments: list[str], said: str) -> None:
    ran = run("import_collection", folder(), *arguments)
    assert (ran.code, said in ran.err, ran.err.count("\n")) == (2, True, 1)


def test_a_folder_without_a_sheet_is_no_collection(tmp_path: Path, run: Run) -> None:
    ran = run("import_collection", tmp_path, "--press", make_press().name)
    assert (ran.code, ran.out) == (2, "sheet: The folder needs exactly one CSV file, and it has: none.\n")


def test_from_a_folder_to_minted_tokens_by_hand(world: World, folder: Folder, run: Run) -> None:
    wallet = world.wallet()
    gallery = world.put("Gallery721", "Gallery", "GAL", ".json", world.me, wallet.address)
    press = make_press(wallet=wallet, contract=checksummed(gallery.address), base_uri_function="setBaseURI(string)")
    run("import_collection", folder(), "--press", press.name, "--mint")
    ran = run("process_mints")
    assert ran.code == 0, ran.err
    assert f"wallet {wallet}: 3 completed, 0 failed, 0 still open" in ran.out
    items = list(Item.objects.select_related("collection", "order").order_by("number"))
    assert [checksummed(gallery.call("ownerOf", item.token_id)) for item in items] == [item.recipient for item in items]
    assert [gallery.call("tokenURI", item.token_id) for item in items] == [item.uri for item in items]
    job = MintJob.objects.get()
    assert (job.status, job.stage, job.percentage) == (JobStatus.RUNNING, Stage.CLEANUP, 90)


def test_once_lets_the_items_go_and_does_not_wait(world: World, folder: Folder, run: Run) -> None:
    press = make_press(wallet=world.wallet())
    run("import_collection", folder(), "--press", press.name, "--mint")
    assert run("process_mints", "--dry-run").code == 0
    assert set(Order.objects.values_list("status", flat=True)) == {Status.HELD}
    run("process_mints", "--once", "--wallet", press.wallet.name)
    assert MintJob.objects.get().stage == Stage.MINT
