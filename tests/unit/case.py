"""A tiny session in a few words: a scripted strategy, a feed of facts, and the decisions as lines of text.

Bars are quarters of an hour, numbered from 0 at 1970-01-01; ``BTC`` where no symbol is named. A time is written as the
bar it is in: ``3`` its opening, ``3c`` its close, ``3+90s`` in between. Costs are zero and a full target is one unit
unless the case says otherwise. The core is the real one, from ``wiring.build``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from finantrade import config as cfg
from finantrade.domain.account import EntriesAllowed, EntriesBlocked, Position, StateChanged, StrategyFaulted
from finantrade.domain.market import Bar, BarArrived, BarOpened, FeatureRow, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import (
    Amend,
    Cancel,
    Cancelled,
    Expired,
    Fill,
    Liquidated,
    Order,
    Refusal,
    Rejection,
    Signal,
    Terms,
    Trailing,
)
from finantrade.domain.units import MINUTE, Millis
from finantrade.features.lookup import Lookup
from finantrade.wiring import Core, Trader, build

BTC, ETH = "BTC", "ETH"
LENGTH = 15 * MINUTE
DAY_BARS = 96

Fact = tuple[Millis | None, Message]
"""``at`` and the message; ``None`` for the lane's own time."""
Wish = Signal | Callable[[FeatureRow, Position], Any] | None


class NoParams(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing to choose."""


class Scripted:
    """Says the wish of the bar's number, and notes what it was shown: ``bar: quantity``."""

    Params: ClassVar[type[msgspec.Struct]] = NoParams

    def __init__(self, symbol: str, script: Mapping[int, Wish]) -> None:
        self.symbol = symbol
        self.script = script
        self.rows: list[str] = []

    def features(self) -> tuple[str, ...]:
        return ("close",)

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        number = row.close_time // LENGTH
        self.rows.append(f"{number}: {figure(position.qty)}")
        wish = self.script.get(number)
        return wish(row, position) if callable(wish) else wish

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self.rows)

    def restore(self, state: bytes, /) -> None:
        self.rows = msgspec.msgpack.decode(state, type=list[str])


def go(target: float, stop: float | None = None, tp: float | None = None, symbol: str = BTC, **how: Any) -> Signal:
    """Say a wish; ``how`` to enter and to trail."""
    return Signal(symbol, target, stop, tp, **how)


def opened(number: int, price: float, symbol: str = BTC, at: Millis | None = None) -> list[Fact]:
    """Open a bar."""
    time = number * LENGTH
    return [(time if at is None else at, BarOpened(symbol, time, price))]


def closed(
    number: int, *prices: float, symbol: str = BTC, at: Millis | None = None, backfilled: bool = False
) -> list[Fact]:
    """Close a bar of (open, high, low, close), or of one price for all four."""
    o, h, l, c = prices if len(prices) == 4 else prices * 4  # noqa: E741
    time = number * LENGTH
    one = Bar(symbol, time, time + LENGTH - 1, o, h, l, c, 1.0, backfilled=backfilled)
    return [(one.close_time if at is None else at, BarArrived(one))]


def bar(number: int, *prices: float, symbol: str = BTC) -> list[Fact]:
    """Open and close a bar."""
    return opened(number, prices[0], symbol) + closed(number, *prices, symbol=symbol)


def pair(number: int, btc: Sequence[float], eth: Sequence[float]) -> list[Fact]:
    """Open and close a bar of both symbols; each of (open, high, low, close), or of one price for all four."""
    opens = opened(number, btc[0]) + opened(number, eth[0], ETH)
    return opens + closed(number, *btc) + closed(number, *eth, symbol=ETH)


def flat(numbers: Iterable[int], price: float = 100.0, symbol: str = BTC) -> list[Fact]:
    """Open and close bars in which nothing happens."""
    return [fact for number in numbers for fact in bar(number, price, symbol=symbol)]


def traded(number: int, seconds: int, price: float, symbol: str = BTC) -> list[Fact]:
    """Trade once, so many seconds into a bar."""
    time = number * LENGTH + seconds * 1000
    return [(time, TradePrice(symbol, time, price))]


def say(message: Message, at: Millis | None = None) -> list[Fact]:
    """Put in anything else."""
    return [(at, message)]


@dataclass
class Case:
    """``expect`` holds one line a decision, ``rows`` what BTC's strategy was shown."""

    name: str
    script: Mapping[int, Wish]
    feed: Sequence[list[Fact]]
    expect: str
    rows: str | None = None
    risk: Mapping[str, Any] = field(default_factory=dict)
    execution: Mapping[str, Any] = field(default_factory=dict)
    instrument: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    eth: Mapping[int, Wish] | None = None


class Session:
    """The core before a feed."""

    def __init__(self, case: Case) -> None:
        self.btc = Scripted(BTC, case.script)
        self.strategies = {BTC: self.btc} if case.eth is None else {BTC: self.btc, ETH: Scripted(ETH, case.eth)}
        seats = {symbol: Trader.of("s", strategy, Lookup()) for symbol, strategy in self.strategies.items()}
        self.core: Core = build(configured(case), seats)
        self.decisions: list[Message] = []

    def play(self, feed: Iterable[list[Fact]]) -> Session:
        """Fold a feed."""
        engine = self.core.engine
        for facts in feed:
            for at, message in facts:
                self.decisions += engine.step(engine.seq + 1, engine.at if at is None else at, message)
        return self

    def told(self) -> str:
        """Return the decisions, one a line, without the wishes that caused them and the bookings that follow."""
        return "\n".join(line for line in map(told, self.decisions) if line)


