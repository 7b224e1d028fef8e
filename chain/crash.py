"""Where a process may be made to die, for the fault suite: `CLAIMDESK_CRASH_AT=name` kills it with SIGKILL at that point.

Costs one look into the environment where the variable is not set.
"""

import os
import signal

VARIABLE = "CLAIMDESK_CRASH_AT"

POINTS = (
    "before_commit",  # signed and written, not committed
    "after_commit",  # committed, nothing sent
    "before_send",  # the same one call later, and where recovery begins to send again
    "after_send",  # a node has the bytes, and nobody has noted its answer
    "before_settle",  # the receipt is final, nothing of it is written
    "settling",  # the orders' ends are written, not committed
    "after_settle",  # all is written
)


def point(name: str) -> None:
    """Die here and now, without any clean-up, if the environment says so."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
