"""The time of day and week in UTC, as of the instant at which the bar has closed and its row is there.

Sine and cosine are Taylor's series on an eighth of a turn, in sums and products: the ``math`` functions are another
library's on another machine, and these are right to 1e-15.
"""

from __future__ import annotations

from finantrade.domain.units import DAY, HOUR
from finantrade.features.declaration import State

WEEK = 7 * DAY
MONDAY = 4 * DAY
"""1970 began on a Thursday: this much later weeks begin."""
TURN = 6.283185307179586
"""2 pi."""
# The series' coefficients, 1 over factorials with changing signs, by the power they belong to.
S3 = -0.16666666666666666
S5 = 0.008333333333333333
S7 = -0.0001984126984126984
S9 = 2.7557319223985893e-06
S11 = -2.505210838544172e-08
S13 = 1.6059043836821613e-10
S15 = -7.647163731819816e-13
C2 = -0.5
C4 = 0.041666666666666664
C6 = -0.001388888888888889
C8 = 2.48015873015873e-05
C10 = -2.755731922398589e-07
C12 = 2.08767569878681e-09
C14 = -1.1470745597729725e-11
C16 = 4.779477332387385e-14


def day_sine(state: State, at: int, close_time: int) -> float:
    """The sine of the time of day: 0 at midnight, 1 at 06:00."""
    return turn_sine((close_time + 1) % DAY / DAY)


def day_cosine(state: State, at: int, close_time: int) -> float:
    """The cosine of the time of day: 1 at midnight, -1 at noon."""
    return turn_sine((close_time + 1 + DAY // 4) % DAY / DAY)


def week_sine(state: State, at: int, close_time: int) -> float:
    """The sine of the time of week: 0 at Monday 00:00."""
    return turn_sine((close_time + 1 - MONDAY) % WEEK / WEEK)


def week_cosine(state: State, at: int, close_time: int) -> float:
    """The cosine of the time of week: 1 at Monday 00:00."""
    return turn_sine((close_time + 1 - MONDAY + WEEK // 4) % WEEK / WEEK)


def turn_sine(turn: float) -> float:
    """The sine of a part of a turn, 0 to 1."""
    sign = 1.0 if turn < 0.5 else -1.0
    half = turn if turn < 0.5 else turn - 0.5
    quarter = half if half <= 0.25 else 0.5 - half
    if quarter <= 0.125:
        return sign * sine_series(quarter * TURN)
    return sign * cosine_series((0.25 - quarter) * TURN)


def sine_series(x: float) -> float:
    """The sine of an angle up to pi / 4."""
    s = x * x
    high = S11 + s * (S13 + s * S15)
    return x * (1.0 + s * (S3 + s * (S5 + s * (S7 + s * (S9 + s * high)))))


def cosine_series(x: float) -> float:
    """The cosine of an angle up to pi / 4."""
    s = x * x
    high = C10 + s * (C12 + s * (C14 + s * C16))
    return 1.0 + s * (C2 + s * (C4 + s * (C6 + s * (C8 + s * high))))


def within_hours(state: State, at: int, close_time: int, first: int, last: int) -> float:
    """1 from the first hour of the day up to, and without, the last."""
    since_midnight = (close_time + 1) % DAY
    return 1.0 if first * HOUR <= since_midnight < last * HOUR else 0.0


def weekend(state: State, at: int, close_time: int) -> float:
    """1 on Saturday and Sunday."""
    return 1.0 if (close_time + 1 - MONDAY) % WEEK >= 5 * DAY else 0.0


def hours_to(state: State, at: int, close_time: int, hours: int) -> float:
    """Hours until the next multiple of ``hours`` after 00:00 UTC; all of them at one."""
    span = hours * HOUR
    return (span - (close_time + 1) % span) / HOUR
