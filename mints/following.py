"""A mint job on somebody's terminal, until it has ended or waits for a person. It is looked at, and nothing of it is held."""

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from mints.models import MintJob
from mints.states import JobStatus

EVERY = 0.5  # seconds between two looks


def follow(job: MintJob, console: Console, wait: Callable[[float], object] = time.sleep) -> MintJob:
    """One bar for the whole in per cent with the job's message, one for the steps of its stage. Returns it as it is then."""
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn()
    with Progress(*columns[:2], TaskProgressColumn(), MofNCompleteColumn(), columns[2], console=console) as progress:
        whole, stage = progress.add_task("", total=100), progress.add_task("", total=None)
        while True:
            job = MintJob.objects.select_related("collection").get(pk=job.pk)
            progress.update(whole, completed=job.percentage, description=job.message)
            progress.update(stage, completed=job.done, total=job.total or None, description=job.get_stage_display())
            if job.status != JobStatus.RUNNING:
                return job
            wait(EVERY)
