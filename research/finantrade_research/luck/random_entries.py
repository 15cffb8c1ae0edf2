"""Random entries at the same exposure: what the same trades would have come to at other times.

1. A book (one strategy in one symbol) is a row of trades with flat bars between. Each trade keeps its side, its length
   in bars, its size as a share of the balance and its fees; only where it stands is drawn: each before one of the flat
   bars, or behind the last, with equal chance, and those at the same place in random order. So each draw is in the
   market exactly as long, as large and as much on either side as the strategy was.
2. A trade comes to side times size times the change from the open of its first bar to the open after its last, less its
   fees; the draws and the strategy itself alike, so that both leave out the same.
3. All trades of all books are compounded. The p value is the share of draws, the strategy counted among them, that came
   to at least as much.

Left out: prices inside a bar (stops and take-profits close at the next open), slippage, funding, limits of risk, and
sizes that would have been others at another price. In a market that only rises long draws do well, too: it is the
strategy's timing that is compared with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import nan

import msgspec
import numpy as np

from finantrade.market.candles import Candles
from finantrade.runtime.trades import Trade
from finantrade_research.curve import Floats, Times
from finantrade_research.luck.intervals import draws_of, quantiles

CHUNK = 250_000
"""Trades that are drawn at a time: it bounds the memory."""


class RandomEntries(msgspec.Struct, frozen=True, kw_only=True):
    """What the strategy came to without what is left out, the 5 %, 50 % and 95 % quantiles of the draws, and p."""

    draws: int
    trades: int
    measured: float
    low: float
    median: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Book:
    """The trades of one strategy in one symbol, in bars; ``prices`` are the opens of all bars, and the last close."""

    prices: Floats
    first: Times
    bars: Times
    stake: Floats
    """Signed size over the balance."""
    cost: Floats
    """Fees over the balance."""


def books(trades: Iterable[Trade], candles: Iterable[Candles], initial: float) -> list[Book]:
    """Return the closed trades in books. A book whose trades overlap in bars keeps the first of those that do."""
    markets = {one.symbol: one for one in candles}
    rows: dict[tuple[str, str], list[tuple[Trade, float]]] = {}
    balance = initial
    for trade in sorted((one for one in trades if not one.is_open), key=lambda one: one.close_time or 0):
        if trade.pair in markets and balance > 0:
            rows.setdefault((trade.strategy, trade.pair), []).append((trade, balance))
        balance += float(trade.profit_abs)
    return [_book(markets[pair], held) for (_, pair), held in sorted(rows.items(), key=lambda one: one[0])]


def random_entries(found: Sequence[Book], seed: int) -> RandomEntries:
    """Compare the books with random entries; no draws, and NaN, without trades."""
    trades = sum(len(one.first) for one in found)
    if not trades:
        return RandomEntries(draws=0, trades=0, measured=nan, low=nan, median=nan, high=nan, p=nan)
    draws = draws_of(trades)
    random = np.random.default_rng([seed, trades])
    grown = np.zeros(draws)
    with np.errstate(divide="ignore"):
        for one in found:
            step = max(CHUNK // len(one.first), 1)
            for begin in range(0, draws, step):
                grown[begin : begin + step] += _drawn(one, len(grown[begin : begin + step]), random)
        measured = float(np.expm1(sum(float(_grown(one, one.first, np.arange(len(one.first)))) for one in found)))
    totals = np.expm1(grown)
    low, median, high = quantiles(totals, 0.05, 0.5, 0.95)
    p = (1 + int(np.sum(totals >= measured))) / (1 + draws)
    return RandomEntries(draws=draws, trades=trades, measured=measured, low=low, median=median, high=high, p=p)


def _drawn(book: Book, draws: int, random: np.random.Generator) -> Floats:
    count = len(book.first)
    order = np.argsort(random.random((draws, count)), axis=1)
    bars = book.bars[order]
    flat = len(book.prices) - 1 - int(book.bars.sum())
    before = np.sort(random.integers(flat + 1, size=(draws, count)), axis=1)
    return _grown(book, before + np.cumsum(bars, axis=1) - bars, order)


def _grown(book: Book, first: Times, order: Times) -> Floats:
    change = book.prices[first + book.bars[order]] / book.prices[first] - 1
    return np.sum(np.log1p(np.maximum(book.stake[order] * change - book.cost[order], -1.0)), axis=-1)


def _book(market: Candles, held: Sequence[tuple[Trade, float]]) -> Book:
    opened = np.array([trade.open_time for trade, _ in held])
    closed = np.array([trade.close_time or 0 for trade, _ in held])
    first = np.searchsorted(market.open_time, opened, side="right") - 1
    bars = np.maximum(np.searchsorted(market.open_time, closed, side="left") - first, 1)
    kept = first >= np.concatenate(([0], np.maximum.accumulate(first + bars)[:-1]))
    stake = np.array([(-1 if trade.is_short else 1) * float(trade.open_value) / before for trade, before in held])
    cost = np.array([float(trade.fees) / before for trade, before in held])
    prices = np.append(market.open, market.close[-1])
    return Book(prices, first[kept], bars[kept], stake[kept], cost[kept])
