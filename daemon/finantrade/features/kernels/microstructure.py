"""What closed bars betray of the order book: the spread that is paid, how much a trade moves the price, and memory."""

from __future__ import annotations

import math

from finantrade.features.declaration import State
from finantrade.features.kernels.totals import covariance, mean, share, total
from finantrade.features.kernels.windows import lag, std

MILLION = 1e6
SCHULTZ = 0.17157287525380988
"""3 - 2 sqrt(2)."""
NOTHING = 1e-12
"""A variance below this part of the mean square is made of rounding."""


def amihud(state: State, at: int, change: float, value: float, n: int) -> float:
    """The mean of |change| per million traded over the bars with trades among the last n. State: that of two sums."""
    traded = value > 0.0
    return share(state, at, MILLION * abs(change) / value if traded else 0.0, 1.0 if traded else 0.0, n, 0.0)


def toxicity(state: State, at: int, net: float, size: float, n: int) -> float:
    """The sum of the last n imbalances, whichever way they went, over all that was traded. State: that of two sums."""
    return share(state, at, abs(net), size, n, 0.0)


def roll(state: State, at: int, change: float, n: int) -> float:
    """Twice the root of minus the covariance of successive changes, 0 where it is above. State: seen, last, sums."""
    last = state[at + 1]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = change
    if first:
        return math.nan
    common = covariance(state, at + 2, change, last, n)
    if math.isnan(common):
        return math.nan
    return 2.0 * math.sqrt(-common) if common < 0.0 else 0.0


def corwin_schultz(state: State, at: int, high: float, low: float, n: int) -> float:
    """The mean spread that makes the ranges of two single bars too wide for that of both. State: seen, bar, sum.

    With b the sum of the two squared log ranges and g the squared log range of both bars together,
    a = (sqrt(2 b) - sqrt(b)) / (3 - 2 sqrt(2)) - sqrt(g / (3 - 2 sqrt(2))), and the spread 2 (e^a - 1) / (1 + e^a),
    0 where a is below.
    """
    last_high = state[at + 1]
    last_low = state[at + 2]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = high
    state[at + 2] = low
    if first:
        return math.nan
    return mean(state, at + 3, two_bar_spread(high, low, last_high, last_low), n)


def two_bar_spread(high: float, low: float, last_high: float, last_low: float) -> float:
    """The spread by two bars."""
    one = log_of(high, low)
    other = log_of(last_high, last_low)
    both = log_of(high if high > last_high else last_high, low if low < last_low else last_low)
    squares = one * one + other * other
    a = (math.sqrt(2.0 * squares) - math.sqrt(squares)) / SCHULTZ - both / math.sqrt(SCHULTZ)
    return 2.0 * (math.exp(a) - 1.0) / (1.0 + math.exp(a)) if 0.0 < a < 700.0 else 0.0


def abdi_ranaldo(state: State, at: int, high: float, low: float, close: float, n: int) -> float:
    """The root of the mean of 4 (c - m) (c - m'), 0 where that is below 0. State: seen, last close, distance, sum.

    c is the last close, m the middle of its bar and m' that of the present one, all as logarithms.
    """
    last = state[at + 1]
    then = state[at + 2]
    first = state[at] == 0.0
    state[at] = 1.0
    state[at + 1] = close
    state[at + 2] = log_of(close, high) + log_of(close, low)
    if first:
        return math.nan
    product = mean(state, at + 3, then * (log_of(last, high) + log_of(last, low)), n)
    if math.isnan(product):
        return math.nan
    return math.sqrt(product) if product > 0.0 else 0.0


def log_of(x: float, y: float) -> float:
    """log(x / y); 0 where there is none."""
    return math.log(x / y) if y > 0.0 and x / y > 0.0 else 0.0


def impact(state: State, at: int, change: float, net: float, n: int) -> float:
    """The slope of the last n changes on the net value taken, per million; 0 without any. State: that of four sums."""
    millions = net / MILLION
    common = covariance(state, at, change, millions, n)
    spread = variance_beside(state, at + 4 + 2 * n, at + 6 + 3 * n, millions, n)
    if math.isnan(spread):
        return math.nan
    return common / spread if spread > 0.0 else 0.0


def autocorrelation(state: State, at: int, change: float, n: int, k: int) -> float:
    """The correlation of the last n changes with those k before; 0 where nothing varies. State: lag, five sums."""
    then = lag(state, at, change, k)
    if math.isnan(then):
        return math.nan
    sums = at + 1 + k
    common = covariance(state, sums, change, then, n)
    now_spread = variance_beside(state, sums + 2 + n, sums + 6 + 3 * n, change, n)
    then_spread = variance_beside(state, sums + 4 + 2 * n, sums + 8 + 4 * n, then, n)
    if math.isnan(common):
        return math.nan
    if now_spread <= 0.0 or then_spread <= 0.0:
        return 0.0
    found = common / math.sqrt(now_spread * then_spread)
    return 1.0 if found > 1.0 else -1.0 if found < -1.0 else found


def variance_beside(state: State, sums: int, squares: int, x: float, n: int) -> float:
    """The variance of the last n of what ``sums`` has just added up, 0 where it is rounding. State: at ``squares``."""
    square = total(state, squares, x * x, n) / n
    middle = total_now(state, sums, n) / n
    spread = square - middle * middle
    return 0.0 if spread <= NOTHING * square else spread


def total_now(state: State, at: int, n: int) -> float:
    """What ``total`` has just returned, once its window is full."""
    place = int(state[at]) - 1
    place = place - n if place >= n else place
    return state[at + 1] if place == n - 1 else state[at + 1] + state[at + 3 + place]


def variance_ratio(state: State, at: int, one: float, many: float, n: int, q: int) -> float:
    """The variance of the last n changes over q bars by q times that over one; 1 without any. State: two deviations."""
    far = std(state, at, many, n)
    near = std(state, at + 4 + n, one, n)
    if math.isnan(near):
        return math.nan
    return far * far / (q * near * near) if near > 0.0 else 1.0


def hurst(state: State, at: int, ratio: float, q: int) -> float:
    """The exponent by which deviation grows with the horizon, from the variance ratio, within 0 and 1."""
    if ratio <= 0.0:
        return 0.0
    found = 0.5 + 0.5 * math.log(ratio) / math.log(q)
    return 1.0 if found > 1.0 else 0.0 if found < 0.0 else found
