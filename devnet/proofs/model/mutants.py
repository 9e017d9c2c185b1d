"""The machine with one guard changed, for every guard it has: each change must make the exploration find a fault.

Guards are taken from the machine's syntax tree, so that none can be forgotten: every test of an `if`, every operand of an
`and` or `or`, and every comparison. Each is negated; an operand is also dropped; a comparison of order also has its
boundary moved by one.

A changed machine is not explored from the beginning. The unchanged one's worlds are known in breadth-first order: up to
the first in which both decide differently, all decisions are the same, so that world is as reachable for the changed one.
From there it is explored. Where no reachable world tells the two apart, nothing can.
"""

import ast
import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

import swaps.machine
from devnet.proofs.model.explore import Explorer
from devnet.proofs.model.run import mutation_arenas
from devnet.proofs.model.views import Decide, Judge, Sight
from devnet.proofs.model.world import Arena, World
from swaps.machine import decide

SOURCE = Path(swaps.machine.__file__)
MAX_STATES = 4_000  # looked at for one changed guard in one arena
STARTS = 40  # worlds that a changed guard is explored from
BOUNDARY: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


@dataclass(frozen=True)
class Mutant:
    """One change. `name` is stable while the guard is: the function, what was done, and the guard's text."""

    name: str
    function: str
    line: int
    code: CodeType

    def machine(self) -> Decide:
        """The changed machine's `decide`."""
        namespace: dict[str, Any] = {"__name__": "swaps.machine_changed"}
        exec(self.code, namespace)
        changed: Decide = namespace["decide"]
        return changed


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the promise that it broke, where, and after how many states; `broken` is empty if none was."""

    mutant: Mutant
    broken: str = ""
    arena: str = ""
    states: int = 0
    differs: bool = False


# Changing


def mutants() -> list[Mutant]:
    """Every change, in the order of the machine's lines."""
    tree = ast.parse(SOURCE.read_text())
    found: dict[str, Mutant] = {}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        for node in _conditions(function):
            for what, changed in _changes(node):
                name = f"{function.name}: {what} {ast.unparse(node)}"
                while name in found:
                    name += " (again)"
                found[name] = Mutant(name, function.name, node.lineno, _compiled(tree, node, changed))
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.name))


def _conditions(function: ast.FunctionDef) -> Iterator[ast.expr]:
    """Every guard in a function, each once."""
    seen: set[int] = set()
    for node in ast.walk(function):
        for candidate in _guards_of(node):
            if id(candidate) not in seen:
                seen.add(id(candidate))
                yield candidate


def _guards_of(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.If | ast.IfExp):
        return [node.test]
    if isinstance(node, ast.comprehension):
        return list(node.ifs)
    if isinstance(node, ast.BoolOp):
        return [node, *node.values]
    return [node] if isinstance(node, ast.Compare) else []


def _changes(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    yield "not", ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.BoolOp):
        for index, operand in enumerate(node.values):
            rest = node.values[:index] + node.values[index + 1 :]
            yield f"without `{ast.unparse(operand)}` in", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    if isinstance(node, ast.Compare) and type(node.ops[0]) in BOUNDARY:
        yield "boundary of", ast.Compare(node.left, [BOUNDARY[type(node.ops[0])]()], node.comparators)


class _Swap(ast.NodeTransformer):
    def __init__(self, place: tuple[int, int, int, int], kind: type[ast.expr], new: ast.expr) -> None:
        self.place, self.kind, self.new = place, kind, new

    def visit(self, node: ast.AST) -> Any:
        if type(node) is self.kind and _place(node) == self.place:
            return self.new
        return self.generic_visit(node)


def _place(node: ast.AST) -> tuple[int, int, int, int]:
    return tuple(getattr(node, name, -1) for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"))  # type: ignore[return-value]


def _compiled(tree: ast.Module, node: ast.expr, changed: ast.expr) -> CodeType:
    whole = _Swap(_place(node), type(node), copy.deepcopy(changed)).visit(copy.deepcopy(tree))
    return compile(ast.fix_missing_locations(whole), str(SOURCE), "exec")


# Trying


class Ground:
    """An arena explored with the unchanged machine: its worlds in breadth-first order with what is seen in each."""

    def __init__(self, arena: Arena) -> None:
        self.arena = arena
        self.explorer = Explorer(arena, decide, record=True)
        result = self.explorer.run()
        assert result.violation is None, result.violation

    def differing(self, mutant: Mutant, machine: Decide) -> set[Sight]:
        """What the changed machine answers in another way, of all that asks the changed function."""
        judge, asked = Judge(self.arena, machine), self.explorer.judge.asked or {}
        answers = self.explorer.judge.answers
        return {
            seen
            for seen, functions in asked.items()
            if mutant.function in functions and judge.answer(seen) != answers[seen]
        }

    def starts(self, differing: set[Sight]) -> list[World]:
        """The first worlds in which the answer differs, and to which no differing answer leads."""
        tainted: set[World] = set()
        found: list[World] = []
        for world, seen in self.explorer.visited:
            parent = self.explorer.parents[world]
            if parent is not None and parent[0] in tainted:
                tainted.add(world)
            elif seen in differing and world not in tainted:
                tainted.add(world)
                found.append(world)
                if len(found) == STARTS:
                    break
        return found


def grounds() -> list[Ground]:
    """The arenas that changes are tried in, explored with the unchanged machine."""
    return [Ground(arena) for arena in mutation_arenas()]


def tried(mutant: Mutant, on: list[Ground]) -> Verdict:
    """Explore a mutant until it breaks a promise."""
    machine = mutant.machine()
    states, differs = 0, False
    for ground in on:
        happy = Explorer(ground.arena, machine)
        happy.begin()
        if happy.result.violation is not None:
            return Verdict(mutant, happy.result.violation.broken, ground.arena.title, states, differs=True)
    for ground in on:
        differing = ground.differing(mutant, machine)
        if not differing:
            continue
        differs = True
        explorer = Explorer(ground.arena, machine)
        explorer.search(ground.starts(differing), max_states=MAX_STATES)
        states += explorer.result.states
        if explorer.result.violation is not None:
            return Verdict(mutant, explorer.result.violation.broken, ground.arena.title, states, differs)
    return Verdict(mutant, states=states, differs=differs)


def report(write: Callable[[str], None]) -> int:
    """Try every mutant, and print a line for each. Returns how many survived without being known to change nothing."""
    from devnet.proofs.model.equivalent import EQUIVALENT

    began = time.monotonic()
    ground = grounds()
    write(
        f"the unchanged machine: {sum(one.explorer.result.states for one in ground)} states in {time.monotonic() - began:.1f} s"
    )
    survived = killed = 0
    for mutant in mutants():
        verdict = tried(mutant, ground)
        if verdict.broken:
            killed += 1
            write(f"{mutant.line:4}  {mutant.name}\n      {verdict.states} states: {verdict.broken}")
        elif mutant.name in EQUIVALENT:
            write(f"{mutant.line:4}  {mutant.name}\n      changes nothing: {EQUIVALENT[mutant.name]}")
        else:
            survived += 1
            write(
                f"{mutant.line:4}  {mutant.name}\n      SURVIVES {verdict.states} states (differs: {verdict.differs})"
            )
    write(f"{killed} killed, {survived} survived, in {time.monotonic() - began:.1f} s")
    return survived
