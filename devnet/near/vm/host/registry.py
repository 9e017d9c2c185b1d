"""The table of host functions by the names that contracts import."""

from collections.abc import Callable
from typing import TypeVar

HostFunction = Callable[..., int | None]
F = TypeVar("F", bound=HostFunction)

FUNCTIONS: dict[str, HostFunction] = {}


def host(function: F) -> F:
    """Offer a function to contracts under its own name. Its first argument is the `Logic` of the call."""
    FUNCTIONS[function.__name__] = function
    return function
