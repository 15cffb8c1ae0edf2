"""Invented bars that behave like the real thing, labelled synthetic wherever they go.

    python -m finantrade.market.synthetic replay_data

1. Log volatility is an AR(1) process around its mean, shared by both symbols: calm and wild spells cluster. Hours of
   the day add a mild cycle. A crash of 20 % within two hours and the half of it coming back are written in.
2. Each bar is walked in ``STEPS`` steps. The steps of the second symbol are correlated with those of the first, and
   everything of a bar is read off its steps: open is the first price, high and low are the extremes, close the last.
3. Volume grows with the volatility that was, not with what the close happens to be; the share of taker buying leans
   with the direction of the bar. Quote volumes are base volumes at a price inside the bar.
4. Prices are on the tick, volumes on the lot. A few spans are cut out: the gaps.

After the stylised facts in R. Cont, "Empirical properties of asset returns" (2001). Same seed, same bars.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis, parse_time
from finantrade.market.candles import Candles, Floats
from finantrade.market.manifest import Manifest, describe, store, write_manifest

SEED = 8
"""Prices end near where they began: what a strategy makes of these bars, it does not owe to a trend."""
START: Millis = parse_time("2024-01-01")
TIMEFRAME = 15 * MINUTE
DAYS = 182
STEPS = 16
CORRELATION = 0.8
MEAN_VOLATILITY = 0.0018
"""Of the log return of a calm bar; wild spells make it about half a year's 50 % annualised on the whole."""

CRASH_DAY, CRASH_BARS, CRASH, REBOUND_BARS, REBOUND = 97.6, 8, -0.22, 48, 0.11
GAPS = {"BTCUSDT": ((31.3, 2), (120.75, 9)), "ETHUSDT": ((31.3, 2), (74.1, 1), (150.5, 26))}
"""By symbol: at which day, how many bars are missing."""


@dataclass(frozen=True, slots=True)
class _Market:
    symbol: str
    first_price: float
    tick: float
    lot: float
    beta: float
    volume: float
    trade_size: float


MARKETS = (
    _Market("BTCUSDT", 42_300.0, 0.1, 0.001, 1.0, 1_800.0, 0.09),
    _Market("ETHUSDT", 2_280.0, 0.01, 0.001, 1.25, 24_000.0, 1.1),
)


def generate(seed: int = SEED, days: int = DAYS) -> tuple[Candles, ...]:
    """Return bars of BTCUSDT and ETHUSDT, ``days`` long, each with the gaps that fall into them."""
    random, bars = np.random.Generator(np.random.PCG64(seed)), days * DAY // TIMEFRAME
    volatility = _volatility(random, bars)
    common = random.standard_normal((bars, STEPS))
    candles: list[Candles] = []
    for market in MARKETS:
        own = random.standard_normal((bars, STEPS))
        share = 1.0 if market is MARKETS[0] else CORRELATION
        noise = share * common + np.sqrt(1.0 - share * share) * own
        whole = _candles(market, _walk(market, noise, volatility), volatility, random)
        candles.append(_cut(whole, GAPS[market.symbol]))
    return tuple(candles)


def build(datadir: Path) -> Manifest:
    """Write the data set ``synthetic-15m`` below ``datadir`` and return its manifest."""
    folder = datadir / "synthetic-15m"
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(
        name="synthetic-15m",
        title="Invented 15-minute bars of BTCUSDT and ETHUSDT: no market ever traded these prices",
        synthetic=True,
        timeframe="15m",
        source=f"python -m finantrade.market.synthetic, seed {SEED}",
        licence="MIT, as the project",
        licence_file=None,
        symbols=tuple(store(each, folder) for each in generate()),
    )
    write_manifest(manifest, folder)
    return manifest


def _volatility(random: np.random.Generator, bars: int) -> Floats:
    shocks, level, persistence = random.standard_normal(bars), np.empty(bars), 0.985
    state = 0.0
    for bar in range(bars):
        state = persistence * state + 0.13 * float(shocks[bar])
        level[bar] = state
    hour = (np.arange(bars) * TIMEFRAME % DAY) / HOUR
    cycle = 0.25 * np.sin((hour - 9.0) / 24.0 * 2.0 * np.pi)
    volatility = MEAN_VOLATILITY * np.exp(level + cycle - 0.25)
    crash = _crash_bar()
    volatility[crash : crash + CRASH_BARS + REBOUND_BARS] *= 3.0
    return volatility


def _walk(market: _Market, noise: Floats, volatility: Floats) -> Floats:
    per_step = volatility / np.sqrt(STEPS) * market.beta
    returns = noise * per_step[:, None] + _drift(len(volatility))[:, None] * market.beta / STEPS
    return market.first_price * np.exp(np.cumsum(returns.ravel())).reshape(returns.shape)


def _drift(bars: int) -> Floats:
    drift, crash = np.zeros(bars), _crash_bar()
    drift[crash : crash + CRASH_BARS] = CRASH / CRASH_BARS
    drift[crash + CRASH_BARS : crash + CRASH_BARS + REBOUND_BARS] = REBOUND / REBOUND_BARS
    return drift


def _crash_bar() -> int:
    return round(CRASH_DAY * DAY / TIMEFRAME)


def _candles(market: _Market, prices: Floats, volatility: Floats, random: np.random.Generator) -> Candles:
    bars = len(prices)
    ticks = _rounded(prices, market.tick)
    opened, closed = ticks[:, 0], ticks[:, -1]
    high, low = ticks.max(axis=1), ticks.min(axis=1)
    spread = np.exp(0.35 * random.standard_normal(bars))
    volume = _rounded(market.volume * (volatility / MEAN_VOLATILITY) ** 1.2 * spread, market.lot)
    lean = np.clip((closed - opened) / np.maximum(high - low, market.tick), -1.0, 1.0)
    share = np.clip(0.5 + 0.12 * lean + 0.03 * random.standard_normal(bars), 0.05, 0.95)
    bought = np.minimum(_rounded(volume * share, market.lot), volume)
    price = (opened + high + low + closed) / 4.0
    cent = market.tick * market.lot
    columns = {"open": opened, "high": high, "low": low, "close": closed, "volume": volume}
    columns |= {"quote_volume": _rounded(volume * price, cent), "trades": np.ceil(volume / market.trade_size)}
    columns |= {"taker_buy_volume": bought, "taker_buy_quote_volume": _rounded(bought * price, cent)}
    return Candles.of(market.symbol, TIMEFRAME, START + np.arange(bars) * TIMEFRAME, columns)


# Division by the whole number of steps gives the float that the decimal text reads as; a product would not.
def _rounded(values: Floats, step: float) -> Floats:
    steps = round(1.0 / step)
    return np.rint(values * steps) / steps


def _cut(candles: Candles, gaps: tuple[tuple[float, int], ...]) -> Candles:
    kept = np.ones(len(candles), dtype=np.bool_)
    for day, missing in gaps:
        start = round(day * DAY / TIMEFRAME)
        kept[start : start + missing] = False
    columns = {name: column[kept] for name, column in candles.columns().items()}
    return Candles.of(candles.symbol, candles.timeframe, candles.open_time[kept], columns)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m finantrade.market.synthetic OUT_DIR, found {len(sys.argv) - 1} arguments")
    sys.stdout.write(describe(build(Path(sys.argv[1]))))
