"""`manage.py list_api_keys`, `manage.py list_api_keys --all --json`"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from access.models import ApiKey
from access.selectors import api_keys_live


class Command(BaseCommand):
    help = "List API keys: what each may do, from where, until when. Nothing that proves anything."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="expired and revoked ones too")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        keys = ApiKey.objects.all() if options["all"] else api_keys_live()
        rows = [_row(key) for key in keys.select_related("successor").order_by("pk")]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2))
            return
        for row in rows:
            self.stdout.write("  ".join(f"{name}={_text(value)}" for name, value in row.items()))
        self.stderr.write(
            f"{len(rows)} keys" if options["all"] else f"{len(rows)} live keys; --all lists the others too"
        )


def _row(key: ApiKey) -> dict[str, Any]:
    times = {"expires": key.expires_at, "revoked": key.revoked_at, "lastUsed": key.last_used_at}
    return {
        "prefix": key.prefix,
        "name": key.name,
        "owner": key.owner,
        "state": key.state,
        "scopes": key.scopes,
        "perMinute": key.requests_per_minute,
        "addresses": key.allowed_addresses,
        "successor": key.successor.prefix if key.successor else None,
        **{name: at and at.isoformat(timespec="seconds") for name, at in times.items()},
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value) or "-"
    return "-" if value is None else str(value)
