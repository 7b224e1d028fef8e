"""The embedded PostgreSQL through its one door, `url`, on folders of its own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from local import postgres
from local.keeper import keeper_lock, read_state
from local.locks import is_held
from local.server import Server, wait_until

USE = """
import sys; from pathlib import Path; from local import postgres
print(postgres.url(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder the server's account can enter; pytest's own temp folders are private to who runs it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    postgres.leave(folder)
    # Of two keepers that were started at once the second may still find out that it has nothing to keep.
    assert wait_until(lambda: _removed(folder), 10)


def _removed(folder: Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


def server(data_dir: Path) -> Server:
    state = read_state(data_dir / "postgres")
    assert state is not None
    return Server(Path(state["home"]))


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def use(data_dir: Path) -> subprocess.Popen[str]:
    """Another process that uses the server until its input is closed."""
    return subprocess.Popen(
        [sys.executable, "-c", USE, str(data_dir)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return str(process.stdout.readline()).strip()


def test_it_starts_and_asks_for_the_password(data_dir: Path) -> None:
    url = postgres.url(data_dir)
    assert answers(url)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong")


def test_it_is_not_run_by_root_and_the_data_is_private(data_dir: Path) -> None:
    postgres.url(data_dir)
    status = server(data_dir).data.stat()
    assert status.st_uid == (Server(data_dir).account.uid or os.getuid()) != 0
    assert status.st_mode & 0o777 == 0o700


def test_the_last_user_stops_it(data_dir: Path) -> None:
    postgres.url(data_dir)
    running = server(data_dir)
    postgres.leave(data_dir)
    assert running.pid() is None
    assert not is_held(keeper_lock(data_dir / "postgres"))


def test_data_and_address_survive_a_restart(data_dir: Path) -> None:
    before = postgres.url(data_dir)
    with psycopg.connect(before) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres.leave(data_dir)
    assert postgres.url(data_dir) == before
    with psycopg.connect(before) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_two_processes_share_one_server(data_dir: Path) -> None:
    with use(data_dir) as one, use(data_dir) as two:
        assert first_line(one) == first_line(two) == postgres.url(data_dir)


def test_it_stays_while_anybody_uses_it(data_dir: Path) -> None:
    with use(data_dir) as starter:
        url = first_line(starter)
        postgres.url(data_dir)
    assert answers(url)


def test_a_killed_user_leaves_nothing_behind(data_dir: Path) -> None:
    with use(data_dir) as user:
        first_line(user)
        running = server(data_dir)
        user.kill()
    assert wait_until(lambda: running.pid() is None and not is_held(keeper_lock(data_dir / "postgres")), 10)


def test_a_killed_postmaster_is_started_again_at_the_same_address(data_dir: Path) -> None:
    url = postgres.url(data_dir)
    pid = server(data_dir).pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: server(data_dir).pid() not in (None, pid) and answers(url), 20)


def test_an_orphaned_server_is_adopted(data_dir: Path) -> None:
    with use(data_dir) as user:
        url, running = first_line(user), server(data_dir)
        orphan = running.pid()
        for number in keepers(data_dir):
            os.kill(number, signal.SIGKILL)
        user.kill()
    assert postgres.url(data_dir) == url
    assert running.pid() == orphan


@pytest.mark.fault(38)
def test_a_user_who_loses_server_and_keeper_gets_both_back(data_dir: Path) -> None:
    url, before = postgres.url(data_dir), server(data_dir).pid()
    assert before is not None
    for number in (*keepers(data_dir), before):
        os.kill(number, signal.SIGKILL)

    def back() -> bool:
        postgres.revive(data_dir)  # again and again, as a worker does that cannot reach its database
        return answers(url)

    assert wait_until(back, 20)
    assert len(keepers(data_dir)) == 1


def keepers(data_dir: Path) -> list[int]:
    command = ["pgrep", "-f", f"local.keeper {data_dir}/"]
    found = subprocess.run(command, capture_output=True, check=True, text=True)
    return [int(line) for line in found.stdout.split()]


def test_a_folder_the_account_cannot_enter_moves_to_a_private_one(data_dir: Path) -> None:
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    assert answers(postgres.url(closed))
    home = server(closed).home
    assert (home == closed / "postgres") == (os.getuid() != 0)
    postgres.leave(closed)
    if home != closed / "postgres":
        shutil.rmtree(home)


def test_a_crash_while_the_data_is_made_does_not_block_the_next_start(data_dir: Path) -> None:
    (data_dir / "postgres" / "data.new").mkdir(parents=True)
    (data_dir / "postgres" / "data.new" / "PG_VERSION").write_text("half")
    assert answers(postgres.url(data_dir))


def test_a_server_that_cannot_start_says_why(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir()
    (data_dir / "postgres" / "data").write_text("in the way")
    with pytest.raises(postgres.PostgresError, match="did not start"):
        postgres.url(data_dir)


@pytest.mark.fault(38)
def test_a_backend_that_does_not_notice_the_end_of_its_server_is_removed(data_dir: Path) -> None:
    """As one does that waits for a lock inside shared memory, whose holder was killed. A stopped one notices as little."""
    with psycopg.connect(postgres.url(data_dir)) as connection:
        backend, before = connection.info.backend_pid, server(data_dir).pid()
        assert before is not None
        os.kill(backend, signal.SIGSTOP)
        os.kill(before, signal.SIGKILL)
        assert wait_until(lambda: server(data_dir).pid() not in (None, before) and answers(postgres.url(data_dir)), 20)
        assert wait_until(lambda: not Path(f"/proc/{backend}").exists(), 10)
