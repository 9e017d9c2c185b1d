"""`manage.py audit_head`: the end of the audit trail's chain, to be kept elsewhere."""

from typing import Any

from django.core.management.base import BaseCommand

from access.audit.selectors import audit_head


class Command(BaseCommand):
    help = "Print the last linked row's position and hash. Kept elsewhere, `verify_audit --head` proves the chain up to it."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(audit_head()))
