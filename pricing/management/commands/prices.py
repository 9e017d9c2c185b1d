"""`manage.py prices`, `manage.py prices --json`"""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from pricing.consensus import MarketPrice, Refusal
from pricing.feeds.desk import desk
from pricing.feeds.record import FeedRecord
from pricing.market import market_look, symbols_known
from pricing.provenance import exact_text, moment, sources_document

PATIENCE = 10.0


class Command(BaseCommand):
    help = "Each token's price in US dollars, who said what, and how the feeds fare. Feeds that are due are asked, and awaited."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = market_look(symbols_known(), patience=PATIENCE)
        records = desk().look(max_age=0).records
        if options["json"]:
            document = {
                "prices": [_price(found[symbol]) for symbol in sorted(found)],
                "feeds": {name: _feed(record) for name, record in records.items()},
            }
            self.stdout.write(json.dumps(document, indent=2))
            return
        for symbol in sorted(found):
            self._write_price(found[symbol])
        for name, record in records.items():
            self.stdout.write(f"feed {name}: " + "  ".join(f"{key}={value}" for key, value in _feed(record).items()))

    def _write_price(self, found: MarketPrice | Refusal) -> None:
        worth = exact_text(found.price) if isinstance(found, MarketPrice) else f"no price: {found.reason}"
        self.stdout.write(f"{found.symbol}  {worth}")
        for one in sources_document(found):
            self.stdout.write(f"    {one['source']}  {one['price']}  {one['observedAt']}  {one['why'] or 'counts'}")


def _price(found: MarketPrice | Refusal) -> dict[str, Any]:
    worth = exact_text(found.price) if isinstance(found, MarketPrice) else None
    refused = {"code": found.code, "reason": found.reason} if isinstance(found, Refusal) else {}
    return {"symbol": found.symbol, "price": worth, **refused, "sources": sources_document(found)}


def _feed(record: FeedRecord) -> dict[str, Any]:
    return {
        "state": record.state,
        "answered": moment(record.answered_ms) if record.answered_ms else "never",
        "next": moment(record.next_ms) if record.next_ms else "now",
        "requests": record.requests,
        "errors": record.errors,
        "error": record.error or "-",
        "faults": record.faults,
    }
