"""Finds where a float could come into a module, by reading its source.

A float comes in by a literal, by the name `float`, by a division of two whole numbers, by `math`, `round` or `statistics`, and
by JSON read without `parse_float`. A division is exact where one side is known for a `Fraction`: made by one, annotated as one, or
returned by a function that says so.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

EXACT_MATH = {"gcd", "lcm", "isqrt", "comb", "prod", "floor", "ceil"}
INEXACT = {"float", "round", "complex", "fsum", "fmean"}
TIME = re.compile(
    r"seconds?$|_ms$|patience|jitter|pause|wait|retry|timeout|expiry|interval|until|(^|_)(age|ends|every)$|^taken$|^STEP$"
    r"|^(priced|learned)_at$|^_sheets$",
    re.IGNORECASE,
)
"""A name that speaks of waiting: what it holds is never an amount."""


@dataclass
class Known:
    """Names that hold a `Fraction` wherever they stand: functions by what they return, fields by their annotation."""

    functions: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Found:
    """One place; `in_time` where its statement speaks of waiting."""

    path: str
    line: int
    what: str
    in_time: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def known_of(trees: Iterable[ast.Module]) -> Known:
    """What the modules say of themselves. A name that is a Fraction in one place and something else in another is none."""
    known, other = Known(), Known()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                (known if _says_fraction(node.returns) else other).functions.add(node.name)
            if isinstance(node, ast.ClassDef):
                fields = [one for one in node.body if isinstance(one, ast.AnnAssign) and _says_number(one.annotation)]
                for one in fields:
                    (known if _says_fraction(one.annotation) else other).fields.add(ast.unparse(one.target))
    return Known(known.functions - other.functions, known.fields - other.fields)


def floats_in(path: str, source: str, known: Known) -> list[Found]:
    """Every place where a float could come in, in order."""
    return sorted(_Reader(path, known).read(ast.parse(source)), key=lambda found: (found.line, found.what))


def imported_by(path: Path, root: Path) -> Iterator[Path]:
    """The project's modules that a module imports by name, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            module = root.joinpath(*name.split(".")).with_suffix(".py")
            if module.is_file():
                yield module


def closure(paths: Iterable[Path], root: Path) -> set[Path]:
    """The modules and all that they import, through everything."""
    found: set[Path] = set()
    waiting = list(paths)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += imported_by(path, root)
    return found


def _says_fraction(annotation: ast.expr | None) -> bool:
    return annotation is not None and "Fraction" in ast.unparse(annotation)


def _says_number(annotation: ast.expr) -> bool:
    """A text or an object of our own is never divided by mistake."""
    return bool(re.search(r"\b(Fraction|Decimal|int|float|Any|object)\b", ast.unparse(annotation)))


