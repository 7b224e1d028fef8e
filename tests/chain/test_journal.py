"""The journal: on the disk before a node sees anything, and readable after a crash in the middle of a line."""

import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chain import journal
from chain.journal import Entry, JournalError
from chain.lane import Lane
from tests.lanes import grow_old, pay, recover, replace, sign
from tests.model_chain import ModelChain


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: object) -> Path:
    settings.JOURNAL_DIR = tmp_path / "journal"  # type: ignore[attr-defined]
    return tmp_path / "journal"


def entry(wallet: UUID | None = None, nonce: int = 0, rows: list[object] | None = None) -> Entry:
    return Entry(
        at=f"2026-01-01T00:00:{nonce:02}", wallet=str(wallet or uuid4()), transaction=str(uuid4()), nonce=nonce,
        to="0x1", data="", value=1, gas_limit=21_000, kind="original", hash=f"0x{nonce}", raw="02",
        fee_kind="eip1559", max_fee=2, tip=1, rows=rows or [],
    )  # fmt: skip


def test_what_a_node_is_given_stands_in_the_journal_already(lane: Lane, model: ModelChain, folder: Path) -> None:
    seen: list[list[str]] = []
    model.on_send = lambda _: seen.append([each.raw for each in journal.entries(folder)])
    pay(lane, 2)
    assert [len(each) for each in seen] == [2, 2]
    assert seen[0] == [raw.hex() for raw in model.received]


def test_what_is_sent_again_is_not_written_again(lane: Lane, folder: Path) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    recover(lane)
    assert len(list(journal.entries(folder))) == 1


def test_a_replacement_is_written_too(lane: Lane, folder: Path) -> None:
    (transaction,) = pay(lane)
    grow_old(transaction)
    replace(lane)
    assert [each.kind for each in journal.entries(folder)] == ["original", "bump"]


def test_without_a_journal_nothing_is_sent(lane: Lane, model: ModelChain, folder: Path) -> None:
    folder.write_text("a file where the folder should be")
    ready = sign(lane)
    with pytest.raises(JournalError, match="cannot be written"):
        lane.send(ready)
    assert model.received == []


def test_an_entry_comes_back_as_it_was(folder: Path) -> None:
    written = entry(rows=[{"model": "orders.order", "pk": "1", "fields": {"amount": str(2**256 - 1)}}])
    journal.append([written])
    assert list(journal.entries(folder)) == [written]


def test_a_torn_line_was_never_sent_and_does_not_swallow_the_next(folder: Path) -> None:
    wallet = uuid4()
    journal.append([entry(wallet, 0)])
    (path,) = folder.iterdir()
    with path.open("a") as file:
        file.write('{"at": "torn')
    journal.append([entry(wallet, 1)])
    assert [each.nonce for each in journal.entries(folder)] == [0, 1]


def test_the_last_hash_is_found_behind_long_lines(folder: Path) -> None:
    wallet = uuid4()
    journal.append([entry(wallet, 0), entry(wallet, 1, rows=["x" * 3 * journal.TAIL])])
    assert journal.last_hash(wallet) == "0x1"


def test_the_last_hash_is_behind_a_torn_line(folder: Path) -> None:
    wallet = uuid4()
    journal.append([entry(wallet, 3)])
    (path,) = folder.iterdir()
    with path.open("a") as file:
        file.write("{")
    assert journal.last_hash(wallet) == "0x3"


def test_a_wallet_that_never_sent_has_no_last_hash() -> None:
    assert journal.last_hash(uuid4()) is None


def test_what_is_written_is_on_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[tuple[Path, int]] = []

    def fsync(file: int) -> None:
        path = Path(f"/proc/self/fd/{file}").resolve()
        synced.append((path, path.stat().st_size))

    monkeypatch.setattr(os, "fsync", fsync)
    journal.append([entry()])
    (path,) = folder.iterdir()
    assert synced == [(path, path.stat().st_size), (folder, folder.stat().st_size)]


def test_nobody_else_may_read_it(folder: Path) -> None:
    journal.append([entry()])
    (path,) = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)
