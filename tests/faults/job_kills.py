"""Mint jobs whose worker is killed at random moments, on a chain of either family: each goes on where it stopped."""

import time

from django.db.models.functions import Now

from mints.models import JobStatus, MintJob
from mints.states import Stage as Step
from tests.faults.ground import expect, until
from tests.faults.job_life import Chain, Lives
from tests.faults.jobs import of_solana, on_evm
from tests.faults.killing import NEVER
from tests.faults.registry import Stage, scenario
from tests.faults.shelf import Shelf
from tests.faults.solana.ground import on_solana

ITEMS = 12  # of each collection
SPELL = 6.0  # seconds that a worker lives, at most
ENDS_WITHIN = 180.0  # seconds from the last kill
A_FEW = range(1, 6)  # times that a folder may be sent: once more for each kill in the middle of it


@scenario(11, 12, 62)
def mint_job_kills(stage: Stage) -> str:
    """SIGKILL to a worker at random moments of mint jobs, on both families: all end completed, no percentage ever falls."""
    with stage.ground("evm", confirmations=1) as it, Shelf() as shelf:
        said = [f"EVM: {_killed(stage, on_evm(it, by_hand=False), shelf)}"]
    with on_solana(stage, "solana", slot_ms=50) as it, Shelf() as shelf:
        said.append(f"Solana: {_killed(stage, of_solana(it), shelf)}")
    return "; ".join(said)


def _killed(stage: Stage, chain: Chain, shelf: Shelf) -> str:
    """A job is always on its way, until the last kill; then all come to their ends."""
    it = chain.it
    lives = Lives(chain, shelf, it.processes.log_dir / "notes", times_sent=A_FEW)
    env = {"IPFS_UPLOADER": "kubo", "IPFS_API_URL": shelf.url}
    kills = stage.times(2, 30)
    for _ in range(kills):
        if not _running():
            lives.prepare(ITEMS)
            lives.ask(lives.wishes[-1])
        worker = it.cluster(**env)
        _watch(lives, stage.rng.uniform(0, SPELL))
        it.kill(worker)
    it.cluster(**env)
    took = until(lambda: _all_ended(lives), ENDS_WITHIN, lambda: f"all jobs ended ({[str(job) for job in _running()]})")
    it.prove()
    undone = lives.undone()
    expect(not undone, "; ".join(undone[:5]))
    it.quiet_logs(NEVER)
    sent = max(shelf.added.values())
    jobs = MintJob.objects.count()
    return f"{kills} kills, {jobs} jobs of {ITEMS} items, a folder sent {sent} times at most, the last ended after {took:.0f} s"


def _watch(lives: Lives, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        _all_ended(lives)
        time.sleep(0.05)


def _all_ended(lives: Lives) -> bool:
    """Notes how far each is. Nobody waits for the cleanup, which comes a minute after the last item."""
    MintJob.objects.filter(stage=Step.CLEANUP, next_at__isnull=False).update(next_at=Now())
    for job in MintJob.objects.all():
        lives.note(job)
    return not _running()


def _running() -> list[MintJob]:
    return list(MintJob.objects.filter(status=JobStatus.RUNNING))
