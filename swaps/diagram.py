"""The state diagram, drawn from the table of transitions."""

from swaps.statuses import TERMINAL, TRANSITIONS, Status


def mermaid() -> str:
    """A Mermaid state diagram of every transition there is, each with its cause."""
    lines = ["stateDiagram-v2", f"    [*] --> {Status.INITIALIZED}"]
    for old, moves in TRANSITIONS.items():
        lines += [f"    {old} --> {new}: {cause}" for new, cause in moves.items()]
    lines += [f"    {status} --> [*]" for status in Status if status in TERMINAL]
    return "\n".join(lines)


def page() -> str:
    """docs/states.md, whole."""
    return (
        "# The statuses of a swap, and every move between them\n\n"
        "Drawn from `TRANSITIONS` in `swaps/statuses.py` by `manage.py state_diagram`; a test keeps the two alike.\n\n"
        f"```mermaid\n{mermaid()}\n```\n"
    )
