"""The matrix as tables: for each swap and setting, methods against faults, with the seconds that the swap took."""

from collections import Counter
from collections.abc import Iterable, Sequence

from devnet.faults import Kind
from devnet.proofs.faultmatrix.cells import FAULTS, NOT_CALLED
from devnet.proofs.faultmatrix.stage import Verdict

SHORT = {
    Kind.ERROR: "error", Kind.TIMEOUT_BEFORE: "t.before", Kind.TIMEOUT_AFTER: "t.after", Kind.HTTP_429: "429",
    Kind.GARBAGE: "garbage", Kind.TRUNCATED: "trunc.", Kind.STALE: "stale", Kind.EMPTY: "empty",
    Kind.WRONG_BLOCK: "wrong b.", Kind.DUPLICATE: "double",
}  # fmt: skip
LEGEND = (
    "seconds of each swap; r: refunded instead of completed, whole; -: the swap has no such call; !: see below; "
    ".: the answer cannot fail so"
)
STORY_LINES = 30
LONGEST = 1500  # characters of a problem: a traceback may be in it


def tables(verdicts: Sequence[Verdict]) -> str:
    """One table for each swap and setting that was played."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(f"{verdict.cell.scenario.name}, {verdict.cell.setting.name}", []).append(verdict)
    parts = [f"{title}\n{_table(group)}" for title, group in groups.items()]
    return "\n\n".join([*parts, LEGEND])


def _table(verdicts: Sequence[Verdict]) -> str:
    found = {(verdict.cell.method, verdict.cell.fault): verdict for verdict in verdicts}
    methods = list(dict.fromkeys(verdict.cell.method for verdict in verdicts))
    width = max(len(method) for method in methods)
    lines = [f"{'':<{width}} " + " ".join(f"{SHORT[fault]:>8}" for fault in FAULTS)]
    for method in methods:
        row = " ".join(f"{_cell(found.get((method, fault))):>8}" for fault in FAULTS)
        lines.append(f"{method:<{width}} {row}")
    return "\n".join(lines)


def _cell(verdict: Verdict | None) -> str:
    if verdict is None:
        return "."
    if verdict.problems:
        return f"{verdict.seconds:.1f}!"
    if not verdict.hits:
        return "-"
    instead = verdict.cell.scenario.ending.swapped and verdict.end == "refunded"
    return f"{verdict.seconds:.1f}" + ("r" if instead else "")


def totals(verdicts: Sequence[Verdict], seconds: float) -> str:
    """One sentence with every figure."""
    struck = [verdict for verdict in verdicts if verdict.hits]
    well = sum(not verdict.problems for verdict in struck)
    slowest = max((verdict.seconds for verdict in struck), default=0.0)
    share = 100 * well / len(struck) if struck else 0.0
    return (
        f"{len(verdicts)} swaps, {len(struck)} of them struck by {sum(verdict.hits for verdict in struck)} faults, "
        f"{well} ended whole ({share:.1f} %), the slowest in {slowest:.1f} s; {seconds:.0f} s in all"
    )


def failures(verdicts: Iterable[Verdict]) -> list[str]:
    """The story of every cell that went wrong, with the command that plays it again; and why the run as a whole proves
    nothing of a fault, or of swaps."""
    found = list(verdicts)
    return [*(_story(verdict) for verdict in found if verdict.problems), *_never_struck(found), *_none_completed(found)]


def _story(verdict: Verdict) -> str:
    lines = [verdict.cell.name, *(f"  ! {problem[:LONGEST]}" for problem in verdict.problems)]
    lines += [f"    {line}" for line in verdict.story[-STORY_LINES:]]
    return "\n".join([*lines, f'    again: manage.py faultmatrix --cell "{verdict.cell.name}"'])


def _never_struck(verdicts: Sequence[Verdict]) -> list[str]:
    """Faults that were to strike, and did so in none of the swaps that call their method."""
    hits: Counter[tuple[str, str, Kind]] = Counter()
    for verdict in verdicts:
        cell = verdict.cell
        if (cell.method, cell.scenario.ending.name) not in NOT_CALLED:
            hits[cell.chain, cell.method, cell.fault] += verdict.hits
    return [
        f"{chain} {method} {fault.value} struck in no swap: is the method still called?"
        for (chain, method, fault), count in hits.items()
        if not count
    ]


def _none_completed(verdicts: Sequence[Verdict]) -> list[str]:
    to_complete = [verdict for verdict in verdicts if verdict.cell.scenario.ending.swapped]
    if not to_complete or any(verdict.end == "completed" for verdict in to_complete):
        return []
    return [f"no swap completed, of {len(to_complete)} that should: money that only goes back proves no swap"]
