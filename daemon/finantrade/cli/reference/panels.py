"""The layers of a picture: axes, candles, and the feature among them or in a panel of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from math import isfinite
from typing import NamedTuple

from finantrade.cli.reference.scale import Scale, fitted, label, ticks
from finantrade.cli.reference.strokes import Grid, area, candles, columns, line, marks, stands_still
from finantrade.features.declaration import Feature, Unit
from finantrade.market.candles import Candles

LEFT, RIGHT = 12, 60
HEIGHT, TOP, MIDDLE, BELOW, BOTTOM = 292, 38, 168, 186, 268
"""Of the whole; of the price; where the price ends above a panel of its own, and where that begins; of both."""
MARK, AWAY = 4, 9
"""Radius of a dot, and its distance from the wick."""
USED = 0.5
"""The share of its declared bounds from which on a feature's panel shows all of them; a sign's always does."""
NEAR_ZERO = 0.4
"""The least of what is shown as a share of the greatest, below which zero is shown too."""


class Manner(Enum):
    """How a feature is drawn."""

    LEVEL = "a line among the candles"
    EVENT = "dots at candles"
    COLUMNS = "columns below"
    LINE = "a line below"


class Scene(NamedTuple):
    """What is drawn: the ``bars`` of a stretch, a feature's value at each, and those of its counterpart (NaN: none)."""

    feature: Feature
    manner: Manner
    grid: Grid
    bars: Candles
    values: Sequence[float]
    others: Sequence[float]

    @property
    def stairs(self) -> bool:
        """Whether values stand until the next one, as those of higher timeframes do."""
        return bool(self.feature.timeframe) or stands_still(self.values)


def layers(scene: Scene) -> Iterator[str]:
    """Yield what is drawn inside of the frame, from the back to the front."""
    match scene.manner:
        case Manner.LEVEL:
            yield from _among(scene)
        case Manner.EVENT:
            yield from _dotted(scene)
        case _:
            yield from _below(scene)


def _among(scene: Scene) -> Iterator[str]:
    scale = fitted([*_extremes(scene.bars), *scene.values, *scene.others], TOP, BOTTOM)
    yield from _axis(scene.grid, scale, 5)
    yield '<g class="quiet">'
    yield from candles(scene.grid, scene.bars, scale)
    yield "</g>"
    yield from _lines(scene, scale)


def _dotted(scene: Scene) -> Iterator[str]:
    grid, bars = scene.grid, scene.bars
    scale = fitted(_extremes(bars), TOP, BOTTOM)
    yield from _axis(grid, scale, 5)
    yield from candles(grid, bars, scale)
    below = [(grid.x(at), scale.y(bars.low[at]) + AWAY) for at, value in enumerate(scene.values) if value > 0]
    above = [(grid.x(at), scale.y(bars.high[at]) - AWAY) for at, value in enumerate(scene.values) if value < 0]
    for name, points in (("rise" if scene.feature.low < 0.0 else "flag", below), ("fall", above)):
        if points:
            yield f'<path class="{name}" d="{marks(points, MARK)}"/>'


def _below(scene: Scene) -> Iterator[str]:
    price, scale = fitted(_extremes(scene.bars), TOP, MIDDLE), _fitting(scene)
    yield from _axis(scene.grid, price, 4)
    yield from candles(scene.grid, scene.bars, price)
    yield from _axis(scene.grid, scale, 4)
    if scale.low < 0.0 < scale.high:
        yield f'<path class="zero" d="M0 {scale.y(0.0)}H{scene.grid.width}"/>'
    if scene.manner is Manner.COLUMNS:
        yield from columns(scene.grid, scene.values, scale, signed=scene.feature.low < 0.0)
        return
    if scale.low < 0.0 < scale.high:
        yield f'<path class="fill" d="{area(scene.grid, scene.values, scale, stairs=scene.stairs)}"/>'
    yield from _lines(scene, scale)


def _lines(scene: Scene, scale: Scale) -> Iterator[str]:
    for name, values in (("other", scene.others), ("own", scene.values)):
        drawn = line(scene.grid, values, scale, stairs=scene.stairs)
        if drawn:
            yield f'<path class="{name}" d="{drawn}"/>'


def _fitting(scene: Scene) -> Scale:
    """Fit a panel to its values; to the declared bounds where values make use of them, and to zero where it is near."""
    feature, finite = scene.feature, [value for value in (*scene.values, *scene.others) if isfinite(value)]
    low, high = min(finite), max(finite)
    bounded = isfinite(feature.low) and isfinite(feature.high)
    if bounded and (feature.unit is Unit.SIGN or high - low > USED * (feature.high - feature.low)):
        return fitted((feature.low, feature.high), BELOW, BOTTOM)
    near = scene.manner is Manner.COLUMNS or 0.0 < low < NEAR_ZERO * high or NEAR_ZERO * low < high < 0.0
    return fitted([*finite, 0.0] if near else finite, BELOW, BOTTOM)


def _extremes(bars: Candles) -> list[float]:
    return [*bars.high.tolist(), *bars.low.tolist()]


def _axis(grid: Grid, scale: Scale, most: int) -> Iterator[str]:
    values, step = ticks(scale, most)
    for value in values:
        y = scale.y(value)
        yield f'<path class="grid" d="M0 {y}H{grid.width}"/>'
        yield f'<text x="{grid.width + 7}" y="{y + 4}">{label(value, step)}</text>'
