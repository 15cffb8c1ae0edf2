"""Channels that hold the price: Donchian's, Keltner's, and Ichimoku's lines without displacement.

On a chart Ichimoku's spans are drawn 26 bars ahead and his lagging line 26 bars behind. Here each value stands at the
bar it is computed from: moving it is for whoever draws, and moving it back would be looking ahead.
"""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, FeatureError, Group, Unit
from finantrade.features.kernels import ratios, stops
from finantrade.features.kind import Kind, Parameter, length, named
from finantrade.features.kinds.momentum import highest, lowest
from finantrade.features.kinds.trend import ema
from finantrade.features.kinds.volatility import atr

DONCHIAN = "bars; Donchian 1960, the four-week rule"
HOSODA = "bars; Hosoda 1969, Ichimoku Kinko Hyo"
KELTNER = "bars; Keltner 1960 as revised by Raschke"


def donchian_middle(n: int) -> Feature:
    """Middle between the highest high and the lowest low of the last n bars."""
    return _middle("donchian_middle", n, DONCHIAN, "The centre of the recent range: a trend stays on one side of it.")


def donchian_width(n: int) -> Feature:
    """Width of the range of the last n bars as a fraction of its middle."""
    return Feature(
        name=named("donchian_width", n),
        group=Group.TREND,
        inputs=(highest(n), lowest(n), donchian_middle(n)),
        kernel=ratios.relative_width,
        unit=Unit.FRACTION,
        source=DONCHIAN,
        why="How wide the price has swung, comparable between prices of any level.",
        formula="(highest - lowest) / donchian_middle",
        low=0.0,
    )


def ichimoku_conversion(n: int) -> Feature:
    """Ichimoku's conversion line (tenkan-sen)."""
    return _middle(
        "ichimoku_conversion", n, HOSODA, "Where balance has been of late, to be crossed with the base line."
    )


def ichimoku_base(n: int) -> Feature:
    """Ichimoku's base line (kijun-sen)."""
    return _middle("ichimoku_base", n, HOSODA, "Where balance has been for longer: the measure of the trend.")


def ichimoku_span_a(conversion: int, base: int) -> Feature:
    """Ichimoku's first leading span, at the bar it is computed from. Raises FeatureError unless base is the longer."""
    name = named("ichimoku_span_a", conversion, base)
    if conversion >= base:
        raise FeatureError(f"{name}: expected a conversion length below the base one, found {conversion} and {base}")
    return Feature(
        name=name,
        group=Group.TREND,
        inputs=(ichimoku_conversion(conversion), ichimoku_base(base)),
        kernel=ratios.midpoint,
        unit=Unit.PRICE,
        source=HOSODA,
        why="The quicker edge of the cloud, a level that trends tend to keep to.",
        formula="(ichimoku_conversion + ichimoku_base) / 2",
        low=0.0,
    )


def ichimoku_span_b(n: int) -> Feature:
    """Ichimoku's second leading span, at the bar it is computed from."""
    return _middle("ichimoku_span_b", n, HOSODA, "The slower edge of the cloud.")


def keltner_upper(average: int, spread: int, width: float) -> Feature:
    """Exponential average plus a multiple of the average true range."""
    return _keltner("keltner_upper", average, spread, width, 1.0, "A close above it is more than the usual noise.")


def keltner_lower(average: int, spread: int, width: float) -> Feature:
    """Exponential average minus a multiple of the average true range."""
    return _keltner("keltner_lower", average, spread, width, -1.0, "A close below it is more than the usual noise.")


def keltner_percent(average: int, spread: int, width: float) -> Feature:
    """Where the close lies in the channel: 0 the lower edge, 1 the upper."""
    numbers = (average, spread, width)
    return Feature(
        name=named("keltner_percent", *numbers),
        group=Group.TREND,
        inputs=(Column.CLOSE, keltner_lower(*numbers), keltner_upper(*numbers)),
        kernel=ratios.place,
        parameters=(1.0,),
        unit=Unit.FRACTION,
        source=KELTNER,
        why="How far the price is stretched, by the usual range.",
        formula="(close - keltner_lower) / (keltner_upper - keltner_lower); 0.5 where they are the same",
    )


def ichimoku_side(conversion: int, base: int, slow: int) -> Feature:
    """Whether the close is above (1), below (-1) or inside (0) the two spans of this bar."""
    return Feature(
        name=named("ichimoku_side", conversion, base, slow),
        group=Group.TREND,
        inputs=(Column.CLOSE, ichimoku_span_a(conversion, base), ichimoku_span_b(slow)),
        kernel=stops.side_of_two,
        unit=Unit.SIGN,
        source=HOSODA,
        why="Which way the trend goes by the simplest reading of the cloud.",
        formula="1 if close > both spans, -1 if close < both, else 0",
        low=-1.0,
        high=1.0,
    )


def _middle(kind: str, n: int, source: str, why: str) -> Feature:
    return Feature(
        name=named(kind, n),
        group=Group.TREND,
        inputs=(highest(n), lowest(n)),
        kernel=ratios.midpoint,
        unit=Unit.PRICE,
        source=source,
        why=why,
        formula="(max(high, length) + min(low, length)) / 2",
        low=0.0,
    )


def _keltner(kind: str, average: int, spread: int, width: float, sign: float, why: str) -> Feature:
    return Feature(
        name=named(kind, average, spread, width),
        group=Group.TREND,
        inputs=(ema(average), atr(spread)),
        kernel=ratios.band,
        parameters=(sign * width,),
        unit=Unit.PRICE,
        source=KELTNER,
        why=why,
        formula=f"ema(close, average) {'+' if sign > 0 else '-'} width * atr(spread)",
    )


_LENGTH = (length(20),)
_KELTNER = (
    length(20, name="average"),
    length(10, name="spread"),
    Parameter("width", 2, low=0.1, high=10, fraction=True),
)
_SPANS = (length(9, name="conversion"), length(26, name="base"))
KINDS = (
    Kind("donchian_middle", donchian_middle, _LENGTH),
    Kind("donchian_width", donchian_width, _LENGTH),
    Kind("ichimoku_conversion", ichimoku_conversion, (length(9),)),
    Kind("ichimoku_base", ichimoku_base, (length(26),)),
    Kind("ichimoku_span_a", ichimoku_span_a, _SPANS),
    Kind("ichimoku_span_b", ichimoku_span_b, (length(52),)),
    Kind("ichimoku_side", ichimoku_side, (*_SPANS, length(52, name="slow"))),
    Kind("keltner_upper", keltner_upper, _KELTNER),
    Kind("keltner_lower", keltner_lower, _KELTNER),
    Kind("keltner_percent", keltner_percent, _KELTNER),
)
