"""A field for amounts: exact integers in base units, as wide as any chain has them."""

from decimal import Decimal
from typing import Any

from django.db import models


class AmountField(models.DecimalField):  # type: ignore[type-arg]  # it is `int` on our side
    """A non-negative integer of base units, up to 78 digits (2**256 - 1). Python sees `int`, the database `numeric`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_digits"], kwargs["decimal_places"] = 78, 0
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_digits"], kwargs["decimal_places"]
        return name, path, args, kwargs

    def from_db_value(self, value: Decimal | None, *_: Any) -> int | None:
        return None if value is None else int(value)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, float):
            raise TypeError("an amount must never be a float")
        return None if value is None else int(value)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if isinstance(value, float):
            raise TypeError("an amount must never be a float")
        return None if value is None else Decimal(value)
