"""Jobs that keep the queue itself well. What is wrong is told by every process in turn: `balancer/processes/`."""

from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

STALLED_SECONDS = 30  # without a heartbeat: its worker is dead


@app.periodic(cron="* * * * *")
@app.task(name="balancer.retry_stalled_jobs", queue="sweeps")
async def retry_stalled_jobs(timestamp: int) -> None:
    """Give the jobs of a killed worker to another one; every job of ours may be run twice."""
    manager = app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await manager.retry_job(job)
        except UniqueViolation:  # of its queueing lock: a successor waits already, and does the work of both
            await manager.finish_job(job, Status.ABORTED, delete_job=True)


@app.periodic(cron="17 4 * * *")
@app.task(name="balancer.purge_notices", queue="sweeps", queueing_lock="purge_notices")
def purge_notices(timestamp: int) -> None:
    """Forget old messages to operators."""
    from balancer.notices.writing import notices_purge

    notices_purge()
