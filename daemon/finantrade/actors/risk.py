"""Risk: the only way from a wish to an order. Strategies' signals and the operator's commands alike pass here.

1. A changed target moves the position: to zero or through zero it is closed, otherwise entered or scaled. The size of
   a full target is fixed at entry; an unchanged target never resizes, it only moves its stop and take-profit.
2. An entry must pass the gates (trading state, fresh data, clock, daily loss), the sizing, the limits and the
   instrument's filters; the first that fails is said as a ``Refusal`` with its figures. A refused wish is not retried.
3. Exits and protection pass in every state, also the protection of a wish whose entry was refused.
4. The daily loss limit watches equity after every fill and close; it withdraws and blocks entries and, if asked,
   flattens.
5. Commands move the trading state by a table; whatever ends ACTIVE withdraws the entries on their way.
6. A position closed over the strategy's head (protection, unless ``reenter``; a command; the daily loss limit) bars
   its side: it takes a fresh wish, flat or the other side first, to enter there again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import inf
from typing import ClassVar

import msgspec

from finantrade.config import RiskConfig
from finantrade.domain import money
from finantrade.domain.account import EntriesAllowed, EntriesBlocked, Equity, StateChanged, TradingState
from finantrade.domain.codec import COMMANDS
from finantrade.domain.commands import ClosePosition, Command, Flatten, Resume, Stop
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Bar, ClockStepped, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.money import sign
from finantrade.domain.orders import FORCED, Cancel, Cancelled, Expired, Fill, Order, Refusal, Rejection, Role, Signal
from finantrade.domain.units import Millis
from finantrade.engine.actor import NOTHING, Handler
from finantrade.market.candles import Floats
from finantrade.market.stretch import Stretch
from finantrade.risk import states
from finantrade.risk.admission import No, admitted_at, in_lots, within_limits, within_market_lot
from finantrade.risk.book import Book, RiskState
from finantrade.risk.daily_loss import DailyLoss, Verdict
from finantrade.risk.exposure import Notionals
from finantrade.risk.sizing import full_size
from finantrade.risk.writing import Writer

OPERATOR = "operator"
CALM = Verdict.CALM


class RiskActor:
    """Judges wishes, makes orders."""

    name: ClassVar[str] = "risk"

    def __init__(self, config: RiskConfig, instruments: Mapping[str, Instrument], initial_balance: Decimal) -> None:
        self._config = config
        self._instruments = instruments
        self._write = Writer(instruments)
        self._state = RiskState(DailyLoss(config.daily_loss, float(initial_balance)))
        self._notionals = Notionals()

    @property
    def trading_state(self) -> TradingState:
        """Active, paused or stopped."""
        return self._state.state

    @property
    def stale(self) -> Mapping[str, Millis]:
        """Symbols whose wire is silent, and since when."""
        return self._state.stale

    @property
    def closes(self) -> Mapping[str, float]:
        """The last close of every symbol that has had one."""
        return self._state.closes

    @property
    def daily(self) -> DailyLoss:
        """The state of the daily loss limit."""
        return self._state.daily

    def indifferent_by_day(self, stretch: Stretch) -> int:
        """Return how many rows belong to the day that is open."""
        return min(stretch.rows, self._state.daily.closes_left(stretch.first_close, stretch.timeframe))

    @property
    def watches_equity(self) -> bool:
        """Whether there is an equity below which something would be done."""
        return self._state.daily.floor > -inf

    def indifferent_at(self, lowest: Floats) -> int:
        """Return how many rows come before one whose marks, bounded by ``lowest``, may break the daily loss limit."""
        return self._state.daily.unbroken(lowest)

    def pass_over(self, stretch: Stretch, mark: float) -> None:
        """Take the rows as seen; ``mark`` is the last equity mark."""
        for symbol in stretch.symbols:
            self._state.closes[symbol] = stretch.last(symbol, "close")
            self._notionals.changed(symbol)
        self._state.daily.equity = mark

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {
            Bar: self.on_bar,
            Equity: self.on_equity,
            Fill: self.on_fill,
            Cancelled: self.on_gone,
            Rejection: self.on_gone,
            Expired: self.on_gone,
            Signal: self.on_signal,
            FeedStale: self.on_stale,
            FeedRestored: self.on_restored,
            ClockStepped: self.on_clock,
            **dict.fromkeys(COMMANDS, self.on_command),
        }

    def on_bar(self, bar: Bar, now: Millis) -> Sequence[Message]:
        self._state.closes[bar.symbol] = bar.close
        self._notionals.changed(bar.symbol)
        return NOTHING

    def on_equity(self, mark: Equity, now: Millis) -> Sequence[Message]:
        daily = self._state.daily
        verdict = daily.mark(mark)
        if verdict is CALM:
            return NOTHING
        if verdict is Verdict.NEW_DAY:
            return (EntriesAllowed("daily_loss"),)
        self._notionals.forget()
        blocked = EntriesBlocked("daily_loss", daily.loss, daily.limit or 0.0)
        if self._config.daily_loss_flatten:
            return [blocked, *self._leave_all("daily_loss", now)]
        return [blocked, *self._withdraw_all("daily_loss")]

    def on_fill(self, fill: Fill, now: Millis) -> Sequence[Message]:
        book = self._book(fill.strategy, fill.symbol)
        held = sign(book.qty)
        working = book.fill(fill)
        if fill.role is Role.ENTRY and not working:
            # One price filled several orders, and what the first one did withdrew this one: it crossed its withdrawal.
            return self._exit(book, fill.qty, "withdrawn", now)
        if fill.role in FORCED and held == sign(book.target):
            if self._config.reenter:
                book.target = 0.0
            else:
                book.barred = held
        return NOTHING

    def on_gone(self, gone: Cancelled | Rejection | Expired, now: Millis) -> Sequence[Message]:
        self._book(gone.strategy, gone.symbol).settle(gone.order_id)
        return NOTHING

    def on_stale(self, fact: FeedStale, now: Millis) -> Sequence[Message]:
        self._state.stale[fact.symbol] = fact.since
        return NOTHING

    def on_restored(self, fact: FeedRestored, now: Millis) -> Sequence[Message]:
        self._state.stale.pop(fact.symbol, None)
        return NOTHING

    def on_clock(self, fact: ClockStepped, now: Millis) -> Sequence[Message]:
        self._state.clock_step_ms = fact.by_ms
        return NOTHING

    def on_signal(self, signal: Signal, now: Millis) -> Sequence[Message]:
        book = self._book(signal.strategy, signal.symbol)
        if signal.target == book.target and not book.renews(signal.entry):
            return self._write.amend(book, signal, now)
        book.target, book.entry = signal.target, signal.entry
        out = self._withdraw(book, "target changed")
        want = sign(signal.target)
        if want != sign(book.left):
            out += self._leave(book, signal.reason or "exit_signal", now)
        if want != book.barred:
            book.barred = 0
            out += self._pursue(book, signal, now) if want else []
        return [*out, *self._write.amend(book, signal, now)]

    def on_command(self, command: Command, now: Millis) -> Sequence[Message]:
        self._notionals.forget()
        if isinstance(command, ClosePosition):
            return self._close(command.symbol, now)
        state = states.after(self._state.state, type(command))
        if state is None:
            return (Refusal(OPERATOR, "", "trading_state", 1.0, 0.0, f"{type(command).__name__} while stopped"),)
        out: list[Message] = []
        if state is not self._state.state:
            out.append(StateChanged(self._state.state, state, type(command).__name__.lower()))
            self._state.state = state
        if isinstance(command, Flatten) or (isinstance(command, Stop) and not command.keep_positions):
            out += self._leave_all(type(command).__name__.lower(), now)
        elif not isinstance(command, Resume):
            out += self._withdraw_all(type(command).__name__.lower())
        return out

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._state)

    def restore(self, state: bytes, /) -> None:
        restored = msgspec.msgpack.decode(state, type=RiskState)
        restored.daily.apply(self._config.daily_loss)
        self._state = restored
        self._notionals.forget()

    def _book(self, strategy: str, symbol: str) -> Book:
        key = f"{strategy}/{symbol}"
        book = self._state.books.get(key)
        if book is None:
            book = self._state.books[key] = Book(strategy, symbol)
        self._notionals.changed(symbol)
        return book

    def _pursue(self, book: Book, signal: Signal, now: Millis) -> Sequence[Message]:
        try:
            return self._scale(book, signal, now) if book.left else [self._enter(book, signal, now)]
        except No as no:
            return [Refusal(book.strategy, book.symbol, no.rule, no.measured, no.limit, signal.reason)]

    def _enter(self, book: Book, signal: Signal, now: Millis) -> Message:
        price = admitted_at(self._config, self._state, signal, now)
        size = full_size(self._config.sizing, self._config.leverage, self._state.daily.equity, price, signal.stop)
        if size is None:
            raise No("stop_missing", 0.0, 1.0)
        book.size = size
        return self._add(book, signal, size * abs(signal.target), price, now)

    def _scale(self, book: Book, signal: Signal, now: Millis) -> Sequence[Message]:
        goal = self._instruments[book.symbol].at(now).round_qty(book.size * abs(signal.target))
        change = money.subtract(goal, book.left.copy_abs())
        if change > 0:
            price = admitted_at(self._config, self._state, signal, now)
            return [self._add(book, signal, float(change), price, now)]
        return self._exit(book, change.copy_abs(), signal.reason or "scale_out", now) if change else []

    def _add(self, book: Book, signal: Signal, wanted: float, price: float, now: Millis) -> Message:
        # An order that waits for its price is reckoned at that, but counts against the limits at what is dearer.
        dearer = max(price, self._state.closes[book.symbol])
        size = within_limits(self._config, self._notionals.exposure(self._state, book.symbol), wanted, dearer)
        instrument = self._instruments[book.symbol].at(now)
        size = within_market_lot(self._config.on_excess, instrument, signal, size)
        qty = in_lots(instrument, size, price)
        if size < wanted:
            # What fits is now the size of this target: a later, smaller one must not buy.
            book.size = (float(book.left.copy_abs()) + size) / abs(signal.target)
        return self._write.entry(self._state.orders, book, signal, qty, now)

    def _exit(self, book: Book, qty: Decimal, reason: str, now: Millis) -> list[Order]:
        return self._write.exit(self._state.orders, book, qty, reason, now)

    def _withdraw(self, book: Book, reason: str) -> list[Message]:
        out: list[Message] = [Cancel(order_id, book.symbol, reason) for order_id in book.entries]
        book.entries.clear()
        return out

    def _leave(self, book: Book, reason: str, now: Millis) -> Sequence[Message]:
        return self._exit(book, book.left.copy_abs(), reason, now)

    def _withdraw_all(self, reason: str) -> list[Message]:
        return [message for book in self._state.books.values() for message in self._withdraw(book, reason)]

    def _leave_all(self, reason: str, now: Millis) -> list[Message]:
        return self._close_all(list(self._state.books.values()), reason, now)

    def _close(self, symbol: str, now: Millis) -> Sequence[Message]:
        held = [book for book in self._state.books.values() if book.symbol == symbol and book.expected]
        if not held:
            return (Refusal(OPERATOR, symbol, "no_position", 0.0, 1.0, "close"),)
        return self._close_all(held, "close", now)

    def _close_all(self, books: Sequence[Book], reason: str, now: Millis) -> list[Message]:
        out: list[Message] = []
        for book in books:
            out += self._withdraw(book, reason)
        for book in books:
            out += self._leave(book, reason, now)
            book.barred = sign(book.target)
        return out
