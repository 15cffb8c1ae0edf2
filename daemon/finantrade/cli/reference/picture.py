"""A feature as a picture: the price above, the feature below it or over it, as SVG for light and dark pages.

How it is drawn follows from its declaration and its values:

1. a level of the price stands among the candles, with its counterpart (the lower band beside the upper one);
2. a sign that is mostly 0 is a dot at its candle: green below one that says up, orange above one that says down. The
   bars are then looked at more closely, where there are most such dots;
3. any other has a panel of its own: a line, filled to zero where that is in sight, or columns where a line would be a
   thicket or mostly 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from math import nan

import numpy as np
from numpy.typing import NDArray

from finantrade.cli.reference.panels import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, Manner, Scene, layers
from finantrade.cli.reference.stage import LENGTH, Act
from finantrade.cli.reference.strokes import Grid
from finantrade.domain.units import DAY, HOUR, Millis
from finantrade.features.declaration import Unit
from finantrade.features.feature_set import Floats
from finantrade.market.candles import Candles

WIDTH = LEFT + 4 * LENGTH + RIGHT
CLOSER = LENGTH // 2
RARE, FEW = 0.2, 0.4
"""A sign that is not 0 on less than this share of bars, and does not last, is an event. Another value that is not 0 on
less than this is drawn as columns."""
ROUGH = 0.95
"""Changes from bar to bar against values, in deviations: 1.4 where each value is a new one, near 0 on a smooth line."""
EDGE = 24
"""From the edge of the plot: a date nearer to it would stand out of the picture."""
# Okabe and Ito's colours, which people tell apart whatever their eyes: https://jfly.uni-koeln.de/color/
STYLE = """
svg{--page:#fff;--edge:#e3e6eb;--grid:#eceef2;--zero:#b9c0cb;--text:#5b6472;--up:#009e73;--down:#d55e00;--own:#0072b2}
@media(prefers-color-scheme:dark){svg{--page:#0f131a;--edge:#232a36;--grid:#1e2530;--zero:#4a5568;--text:#9aa4b2;
--up:#16b98b;--down:#ee7a2b;--own:#56b4e9}}
path{fill:none}.page{fill:var(--page);stroke:var(--edge)}.grid{stroke:var(--grid)}.zero{stroke:var(--zero)}
.up{stroke:var(--up)}.down{stroke:var(--down)}.plain{stroke:var(--own)}.body4{stroke-width:3}.body8{stroke-width:5}
.quiet{opacity:.62}.own{stroke:var(--own);stroke-width:2;stroke-linejoin:round}.other{stroke:#8a8f98;stroke-width:1.5}
.fill{fill:var(--own);opacity:.14}.flag{fill:var(--own)}.rise{fill:var(--up)}.fall{fill:var(--down)}
text{font:11px system-ui,"Segoe UI",Helvetica,sans-serif;fill:var(--text)}
.name{font-size:14px;font-weight:600;fill:var(--own)}.beside{font-size:11px;font-weight:400;fill:#8a8f98}
"""
COUNTERPARTS = (
    ("upper", "lower"), ("plus", "minus"), ("up", "down"), ("high", "low"), ("highest", "lowest"),
    ("conversion", "base"), ("support", "resistance"), ("sin", "cos"), ("long", "short"), ("above", "below"),
)  # fmt: skip
"""Words of which one stands where the other does in the name of the feature that belongs beside."""


def svg(act: Act, beside: Mapping[str, Act]) -> str:
    """Return the picture of a feature; ``beside`` has those that may be drawn with it, by name."""
    scene, other = _scene(act, beside)
    name, told = escape(act.feature.name), escape(f"{act.stage.told}, {_month(scene.bars)}")
    belongs = "" if other is None else f'<tspan class="beside" dx="10">{escape(other.feature.name)}</tspan>'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{name}: {told}">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>',
        f'<text class="name" x="{LEFT}" y="23">{name}{belongs}</text>',
        f'<text x="{WIDTH - 12}" y="22" text-anchor="end">{told}</text>',
        f'<g transform="translate({LEFT}.5 .5)">',
        *_dates(scene.grid, scene.bars),
        *layers(scene),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def manner_of(act: Act) -> Manner:
    """Return how a feature is drawn, by its unit and its values."""
    values = act.values[act.stage.start :]
    known = values[np.isfinite(values)]
    busy = np.count_nonzero(known) / len(known)
    if act.feature.unit is Unit.PRICE and _near_the_price(act):
        return Manner.LEVEL
    if act.feature.unit is Unit.SIGN:
        lasting = np.count_nonzero(known[1:] * (np.diff(known) == 0.0)) / len(known)
        return Manner.EVENT if busy < RARE and lasting < 0.5 * busy else Manner.LINE
    return Manner.COLUMNS if busy < FEW or _is_rough(known) else Manner.LINE


def _is_rough(values: Floats) -> bool:
    return float(np.std(np.diff(values))) > ROUGH * float(np.std(values))


def _near_the_price(act: Act) -> bool:
    ratio = act.values[act.stage.start :] / act.stage.candles.close[act.stage.start :]
    return 0.5 < float(np.nanmedian(ratio)) < 2.0


def _scene(act: Act, beside: Mapping[str, Act]) -> tuple[Scene, Act | None]:
    manner = manner_of(act)
    start, count = _stretch(act, manner)
    values = act.values[start : start + count]
    plain = manner in (Manner.LEVEL, Manner.LINE) and bool(np.isfinite(values).all())
    other = _counterpart(act, beside) if plain else None
    others: list[float] = [nan] * count if other is None else other.values[start : start + count].tolist()
    grid, bars = Grid(4 * LENGTH // count, count), act.stage.candles.slice(start, start + count)
    return Scene(act.feature, manner, grid, bars, values.tolist(), others), other


def _stretch(act: Act, manner: Manner) -> tuple[int, int]:
    """Return the first bar that is drawn, and how many are: dots where there are most, the later of equal ones."""
    if manner is not Manner.EVENT:
        return act.stage.start, LENGTH
    said = np.nan_to_num(act.values)
    both = np.minimum(_within(said > 0), _within(said < 0))
    best = both * LENGTH + _within(said != 0)
    # The first bars are for warming up.
    skipped = len(best) // 4
    return len(best) - 1 - int(np.argmax(best[skipped:][::-1])), CLOSER


def _within(said: NDArray[np.bool_]) -> Floats:
    return np.convolve(said, np.ones(CLOSER), "valid")


def _counterpart(act: Act, beside: Mapping[str, Act]) -> Act | None:
    words = act.feature.name.split("_")
    for one, other in (*COUNTERPARTS, *(pair[::-1] for pair in COUNTERPARTS)):
        name = "_".join(other if word == one else word for word in words)
        found = beside.get(name)
        if found is not None and name != act.feature.name and found.stage is act.stage:
            return found
    return None


def _month(bars: Candles) -> str:
    at = datetime.fromtimestamp(int(bars.open_time[0]) / 1000, UTC)
    return f"{at:%B} {at.year}"


def _dates(grid: Grid, bars: Candles) -> Iterator[str]:
    every = DAY if len(bars) * bars.timeframe > 2 * DAY else 12 * HOUR
    for bar, opens in enumerate(bars.open_time.tolist()):
        if opens % every == 0:
            x = grid.x(bar)
            yield f'<path class="grid" d="M{x} {TOP}V{BOTTOM}"/>'
            if x < grid.width - EDGE:
                anchor = "middle" if x > EDGE else "start"
                yield f'<text x="{x}" y="{BOTTOM + 15}" text-anchor="{anchor}">{_moment(opens, every)}</text>'


def _moment(time: Millis, every: Millis) -> str:
    at = datetime.fromtimestamp(time / 1000, UTC)
    return f"{at.hour:02}:00" if every < DAY and at.hour else f"{at.day} {at:%b}"
