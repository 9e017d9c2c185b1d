"""`manage.py verify_audit`: walk the audit trail's chain, and say which row is not what it was."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.audit.checking import audit_check
from access.audit.encoding import Head, head_read
from access.audit.selectors import LATE_SECONDS
from access.audit.verifying import Verdict

LIMITS = (
    "This finds rows that were changed, removed, moved or put in, and a cut-off end that Redis, an earlier walk or a given "
    "head knows of.\nIt cannot find what was done to a row before it was linked, nor a chain written anew where no head from "
    "before is known:\nkeep the lines audit.linked of the log elsewhere, or the output of manage.py audit_head, and give them "
    "with --head."
)


class Command(BaseCommand):
    help = "Verify the audit trail's hash chain. Exit status 1, and the rows, when something is wrong with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", action="append", default=[], metavar="POSITION:HASH", help="a head that must be in the chain"
        )
        parser.add_argument("--heads", type=Path, metavar="FILE", help="such heads, one a line")
        parser.add_argument("--recent", action="store_true", help="only what came after the last sound walk")

    def handle(self, *args: Any, **options: Any) -> None:
        check, verdict = audit_check(by="command", whole=not options["recent"], anchors=_heads(options))
        speed = verdict.rows / verdict.seconds if verdict.seconds else 0.0
        self.stdout.write(
            f"{verdict.rows:,} rows in {verdict.seconds:.2f} s ({speed:,.0f} a second), after row {check.since_seq:,}\n"
            f"head {verdict.head}\n{_tail(verdict)}"
        )
        if verdict.faults:
            raise CommandError("\n".join(["the audit trail is not what was written:", *verdict.faults]))
        if verdict.unlinked_seconds > LATE_SECONDS:
            raise CommandError("rows wait too long for their place in the chain: is a worker running (manage.py work)?")
        self.stdout.write(self.style.SUCCESS("the chain is sound"))
        self.stdout.write(LIMITS)


def _heads(options: dict[str, Any]) -> list[Head]:
    try:
        lines = options["heads"].read_text().splitlines() if options["heads"] else []
        return [head_read(text) for text in (*options["head"], *lines) if text.strip()]
    except (OSError, ValueError) as error:
        raise CommandError(str(error)) from error


def _tail(verdict: Verdict) -> str:
    if not verdict.unlinked:
        return "every row has its place in the chain"
    return f"{verdict.unlinked:,} rows wait for their place, the oldest for {verdict.unlinked_seconds:.1f} s: not vouched for"