class _Reader:
    """One module, statement by statement."""

    def __init__(self, path: str, known: Known) -> None:
        self._path, self._known = path, known
        self._found: list[Found] = []

    def read(self, tree: ast.Module) -> list[Found]:
        self._block(tree.body, set(), in_time=False)
        return self._found

    def _block(self, body: list[ast.stmt], fractions: set[str], *, in_time: bool) -> None:
        for statement in body:
            self._statement(statement, fractions, in_time=in_time)

    def _statement(self, statement: ast.stmt, fractions: set[str], *, in_time: bool) -> None:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._function(statement, fractions, in_time=in_time)
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        handlers = [handler.body for handler in getattr(statement, "handlers", [])]
        cases = [case.body for case in getattr(statement, "cases", [])]
        inner = [one for block in (*blocks, *handlers, *cases) for one in block]
        if isinstance(statement, ast.AnnAssign) and _says_fraction(statement.annotation):
            fractions.add(ast.unparse(statement.target))
        own = _nodes(statement, without=inner)
        timed = in_time or (not isinstance(statement, ast.ClassDef) and _speaks_of_time(own))
        self._judge(own, fractions, in_time=timed)
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                self._learn(target, statement.value, fractions)
        return self._block(inner, fractions, in_time=in_time)

    def _learn(self, target: ast.expr, value: ast.expr, fractions: set[str]) -> None:
        """What a name holds from here on."""
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its in zip(target.elts, value.elts, strict=False):
                self._learn(one, its, fractions)
        elif self._is_fraction(value, fractions):
            fractions.add(ast.unparse(target))
        else:
            fractions.discard(ast.unparse(target))

    def _function(self, function: ast.FunctionDef | ast.AsyncFunctionDef, outer: set[str], *, in_time: bool) -> None:
        arguments = function.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        inside = {one.arg for one in every if _says_fraction(one.annotation)}
        inside |= outer - {one.arg for one in every}
        timed = in_time or bool(TIME.search(function.name))
        last = [*arguments.posonlyargs, *arguments.args]
        defaults = [None] * (len(last) - len(arguments.defaults)) + [*arguments.defaults, *arguments.kw_defaults]
        for one, default in zip(every, defaults, strict=True):
            nodes = [node for part in (one, default) if part for node in ast.walk(part)]
            self._judge(nodes, outer, in_time=timed or bool(TIME.search(one.arg)))
        rest = [part for part in (*function.decorator_list, function.returns) if part]
        self._judge([node for part in rest for node in ast.walk(part)], outer, in_time=timed)
        self._block(function.body, inside, in_time=timed)

    def _judge(self, nodes: list[ast.AST], fractions: set[str], *, in_time: bool) -> None:
        for node in nodes:
            if what := self._fault(node, fractions):
                self._found.append(Found(self._path, getattr(node, "lineno", 0), what, in_time))

    def _fault(self, node: ast.AST, fractions: set[str]) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            return f"the literal {node.value!r}"
        if isinstance(node, ast.Name) and node.id in INEXACT:
            return f"`{node.id}`"
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            if not any(_is_text(side) or self._is_fraction(side, fractions) for side in sides):
                return f"`{ast.unparse(node)}` divides what is not known for a Fraction"
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.right, ast.UnaryOp):
            return f"`{ast.unparse(node)}` has a negative exponent"
        if isinstance(node, ast.Call):
            return _reads_json(node)
        return ""

    def _attribute(self, node: ast.Attribute) -> str:
        inexact = node.attr in INEXACT or (
            isinstance(node.value, ast.Name) and node.value.id == "math" and node.attr not in EXACT_MATH
        )
        return f"`{ast.unparse(node)}`" if inexact else ""

    def _is_fraction(self, node: ast.expr, fractions: set[str]) -> bool:
        if isinstance(node, ast.BinOp):
            return self._is_fraction(node.left, fractions) or self._is_fraction(node.right, fractions)
        if isinstance(node, ast.UnaryOp):
            return self._is_fraction(node.operand, fractions)
        if isinstance(node, ast.Subscript):
            return self._is_fraction(node.value, fractions)
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            passes = name in {"sorted", "min", "max", "sum", "abs"} and bool(node.args)
            return (
                name == "Fraction"
                or name in self._known.functions
                or (passes and self._is_fraction(node.args[0], fractions))
            )
        if isinstance(node, ast.Attribute) and node.attr in self._known.fields:
            return True
        return ast.unparse(node) in fractions


def _is_text(node: ast.expr) -> bool:
    """What is joined to a text is a path, and no number."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _nodes(statement: ast.stmt, without: list[ast.stmt]) -> list[ast.AST]:
    """What belongs to a statement itself, and not to those inside it."""
    found: list[ast.AST] = []
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if not any(node is one for one in without):
            found.append(node)
            waiting += ast.iter_child_nodes(node)
    return found


def _speaks_of_time(nodes: Iterable[ast.AST]) -> bool:
    names = (getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None) for node in nodes)
    return any(isinstance(name, str) and TIME.search(name) for name in names)


def _reads_json(call: ast.Call) -> str:
    """JSON's own numbers become floats, unless it is said what else."""
    name = ast.unparse(call.func)
    reads = name in {"json.loads", "json.load"} or (name.endswith(".json") and not call.args)
    says = any(keyword.arg == "parse_float" for keyword in call.keywords)
    return f"`{name}` without parse_float" if reads and not says else ""
