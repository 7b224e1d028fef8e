"""Starting child processes that cannot outlive us."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """For `preexec_fn`: SIGTERM reaches this child when its parent dies, kill -9 included (Linux only).

    The kernel means the thread that started the child: start children from one that lives as long as you.
    """
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:  # the parent died before the call above; nobody would tell us any more
        os._exit(1)
