"""The jobs of operators' actions: ids only, safe to run twice or late."""

from procrastinate.contrib.django import app


@app.task(name="access.do_action", queue="actions")
def do_action(*, proposal_id: int) -> None:
    """Do what needs a node: a rescan, a replacement, another look."""
    from access.actions.services import action_work

    action_work(proposal_id=proposal_id)


@app.periodic(cron="* * * * *")
@app.task(name="access.sweep_actions", queue="sweeps")
def sweep_actions(timestamp: int) -> None:
    """Every minute: what nobody decided expires, and work whose job was lost is taken up again."""
    from access.actions.services import proposals_expire, work_defer, works_overdue

    proposals_expire()
    for proposal_id in works_overdue():
        work_defer(proposal_id)
