"""What a feature is: a declaration, no code of its own beyond the kernel it names."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, MutableSequence
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from finantrade.domain.units import Millis, timeframe_ms

State = MutableSequence[float]
"""The float64 vector that holds every feature's memory; a kernel owns ``state[at : at + feature.state]``."""

Kernel = Callable[..., float]
"""``kernel(state, at, *inputs, *parameters) -> float``; the rules for its code are in ``kernel_source``."""


class FeatureError(ValueError):
    """A declaration, a name or a set of features that cannot work: what was expected, what was found."""


class Column(StrEnum):
    """The columns of a bar, by the names that `Bar` and candles give them, and of what is known beside it."""

    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    CLOSE = "close"
    VOLUME = "volume"
    QUOTE_VOLUME = "quote_volume"
    TRADES = "trades"
    TAKER_BUY_VOLUME = "taker_buy_volume"
    TAKER_BUY_QUOTE_VOLUME = "taker_buy_quote_volume"
    CLOSE_TIME = "close_time"
    """The last millisecond of the bar, a whole number and never missing; that of the higher bar in a timeframe."""
    FUNDING_RATE = "settled_rate"
    FUNDING_TIME = "settled_time"
    FUNDING_INTERVAL = "settled_interval"
    FUNDING_ESTIMATE = "estimated_rate"
    MARK = "mark"
    INDEX = "index"
    PREMIUM = "premium_index"
    OPEN_INTEREST = "open_contracts"
    OPEN_INTEREST_TIME = "open_contracts_time"
    OPEN_INTEREST_VALUE = "open_value"
    ALL_ACCOUNTS = "all_accounts"
    TOP_ACCOUNTS = "top_accounts"
    TOP_POSITIONS = "top_positions"
    TAKER_RATIO = "takers_ratio"
    LIQUIDATED_LONGS = "longs_closed"
    LIQUIDATED_SHORTS = "shorts_closed"
    MOOD = "mood"
    MOOD_TIME = "mood_time"


VALUES = tuple(column for number, column in enumerate(Column) if number < list(Column).index(Column.CLOSE_TIME))
"""The columns of a bar that may be missing: all floats."""
CONTEXT = tuple(column for column in Column if column not in (*VALUES, Column.CLOSE_TIME))
"""What is known beside a bar at its close, all floats, times in ms; ``series`` says what each is and from where."""


class Group(StrEnum):
    RAW = "raw"
    TREND = "trend"
    MOMENTUM = "momentum"
    VOLATILITY = "volatility"
    RETURN = "return"
    CANDLE = "candle"
    VOLUME = "volume"
    MICROSTRUCTURE = "microstructure"
    STRUCTURE = "structure"
    CALENDAR = "calendar"
    FUNDING = "funding"
    FLOW = "flow"
    SENTIMENT = "sentiment"


class Unit(StrEnum):
    PRICE = "price"
    BASE = "base units"
    QUOTE = "quote units"
    COUNT = "count"
    FRACTION = "fraction"
    PERCENT = "percent"
    DEVIATIONS = "standard deviations"
    SIGN = "sign"
    RATIO = "ratio"
    BARS = "bars"
    HOURS = "hours"
    PER_MILLION = "fraction per million quote units"
    POINTS = "points of 100"


class Memory(IntEnum):
    """How far back reaches what a value rests on, once its warm-up has passed; the further, the greater."""

    WINDOW = 0
    """The last inputs, as many as the look-back says: the same whatever was before them."""
    FADING = 1
    """All inputs since the start, each counting less with every new one."""
    EVENT = 2
    """All since something happened: the day began, the price turned. Before the first time it may be missing."""
    START = 3
    """All since the start: only its changes can be compared between two runs."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A declared feature. Raises FeatureError where the declaration contradicts itself.

    ``state`` is the number of floats the kernel remembers, all zero at the start. ``lookback`` is the number of inputs
    it needs before its first value, the present one included. ``source`` says which series it reads and who defined
    it, ``why`` in one sentence what it is for. With a ``timeframe`` it is computed from closed bars of that length.
    ``formula`` is in the names of the kind's parameters; values lie from ``low`` to ``high``, both possible. What
    counts settlements or days, not bars, says in ``span`` how long they take: its warm-up is no shorter.
    """

    name: str
    group: Group
    inputs: tuple[Column | Feature, ...]
    kernel: Kernel
    unit: Unit
    source: str
    why: str
    parameters: tuple[int | float, ...] = ()
    state: int = 0
    lookback: int = 1
    span: Millis = 0
    timeframe: str = ""
    formula: str = ""
    low: float = -math.inf
    high: float = math.inf
    memory: Memory = Memory.WINDOW

    def __post_init__(self) -> None:
        if not self.name.isidentifier():
            raise FeatureError(f"expected a feature name that is an identifier, found {self.name!r}")
        if self.state < 0 or self.lookback < 1 or self.span < 0:
            raise FeatureError(
                f"{self.name}: expected state >= 0, lookback >= 1 and span >= 0, "
                f"found {self.state}, {self.lookback} and {self.span}"
            )
        if self.timeframe:
            timeframe_ms(self.timeframe)
        _check_arguments(self)
        _check_timeframes(self)

    def on(self, timeframe: str) -> Feature:
        """Return the same feature of closed bars of a higher timeframe such as ``4h``, its inputs with it."""
        inputs = tuple(one if isinstance(one, Column) else one.on(timeframe) for one in self.inputs)
        return replace(self, name=f"{self.name}_{timeframe}", inputs=inputs, timeframe=timeframe)

    @property
    def features(self) -> tuple[Feature, ...]:
        """The inputs that are features themselves."""
        return tuple(one for one in self.inputs if isinstance(one, Feature))

    @property
    def reach(self) -> Memory:
        """How far back the value reaches through its inputs."""
        return max(self.memory, *(one.reach for one in self.features), Memory.WINDOW)


def _check_arguments(feature: Feature) -> None:
    expected = 2 + len(feature.inputs) + len(feature.parameters)
    found = len(inspect.signature(feature.kernel).parameters)
    if found != expected:
        raise FeatureError(
            f"{feature.name}: expected a kernel of {expected} arguments (state, at, {len(feature.inputs)} inputs, "
            f"{len(feature.parameters)} parameters), found {found}"
        )

    for value in feature.parameters:
        if not math.isfinite(value):
            raise FeatureError(f"{feature.name}: expected parameters that are finite numbers, found {value}")


def _check_timeframes(feature: Feature) -> None:
    if not feature.timeframe:
        return
    for one in feature.features:
        if one.timeframe != feature.timeframe:
            raise FeatureError(
                f"{feature.name}: expected inputs of the same timeframe, found {one.name} of "
                f"{one.timeframe or 'the base timeframe'}"
            )
