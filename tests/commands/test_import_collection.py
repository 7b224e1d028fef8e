"""`import_collection`: a folder becomes a collection once, or nothing of it is left."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import override_settings

from chain.solana.wanted import Program
from mints import by_hand, intake
from mints.models import Asset, Collection, Item, MintJob, Press
from mints.states import JobStatus, Stage
from orders.models import Event, Order
from orders.states import Status
from tests.commands.conftest import Ran
from tests.factories import an_address, make_wallet
from tests.mints.offered import a_zip, make_press, make_tree_press, pictures, rows, sheet
from tests.mints.weighing import at_most
from tests.orders.solana.rows import somebody

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("uploads")]
Run = Callable[..., Ran]


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture
def press() -> Press:
    return make_press(name="badges")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good rows, their pictures in a folder below, and what macOS leaves behind."""
    below = {f"images/{name}": data for name, data in pictures(3).items()}
    return write(tmp_path / "Autumn", {"badges.csv": sheet(rows(3)), **below, ".DS_Store": b"\0", "__MACOSX/0.png": b"?"})


def left(uploads: Path) -> list[str]:
    return sorted(str(each.relative_to(uploads)) for each in uploads.rglob("*"))


def refused(run: Run, uploads: Path, *arguments: object) -> Ran:
    """One line on stderr, exit code 2; nothing is stored, no file is left."""
    ran = run("import_collection", *arguments)
    assert (ran.code, ran.err.count("\n"), Collection.objects.count(), Order.objects.count()) == (2, 1, 0, 0)
    assert left(uploads) == []
    return ran


# -- what is stored ----------------------------------------------------------------------------------------------------


def test_a_folder_becomes_a_collection_entered_by_staff(press: Press, folder: Path, run: Run, uploads: Path) -> None:
    ran = run("import_collection", folder)
    collection = Collection.objects.get()
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == (f"Autumn is stored as {collection.pk}: 3 items. Its job is not started.")
    assert (collection.client, collection.press, collection.name) == (None, press, "Autumn")
    assert list(Item.objects.order_by("number").values_list("name", flat=True)) == ["Badge 0", "Badge 1", "Badge 2"]
    assert set(Event.objects.values_list("actor", "to_status")) == {("command", Status.HELD)}
    kept = {f"{collection.pk}/{asset.sha256}" for asset in Asset.objects.all()}
    assert set(left(uploads)) == {str(collection.pk), *kept}


def test_the_folder_stays_as_it_is(press: Press, folder: Path, run: Run) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run("import_collection", folder)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_what_is_said_of_it_is_stored_with_it(folder: Path, run: Run) -> None:
    press, one, two = make_press(), an_address(), an_address()
    make_press()
    arguments = [
        "--press", press.name, "--name", "Leaves", "--symbol", "LVS", "--description", "All.", "--recipient", one,
        "--royalty", 250, "--creator", f"{one}:60", "--creator", f"{two}:40", "--external-id", "a", "--external-url", "https://a.io",
    ]  # fmt: skip
    assert run("import_collection", folder, *arguments).code == 0
    made = Collection.objects.get()
    assert (made.press, made.name, made.symbol, made.description) == (press, "Leaves", "LVS", "All.")
    assert (made.default_recipient, made.royalty, made.external_id, made.external_url) == (one, 250, "a", "https://a.io")
    assert made.creators == [{"address": one, "share": 60}, {"address": two, "share": 40}]


@pytest.mark.parametrize("beside", [True, False])
def test_the_pictures_may_be_in_a_zip_and_the_sheet_too(
    press: Press, tmp_path: Path, run: Run, uploads: Path, beside: bool
) -> None:
    table = {"badges.csv": sheet(rows(3))}
    packed = pictures(3) if beside else {**table, **pictures(3)}
    assert run("import_collection", write(tmp_path / "a", {**(table if beside else {}), "a.zip": a_zip(packed)})).code == 0
    assert (Item.objects.count(), len(left(uploads))) == (3, 4)


