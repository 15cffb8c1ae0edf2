"""Runs, gaps, unusual ranges and the classic candlestick patterns."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Kernel, Memory, Unit
from finantrade.features.kernels import flow, patterns, ratios
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.candle import range_ratio
from finantrade.features.kinds.returns import close_lag

NISON = "bars; Nison 1991, Japanese candlestick charting techniques"
BODY = (Column.OPEN, Column.CLOSE)
RANGE = (Column.HIGH, Column.LOW)
WHOLE = (Column.OPEN, Column.HIGH, Column.LOW, Column.CLOSE)


def gap() -> Feature:
    """Open over the last close, as a fraction."""
    return Feature(
        name="gap",
        group=Group.CANDLE,
        inputs=(Column.OPEN, close_lag(1)),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source="bars",
        why="A jump between two bars: news, a thin book, or missing data.",
        formula="open / close[1] - 1",
        low=-1.0,
    )


def gap_zscore(n: int) -> Feature:
    """Distance of the gap from the mean of the last n in standard deviations."""
    return _unusual("gap_zscore", gap(), n, "Whether the jump between two bars is more than the usual one.")


def range_zscore(n: int) -> Feature:
    """Distance of the range from the mean of the last n in standard deviations."""
    return _unusual("range_zscore", range_ratio(), n, "Whether the bar is unusually wide: a break or a panic.")


def run() -> Feature:
    """How many closes in a row have risen (above zero) or fallen (below)."""
    return Feature(
        name="run",
        group=Group.CANDLE,
        inputs=(Column.CLOSE, close_lag(1)),
        kernel=patterns.run,
        state=1,
        unit=Unit.BARS,
        source="bars",
        why="How long it has gone one way without a pause.",
        formula="run + 1 where the close rose, - 1 where it fell, from 0 at each turn; 0 where it stood still",
        memory=Memory.EVENT,
    )


def doji() -> Feature:
    """A bar that closes next to where it opened."""
    return _pattern("doji", WHOLE, patterns.doji, "|body| <= 0.1 * range, range > 0", "Nobody won.", low=0.0)


def hammer() -> Feature:
    """A small body at the top of a long lower wick."""
    formula = "lower wick >= 2 * |body| > 0, upper wick <= 0.1 * range"
    why = "A fall within the bar was bought back."
    return _pattern("hammer", WHOLE, patterns.pin, formula, why, parameters=(1,), low=0.0)


def shooting_star() -> Feature:
    """A small body at the bottom of a long upper wick."""
    formula = "-1 if upper wick >= 2 * |body| > 0, lower wick <= 0.1 * range"
    why = "A rise within the bar was sold into."
    return _pattern("shooting_star", WHOLE, patterns.pin, formula, why, parameters=(-1,), high=0.0)


def marubozu() -> Feature:
    """A body without wicks."""
    formula = "the direction if |body| >= 0.95 * range > 0"
    return _pattern("marubozu", WHOLE, patterns.marubozu, formula, "One side had its way from open to close.")


def inside_bar() -> Feature:
    """A range within that of the bar before (1), or beyond it on both sides (-1)."""
    formula = "1 if high < high[1] and low > low[1], -1 if high > high[1] and low < low[1]"
    why = "Contraction before a move, or both sides being shaken out."
    return _pattern("inside_bar", RANGE, patterns.inside, formula, why, state=3, lookback=2)


def engulfing() -> Feature:
    """A body that covers the smaller one before, which went the other way."""
    formula = (
        "the direction if against the bar before, |body| > |body[1]|, open and close beyond or at close[1] and open[1]"
    )
    why = "The other side has taken over."
    return _pattern("engulfing", BODY, patterns.engulfing, formula, why, state=3, lookback=2)


def harami() -> Feature:
    """A small body within the long one before, which went the other way."""
    formula = "the direction if against the bar before, |body[1]| >= 0.5 * range[1], body smaller and within body[1]"
    why = "A strong move has lost its breath."
    return _pattern("harami", WHOLE, patterns.harami, formula, why, state=4, lookback=2)


def star() -> Feature:
    """Morning star (1) or evening star (-1)."""
    formula = "|body[2]| >= 0.5 * range[2], |body[1]| <= 0.3 * |body[2]|, then against it, closing beyond its middle"
    why = "A move stopped, hesitated and was answered."
    return _pattern("star", WHOLE, patterns.star, formula, why, state=7, lookback=3)


def soldiers() -> Feature:
    """Three white soldiers (1) or three black crows (-1)."""
    formula = "three bars one way, |body| >= 0.5 * range, each closing further and opening within the body before"
    why = "Steady buying or selling, bar after bar."
    return _pattern("soldiers", WHOLE, patterns.soldiers, formula, why, state=4, lookback=3)


def _pattern(
    name: str,
    inputs: tuple[Column, ...],
    kernel: Kernel,
    formula: str,
    why: str,
    *,
    parameters: tuple[int, ...] = (),
    state: int = 0,
    lookback: int = 1,
    low: float = -1.0,
    high: float = 1.0,
) -> Feature:
    return Feature(
        name=name,
        group=Group.CANDLE,
        inputs=inputs,
        kernel=kernel,
        parameters=parameters,
        state=state,
        lookback=lookback,
        unit=Unit.SIGN,
        source=NISON,
        why=why,
        formula=f"{formula}; else 0",
        low=low,
        high=high,
    )


def _unusual(kind: str, one: Feature, n: int, why: str) -> Feature:
    return Feature(
        name=named(kind, n),
        group=Group.CANDLE,
        inputs=(one,),
        kernel=flow.unusual,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.DEVIATIONS,
        source="bars",
        why=why,
        formula=f"({one.name} - mean({one.name}, length)) / std({one.name}, length); 0 where there is none",
    )


_LENGTH = (length(20, low=2),)
KINDS = (
    Kind("gap", gap),
    Kind("gap_zscore", gap_zscore, _LENGTH),
    Kind("range_zscore", range_zscore, _LENGTH),
    Kind("run", run),
    Kind("doji", doji),
    Kind("hammer", hammer),
    Kind("shooting_star", shooting_star),
    Kind("marubozu", marubozu),
    Kind("inside_bar", inside_bar),
    Kind("engulfing", engulfing),
    Kind("harami", harami),
    Kind("star", star),
    Kind("soldiers", soldiers),
)
