"""Candles, lines, columns and marks as short SVG paths: whole pixels, each point told from the one before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import isfinite
from typing import NamedTuple

from finantrade.cli.reference.scale import Scale
from finantrade.market.candles import Candles

Point = tuple[int, int]


class Grid(NamedTuple):
    """Where bars stand: the first in the middle of its ``pitch`` pixels from the left."""

    pitch: int
    bars: int

    def x(self, bar: int) -> int:
        """Return the middle of a bar."""
        return bar * self.pitch + self.pitch // 2

    @property
    def width(self) -> int:
        """The right edge of the last bar."""
        return self.pitch * self.bars


def candles(grid: Grid, bars: Candles, scale: Scale) -> Iterator[str]:
    """Yield wicks and bodies of rising bars (class ``up``), then of the others (``down``)."""
    columns = (bars.open, bars.high, bars.low, bars.close)
    rows = [[scale.y(value) for value in row] for row in zip(*(one.tolist() for one in columns), strict=True)]
    rises = (bars.close >= bars.open).tolist()
    for name, wanted in (("up", True), ("down", False)):
        own = [(grid.x(bar), *row) for bar, row in enumerate(rows) if rises[bar] is wanted]
        wicks = [(x, high, low) for x, _, high, low, _ in own]
        bodies = [(x, min(first, last), max(first, last, min(first, last) + 1)) for x, first, _, _, last in own]
        yield f'<path class="{name}" d="{_uprights(wicks)}"/>'
        yield f'<path class="{name} body{grid.pitch}" d="{_uprights(bodies)}"/>'


def line(grid: Grid, values: Sequence[float], scale: Scale, *, stairs: bool) -> str:
    """Return a line through the values, or stairs from one to the next, broken where there is none."""
    return "".join(_run(run, stairs=stairs) for run in _runs(grid, values, scale))


def area(grid: Grid, values: Sequence[float], scale: Scale, *, stairs: bool) -> str:
    """Return the same line with its ends drawn down to zero: what is closed that way can be filled."""
    foot = scale.y(0.0)
    return "".join(
        f"M{run[0][0]} {foot}{_run(run, stairs=stairs).replace('M', 'L', 1)}v{foot - run[-1][1]}"
        for run in _runs(grid, values, scale)
    )


def stands_still(values: Sequence[float]) -> bool:
    """Return whether most values are the same as the one before."""
    pairs = [(one, other) for one, other in pairwise(values) if isfinite(one) and isfinite(other)]
    return 2 * sum(one == other for one, other in pairs) > len(pairs)


def columns(grid: Grid, values: Sequence[float], scale: Scale, *, signed: bool) -> Iterator[str]:
    """Yield upright strokes from zero to values above it, and to those below; classes ``up`` and ``down`` if signed."""
    foot = scale.y(0.0)
    for name, sign in (("up" if signed else "plain", 1.0), ("down", -1.0)):
        ends = [(grid.x(bar), scale.y(value)) for bar, value in enumerate(values) if value * sign > 0.0]
        own = [(x, min(foot, y), max(foot, y)) for x, y in ends]
        if own:
            yield f'<path class="{name} body{grid.pitch}" d="{_uprights(own)}"/>'


def marks(points: Sequence[Point], radius: int) -> str:
    """Return a dot at each point."""
    return "".join(f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0-{2 * radius} 0"
                   for x, y in points)  # fmt: skip


def _runs(grid: Grid, values: Sequence[float], scale: Scale) -> Iterator[list[Point]]:
    run: list[Point] = []
    for bar, value in enumerate(values):
        if isfinite(value):
            run.append((grid.x(bar), scale.y(value)))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _run(points: Sequence[Point], *, stairs: bool) -> str:
    (x, y), *_ = points
    if len(points) == 1:
        return f"M{x} {y}h1"
    if stairs:
        return f"M{x} {y}" + _stairs(points)
    return f"M{x} {y}l" + _joined(value for one, other in pairwise(points) for value in _step(one, other))


def _stairs(points: Sequence[Point]) -> str:
    parts: list[str] = []
    flat = 0
    for one, other in pairwise(points):
        across, down = _step(one, other)
        flat += across
        if down:
            parts.append(f"h{flat}v{down}")
            flat = 0
    return "".join(parts) + (f"h{flat}" if flat else "")


def _uprights(strokes: Sequence[tuple[int, int, int]]) -> str:
    at = (0, 0)
    parts: list[str] = []
    for x, top, bottom in strokes:
        across, down = _step(at, (x, top))
        parts.append(f"m{_joined((across, down))}v{bottom - top}")
        at = x, bottom
    return "".join(parts)


def _step(one: Point, other: Point) -> Point:
    return other[0] - one[0], other[1] - one[1]


def _joined(numbers: Iterator[int] | Sequence[int]) -> str:
    # A minus sign separates as well as a blank does.
    return " ".join(map(str, numbers)).replace(" -", "-")
