"""Child processes that cannot outlive us: started programs, and forks of ourselves that lead a session of their own."""

import ctypes
import os
import signal
import sys
import traceback
from collections.abc import Callable, Collection
from contextlib import suppress

from local.server import wait_until

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None

GONE_SECONDS = 10.0  # what SIGKILL has hit is gone at once, unless the machine itself is in trouble


def end_with_parent(parent: int, number: signal.Signals = signal.SIGTERM) -> None:
    """For `preexec_fn` and forks: this signal reaches the child when `parent` dies, kill -9 included (Linux only).

    The kernel means the thread that started the child: start children from one that lives as long as you.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(number))
    if os.getppid() != parent:  # it died before the call above; nobody would tell us any more
        os._exit(1)


def call_me(name: str) -> None:
    """What `ps -o comm` and `top` show for this process, up to 15 characters (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_NAME, name.encode())


def adopt_orphans() -> None:
    """From now on the children of a child that dies become ours, so that we can bury them too (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def bury_orphans(ours: Collection[int]) -> None:
    """Bury what has died of the adopted: unburied, it looks alive to whoever asks for its number.

    `ours` are left to their owner, and one of them that has died must go first.
    """
    with suppress(ChildProcessError):  # there is nobody
        while (found := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and found.si_pid not in ours:
            os.waitpid(found.si_pid, os.WNOHANG)


class Fork:
    """A copy of this process that runs one function in a session of its own, and everything that it forks in turn.

    All of them die when we die, and can be killed at one stroke. They do not hear SIGTERM and SIGINT, wherever these are sent
    to a whole group or service: how they end in good order is between them and us.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        parent, (reading, writing) = os.getpid(), os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            _be_a_child(parent, (reading, writing), run)
        os.close(writing)
        os.read(reading, 1)  # ends when the child has a session of its own, or is dead
        os.close(reading)

    def ended(self) -> str:
        """How it ended, in words; empty while it runs. It is not buried yet, so its number is nobody else's."""
        found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return ""
        if found.si_code == os.CLD_EXITED:
            return f"it ended with exit code {found.si_status}"
        return f"it was ended by {signal.Signals(found.si_status).name}"

    def kill(self) -> bool:
        """SIGKILL to it and to all below it; whether all are gone. Call it once, also for one that has ended."""
        with suppress(ProcessLookupError, PermissionError):  # macOS answers the second for a group of zombies
            os.killpg(self.pid, signal.SIGKILL)
        return wait_until(self._all_buried, GONE_SECONDS)

    def _all_buried(self) -> bool:
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # one that died before it had its session
        try:
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return True
        return False


def _be_a_child(parent: int, pipe: tuple[int, int], run: Callable[[], None]) -> None:
    """Never returns: the caller's code after the fork, its exit handlers included, is the parent's."""
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        os.setsid()
        for end in pipe:
            os.close(end)
        end_with_parent(parent, signal.SIGKILL)
        _forks_end_with_us()
        run()
        code = 0
    except BaseException:  # noqa: BLE001 - nobody above could catch it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _forks_end_with_us() -> None:
    """Whatever this process forks from now on, multiprocessing included, is killed when it dies, and so on downwards."""
    parent = [0]
    os.register_at_fork(
        before=lambda: parent.__setitem__(0, os.getpid()),
        after_in_child=lambda: end_with_parent(parent[0], signal.SIGKILL),
    )
