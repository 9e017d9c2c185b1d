"""The matrix as a table: kinds of point against the session's statuses, and the story of whatever failed."""

from collections.abc import Iterable, Sequence

from devnet.proofs.crashmatrix.matrix import Listing, Verdict
from swaps.machine import Status

COLUMNS = ["none", *Status]
SHORT = {
    "none": "none", "initialized": "init", "executing": "exec", "source_locking": "s.lckng", "source_locked": "s.lckd",
    "destination_locking": "d.lckng", "both_locked": "both", "revealing_secret": "reveal", "completed": "compl",
    "cancelled": "cncld", "cancelling": "cncling", "timeout": "timeout", "refunding": "rfnding", "refunded": "rfnded",
    "failed": "failed",
}  # fmt: skip
STORY_LINES = 40
Cell = tuple[int, int, int]  # points, deaths, deaths that lost something


def table(results: Sequence[tuple[Listing, Sequence[Verdict]]]) -> str:
    """Each cell: deaths survived of points there; a cell with a `!` has lost something."""
    cells: dict[tuple[str, str], Cell] = {}
    for listing, verdicts in results:
        for point in listing.points:
            _add(cells, " ".join(point.kind), point.status, (1, 0, 0))
        for verdict in verdicts:
            if not verdict.with_rival:
                _add(cells, " ".join(verdict.point.kind), verdict.point.status, (0, 1, bool(verdict.problems)))
    rows = sorted({row for row, _ in cells})
    columns = [name for name in COLUMNS if any((row, name) in cells for row in rows)]
    width = max((len(row) for row in rows), default=5)
    lines = [f"{'died at':<{width}} " + " ".join(f"{SHORT[name]:>9}" for name in columns)]
    lines += [f"{row:<{width}} " + " ".join(f"{_cell(cells, row, name):>9}" for name in columns) for row in rows]
    return "\n".join(lines)


def _add(cells: dict[tuple[str, str], Cell], row: str, column: str, more: Cell) -> None:
    old = cells.get((row, column), (0, 0, 0))
    cells[row, column] = (old[0] + more[0], old[1] + more[1], old[2] + more[2])


def _cell(cells: dict[tuple[str, str], Cell], row: str, column: str) -> str:
    if (row, column) not in cells:
        return "."
    points, deaths, lost = cells[row, column]
    return f"{deaths - lost}/{points}" + ("!" if lost else "")


def totals(results: Sequence[tuple[Listing, Sequence[Verdict]]], seconds: float) -> str:
    """One sentence with every figure."""
    points = sum(len(listing.points) for listing, _ in results)
    deaths = [verdict for _, verdicts in results for verdict in verdicts]
    races = sum(verdict.with_rival for verdict in deaths)
    survived = sum(not verdict.problems for verdict in deaths)
    share = 100 * survived / len(deaths) if deaths else 0
    return (
        f"{len(results)} scenarios, {points} points{_states(results)}; {len(deaths)} deaths, {races} of them beside a "
        f"rival, {survived} survived without a loss ({share:.1f} %), {seconds:.0f} s"
    )


def _states(results: Sequence[tuple[Listing, Sequence[Verdict]]]) -> str:
    """How many different things the points leave behind, where that was looked at."""
    count = sum(len({point.left for point in listing.points if point.has_digest}) for listing, _ in results)
    return f", which leave {count} different states behind" if count else ""


def failures(results: Iterable[tuple[Listing, Sequence[Verdict]]]) -> list[str]:
    """The story of every scenario and every death that went wrong, each with the command that plays it again."""
    told = []
    for listing, verdicts in results:
        if listing.problems:
            told.append(_story(f"{listing.scenario.name}, without any kill", listing.problems, listing.story))
        for verdict in verdicts:
            if verdict.problems:
                point = verdict.point
                title = (
                    f"{verdict.scenario.name}, killed at point {point.number}: {point.what} {point.moment}, "
                    f"session {point.status}, {point.where or 'in the worker'}"
                )
                how = " --rival" if verdict.with_rival else ""
                replay = f"again: manage.py crashmatrix --scenario {verdict.scenario.name} --only {point.number}{how}"
                told.append(_story(title, verdict.problems, (*verdict.story, replay)))
    return told


def _story(title: str, problems: Iterable[str], story: Sequence[str]) -> str:
    lines = [title, *(f"  ! {problem}" for problem in problems), *(f"    {line}" for line in story[-STORY_LINES:])]
    return "\n".join(lines)
