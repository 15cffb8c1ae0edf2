"""Random sessions for laws that must hold in any: what is configured, what happens, and strategies without sense.

Hypothesis draws them, so a failing one shrinks. Prices are multiples of a quarter around 100, bars last six hours, so
that a few dozen of them see some midnights. Every bar is known in full (``bars``), also where its wire was silent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar

import msgspec
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from finantrade.config import (
    BracketConfig,
    Config,
    ExecutionConfig,
    FeedConfig,
    FeeTierConfig,
    InstrumentConfig,
    MarginConfig,
    MarginMode,
    OnExcess,
    Remainder,
    RiskConfig,
    SizingConfig,
    SizingMethod,
    StrategyConfig,
    TiersConfig,
)
from finantrade.domain.account import Position
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.context import FundingRate, MarkPrice
from finantrade.domain.market import (
    Bar,
    BarArrived,
    BarOpened,
    ClockStepped,
    FeatureRow,
    FeedGap,
    FeedRestored,
    FeedStale,
    Heartbeat,
    TradePrice,
)
from finantrade.domain.message import Message
from finantrade.domain.orders import Entry, Signal, TimeInForce, Trail
from finantrade.domain.units import HOUR, SECOND, Millis
from finantrade.features.lookup import Lookup
from finantrade.wiring import Core, Trader, build

LENGTH = 6 * HOUR
SYMBOLS = ("AAA", "BBB")
START = 101 * 24 * HOUR
SPAN = 24
"""Quarters between the extremes that one bar can add to its open and close."""

Fact = tuple[Millis, Message]
Move = tuple[int, int, int, str]
"""Quarters of change, of upper and of lower wick, and what its wire does."""
Whim = tuple[float, int, int, str]
"""Target, quarters to the stop and to the take-profit (zero is none), and how to enter or to trail."""


class NoParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Whimsical:
    """Wants one thing after the other, round and round."""

    Params: ClassVar[type[msgspec.Struct]] = NoParams

    def __init__(self, symbol: str, whims: Sequence[Whim | None]) -> None:
        self._symbol = symbol
        self._whims = whims
        self._rows = 0

    def features(self) -> tuple[str, ...]:
        return ("close",)

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        whim = self._whims[self._rows % len(self._whims)]
        self._rows += 1
        if whim is None:
            return None
        target, stop, take_profit, how = whim
        close, side = row.values[0], 1 if target > 0 else -1
        return Signal(
            self._symbol,
            target,
            close - side * stop / 4 if stop else None,
            close + side * take_profit / 4 if take_profit else None,
            entry=_entry(how, close, side),
            trail=Trail(2.0, 0.5) if how == "trail" else UNSET,
        )

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._rows)

    def restore(self, state: bytes, /) -> None:
        self._rows = msgspec.msgpack.decode(state, type=int)


def _entry(how: str, close: float, side: int) -> Entry | UnsetType:
    """Write an entry of a kind, half a unit better or worse than the close."""
    match how.split():
        case ["limit", force]:
            expires = 3 * LENGTH // 2 if force == "gtd" else None
            return Entry(close - side * 0.5, None, TimeInForce(force), expires)
        case ["take", force]:
            return Entry(close + side * 3.0, None, TimeInForce(force))
        case ["post"]:
            return Entry(close - side * 0.25, post_only=True)
        case ["trigger"]:
            return Entry(None, close + side * 0.5)
        case _:
            return UNSET


class RandomSession:
    """``bars`` by symbol and number: what was traded, whether it was told or not."""

    def __init__(
        self,
        config: Config,
        whims: Mapping[str, Sequence[Whim | None]],
        facts: Sequence[Fact],
        bars: Mapping[tuple[str, int], Bar],
    ) -> None:
        self.config = config
        self.whims = whims
        self.facts = facts
        self.bars = bars

    def __repr__(self) -> str:
        """Name what differs between two; the rest comes out of the blob that reproduces it."""
        told = "\n  ".join(f"{at} {message}" for at, message in self.facts[:60])
        return f"{self.config.risk}\n{self.config.execution}\n{self.config.instruments}\n{self.whims}\n  {told}"

    def core(self) -> Core:
        """Build a fresh core for it."""
        seats = {symbol: Trader.of("s", Whimsical(symbol, whims), Lookup()) for symbol, whims in self.whims.items()}
        return build(self.config, seats)


_some = st.sampled_from
_hows = _some(
    ["market"] * 16
    + ["trail"] * 2
    + ["limit gtc", "limit gtc", "limit gtd", "limit ioc", "limit fok", "take ioc", "take fok", "post", "trigger"]
)
_whims = st.lists(
    st.one_of(
        st.none(),
        st.tuples(_some([1.0, 0.5, 0.2, 0.0, -0.3, -0.6, -1.0]), _some([0, 1, 6, 12, 40]), _some([0, 2, 8, 20]), _hows),
    ),
    min_size=2,
    max_size=12,
)
_wires = _some(
    ["plain"] * 8
    + ["marks", "marks", "trades", "trades", "stale", "missing", "backfilled", "backfilled", "late", "unopened"]
)
_moves = st.tuples(st.integers(-SPAN // 2, SPAN // 2), st.integers(0, SPAN), st.integers(0, SPAN), _wires)
_spoken: list[Message | None] = [
    *([None] * 60), *([Resume()] * 12), Pause(), Flatten(), Stop(), Stop(keep_positions=True), ClosePosition("AAA"),
    ClosePosition("BBB"), ClosePosition("CCC"), ClockStepped(1_500), *([ClockStepped(0)] * 4), Heartbeat(),
]  # fmt: skip

_risks = st.builds(
    RiskConfig,
    sizing=st.one_of(
        st.builds(SizingConfig, method=st.just(SizingMethod.EQUITY_FRACTION), value=_some([0.3, 0.9, 2.5])),
        st.builds(SizingConfig, method=st.just(SizingMethod.FIXED_QTY), value=_some([0.0333, 7.0, 250.0])),
        st.builds(SizingConfig, method=st.just(SizingMethod.FIXED_NOTIONAL), value=_some([777.0, 9_000.0])),
        st.builds(SizingConfig, method=st.just(SizingMethod.STOP_DISTANCE), value=_some([0.01, 0.05])),
    ),
    leverage=_some([1.0, 1.0, 3.0]),
    max_leverage=_some([0.5, 1.0, 3.0, 5.0]),
    max_symbol_exposure=_some([None, None, 0.4, 1.0]),
    max_order_notional=_some([None, None, 2_500.0]),
    on_excess=_some(list(OnExcess)),
    daily_loss=_some([None, 0.01, 0.05]),
    daily_loss_flatten=st.booleans(),
    reenter=st.booleans(),
    allow_short=_some([True, True, True, False]),
)
_TIERS = (TiersConfig(since="1970-03-01", brackets=tuple(
    BracketConfig(floor=floor, rate=rate) for floor, rate in ((0, 0.05), (500, 0.1), (5_000, 0.125)))),
)  # fmt: skip
_MARGINS = [
    MarginConfig(mode=mode, leverage=leverage, liquidation_fee_bps=125.0, tiers=dict.fromkeys(SYMBOLS, _TIERS))
    for mode, leverage in ((MarginMode.ISOLATED, 5.0), (MarginMode.ISOLATED, 15.0), (MarginMode.CROSS, 5.0))
]
_plain = {
    "maker_fee_bps": _some([0.0, 2.0, -1.0]),
    "taker_fee_bps": _some([0.0, 4.0, 10 / 3]),
    "slippage_bps": _some([0.0, 0.0, 7.0]),
    "latency_ms": _some([0, 0, 500, LENGTH + 60 * SECOND]),
    "fill_on_touch": st.booleans(),
}
_executions = st.one_of(
    st.builds(ExecutionConfig, **_plain),
    st.builds(ExecutionConfig, **_plain, margin=_some(_MARGINS)),
    st.builds(
        ExecutionConfig,
        **_plain,
        margin=_some([None, *_MARGINS]),
        spread_bps=_some([0.0, 6.0]),
        impact_bps=_some([0.0, 50.0]),
        participation=_some([None, 0.5, 0.03]),
        remainder=_some(list(Remainder)),
        fee_tiers=_some([(), (FeeTierConfig(volume=2_000.0, maker_fee_bps=1.0, taker_fee_bps=3.0),)]),
    ),
)
_instruments = st.builds(
    InstrumentConfig,
    tick=_some([Decimal("0.01"), Decimal("0.25"), Decimal(1)]),
    lot=_some([Decimal("0.001"), Decimal("0.1"), Decimal("0.00000001")]),
    min_notional=_some([Decimal(0), Decimal(50)]),
    max_market_qty=_some([None, None, Decimal(20)]),
)


@st.composite
def random_sessions(draw: st.DrawFn, least: int = 10, most: int = 40) -> RandomSession:
    """Draw a session of ``least`` to ``most`` bars in one or two symbols."""
    symbols = SYMBOLS[: draw(_some([1, 2, 2]))]
    count = draw(st.integers(least, most))
    config = Config(
        timeframe="6h",
        symbols=symbols,
        instruments={symbol: draw(_instruments) for symbol in symbols},
        strategies=(StrategyConfig(name="s"),),
        feed=FeedConfig(dataset="none"),
        risk=draw(_risks),
        execution=draw(_executions),
        reset_after_bars=2,
    )
    told: list[Fact] = []
    bars: dict[tuple[str, int], Bar] = {}
    for symbol in symbols:
        moves = draw(st.lists(_moves, min_size=count, max_size=count))
        walked = _walk(symbol, moves)
        bars.update(((symbol, bar.open_time // LENGTH), bar) for bar in walked)
        told += _told(symbol, walked, [wire for *_, wire in moves])
    spoken = draw(st.lists(st.tuples(_some(_spoken), st.integers(0, LENGTH - 2)), min_size=count, max_size=count))
    told += [
        (START + number * LENGTH + offset, message)
        for number, (message, offset) in enumerate(spoken)
        if message is not None
    ]
    told += [fact for symbol in symbols for fact in draw(_settlements(symbol, count))]
    whims = {symbol: draw(_whims) for symbol in symbols}
    return RandomSession(config, whims, sorted(told, key=lambda fact: fact[0]), bars)


@st.composite
def _settlements(draw: st.DrawFn, symbol: str, count: int) -> list[Fact]:
    """Draw settlements at whole bars, told at once or late, some of them twice."""
    hours = draw(st.lists(st.integers(1, count), min_size=draw(_some([0, count // 3])), max_size=count // 2))
    drawn = [(START + hour * LENGTH, draw(_some([0, 0, 10 * SECOND, LENGTH + SECOND])), hour) for hour in hours]
    marks, rates = [float("nan"), 99.5, 100.25], [0.0001, -0.0003, 0.01, 0.0]
    return [
        (time + late, FundingRate(symbol, time, rates[hour % 4], LENGTH, marks[hour % 3])) for time, late, hour in drawn
    ]


def _walk(symbol: str, moves: Sequence[Move]) -> list[Bar]:
    bars: list[Bar] = []
    before = 400
    for number, (change, up, down, _) in enumerate(moves):
        # Every seventh bar opens with a jump, so that levels are also gapped through.
        opened = max(before + (change if number % 7 == 3 else 0), 40)
        closed = max(opened + change, 40)
        high, low = max(opened, closed) + up, max(min(opened, closed) - down, 20)
        time = START + number * LENGTH
        prices = [quarters / 4 for quarters in (opened, high, low, closed)]
        bars.append(Bar(symbol, time, time + LENGTH - 1, *prices, volume=1.0 + number))
        before = closed
    return bars


def _told(symbol: str, bars: Sequence[Bar], wires: Sequence[str]) -> list[Fact]:
    """Tell the bars as their wire does: late, without their openings, or only once it is back."""
    told: list[Fact] = []
    silent: list[tuple[Bar, str]] = []
    for bar, wire in zip(bars, wires, strict=True):
        time = bar.open_time
        if wire in ("missing", "backfilled"):
            if not silent:
                told.append((time + LENGTH // 2, FeedStale(symbol, time)))
            silent.append((bar, wire))
            continue
        if silent:
            told += [(time, message) for message in _made_up_for(symbol, silent)]
            silent = []
        if wire != "unopened":
            told.append((time, BarOpened(symbol, time, bar.open)))
        if wire == "trades":
            told += [
                (when, TradePrice(symbol, when, price))
                for when, price in ((time + LENGTH // 3, bar.low), (time + LENGTH // 2, bar.high))
            ]
        if wire == "marks":
            told += [
                (time + part * LENGTH // 4, MarkPrice(symbol, time + part * LENGTH // 4, price))
                for part, price in enumerate((bar.open, bar.low, bar.high), 1)
            ]
        if wire == "stale":
            told.append((time + LENGTH // 2, FeedStale(symbol, time)))
        told.append((bar.close_time + (3 * SECOND if wire == "late" else 0), BarArrived(bar)))
        if wire == "stale":
            told.append((bar.close_time, FeedRestored(symbol)))
    return told


def _made_up_for(symbol: str, silent: Sequence[tuple[Bar, str]]) -> list[Message]:
    out: list[Message] = []
    for bar, wire in silent:
        if wire == "backfilled":
            out.append(BarArrived(msgspec.structs.replace(bar, backfilled=True)))
        else:
            out.append(FeedGap(symbol, bar.open_time, bar.open_time, 1))
    return [*out, FeedRestored(symbol)]
