"""Proposals: open once, run once, by two people, for a while; and work in a job that is taken up again."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from access.actions.actors import Actor
from access.actions.errors import ActionForbidden, ActionRefused
from access.actions.kinds import About, ActionKind, Order, Parameters, Tell
from access.actions.models import Proposal
from access.actions.plans import Plan, Step
from access.actions.registry import registry
from access.actions.selectors import proposals_for, proposals_waiting
from access.actions.services import (
    action_approve,
    action_propose,
    action_withdraw,
    action_work,
    fingerprint_of,
    proposals_expire,
    works_overdue,
)
from access.models import AuditEntry

OLGA, ADA = Actor("olga", lambda _: True), Actor("ada", lambda _: True)
pytestmark = pytest.mark.django_db


class Toy(ActionKind):
    """Counts how often it was run."""

    name, title, verb, permission = "toy.turn", "Turn", "Turn it", "toys.turn_toy"

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.value: Decimal | None = Decimal(5000)
        self.why_not = self.state = self.fault = ""

    def about(self, subject: str) -> About:
        return About(subject)

    def plan(self, subject: str, parameters: Parameters) -> Plan:
        return Plan("It turns.", (Step("Turn"),), why_not=self.why_not, value_usd=self.value, state=self.state)

    def run(self, order: Order) -> str:
        self.runs.append(order.subject)
        if self.fault:
            raise ActionRefused(self.fault)
        return "turned"


class Later(Toy):
    name, works_later = "toy.later", True

    def work(self, order: Order, tell: Tell) -> str:
        tell(1, 2, "half")
        self.runs.append("worked")
        if self.fault:
            raise RuntimeError(self.fault)
        return "worked"


@pytest.fixture
def toy() -> Iterator[Toy]:
    made = Toy()
    registry.add(made)
    yield made
    del registry.kinds[made.name]


@pytest.fixture
def later() -> Iterator[Later]:
    made = Later()
    made.value = Decimal(0)
    registry.add(made)
    yield made
    del registry.kinds[made.name]


def propose(kind: str = "toy.turn", by: Actor = OLGA, **more: Any) -> Proposal:
    return action_propose(**{"kind": kind, "subject": "t", "parameters": {}, "actor": by, "reason": "why", **more})


def test_below_the_value_it_is_done_at_once(toy: Toy) -> None:
    toy.value = Decimal(1000)
    assert propose().state == "executed"
    toy.value = Decimal("1000.01")
    assert propose().state == "proposed"
    assert toy.runs == ["t"]


def test_many_small_ones_are_a_great_one(toy: Toy) -> None:
    """Who may move 1,000 alone cannot move more by doing it often: within an hour it counts together, for each of them."""
    toy.value = Decimal(400)
    assert [propose(subject=name).state for name in "ab"] == ["executed", "executed"]
    third = propose(subject="c")
    assert (third.state, third.why_two) == (
        "proposed",
        "$400.00 US dollars are at stake, and $800.00 more within the hour; above $1,000.00 two people decide.",
    )
    assert propose(subject="d", by=ADA).state == "executed", "another person's own count"
    toy.value = Decimal(0)
    assert propose(subject="e").state == "executed", "what moves nothing"
    toy.value = Decimal(400)
    Proposal.objects.filter(subject="a").update(proposed_at=timezone.now() - timedelta(minutes=61))
    assert propose(subject="f").state == "executed", "an hour is over"


@pytest.mark.parametrize(("field", "value"), [("state", "another"), ("why_not", "it is turned already")])
def test_what_changed_since_is_not_run(toy: Toy, field: str, value: str) -> None:
    proposal = propose()
    setattr(toy, field, value)
    failed = action_approve(proposal_id=proposal.pk, actor=ADA)
    assert (failed.state, toy.runs) == ("failed", [])
    assert ("no longer what was agreed" in failed.outcome) == (field == "state")
    assert AuditEntry.objects.filter(action="action_failed").exists()


def test_a_refusal_while_it_runs_is_the_outcome(toy: Toy) -> None:
    toy.value, toy.fault = Decimal(0), "the wheel is gone"
    proposal = propose()
    assert (proposal.state, proposal.outcome) == ("failed", "the wheel is gone")
    toy.fault = ""
    assert propose().state == "executed", "a failed one is not open: it can be asked for again"


def test_parameters_make_another_action(toy: Toy) -> None:
    assert propose(parameters={"a": 1}).pk != propose(parameters={"a": 2}).pk
    assert propose(parameters={"b": 1, "a": 1}).pk == propose(parameters={"a": 1, "b": 1}).pk
    assert fingerprint_of({"b": 1, "a": 1}) == fingerprint_of({"a": 1, "b": 1})


def test_a_token_is_of_one_form(toy: Toy) -> None:
    propose(token="x" * 32)
    with pytest.raises(ActionRefused, match="sent already"):
        propose(by=ADA, token="x" * 32)


def test_who_may_what(toy: Toy) -> None:
    viewer = Actor("vera", lambda name: name == "access.propose_actions")
    with pytest.raises(ActionForbidden, match=r"toys\.turn_toy"):
        propose(by=viewer)
    proposal = propose()
    with pytest.raises(ActionForbidden, match="approve_actions"):
        action_approve(proposal_id=proposal.pk, actor=viewer)
    with pytest.raises(ActionRefused, match="another person"):
        action_approve(proposal_id=proposal.pk, actor=OLGA)
    with pytest.raises(ActionForbidden, match="Only olga"):
        action_withdraw(proposal_id=proposal.pk, actor=ADA)
    assert (list(proposals_for("olga")), list(proposals_for("ada"))) == ([], [proposal])


def test_nobody_decides_in_time(toy: Toy) -> None:
    proposal = propose()
    Proposal.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(ActionRefused, match="expired"):
        action_approve(proposal_id=proposal.pk, actor=ADA)
    assert propose().pk != proposal.pk, "who asks anew is not led to one that nobody can approve"
    proposal.refresh_from_db()
    assert (proposal.state, proposals_expire(), proposals_waiting().count()) == ("expired", 0, 1)
    assert toy.runs == []


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("proposal_by_two", {"approved_by": "olga"}),
        ("proposal_runs_approved", {"state": "executed"}),
        ("proposal_has_reason", {"reason": ""}),
        ("proposal_state_is_known", {"state": "odd"}),
    ],
)
def test_the_database_holds_it_too(toy: Toy, constraint: str, changes: dict[str, str]) -> None:
    propose()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Proposal.objects.update(**changes)


def test_the_database_holds_one_open_proposal(toy: Toy) -> None:
    proposal = propose()
    proposal.pk = None
    with pytest.raises(IntegrityError, match="proposal_open_once"), transaction.atomic():
        proposal.save(force_insert=True)


class TestWork:
    def test_it_is_done_in_a_job_and_once(self, later: Later) -> None:
        proposal = propose("toy.later")
        assert (proposal.state, proposal.outcome) == ("approved", "turned")
        assert action_work(proposal_id=proposal.pk)
        assert not action_work(proposal_id=proposal.pk)
        proposal.refresh_from_db()
        assert (proposal.state, proposal.outcome, proposal.done, proposal.of) == ("executed", "worked", 1, 2)
        assert later.runs == ["t", "worked"]

    def test_a_fault_of_ours_is_the_end_and_is_seen(self, later: Later) -> None:
        proposal = propose("toy.later")
        later.fault = "bug"
        with pytest.raises(RuntimeError):
            action_work(proposal_id=proposal.pk)
        proposal.refresh_from_db()
        assert proposal.state == "failed"
        assert "RuntimeError" in proposal.outcome

    def test_what_a_dead_worker_left_is_taken_up_again(self, later: Later) -> None:
        proposal = propose("toy.later")
        assert works_overdue() == []
        Proposal.objects.update(touched_at=timezone.now() - timedelta(minutes=2))
        assert works_overdue() == [proposal.pk]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_approvals_at_once_run_it_once(toy: Toy, attempt: int) -> None:
    proposal, start, refused = propose(), threading.Barrier(2), []

    def approve(name: str) -> None:
        start.wait(20)
        try:
            action_approve(proposal_id=proposal.pk, actor=Actor(name, lambda _: True))
        except ActionRefused as why:
            refused.append(str(why.detail))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve, args=(name,)) for name in ("ada", "anton")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert toy.runs == ["t"]
    assert len(refused) == 1
    assert "decided already" in refused[0]
