"""`manage.py ladder`: every route's timelock inequalities, with the chains as they are today. Exit 1 when one does not hold."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chains.config import chain_configs
from chains.selectors import chains_by_name, measured_of
from swaps.services.ladders import Assessment, routes_assess


class Command(BaseCommand):
    help = (
        "Show each route's timelock ladder: configured and measured figures, what must hold, and how much is to spare."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self._figures()
        assessed = routes_assess()
        for route in assessed:
            self._route(route)
        if not assessed:
            raise CommandError("no two chains are set up: there is no route")
        broken = [f"{route.source} -> {route.destination}" for route in assessed if not route.feasible]
        if broken:
            raise CommandError(
                f"no safe swap on {', '.join(broken)}: make the route's times longer, or its chains quicker"
            )

    def _figures(self) -> None:
        self.stdout.write(f"{'chain':10} {'figure':10} {'configured':>10} {'median':>8} {'p95':>8}   seconds")
        rows = chains_by_name()
        for config in chain_configs():
            if config.name not in rows or not config.is_usable:
                continue
            found = measured_of(rows[config.name])
            lines = (
                ("block", config.block_seconds, found.block),
                ("finality", config.finality_seconds, found.finality),
                ("inclusion", config.inclusion_seconds, found.inclusion),
                ("lag", config.watcher_lag_seconds, found.lag),
            )
            for name, configured, figure in lines:
                median, p95 = (f"{value:.2f}" if value is not None else "-" for value in (figure.median, figure.p95))
                self.stdout.write(f"{config.name:10} {name:10} {configured:>10} {median:>8} {p95:>8}")

    def _route(self, route: Assessment) -> None:
        self.stdout.write(f"\n{route.source} -> {route.destination}")
        if route.problem:
            self.stdout.write(self.style.ERROR(f"  {route.problem}"))
        for item in route.found:
            line = f"  {item.name:60} {item.left:>7} <= {item.right:<7} {item.slack:>7} to spare"
            self.stdout.write(line if item.holds else self.style.ERROR(line))