def test_warnings_stop_nothing(press: Press, tmp_path: Path, run: Run) -> None:
    ran = run("import_collection", write(tmp_path / "a", {"a.csv": sheet(rows(1)), **pictures(2)}))
    assert (ran.code, Item.objects.count()) == (0, 1)
    assert "warning: No row uses the picture '1.png'." in ran.out


def test_a_link_inside_of_the_folder_is_a_file(press: Press, folder: Path, run: Run) -> None:
    (folder / "images" / "0.png").rename(folder / "images" / "kept.png")
    (folder / "images" / "0.png").symlink_to("kept.png")
    assert run("import_collection", folder).code == 0


def test_files_are_never_in_memory_as_a_whole(press: Press, tmp_path: Path, run: Run) -> None:
    large = 64 << 20
    for number in range(2):
        write(tmp_path / "a", {f"{number}.png": b""})
        os.truncate(tmp_path / "a" / f"{number}.png", large)
    write(tmp_path / "a", {"a.csv": sheet(rows(2))})
    with at_most(large // 4):
        assert run("import_collection", tmp_path / "a").code == 2


# -- twice -------------------------------------------------------------------------------------------------------------


def test_the_same_folder_again_is_the_same_collection(press: Press, folder: Path, run: Run, uploads: Path) -> None:
    run("import_collection", folder)
    collection, files = Collection.objects.get(), left(uploads)
    for extra in ([], ["--dry-run"]):
        ran = run("import_collection", folder, *extra)
        assert (ran.code, Collection.objects.count(), Item.objects.count(), left(uploads)) == (0, 1, 3, files)
        assert ran.out.startswith(f"Autumn is there already, as {collection.pk}, since ")


def test_the_same_files_packed_otherwise_are_the_same_collection(press: Press, folder: Path, run: Run, tmp_path: Path) -> None:
    run("import_collection", folder)
    table = (folder / "badges.csv").read_bytes()
    again = write(tmp_path / "other", {"b.csv": table, "all.zip": a_zip(pictures(3))})
    assert "is there already" in run("import_collection", again, "--name", "Autumn").out
    assert Collection.objects.count() == 1


def test_the_same_files_with_other_words_are_refused(press: Press, folder: Path, run: Run, uploads: Path) -> None:
    run("import_collection", folder)
    files = left(uploads)
    ran = run("import_collection", folder, "--royalty", 100)
    assert (ran.code, ran.out, ran.err.count("\n"), Collection.objects.count(), left(uploads)) == (2, "", 1, 1, files)
    assert "--external-id of its own" in ran.err


def test_another_external_id_or_another_network_is_another_collection(press: Press, folder: Path, run: Run) -> None:
    run("import_collection", folder)
    assert run("import_collection", folder, "--external-id", "second").code == 0
    other = make_press()
    assert run("import_collection", folder, "--press", other.name).code == 0
    assert (Collection.objects.count(), Item.objects.count()) == (3, 9)


def test_another_wallet_does_not_mint_it_again_on_the_same_contract(press: Press, folder: Path, run: Run) -> None:
    run("import_collection", folder)
    other = make_press(wallet=make_wallet(network=press.network, address=an_address()), contract=press.contract)
    assert "is there already" in run("import_collection", folder, "--press", other.name).out
    assert Collection.objects.count() == 1


def test_how_it_is_minted_may_be_said_instead_of_a_press(folder: Path, run: Run) -> None:
    wallet = make_wallet()
    place = ["--wallet", wallet.name, "--standard", "erc721", "--contract", an_address(), "--batch-size", 7]
    how = ["--function", "mintTo(address,string)", "--arguments", '["{recipient}", "{uri}"]', "--anybody"]
    ran = run("import_collection", folder, *place, *how)
    made = Collection.objects.get()
    assert (ran.code, ran.err, made.wallet, made.press, made.batch_size, made.needs_role) == (0, "", wallet, None, 7, False)
    assert "is there already" in run("import_collection", folder, *place, *how).out


def test_an_external_id_belongs_to_one_collection(press: Press, folder: Path, run: Run) -> None:
    run("import_collection", folder, "--external-id", "a")
    (folder / "images" / "3.png").write_bytes(pictures(4)["3.png"])
    ran = run("import_collection", folder, "--external-id", "a")
    assert (ran.code, Collection.objects.count()) == (2, 1)
    assert "--external-id: A collection with the external id 'a' exists already." in ran.err


@pytest.mark.django_db(transaction=True)
def test_imports_wait_for_each_other(press: Press, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is stored, nobody else has the lock."""
    free: list[bool] = []

    def watched(*arguments: Any) -> intake.Accepted:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [by_hand._IMPORTS])
            free.extend(cursor.fetchone() or ())
        return accept(*arguments)

    accept = intake.accept
    monkeypatch.setattr(intake, "accept", watched)
    assert (run("import_collection", folder).code, free) == (0, [False])


# -- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """Two bad rows of three, and a picture that is none."""
    lines = rows(3)
    lines[0]["wallet"], lines[2]["image"] = "0x12", "9.png"
    return write(tmp_path / "bad", {"a.csv": sheet(lines), **pictures(3), "2.png": b"hello"})


def test_every_mistake_is_told_by_row_and_column(press: Press, bad: Path, run: Run, uploads: Path) -> None:
    ran = refused(run, uploads, bad)
    assert ran.err == "CommandError: 3 mistakes were found, and nothing was stored.\n"
    places = [line.split(": ")[0] for line in ran.out.splitlines()]
    assert places == ["2.png", "row 2, wallet", "row 4, image"]


def test_mistakes_in_json_are_objects(press: Press, bad: Path, run: Run, uploads: Path) -> None:
    told = [json.loads(line) for line in refused(run, uploads, bad, "--json").out.splitlines()]
    assert [(each.get("row"), each.get("column"), each["code"]) for each in told] == [
        (None, None, "no_picture"), (2, "wallet", "wallet_bad"), (4, "image", "picture_unknown"),
    ]  # fmt: skip


def test_on_a_terminal_they_are_a_table(press: Press, bad: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.core.management.base.OutputWrapper.isatty", lambda _: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    out = run("import_collection", bad).out
    assert "where" in out
    assert "row 2, wallet" in out


def test_nothing_in_a_sheet_steers_the_terminal(press: Press, tmp_path: Path, run: Run, uploads: Path) -> None:
    files = write(tmp_path / "a", {"a.csv": sheet([{**rows(1)[0], "\x1b[2J": "7"}]), **pictures(1)})
    ran = refused(run, uploads, files)
    assert "\x1b[2J" not in ran.out + ran.err
    assert "[2J: There is a letter in it that cannot be seen" in ran.out + ran.err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"0.png": b"?"}, "sheet: There is no CSV file in the folder."),
        ({"a.csv": b"", "b.tsv": b""}, "sheet: There are several CSV files in the folder: 'a.csv', 'b.tsv'."),
        ({"a.zip": b"", "b.zip": b""}, "archive: There are several zips in the folder"),
        ({"a.zip": b"", "0.png": b""}, "archive: A zip brings its own pictures"),
        ({"a.zip": b"no"}, "archive: The file is no zip, or is damaged."),
        ({"a.csv": b"", "a.zip": a_zip({"b.csv": b""})}, "archive: There is a CSV file in the zip, and one beside it."),
        ({"a.zip": a_zip({"b.png": b""})}, "archive: There is no CSV file in the zip."),
    ],
)
def test_a_folder_that_is_unclear_is_refused(
    press: Press, *, tmp_path: Path, run: Run, uploads: Path, files: Mapping[str, bytes], words: str
) -> None:
    assert words in refused(run, uploads, write(tmp_path / "a", files)).err


def test_a_link_out_of_the_folder_is_refused(press: Press, folder: Path, run: Run, uploads: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(pictures(1)["0.png"])
    (folder / "3.png").symlink_to(tmp_path / "secret.png")
    os.mkfifo(folder / "4.png")
    assert refused(run, uploads, folder).out.count("is a device, or a link that leads out of the folder.") == 2


def test_two_pictures_of_one_name_are_refused(press: Press, folder: Path, run: Run, uploads: Path) -> None:
    (folder / "0.PNG").write_bytes(b"x")
    assert "are the same name to some computers" in refused(run, uploads, folder).out


def test_more_than_may_be_sent_is_refused(press: Press, folder: Path, run: Run, uploads: Path) -> None:
    with override_settings(UPLOAD_MAX_SIZE=50):
        assert "and UPLOAD_MAX_SIZE is 50." in refused(run, uploads, folder).err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--press", "nobody"], "There is no press nobody."),
        (["--royalty", "much"], "--royalty: "),
        (["--royalty", "10001"], "--royalty: "),
        (["--symbol", "ABCDEFGHIJK"], "--symbol: "),
        (["--external-url", "x"], "--external-url: "),
        (["--recipient", "0x12"], "--recipient: "),
        (["--creator", "0x12"], "--creator 0.share: "),
        (["--creator", "0x12:100"], "--creator 0.address: "),
        (["--creator", f"{an_address()}:50"], "--creator: The shares add up to 100."),
        (["--dry-run", "--start"], "stores nothing"),
        (["--what"], "unrecognized"),
        (["--wallet", "none", "--standard", "erc721"], "No wallet has the name, address or id none."),
        (["--wallet", "none"], "--wallet needs --standard"),
        (["--wallet", "none", "--standard", "erc721", "--press", "badges"], "in place of a press"),
        (["--standard", "erc721"], "--standard needs --wallet"),
        (["--arguments", "["], "that is not JSON"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(
    press: Press, *, folder: Path, run: Run, uploads: Path, arguments: list[str], words: str
) -> None:
    ran = refused(run, uploads, folder, *arguments)
    assert (ran.out, words in ran.err) == ("", True), ran


def test_no_folder_is_no_folder(press: Press, tmp_path: Path, run: Run, uploads: Path) -> None:
    assert "is no folder." in refused(run, uploads, tmp_path / "nowhere").err


def test_the_press_is_named_where_there_is_more_than_one(folder: Path, run: Run, uploads: Path) -> None:
    assert "No press is open." in refused(run, uploads, folder).err
    closed = make_press(is_open=False)
    assert "takes no collections now." in refused(run, uploads, folder, "--press", closed.name).err
    make_press(), make_press()
    assert "name one with --press." in refused(run, uploads, folder).err


def test_a_file_that_cannot_be_read_is_one_line(
    press: Press, folder: Path, run: Run, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("mints.folder.shutil.copyfile", broken)
    ran = run("import_collection", folder)
    assert (ran.code, ran.err, left(uploads)) == (1, "CommandError: somewhere: No space left on device.\n", [])


@pytest.mark.parametrize("where", ["mints.folder.staging.take", "mints.by_hand.intake.accept", "mints.by_hand.lock_connection"])
def test_interrupted_it_leaves_nothing(
    press: Press, *, folder: Path, run: Run, uploads: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.setattr(where, interrupt)
    ran = run("import_collection", folder)
    assert (ran.code, ran.err.count("\n"), Collection.objects.count(), left(uploads)) == (130, 1, 0, [])


def test_interrupted_after_the_commit_its_pictures_stay(
    press: Press, folder: Path, run: Run, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are all there is of them, and the next run says that it is there."""
    monkeypatch.setattr("mints.intake._tidy", interrupt)
    assert run("import_collection", folder).code == 130
    kept = {f"{asset.collection_id}/{asset.sha256}" for asset in Asset.objects.all()}
    assert len(kept) == 3
    assert kept <= set(left(uploads))
    assert "is there already" in run("import_collection", folder).out


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


# -- a dry run -----------------------------------------------------------------------------------------------------------


def test_a_dry_run_stores_nothing_and_tells_the_number_of_transactions(
    press: Press, folder: Path, run: Run, uploads: Path
) -> None:
    ran = run("import_collection", folder, "--dry-run")
    assert (ran.code, ran.err, Collection.objects.count(), left(uploads)) == (0, "", 0, [])
    assert ran.out.splitlines() == [
        "Autumn: 3 items, and nothing is wrong with them. Nothing was stored.",
        f"  at least 1 transactions on {press.network}; what they cost is known when they are tried out",
    ]


def test_a_dry_run_on_solana_tells_what_it_would_cost(tmp_path: Path, run: Run, uploads: Path) -> None:
    make_tree_press(Program.MINT_V2)
    lines = [{**line, "wallet": somebody()} for line in rows(3)]
    files = write(tmp_path / "a", {"a.csv": sheet(lines), **pictures(3)})
    plan = json.loads(run("import_collection", files, "--dry-run", "--json").out)["plan"]
    said = run("import_collection", files, "--dry-run").out
    assert (int(plan["mints"]), plan["capacity"], Collection.objects.count()) == (3 * 90_000, 8, 0)
    assert f"  {int(plan['total']) / 10**9} SOL in all" in said
    assert json.loads(run("import_collection", files, "--json").out)["plan"] == plan


def test_mistakes_are_told_by_a_dry_run_as_well(press: Press, bad: Path, run: Run, uploads: Path) -> None:
    assert len(refused(run, uploads, bad, "--dry-run").out.splitlines()) == 3


# -- the job -----------------------------------------------------------------------------------------------------------


def test_start_starts_the_job_once(press: Press, folder: Path, run: Run) -> None:
    for _ in range(2):
        ran = run("import_collection", folder, "--start")
        job = MintJob.objects.get()
        assert (ran.code, ran.err, job.status, job.status_by, job.client) == (0, "", JobStatus.RUNNING, "command", None)
        assert ran.out.splitlines()[-1] == f"job {job.pk} of Autumn: running at upload, 0 %. Waits for a worker."


def test_in_json_collection_and_job_are_a_line_each(press: Press, folder: Path, run: Run) -> None:
    told = [json.loads(line) for line in run("import_collection", folder, "--start", "--json").out.splitlines()]
    assert (told[0]["collection"], told[0]["items"], told[0]["known"]) == (str(Collection.objects.get().pk), 3, False)
    assert (told[1]["job"], told[1]["percentage"]) == (str(MintJob.objects.get().pk), 0)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """stderr is one."""
    monkeypatch.setattr("rich.console.Console.is_terminal", True)


@pytest.mark.usefixtures("terminal")
def test_on_a_terminal_the_job_is_followed_until_it_ends(
    press: Press, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [
        {"percentage": 40, "stage": Stage.MINT, "done": 1, "total": 3, "message": "1 of 3 are minted."},
        {"percentage": 100, "status": JobStatus.COMPLETED, "message": "3 of 3 are minted."},
    ]
    monkeypatch.setattr("time.sleep", lambda _: MintJob.objects.update(**steps.pop(0)))
    ran = run("import_collection", folder, "--start")
    assert (ran.code, steps) == (0, [])
    assert "completed at " in ran.out.splitlines()[-1]
    assert all(words in ran.err for words in ("3 of 3 are minted.", "100%"))


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("status", [JobStatus.FAILED, JobStatus.PAUSED, JobStatus.CANCELLED])
def test_a_job_that_goes_no_further_ends_it_with_exit_code_1(
    press: Press, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, status: JobStatus
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: MintJob.objects.update(status=status))
    ran = run("import_collection", folder, "--start")
    assert (ran.code, f"CommandError: The job is {status}." in ran.err) == (1, True)


@pytest.mark.usefixtures("terminal")
def test_who_stops_looking_leaves_the_job_to_the_workers(
    press: Press, folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", interrupt)
    ran = run("import_collection", folder, "--start")
    assert (ran.code, MintJob.objects.get().status) == (0, JobStatus.RUNNING)
    assert "The job goes on without you: the workers have it." in ran.err
