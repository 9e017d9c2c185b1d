"""What a row's target names, where its first letters say so: apps above add theirs in `AppConfig.ready()`."""

_pages: dict[str, str] = {}


def targets_add(start: str, page: str) -> None:
    """Targets that begin so (`sess_`) are keys of the admin's pages of this name (`swaps_swapsession`)."""
    _pages[start] = page


def target_page(target: str) -> str:
    """The name of the pages, or empty."""
    return next((page for start, page in _pages.items() if target.startswith(start)), "")
