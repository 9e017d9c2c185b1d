"""`manage.py reconcile` as an operator and a monitor use it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client

from access.models import AuditEntry
from chains.config import forget_clients
from chains.models import ChainTransaction
from devnet.network import MAKER, send_evm
from swaps.models import LedgerEntry, Reconciliation
from swaps.services.reconcile import reconcile, reconcile_and_record
from swaps.tasks import reconcile_books
from tests.integration.ledger.desk import Desk, told

Sql = Callable[..., int]


def run(*arguments: str) -> int:
    """The exit code."""
    try:
        call_command("reconcile", "--settle", "0", *arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    except CommandError as refused:
        return refused.returncode
    return 0


def test_no_difference(books: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    printed = capsys.readouterr().out
    assert "no difference" in printed
    assert "12 locks compared" in printed


def test_every_difference_is_printed(books: Desk, past_the_guards: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    past_the_guards("UPDATE swaps_ledgerentry SET amount = amount + 1 WHERE kind = 'claimed' AND chain_id = 'near'")
    assert run() == 1
    printed = capsys.readouterr().out
    wrong = LedgerEntry.objects.filter(kind="claimed", chain="near")
    assert wrong.count() == 4
    for entry in wrong:
        assert f"claimed {entry.evidence}" in printed
        assert f"{entry.amount - 1} {entry.credit} -> {entry.debit}" in printed
    assert "somebody wrote past the service" in printed


def test_as_json(books: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "--chain", "near") == 0
    report = json.loads(capsys.readouterr().out, parse_float=pytest.fail)
    assert (report["differences"], report["unreadable"]) == ([], {})
    assert {line["chain"] for line in report["balances"]} == {"near"}
    assert all(line["found"] == line["booked"] and line["difference"] == "0" for line in report["balances"])


def test_a_chain_that_cannot_be_read(books: Desk, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no evidence of anything: the other chain is compared all the same."""
    near = {**django_settings.CHAINS["near"], "rpc_urls": ["http://127.0.0.1:1"]}
    settings.CHAINS = {**django_settings.CHAINS, "near": near}
    forget_clients()
    try:
        assert run() == 2
    finally:
        forget_clients()
    printed = capsys.readouterr().out
    assert "near cannot be read" in printed
    assert "differences" not in printed
    assert printed.count("base       ") == 3


@pytest.mark.parametrize(
    "arguments", [("--chain", "kadena"), ("--record-transfer", "0x1"), ("--record-transfer", "0x1", "--chain", "base")]
)
def test_what_cannot_be(books: Desk, arguments: tuple[str, ...]) -> None:
    assert run(*arguments) == 1


def test_books_that_were_never_opened(books: Desk, past_the_guards: Sql, capsys: pytest.CaptureFixture[str]) -> None:
    """However much was booked before: the opening balance is what the books do not explain."""
    past_the_guards("DELETE FROM swaps_ledgerentry WHERE kind = 'opening'")
    assert run() == 1
    assert capsys.readouterr().out.count("never opened") == 6
    assert run("--open") == 0
    assert run() == 0
    capsys.readouterr()
    assert run("--open") == 0
    assert "every account is open" in capsys.readouterr().out
    assert AuditEntry.objects.filter(action="ledger_opening").count() == 6 * 2


def test_books_are_not_opened_while_something_is_under_way(books: Desk) -> None:
    LedgerEntry.objects.filter(kind="fee").first()
    sent = ChainTransaction.objects.filter(chain="base").latest("pk")
    ChainTransaction.objects.filter(pk=sent.pk).update(state="broadcast")
    assert run("--open", "--chain", "base") == 1


def test_a_transfer_is_entered_once(books: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    resolver = books.network.deployments["base"].resolver
    anvil = books.network.evm["base"]
    sent = send_evm(anvil.rpc, MAKER, resolver, b"", 12345)
    anvil.receipt(sent)
    books.read()
    assert run() == 1
    assert "came from outside of a swap" in capsys.readouterr().out
    entered = ["--record-transfer", sent, "--chain", "base", "--token", "ETH", "--amount", "12345", "--reason", "more"]
    assert run(*entered) == 0
    assert run() == 0
    assert run(*entered) == 1
    assert LedgerEntry.objects.get(evidence__startswith=sent).note == "more"
    assert AuditEntry.objects.filter(action="ledger_transfer", detail__amount="12345").count() == 1


def test_what_is_gone_at_the_second_look_is_no_difference(
    books: Desk, past_the_guards: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that is just at work: its entry comes between the two looks."""
    entry = LedgerEntry.objects.filter(kind="fee").latest("pk")
    statement = "UPDATE swaps_ledgerentry SET amount = amount + %s WHERE id = %s"
    past_the_guards(statement, 1, entry.pk)
    monkeypatch.setattr(
        "swaps.services.reconcile.run.time.sleep", lambda seconds: past_the_guards(statement, -1, entry.pk)
    )
    assert told(reconcile()) == []
    past_the_guards(statement, 1, entry.pk)
    monkeypatch.setattr("swaps.services.reconcile.run.time.sleep", lambda seconds: None)
    assert len(reconcile().differences) == 2


def test_the_periodic_task_keeps_what_it_found_for_the_metrics(
    books: Desk, past_the_guards: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("swaps.services.reconcile.run.time.sleep", lambda seconds: None)
    reconcile_books(timestamp=0)
    assert (Reconciliation.objects.latest("pk").differences, Reconciliation.objects.count()) == ([], 1)
    metrics = Client().get("/metrics").content.decode()
    assert "orchestrator_ledger_difference{" not in metrics
    assert "orchestrator_reconciled_age_seconds" in metrics

    entry = LedgerEntry.objects.filter(kind="fee", chain="base").latest("pk")
    past_the_guards("UPDATE swaps_ledgerentry SET amount = amount + 3 WHERE id = %s", entry.pk)
    report = reconcile_and_record()
    assert len(report.differences) == 2
    metrics = Client().get("/metrics").content.decode()
    assert f'orchestrator_ledger_difference{{chain="base",token="{entry.token}",what="balance"}} 3.0' in metrics
    assert f'orchestrator_ledger_difference{{chain="base",token="{entry.token}",what="entry_wrong"}} 3.0' in metrics
