"""An auditor: books a session a second time, in fractions, from what was said alone, and compares.

It shares no line with the system. What it holds every session to:

1. Positions, cost basis, realised profit, fees and cash are the fold of the fills, exactly, after every message.
2. Paper, risk and ledger hold the same.
3. A fill is never better than its bar, and worse only by slippage, rounding, or a limit that was gapped through.
4. Every settlement is paid once, on what was held before its time, whenever it and the fills were told.
5. Exits only ever reduce. Nothing but protection fills on a back-filled bar.
6. No entry passes a gate that is shut (trading state, silent wire, stepped clock, daily loss, back-filled row), nor
   comes to more than the limits; what shuts a gate for all withdraws the entries on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from math import floor, isclose, isnan, sqrt
from typing import Any

import msgspec
from msgspec import UnsetType

from finantrade.config import Config, MarginMode
from finantrade.domain.account import (
    Balance,
    EntriesAllowed,
    EntriesBlocked,
    Equity,
    FundingPaid,
    Position,
    StateChanged,
)
from finantrade.domain.context import FundingRate
from finantrade.domain.market import Bar, BarOpened, ClockStepped, FeatureRow, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.orders import (
    FORCED,
    Cancel,
    Cancelled,
    Expired,
    Fill,
    Liquidated,
    Liquidity,
    Order,
    Rejection,
    Role,
    Side,
    Terms,
)
from finantrade.domain.units import DAY
from finantrade.wiring import Core

ZERO = Fraction(0)
BPS = Fraction(1, 10_000)


def posted(amount: Fraction) -> Fraction:
    """Round to 1e-8, half to even."""
    return Fraction(round(amount * 10**8), 10**8)


@dataclass
class Account:
    """What one strategy holds in one symbol, and what is on its way: signed quantities by order id."""

    qty: Fraction = ZERO
    cost: Fraction = ZERO
    realised: Fraction = ZERO
    received: Fraction = ZERO
    paid: Fraction = ZERO
    entries: dict[str, Fraction] = field(default_factory=dict)
    exits: dict[str, Fraction] = field(default_factory=dict)

    def fill(self, signed: Fraction, price: Fraction) -> None:
        self.received -= signed * price
        if self.qty * signed < 0:
            closed = min(abs(signed), abs(self.qty))
            share = self.cost if closed == abs(self.qty) else posted(self.cost * closed / abs(self.qty))
            leaving = closed if self.qty > 0 else -closed
            self.realised += leaving * price - share
            self.qty, self.cost, signed = self.qty - leaving, self.cost - share, signed + leaving
        self.qty, self.cost = self.qty + signed, self.cost + signed * price
        if not self.qty:
            self.paid = ZERO

    @property
    def expected(self) -> Fraction:
        left = self.qty + sum(self.exits.values(), ZERO)
        left = left if left * self.qty > 0 else ZERO
        return left + sum(self.entries.values(), ZERO)

    def took(self, fill: Fill, signed: Fraction) -> None:
        """Leave of an order what has not filled; an exit that empties the position is done."""
        orders = self.entries if fill.role is Role.ENTRY else self.exits
        left = orders.pop(fill.order_id, ZERO) - signed
        if left * signed > 0 and (self.qty or fill.role is Role.ENTRY):
            orders[fill.order_id] = left

    def forget(self, order_id: str) -> None:
        self.entries.pop(order_id, None)
        self.exits.pop(order_id, None)


class Auditor:
    """Hears everything a core hears and says. ``bars`` by symbol and number, each ``length`` milliseconds long."""

    def __init__(self, config: Config, bars: Mapping[tuple[str, int], Bar], length: int) -> None:
        self.config = config
        self.bars, self.length = bars, length
        self.accounts: dict[tuple[str, str], Account] = {}
        self.initial = Fraction(config.account.initial_balance)
        self.fees = self.funding = ZERO
        self.history: list[tuple[int, str, str, Fraction]] = []
        self.settled: dict[tuple[str, int], FundingRate] = {}
        self.checked = 0, 0
        self.paid: dict[tuple[str, str, int], Fraction] = {}
        self.marks: dict[str, Fraction] = {}
        self.closes: dict[str, float] = {}
        self.rows: dict[str, FeatureRow] = {}
        self.fills = self.entries = 0
        self.taken: Liquidated | None = None
        self.orders: dict[str, Terms | UnsetType] = {}
        self.traded: list[tuple[int, Fraction]] = []
        self.used: dict[tuple[str, int], Fraction] = {}
        self.volume: dict[str, float] = {}
        self.newest: dict[str, int] = {}
        self.least = min(bar.volume for bar in bars.values())
        self.before, self.since_opened = Account(), ZERO
        self.state, self.stale, self.stepped = "active", set[str](), False
        self.day, self.opened, self.equity, self.blocked = -1, 0.0, float(self.initial), False
        self.told: dict[type[Message], Callable[[Any], None]] = {
            Fill: self.on_fill, FundingPaid: self.on_paid, Liquidated: self.on_liquidated, Bar: self.on_bar,
            Position: self.on_position, Balance: self.on_balance,
            FeatureRow: self.on_row, Order: self.on_order, Cancel: self.on_cancel, Cancelled: self.on_gone,
            Rejection: self.on_gone, Expired: self.on_gone, Equity: self.on_equity, StateChanged: self.on_state,
            EntriesBlocked: self.on_blocked, EntriesAllowed: self.on_allowed,
        }  # fmt: skip

    def step(self, heard: Message, said: Iterable[Message], core: Core) -> None:
        """Follow one input and what it caused, and compare the books afterwards."""
        match heard:
            case FeedStale(symbol=symbol):
                self.stale.add(symbol)
            case FeedRestored(symbol=symbol):
                self.stale.discard(symbol)
            case ClockStepped(by_ms=by_ms):
                self.stepped = by_ms != 0
            case BarOpened(symbol=symbol, open_time=time):
                self.newest[symbol] = max(time, self.newest.get(symbol, 0))
            case FundingRate(symbol=symbol, time=time) if symbol in self.closes:
                self.settled.setdefault((symbol, time), heard)
            case _:
                pass
        for message in said:
            self.told.get(type(message), lambda _: None)(message)
        if self.state != "active" or self.blocked:
            assert not any(account.entries for account in self.accounts.values())
        self.compare(core)

    # ---- money

    @property
    def realised(self) -> Fraction:
        return sum((account.realised for account in self.accounts.values()), ZERO)

    @property
    def cash(self) -> Fraction:
        return self.initial + self.realised - self.fees + self.funding

    def on_fill(self, fill: Fill) -> None:
        account = self.accounts.setdefault((fill.strategy, fill.symbol), Account())
        signed = Fraction(fill.qty) if fill.side is Side.BUY else -Fraction(fill.qty)
        assert fill.qty > 0
        if fill.role is not Role.ENTRY:
            assert account.qty * signed < 0, "an exit reduces"
            assert abs(signed) <= abs(account.qty), "an exit never turns"
        self.before = replace(account)
        self.since_opened = account.paid
        account.fill(signed, Fraction(fill.price))
        account.took(fill, signed)
        self.fees += Fraction(fill.fee)
        self.history.append((fill.time, fill.strategy, fill.symbol, signed))
        self.marks[fill.symbol] = Fraction(fill.price)
        self.fills += 1
        resting = isinstance(self.orders.get(fill.order_id), Terms)
        assert not fill.backfilled or fill.role in FORCED or resting
        self.check_price(fill)
        self.check_share(fill)
        if fill.role is not Role.LIQUIDATION:
            self.traded.append((fill.time // DAY, Fraction(fill.qty) * Fraction(fill.price)))

    def check_price(self, fill: Fill) -> None:
        execution, instrument = self.config.execution, self.config.instruments[fill.symbol]
        bar, terms = self.bars[fill.symbol, fill.time // self.length], self.orders.get(fill.order_id)
        low, high, price = Fraction(bar.low), Fraction(bar.high), Fraction(fill.price)
        tick, buys = Fraction(instrument.tick), fill.side is Side.BUY
        assert price % tick == 0
        assert price >= low if buys else price <= high, "never better than its bar"
        maker = fill.liquidity is Liquidity.MAKER
        limit = terms.limit if isinstance(terms, Terms) else None
        assert not maker or fill.role is Role.TAKE_PROFIT or price == limit
        assert limit is None or (price <= limit if buys else price >= limit), "never beyond its limit"
        if fill.role is Role.LIQUIDATION:
            self.check_liquidation(fill)
            return
        if not maker:
            slip = (exact(execution.slippage_bps) + exact(execution.spread_bps) / 2) * BPS
            # Quantities are exact, the root is not: a hair more is allowed.
            share = float(fill.qty) / self.least
            slip += Fraction(execution.impact_bps / 10_000 * sqrt(share) * (1 + 1e-9))
            worst = -floor(-high * (1 + slip) / tick) * tick, floor(low * (1 - slip) / tick) * tick
            assert price <= worst[0] if buys else price >= worst[1]
        assert Fraction(fill.fee) == posted(Fraction(fill.qty) * price * self.rate(fill, maker=maker))

    def rate(self, fill: Fill, *, maker: bool) -> Fraction:
        """Return the fee's rate by what was traded in the thirty days before."""
        execution, day = self.config.execution, fill.time // DAY
        volume = sum((notional for when, notional in self.traded if day - 30 <= when < day), ZERO)
        tiers = [one for one in execution.fee_tiers if exact(one.volume) <= volume]
        chosen = tiers[-1] if tiers else execution
        return exact(chosen.maker_fee_bps if maker else chosen.taker_fee_bps) * BPS

    def check_share(self, fill: Fill) -> None:
        share = self.config.execution.participation
        if share is None or fill.role is Role.LIQUIDATION or fill.symbol not in self.volume:
            return
        # What a bar fills that comes late counts against the bar that has opened by then.
        key = fill.symbol, self.newest[fill.symbol]
        self.used[key] = self.used.get(key, ZERO) + Fraction(fill.qty)
        assert self.used[key] <= exact(share) * exact(self.volume[fill.symbol]), "no more than its share of the volume"

    def on_liquidated(self, told: Liquidated) -> None:
        held = self.accounts[told.strategy, told.symbol]
        assert Fraction(told.qty) == held.qty
        assert (Fraction(told.price) - Fraction(told.level)) * held.qty <= 0, "only beyond its level"
        self.taken = told

    def check_liquidation(self, fill: Fill) -> None:
        assert self.taken is not None
        assert self.taken.order_id == fill.order_id
        assert abs(Fraction(self.taken.qty)) == Fraction(fill.qty), "all of it"
        assert self.config.execution.margin is not None
        fee = posted(exact(self.config.execution.margin.liquidation_fee_bps) * BPS * Fraction(fill.qty * fill.price))
        assert Fraction(fill.fee) <= fee
        if Fraction(fill.fee) < fee and self.config.execution.margin.mode is MarginMode.ISOLATED:
            # All of the margin is gone then, and nothing else.
            cost = self.before.cost
            margin = abs(cost) / exact(self.config.execution.margin.leverage) + self.since_opened
            lost = cost - (self.before.qty * Fraction(fill.price)) + Fraction(fill.fee)
            assert isclose(float(lost), float(margin), rel_tol=1e-9, abs_tol=1e-7)

    def on_paid(self, payment: FundingPaid) -> None:
        settled = self.settled[payment.symbol, payment.time]
        rate, qty = exact(settled.rate), Fraction(payment.qty)
        assert Fraction(payment.rate) == rate
        assert payment.assumed is isnan(settled.mark_price)
        assert payment.assumed or Fraction(payment.price) == exact(settled.mark_price)
        assert Fraction(payment.amount) == posted(-qty * Fraction(payment.price) * rate)
        self.funding += Fraction(payment.amount)
        account = self.accounts[payment.strategy, payment.symbol]
        account.paid += Fraction(payment.amount) if account.qty else ZERO
        key = payment.strategy, payment.symbol, payment.time
        self.paid[key] = self.paid.get(key, ZERO) + qty

    def check_funding(self) -> None:
        found = len(self.settled), len(self.history)
        if found == self.checked:
            return
        self.checked = found
        for symbol, time in self.settled:
            held: dict[str, Fraction] = {}
            for when, strategy, traded, signed in self.history:
                if traded == symbol and when < time:
                    held[strategy] = held.get(strategy, ZERO) + signed
            for strategy, qty in held.items():
                assert self.paid.get((strategy, symbol, time), ZERO) == qty, "paid on what was held at its time"

    def on_position(self, position: Position) -> None:
        self.same_position(position)

    def same_position(self, position: Position) -> None:
        account = self.accounts[position.strategy, position.symbol]
        found = Fraction(position.qty), Fraction(position.cost), Fraction(position.realised)
        assert found == (account.qty, account.cost, account.realised)
        # Whatever the rounding of shares: what was received is realised or still in the cost basis.
        assert account.realised - account.cost == account.received
        assert account.qty or not account.cost

    def on_balance(self, balance: Balance) -> None:
        found = [Fraction(one) for one in (balance.realised, balance.fees, balance.funding, balance.cash)]
        assert found == [self.realised, self.fees, self.funding, self.cash]
        assert balance.cash == balance.initial + balance.realised - balance.fees + balance.funding

    def compare(self, core: Core) -> None:
        """Compare the auditor's books with the three of the core."""
        self.on_balance(core.ledger.balance)
        self.check_funding()
        for position in core.ledger.positions:
            self.same_position(position)
        held = {key: account.qty for key, account in self.accounts.items() if account.qty}
        assert {(one.strategy, one.symbol): Fraction(one.qty) for one in core.ledger.positions if one.qty} == held
        assert _paper(core) == held
        assert _risk(core) == held
        unrealised = sum((one.qty * self.marks[symbol] - one.cost for (_, symbol), one in self.accounts.items()), ZERO)
        assert isclose(core.ledger.equity, float(self.cash + unrealised), rel_tol=1e-12, abs_tol=1e-7)

    # ---- gates and limits

    def on_bar(self, bar: Bar) -> None:
        self.closes[bar.symbol] = bar.close
        self.newest[bar.symbol] = max(bar.open_time, self.newest.get(bar.symbol, 0))
        self.volume[bar.symbol] = max(bar.volume, self.volume.get(bar.symbol, 0.0))

    def on_row(self, row: FeatureRow) -> None:
        # By now what filled inside the bar has been booked, and the ledger has marked the close.
        self.marks[row.symbol] = Fraction(self.closes[row.symbol])
        self.rows[row.symbol] = row

    def on_order(self, order: Order) -> None:
        account = self.accounts.setdefault((order.strategy, order.symbol), Account())
        signed = Fraction(order.qty) if order.side is Side.BUY else -Fraction(order.qty)
        if order.role is not Role.ENTRY:
            account.exits[order.id] = signed
            return
        self.entries += 1
        self.orders[order.id] = order.terms
        assert (self.state, self.stepped, self.blocked) == ("active", False, False)
        assert order.symbol not in self.stale
        assert not self.rows[order.symbol].backfilled
        self.check_limits(order)
        account.entries[order.id] = signed

    def check_limits(self, order: Order) -> None:
        risk = self.config.risk
        notional = dict.fromkeys(self.config.symbols, 0.0)
        for (_, symbol), account in self.accounts.items():
            notional[symbol] += abs(float(account.expected)) * self.closes.get(symbol, 0.0)
        added = float(order.qty) * self.closes[order.symbol]
        room = self.equity * (1 + 1e-9)
        assert sum(notional.values()) + added <= room * risk.max_leverage
        assert notional[order.symbol] + added <= room * (risk.max_symbol_exposure or float("inf"))
        assert added <= (risk.max_order_notional or float("inf")) * (1 + 1e-9)
        instrument, terms = self.config.instruments[order.symbol], order.terms
        waits = isinstance(terms, Terms) and (terms.limit or terms.trigger)
        price = float(waits) if waits else self.closes[order.symbol]
        assert float(order.qty) * price >= float(instrument.min_notional) * (1 - 1e-9) - float(instrument.tick)
        if instrument.max_market_qty is not None and not (isinstance(terms, Terms) and terms.limit):
            assert order.qty <= instrument.max_market_qty
        assert order.qty % self.config.instruments[order.symbol].lot == 0

    def on_cancel(self, cancel: Cancel) -> None:
        for account in self.accounts.values():
            account.entries.pop(cancel.order_id, None)

    def on_gone(self, gone: Cancelled | Rejection | Expired) -> None:
        self.accounts[gone.strategy, gone.symbol].forget(gone.order_id)

    def on_state(self, change: StateChanged) -> None:
        assert change.previous == self.state
        self.state = change.state

    def on_equity(self, mark: Equity) -> None:
        day = mark.time // DAY
        if day > self.day:
            self.day, self.opened, self.blocked = day, self.equity, False
        elif day < self.day:
            self.opened += mark.equity - self.equity
        self.equity = mark.equity
        limit = self.config.risk.daily_loss
        if limit is not None and mark.equity <= self.opened * (1.0 - limit):
            self.blocked = True

    def on_blocked(self, _: EntriesBlocked) -> None:
        assert self.blocked, "said only when the limit is reached"

    def on_allowed(self, _: EntriesAllowed) -> None:
        assert not self.blocked, "said only when a new day has begun"


def exact(value: float) -> Fraction:
    """Return a float as the decimal people read."""
    return Fraction(Decimal(repr(value)))


def _paper(core: Core) -> dict[tuple[str, str], Fraction]:
    desks = msgspec.msgpack.decode(core.paper.snapshot())["desks"]
    return {
        (strategy, symbol): Fraction(holding["qty"])
        for symbol, desk in desks.items()
        for strategy, holding in desk["holdings"].items()
    }


def _risk(core: Core) -> dict[tuple[str, str], Fraction]:
    books = msgspec.msgpack.decode(core.risk.snapshot())["books"].values()
    held = {(book["strategy"], book["symbol"]): Fraction(book["qty"]) for book in books}
    return {key: qty for key, qty in held.items() if qty}
