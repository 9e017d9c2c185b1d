"""`manage.py processes`: who lives and who was lost; `--forget ID` for one that shall not come back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from access.models import ActorKind
from access.services import audit_record
from balancer.processes.registry import process_forget, processes_seen


class Command(BaseCommand):
    help = "Show the processes of the service, or forget one that was lost and shall not come back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forget", type=int, metavar="ID", help="forget a lost process; its alert ends")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forget"] is not None:
            if not process_forget(options["forget"]):
                raise CommandError(f"no process {options['forget']} was lost: see manage.py processes")
            audit_record(
                action="process_forgotten",
                actor_kind=ActorKind.SYSTEM,
                actor_id="manage.py",
                target=f"process {options['forget']}",
            )
        for one in processes_seen():
            state = "lost" if one.is_lost else one.stuck or "lives"
            silent = f"heard of {one.silent:.0f} s ago"
            self.stdout.write(f"{one.id:>6}  {one.label:<16} {one.host}:{one.pid:<8} {silent:<22} {state}")
