"""The presets that operators have set: a row for each route, read again after a moment by every process.

A change holds within a second everywhere, is validated together with all others before it is kept, and leaves an audit row.
"""

from typing import Any

import structlog
from django.db import transaction

from access.services import audit_record
from chains.config import chain_configs
from pricing.errors import PresetsRefused, PresetsUnreadable
from pricing.locks import lock_presets
from pricing.models import PresetSetting
from pricing.momentary import Momentary
from pricing.presets import ROUTE, InvalidPreset, PresetBook

log = structlog.get_logger(__name__)
DEFAULT = "default"
"""The name of the row that holds for every route without one of its own."""


def presets_now() -> PresetBook:
    """The presets of every route; the same object until they were read again.

    Raises `PresetsUnreadable` where the rows make none: a price made from others than the operator's would be nobody's word.
    """
    return _book.get()


def presets_forget() -> None:
    """Read the rows again at the next question."""
    _book.forget()


@transaction.atomic
def presets_set(*, route: str, config: Any, actor: str) -> PresetSetting:
    """Set what a route (`base>near`), or every other one (`default`), has differently. Raises `PresetsRefused`."""
    lock_presets()
    presets_check(route=route, config=config)
    before = PresetSetting.objects.filter(route=route).values_list("config", flat=True).first()
    row, _ = PresetSetting.objects.update_or_create(route=route, defaults={"config": config, "actor": actor})
    _noted("presets_set", route, actor, {"before": before, "after": config})
    return row


@transaction.atomic
def presets_remove(*, route: str, actor: str) -> bool:
    """Let the route follow the default again, or the default our own; False when there was nothing of its own."""
    lock_presets()
    before = PresetSetting.objects.filter(route=route).values_list("config", flat=True).first()
    if before is None:
        return False
    if route == DEFAULT:
        _make({name: config for name, config in _rows().items() if name != DEFAULT})
    PresetSetting.objects.filter(route=route).delete()
    _noted("presets_removed", route, actor, {"before": before})
    return True


def presets_check(*, route: str, config: Any) -> None:
    """Whether this could be set beside what stands. Raises `PresetsRefused` with every fault."""
    names = routes_known()
    if route not in names:
        raise PresetsRefused(f"{route!r} is no route: say {DEFAULT}, or one of {', '.join(sorted(names - {DEFAULT}))}")
    _make({**_rows(), route: config})


def routes_known() -> set[str]:
    """What may be set: the default, and every pair of configured chains."""
    names = [config.name for config in chain_configs()]
    return {DEFAULT, *(ROUTE.format(one, other) for one in names for other in names if one != other)}


def _rows() -> dict[str, Any]:
    return dict(PresetSetting.objects.values_list("route", "config"))


def _make(rows: dict[str, Any]) -> PresetBook:
    """Raises `PresetsRefused`."""
    routes = {route: config for route, config in rows.items() if route != DEFAULT}
    try:
        return PresetBook.from_config({"default": rows.get(DEFAULT, {}), "routes": routes})
    except InvalidPreset as error:
        faults = [{"field": place, "message": message} for place, message in error.faults]
        raise PresetsRefused(f"these presets cannot be: {error}", errors=faults) from error


def _read() -> PresetBook:
    try:
        return _make(_rows())
    except PresetsRefused as error:
        log.exception("presets.unreadable")
        raise PresetsUnreadable(
            "the auctions' presets cannot be read: no price is given until an operator has put them right"
        ) from error


def _noted(action: str, route: str, actor: str, detail: dict[str, Any]) -> None:
    audit_record(action=action, actor_kind="operator", actor_id=actor, target=route, detail=detail)
    log.warning(f"presets.{action.removeprefix('presets_')}", route=route, actor=actor)
    presets_forget()
    transaction.on_commit(presets_forget)


_book = Momentary(_read)