def played(case: Case) -> Session:
    """Play a whole case."""
    return Session(case).play(case.feed)


def configured(case: Case) -> cfg.Config:
    """Return the configuration of a case."""
    symbols = (BTC,) if case.eth is None else (BTC, ETH)
    instrument = cfg.InstrumentConfig(**{"tick": Decimal("0.01"), "lot": Decimal("0.001"), **case.instrument})
    free = {"maker_fee_bps": 0.0, "taker_fee_bps": 0.0, "slippage_bps": 0.0}
    return cfg.Config(
        timeframe="15m",
        symbols=symbols,
        instruments=dict.fromkeys(symbols, instrument),
        strategies=(cfg.StrategyConfig(name="s"),),
        feed=cfg.FeedConfig(dataset="none"),
        risk=cfg.RiskConfig(**{**sized(1.0), "max_leverage": 10.0, **case.risk}),
        execution=cfg.ExecutionConfig(**{**free, **case.execution}),
        **case.more,
    )


def sized(value: float, method: cfg.SizingMethod = cfg.SizingMethod.FIXED_QTY) -> dict[str, Any]:
    """Return the part of a risk configuration that sizes a full target."""
    return {"sizing": cfg.SizingConfig(method=method, value=value)}


def lines(text: str) -> str:
    """Strip the indentation of a table's text."""
    return "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())


def figure(value: Decimal | float | None) -> str:
    """Write a number without trailing zeros, ``-`` for none."""
    if value is None:
        return "-"
    number = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    return f"{round(number, 8).normalize():f}"


def when(time: Millis) -> str:
    """Write a time as bar and place in it."""
    number, rest = divmod(time, LENGTH)
    if rest == LENGTH - 1:
        return f"{number}c"
    return f"{number}+{figure(Decimal(rest) / 1000)}s" if rest else f"{number}"


def told(message: Message) -> str | None:
    """Write a decision as a line; None for wishes and bookings."""
    write = LINES.get(type(message))
    return None if write is None else write(message)


def _order(one: Order) -> str:
    reason = f" ({one.reason})" if one.reason else ""
    levels = f"stop {figure(one.stop)} tp {figure(one.take_profit)}"
    return f"order {one.id} {one.side} {figure(one.qty)} {one.role} {levels}{_terms(one)}{_trail(one)}{reason}"


def _terms(one: Order) -> str:
    terms = one.terms
    if not isinstance(terms, Terms):
        return ""
    limit = "" if terms.limit is None else f" limit {figure(terms.limit)}"
    trigger = "" if terms.trigger is None else f" trigger {figure(terms.trigger)}"
    expires = "" if terms.expires is None else f" until {when(terms.expires)}"
    return f"{limit}{trigger} {terms.time_in_force}{expires}{' post only' if terms.post_only else ''}"


def _trail(one: Order | Amend) -> str:
    trail = one.trail
    if not isinstance(trail, Trailing):
        return ""
    return f" trail {figure(trail.distance)} from {figure(trail.activation)}"


def _fill(one: Fill) -> str:
    fee = f" fee {figure(one.fee)}" if one.fee else ""
    mark = " backfilled" if one.backfilled else ""
    what = f"{one.side} {figure(one.qty)} @ {figure(one.price)} {one.liquidity}"
    return f"fill {one.order_id} {what} {one.role}{fee} at {when(one.time)}{mark}"


def _amend(one: Amend) -> str:
    return f"amend {one.symbol} {one.side} stop {figure(one.stop)} tp {figure(one.take_profit)}{_trail(one)}"


def _liquidated(one: Liquidated) -> str:
    judged = f"{figure(one.price)}{' assumed' if one.assumed else ''}"
    return f"liquidated {figure(one.qty)} {one.symbol} level {figure(one.level)} at {judged}"


LINES: Mapping[type[Message], Callable[[Any], str]] = {
    Order: _order,
    Fill: _fill,
    Amend: _amend,
    Cancel: lambda one: f"cancel {one.order_id} ({one.reason})",
    Cancelled: lambda one: f"cancelled {one.order_id} ({one.reason})",
    Expired: lambda one: f"expired {one.order_id} ({one.reason})",
    Liquidated: _liquidated,
    Rejection: lambda one: f"rejection {one.order_id} ({one.reason})",
    Refusal: lambda one: f"refuse {one.symbol} {one.rule} {figure(one.measured)} > {figure(one.limit)}",
    StateChanged: lambda one: f"{one.previous} -> {one.state} ({one.cause})",
    EntriesBlocked: lambda one: f"blocked by {one.rule} {figure(one.measured)} > {figure(one.limit)}",
    EntriesAllowed: lambda one: f"allowed by {one.rule}",
    StrategyFaulted: lambda one: f"fault {one.symbol} ({one.error})",
}
