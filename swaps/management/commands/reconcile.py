"""`manage.py reconcile`: the books, the sessions and both chains must say the same. Exit 1 on any difference, 2 when a chain
cannot be read. `--open` and `--record-transfer` enter what only an operator knows."""

import getpass
import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chains.errors import ChainError
from swaps.errors import BooksRefused
from swaps.models import LedgerEntry
from swaps.services.reconcile import Difference, Report, books_open, reconcile, transfer_record
from swaps.services.reconcile.opening import Transfer
from swaps.services.reconcile.report import BalanceLine, chains_in_use
from swaps.services.reconcile.run import SETTLE_SECONDS


class Command(BaseCommand):
    help = "Compare the ledger with both chains, lock by lock and account by account, and print every difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--chain", default="", help="only this chain")
        parser.add_argument("--session", default="", help="only this session's entries, locks and reservation")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--settle",
            type=float,
            default=SETTLE_SECONDS,
            metavar="SECONDS",
            help="look again after so long at what was found: only what stays is a difference",
        )
        parser.add_argument("--open", action="store_true", help="enter the opening balances of accounts without one")
        parser.add_argument(
            "--record-transfer", metavar="TRANSACTION", default="", help="enter what you moved in this transaction"
        )
        parser.add_argument(
            "--account", default="inventory", choices=[str(account) for account in LedgerEntry.OURS], help="of ours"
        )
        parser.add_argument("--token", default="", help="symbol or id of what was moved")
        parser.add_argument("--amount", type=int, default=0, help="base units: came in; negative: went out")
        parser.add_argument("--reason", default="", help="for the books")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["open"]:
                self._open(options["chain"])
            elif options["record_transfer"]:
                self._transfer(options)
            else:
                self._reconcile(options)
        except KeyError as unknown:
            raise CommandError(f"the chain {unknown} is not set up and watched here") from unknown
        except BooksRefused as refused:
            raise CommandError(refused.detail) from refused
        except ChainError as error:
            raise CommandError(f"a chain cannot be read: {error}", returncode=2) from error

    def _open(self, chain: str) -> None:
        for name in chains_in_use(chain):
            entries = books_open(name, actor=self._actor())
            for entry in entries:
                sign = "" if entry.credit == LedgerEntry.AccountName.OUTSIDE else "-"
                self.stdout.write(f"{name}: {entry.evidence.split(':')[1]} {entry.token}: {sign}{entry.amount}")
            if not entries:
                self.stdout.write(f"{name}: every account is open")

    def _transfer(self, options: dict[str, Any]) -> None:
        for wanted in ("chain", "token", "amount", "reason"):
            if not options[wanted]:
                raise CommandError(f"--record-transfer needs --{wanted}")
        (chain,) = chains_in_use(options["chain"])
        transfer = Transfer(
            chain=chain,
            account=options["account"],
            token=options["token"],
            amount=options["amount"],
            reference=options["record_transfer"],
            reason=options["reason"],
        )
        entry = transfer_record(transfer, actor=self._actor())
        self.stdout.write(f"{chain}: {entry.amount} {entry.credit} -> {entry.debit}, {entry.evidence}")

    @staticmethod
    def _actor() -> str:
        return f"{getpass.getuser()}@shell"

    # The comparison

    def _reconcile(self, options: dict[str, Any]) -> None:
        report = reconcile(chain=options["chain"], session=options["session"], settle_seconds=options["settle"])
        if options["json"]:
            self.stdout.write(json.dumps(report.to_json(), indent=2))
        else:
            self._print(report)
        if report.exit_code:
            sys.exit(report.exit_code)

    def _print(self, report: Report) -> None:
        for line in report.balances:
            self._balance(line)
        self.stdout.write(f"{report.entries} entries and {report.locks} locks compared")
        for difference in report.differences:
            self._difference(difference)
        for chain, why in report.unreadable.items():
            self.stdout.write(self.style.ERROR(f"{chain} cannot be read: {why}"))
        if not report.exit_code:
            self.stdout.write(self.style.SUCCESS("no difference"))
        elif report.differences:
            self.stdout.write(self.style.ERROR(f"{len(report.differences)} differences"))

    def _balance(self, line: BalanceLine) -> None:
        told = (
            f"{line.chain:10} {line.account:10} {line.symbol:6} block {line.height:<9} "
            f"booked {line.booked:>30} found {line.found:>30} difference {line.difference}"
        )
        if line.difference and line.holds:
            told += f" (under way: {line.under_way[0]} to {line.under_way[1]})"
        self.stdout.write(told if line.holds else self.style.ERROR(told))

    def _difference(self, difference: Difference) -> None:
        self.stdout.write(self.style.ERROR(f"\n{difference.what}: {difference.chain} {difference.subject}"))
        rows = {
            difference.item: "",
            "  expected": difference.expected,
            "  found": difference.found,
            "  difference": "" if difference.units is None else f"{difference.units} base units of {difference.token}",
            "  why": difference.why,
        }
        for name, text in rows.items():
            if text or name == difference.item:
                self.stdout.write(f"  {name:14} {text}".rstrip())
