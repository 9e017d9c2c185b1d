"""`docs/api.md`: the part of it that is drawn from tables, so that it cannot differ from what the API does."""

from collections.abc import Iterable

from access.codes import PROBLEMS, Code
from access.scopes import SCOPES
from swaps.next_steps import DETAILS
from swaps.progress import PROGRESS, STEPS
from swaps.reasons import REASONS

BEGIN, END = "<!-- drawn: manage.py api_page -->", "<!-- end of what is drawn -->"


def drawn() -> str:
    """The tables in Markdown, between their marks."""
    parts = [
        "## What to do next\n\n`next.action` of a session:\n",
        _table(("action", "what to do"), ((f"`{name}`", text) for name, text in DETAILS.items())),
        "\n## Statuses\n",
        _table(
            ("status", "phase", "progress"),
            ((f"`{status}`", f"`{told.phase}`", str(told.percent)) for status, told in PROGRESS.items()),
        ),
        f"\nThe five steps are {', '.join(f'`{name}`' for name, _, _ in STEPS)}.\n",
        "\n## Reasons\n\nWhy a swap was given up, went back or failed (`reason`, and `explanation` in words):\n",
        _table(("reason", "what happened", "what to do"), (_row(code) for code in REASONS.values())),
        "\n## Problems\n\nThe `code` of a problem document, with its HTTP status:\n",
        _table(
            ("code", "status", "what happened", "what to do"),
            (
                (f"`{code.name}`", str(code.status), code.happened, code.todo)
                for code in sorted(PROBLEMS.values(), key=lambda code: (code.status, code.name))
            ),
        ),
        "\n## Scopes\n",
        _table(("scope", "what it allows"), ((f"`{name}`", text) for name, text in SCOPES.items())),
    ]
    return "\n".join([BEGIN, "", *parts, END])


def _row(code: Code) -> tuple[str, str, str]:
    return f"`{code.name}`", code.happened, code.todo


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [" | ".join(heads), " | ".join("---" for _ in heads), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def page(text: str) -> str:
    """The page with its drawn part made anew. Raises `ValueError` where its marks are missing."""
    head, _, rest = text.partition(BEGIN)
    _, mark, tail = rest.partition(END)
    if not mark:
        raise ValueError(f"the page lacks its marks {BEGIN!r} and {END!r}")
    return head + drawn() + tail
