"""Jobs that keep the queue itself well, and tell operators when something is not."""

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


@app.periodic(cron="* * * * * */10")
@app.task(name="balancer.survey", queue="sweeps", queueing_lock="survey")
def survey(timestamp: int) -> None:
    """Tell operators what is newly wrong, and what is over."""
    from balancer.alarms import survey as look

    look()
