import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local.processes import ProcessError, Supervisor
from local.server import wait_until

SLEEP = ["sleep", "600"]
STUBBORN = ["sh", "-c", "trap '' TERM; echo up; sleep 600"]


def alive(pid: int) -> bool:
    """Running; a zombie that waits for its parent does not count."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_goes_to_a_log_of_its_name(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run:
        run.start("echo", ["echo", "hello"]).wait()
    assert (tmp_path / "echo.log").read_text() == "hello\n"


def test_start_waits_until_the_child_is_ready(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    with Supervisor(tmp_path) as run:
        slow = ["sh", "-c", 'sleep 0.2; touch "$FLAG"; exec sleep 600']
        run.start("web", slow, env={"FLAG": str(flag)}, ready=flag.exists)
        assert flag.exists()


def test_a_child_that_never_gets_ready_is_named(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run, pytest.raises(ProcessError, match="web is not ready"):
        run.start("web", SLEEP, ready=lambda: False, seconds=0.1)


def test_a_child_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run:
        run.start("web", ["sh", "-c", "echo bad news; exit 3"])
        with pytest.raises(ProcessError, match=r"web ended with code 3(.|\n)*bad news"):
            run.wait()


def test_stop_ends_every_child(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run:
        pids = [run.start(name, SLEEP).pid for name in ("a", "b")]
    assert not any(alive(pid) for pid in pids)


def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    run = Supervisor(tmp_path)
    child = run.start("mule", STUBBORN, ready=lambda: "up" in run.log("mule").read_text())
    run.stop(seconds=0.1)
    assert child.returncode == -signal.SIGKILL


def test_grandchildren_go_too(tmp_path: Path) -> None:
    run = Supervisor(tmp_path)
    run.start("shell", ["sh", "-c", "sleep 600 & echo $!; exit 0"]).wait()
    grandchild = int(run.log("shell").read_text())
    run.stop()
    assert wait_until(lambda: not alive(grandchild), 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_children_end_with_their_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    script = f"""
import signal; from pathlib import Path; from local.processes import Supervisor
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits that it is ignored
with Supervisor(Path({str(tmp_path)!r})) as run:
    print(run.start("child", {SLEEP!r}).pid, flush=True)
    run.wait()
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, number)
    assert wait_until(lambda: not alive(child), 5)


def test_what_ends_by_itself_is_started_again(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run:
        first = run.start("web", SLEEP)
        assert run.mend() == []
        first.kill()
        assert wait_until(lambda: run.mend() == ["web"], 5)
        assert alive(run.children["web"].pid)


def test_what_never_lives_long_is_not_started_for_ever(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as run:
        run.start("web", ["sh", "-c", "echo bad news; exit 0"])
        with pytest.raises(ProcessError, match=r"web ended with code 0(.|\n)*bad news"):
            run.keep()
