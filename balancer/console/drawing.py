"""Small pictures of figures as SVG coordinates: pure. Templates draw them, and style sheets colour them."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Number = int | Fraction


@dataclass(frozen=True)
class Spark:
    """A line over `width` x `height`, with room for its stroke; `area` is the same closed along the ground."""

    line: str
    area: str
    end_x: str
    end_y: str
    width: int
    height: int


def spark(values: Sequence[Number], *, width: int = 120, height: int = 28) -> Spark | None:
    """The values from left to right, from zero up to the greatest; None for fewer than two."""
    if len(values) < 2:
        return None
    top, room = max(values) or 1, height - 4
    points = [
        (Fraction(number * width, len(values) - 1), 2 + room - Fraction(value) * room / Fraction(top))
        for number, value in enumerate(values)
    ]
    line = " ".join(f"{_at(x)},{_at(y)}" for x, y in points)
    end_x, end_y = points[-1]
    return Spark(line, f"0,{height} {line} {width},{height}", _at(end_x), _at(end_y), width, height)


@dataclass(frozen=True)
class Part:
    """One layer of a bar: its class, and where it stands."""

    kind: str
    y: str
    height: str


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, and the whole height over it, which may be clicked."""

    x: str
    width: str
    parts: tuple[Part, ...]


def bars(columns: Sequence[Sequence[tuple[str, int]]], *, width: int = 480, height: int = 96) -> list[Bar]:
    """Stacked bars, each of (class, count) from the ground up, all to the scale of the highest."""
    top = max([sum(count for _, count in column) for column in columns], default=0) or 1
    step = Fraction(width, max(1, len(columns)))
    return [
        Bar(_at(number * step + step / 8), _at(step * 3 / 4), _stack(column, top, height))
        for number, column in enumerate(columns)
    ]


def _stack(column: Sequence[tuple[str, int]], top: int, height: int) -> tuple[Part, ...]:
    ground, found = Fraction(height), []
    for kind, count in column:
        if count:
            tall = max(Fraction(3, 2), Fraction(count * height, top))  # what there is, is seen
            ground -= tall
            found.append(Part(kind, _at(max(Fraction(0), ground)), _at(tall)))
    return tuple(found)


def _at(value: Fraction | int) -> str:
    """With one decimal."""
    tenths = round(Fraction(value) * 10)
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}".removesuffix(".0")
