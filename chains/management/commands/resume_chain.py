"""`manage.py resume_chain base --reason "…"`: lift the halt of a chain's money, after somebody has looked."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chains.models import Chain
from chains.services.ingest import money_resume


class Command(BaseCommand):
    help = "Lift the halt of a chain's money. Look first: it was halted because its finality was broken, or its past is unknown."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("chain", help="a name from the chains file")
        parser.add_argument("--reason", required=True, help="what was found, for the books")

    def handle(self, *args: Any, chain: str, reason: str, **options: Any) -> None:
        row = Chain.objects.filter(name=chain).first()
        if row is None:
            raise CommandError(f"there is no chain {chain!r}: it was never watched")
        if not row.halted_reason:
            raise CommandError(f"{chain} is not halted")
        was = row.halted_reason
        money_resume(chain=row, actor=f"{getpass.getuser()}@shell", reason=reason)
        self.stdout.write(f"{chain} goes on; it was halted because: {was}")
