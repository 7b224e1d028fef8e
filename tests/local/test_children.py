"""Forks that lead a session of their own, and end with whoever made them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.children import Fork, call_me
from local.server import wait_until
from tests.local.test_processes import alive

SECONDS = 5.0

# A parent that adopts orphans, its fork, and two children of that: all their numbers are printed.
FAMILY = """
import os, time
from local.children import Fork, adopt_orphans, bury_orphans

def parent_of(pid):
    try:
        return int(open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0

def say(number):
    os.write(1, b"%d\\n" % number)

def sleep():
    time.sleep(600)

def run():
    for _ in range(2):
        if os.fork() == 0:
            say(os.getpid())
            sleep()
    sleep()

adopt_orphans()
fork = Fork(run)
say(fork.pid)
"""


@pytest.fixture
def family() -> Iterator[Callable[[str], tuple[subprocess.Popen[str], list[int]]]]:
    """Start a family whose parent goes on with this code."""
    started: list[subprocess.Popen[str]] = []

    def start(rest: str) -> tuple[subprocess.Popen[str], list[int]]:
        command = [sys.executable, "-c", FAMILY + rest]
        parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(parent)
        assert parent.stdout is not None
        return parent, [int(parent.stdout.readline()) for _ in range(3)]

    yield start
    for parent in started:
        parent.kill()
        parent.communicate()


def go_on(parent: subprocess.Popen[str]) -> None:
    assert parent.stdin is not None
    parent.stdin.write("\n")
    parent.stdin.flush()


def gone(pids: list[int]) -> bool:
    return wait_until(lambda: not any(map(alive, pids)), SECONDS)


@pytest.mark.fault(11)
def test_when_the_parent_is_killed_nobody_is_left(family: Callable[[str], tuple[subprocess.Popen[str], list[int]]]) -> None:
    parent, pids = family("time.sleep(600)")
    assert all(map(alive, pids))
    parent.kill()
    assert gone(pids)


@pytest.mark.fault(11)
def test_when_a_fork_is_killed_its_own_children_go_too(
    family: Callable[[str], tuple[subprocess.Popen[str], list[int]]],
) -> None:
    parent, pids = family("input(); os.kill(fork.pid, 9); time.sleep(600)")
    go_on(parent)
    assert gone(pids)
    assert alive(parent.pid)


def test_one_stroke_kills_and_buries_a_whole_family(family: Callable[[str], tuple[subprocess.Popen[str], list[int]]]) -> None:
    parent, pids = family("input(); print(fork.kill(), flush=True); time.sleep(600)")
    go_on(parent)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "True\n"
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)  # not even as zombies


# A child of the fork dies before its own child: that one is adopted.
ADOPTED = """
def die_in_the_wrong_order():
    if os.fork() == 0:
        os.fork()
        os._exit(0)
    os.wait()
    sleep()

input()
fork.kill()
mother, seen = Fork(die_in_the_wrong_order), set()
while len(seen) < 2:
    seen |= {pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if parent_of(pid) == os.getpid()}
while any(map(parent_of, seen - {mother.pid})):
    bury_orphans([mother.pid])
    time.sleep(0.02)
print(repr(mother.ended()), flush=True)
time.sleep(600)
"""


@pytest.mark.fault(38)
def test_the_adopted_are_buried_when_they_die_and_nobody_else_is(
    family: Callable[[str], tuple[subprocess.Popen[str], list[int]]],
) -> None:
    parent, _ = family(ADOPTED)
    go_on(parent)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "''\n"


@pytest.mark.fault(12)
def test_a_fork_does_not_hear_what_is_sent_to_all() -> None:
    fork = Fork(lambda: time.sleep(600))
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(fork.pid, number)
    assert os.getsid(fork.pid) == fork.pid
    assert not fork.ended()
    assert fork.kill()


@pytest.mark.parametrize(
    ("run", "how"),
    [
        (lambda: None, "it ended with exit code 0"),
        (lambda: sys.exit(7), "it ended with exit code 1"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "it was ended by SIGKILL"),
    ],
)
def test_its_end_is_told(run: Callable[[], None], how: str) -> None:
    fork = Fork(run)
    assert wait_until(lambda: bool(fork.ended()), SECONDS)
    assert fork.ended() == how
    assert fork.kill()


def test_a_process_is_called_by_its_part() -> None:
    def be() -> None:
        call_me("a-name")
        time.sleep(600)

    fork = Fork(be)
    assert wait_until(lambda: Path(f"/proc/{fork.pid}/comm").read_text() == "a-name\n", SECONDS)
    assert fork.kill()
