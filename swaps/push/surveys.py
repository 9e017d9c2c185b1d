"""What finds out about troubles and publishes alerts. Apps above `swaps` add theirs in `AppConfig.ready()`."""

from collections.abc import Callable

surveys: list[Callable[[], object]] = []
