"""Checking a client's request field by field: every fault at once, and what is merely odd as a warning."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.conf import settings
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from access.errors import ApplicationError
from access.masking import masked
from access.problems import FAULTY

MAX_AMOUNT = 2**128 - 1  # what NEAR can carry; EVM could carry more
AMOUNT_DIGITS = 78  # of 2**256 - 1
MOST_DIGITS = 12  # of a number of a query, leading zeros among them


class RequestRefused(ApplicationError):
    code, status = "validation_error", 400


@dataclass
class Checker:
    """Collects errors and warnings while the fields of one body are read. `refusal` is what faults are raised as."""

    body: dict[str, Any]
    errors: list[dict[str, str]] = field(default_factory=list)
    warnings: list[dict[str, str]] = field(default_factory=list)
    refusal: ClassVar[type[ApplicationError]] = RequestRefused

    @classmethod
    def of(cls, data: Any) -> Self:
        """For a parsed body. Raises the refusal unless it is an object."""
        if not isinstance(data, dict):
            told = [{"field": "", "message": "must be an object"}]
            raise cls.refusal("the body must be a JSON object", code="validation_error", errors=told)
        return cls(data)

    def error(self, name: str, message: str, code: str = "invalid") -> None:
        self.errors.append({"field": name, "message": message, "code": code})

    def odd(self, name: str, message: str) -> None:
        """A warning, or an error where strict checking is on."""
        if settings.STRICT_VALIDATION:
            self.error(name, message)
        else:
            self.warnings.append({"field": name, "message": message})

    def text(self, name: str, *, required: bool = True, max_length: int = 128) -> str:
        """A string, empty where it is absent. What PostgreSQL cannot store, no field takes."""
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                self.error(name, "is required", "required")
            return ""
        if not isinstance(value, str):
            self.error(name, "must be a string")
            return ""
        if len(value) > max_length:
            self.error(name, f"is longer than {max_length} characters")
            return ""
        if "\0" in value:
            self.error(name, "has U+0000 in it, which is no character")
            return ""
        return value

    def amount(self, name: str) -> int:
        """Base units as a decimal string; a JSON number is refused, since it may have been a float."""
        value = self.text(name, max_length=AMOUNT_DIGITS)
        if not value:
            return 0
        if not re.fullmatch(r"[0-9]+", value):
            self.error(name, "must be a whole number of base units, as a string of digits")
            return 0
        amount = int(value)
        if not 0 < amount <= MAX_AMOUNT:
            self.error(name, f"must be between 1 and {MAX_AMOUNT}")
        return amount

    def integer(self, name: str, low: int, high: int, default: int = 0) -> int:
        """A JSON number without a fraction."""
        value = self.body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.error(name, f"must be a whole number from {low} to {high}")
            return default
        return value

    def digits(self, name: str, low: int, high: int) -> int:
        """A whole number of a query, which is text."""
        value = self.text(name)
        is_number = value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS
        if not (is_number and low <= int(value) <= high):
            self.error(name, f"must be a whole number from {low} to {high}")
            return low
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """A date with a time and its offset, in UTC; None where it is absent, or beyond the years 1 to 9999 there."""
        text = self.text(name, required=False)
        try:
            found = parse_datetime(text) if text else None
            if found is not None and timezone.is_aware(found):
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        if text:
            self.error(name, "must be a moment with its offset, as 2026-01-31T12:00:00Z")
        return None

    def flag(self, name: str) -> bool:
        """A JSON boolean, false where it is absent."""
        value = self.body.get(name, False)
        if not isinstance(value, bool):
            self.error(name, "must be true or false")
            return False
        return value

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """One of a few words."""
        value = self.body.get(name, default)
        if not isinstance(value, str) or value not in choices:
            self.error(name, f"must be one of {', '.join(choices)}")
            return default
        return value

    def unknown(self, known: set[str]) -> None:
        """What the body has beside the known fields. A secret that was written where a name belongs is not told again."""
        for name in sorted(set(self.body) - known)[:20]:
            self.odd(masked(name)[:60], "is not a field of this request, and was ignored")

    def raise_errors(self) -> None:
        """Raise the refusal with every error found."""
        if self.errors:
            raise self.refusal(FAULTY, code="validation_error", errors=self.errors)
