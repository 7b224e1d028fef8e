"""Where a process may be made to die, for the fault suite: `CLAIMDESK_CRASH_AT=name:k` kills it with SIGKILL at the k-th
passage of that point, `name` alone at the first. Set and empty, it only counts the passages.

Costs one look into the environment where the variable is not set.
"""

import os
import signal
from collections import Counter

VARIABLE = "CLAIMDESK_CRASH_AT"

POINTS = (
    # a request
    "accepting",  # the order is written, not committed
    "before_wake",  # committed, and no lane has been called
    "accepted",  # nobody has been answered
    # people
    "acting",  # a cancel, hold, release or retry is written, not committed
    "acted",
    # the pulse
    "scheduling",  # the schedules are written, not committed
    "before_enqueue",  # it is noted that a tick was asked for, and none was
    "after_enqueue",
    # the lane, in the order of its turn
    "opening",  # it has the lock and no fence
    "opened",
    "before_send",  # of each transaction: its bytes are committed, and unknown to any node
    "after_send",  # a node has the bytes, and nobody has noted its answer
    "noting",  # the answer is written, not committed
    "noted",
    "before_mined",  # a receipt has been read, nothing of it is written
    "before_settle",  # the same of one that is final
    "settling",  # the orders' ends are written, not committed
    "after_settle",
    "bumping",  # signed with higher fees and written, not committed
    "bumped",  # committed, not sent
    "simulated",  # it is known which orders may go, nothing is written
    "before_commit",  # signed and written, not committed
    "after_commit",  # committed, nothing sent
)
# Of orders that come out of Redis. They have a life and a suite of their own: tests/faults/streams.py.
REDIS_POINTS = (
    "consuming",  # messages are written, not committed
    "consumed",  # committed, not acknowledged
    "acknowledged",
    "telling",  # the old front end's hashes are written, and nobody has noted that
    "drained",  # the fields of a cs_… hash are committed, and still there
    "removed",
)

# Of collections and their mint jobs, likewise: what a request and a runner do before, between and after the lanes' own work.
MINT_POINTS = (
    "gathered",  # the files are on the disk, nothing is in the database
    "job_starting",  # the job is written, not committed
    "job_started",
    "job_asked",  # it is noted that a runner was asked for, and none was
    "job_opened",  # a runner has the job's lock and has done nothing
    "images_hashed",  # all files are what they were when they came
    "images_up",  # the folder is stored, and nobody has noted that
    "images_noted",
    "metadata_up",
    "metadata_noted",
    "ground_planned",  # what the collection needs on the chain is written, not committed
    "releasing",  # a part of its items is let go, not committed
    "released",
    "stage_ended",  # the next stage is written, not committed
    "cleaned",  # the files are gone, and nobody has noted that
    "job_ended",
)

passages: Counter[str] = Counter()


def point(name: str) -> None:
    """Die here and now, without any clean-up, if the environment says so."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    passages[name] += 1
    at, _, number = wanted.partition(":")
    if name == at and passages[name] == int(number or 1):
        os.kill(os.getpid(), signal.SIGKILL)
