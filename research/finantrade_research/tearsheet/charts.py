"""The drawings of a tear sheet."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np

from finantrade.cli.figures import day, number, percent
from finantrade_research.curve import Floats
from finantrade_research.tearsheet.run import Sheet, returns_by_hour, time_in_market
from finantrade_research.tearsheet.scales import (
    LOG_FROM,
    compact,
    log_marks,
    marks,
    reach,
    share,
    spread,
    time_marks,
)
from finantrade_research.tearsheet.svg import LEFT, RIGHT, TOP, Frame

WIDE, HALF = 1040.0, 510.0
TITLED = 1_500
"""Trades up to which each dot tells which it is."""


def equity(sheet: Sheet) -> str:
    """Draw the strategy's equity and that of buy and hold."""
    own, held = sheet.days["equity"], sheet.days["buy_and_hold"]
    low, high = reach(own, held)
    log = spread([*own.tolist(), *held.tolist()]) > LOG_FROM
    if log:
        low, high = float(min(own.min(), held.min())) * 0.94, float(max(own.max(), held.max())) * 1.06
    frame = Frame.of(WIDE, 300, _time(sheet), (low, high), log=log)
    upwards = log_marks(low, high) if log else marks(low, high)
    return frame.drawn(
        "Equity of the strategy and of buy and hold",
        frame.axes(_dates(sheet), upwards, compact),
        frame.level(sheet.curve.initial),
        frame.line(sheet.time, held, "beside"),
        frame.line(sheet.time, own, "own"),
    )


def drawdown(sheet: Sheet) -> str:
    """Draw how far equity was below its highest close of a day."""
    falls = -sheet.days["drawdown"]
    low = float(min(falls.min(), -0.01)) * 1.05
    frame = Frame.of(WIDE, 150, _time(sheet), (low, 0.0))
    return frame.drawn(
        "Drawdown",
        frame.axes(_dates(sheet), marks(low, 0.0, 3), share),
        frame.area(sheet.time, falls, 0.0, "fall"),
        frame.line(sheet.time, falls, "loss"),
    )


def rolling_sharpe(sheet: Sheet) -> str:
    """Draw the Sharpe ratio of the last 90 days."""
    values = sheet.days["sharpe_90d"]
    if not np.isfinite(values).any():
        return _nothing("shorter than 90 days")
    low, high = reach(values, with_zero=True)
    frame = Frame.of(HALF, 190, _time(sheet), (low, high))
    return frame.drawn(
        "Sharpe ratio of the last 90 days",
        frame.axes(_dates(sheet, 5), marks(low, high, 4), compact),
        frame.level(0.0),
        frame.line(sheet.time, values, "own"),
    )


def exposure(sheet: Sheet) -> str:
    """Draw the share of each week's time in which the strategy was long, and short."""
    times, long, short = _weekly(sheet, *(time_in_market(sheet, short=side) for side in (False, True)))
    low, high = (-1.05 if short.any() else 0.0), 1.05
    frame = Frame.of(HALF, 190, _time(sheet), (low, high))
    return frame.drawn(
        "Time in the market by week, long and short",
        frame.axes(
            _dates(sheet, 5), [-1.0, -0.5, 0.0, 0.5, 1.0] if low else [0.0, 0.5, 1.0], lambda one: share(abs(one))
        ),
        frame.area(times, long, 0.0, "gain-area"),
        frame.area(times, -short, 0.0, "fall") if low else "",
        frame.level(0.0),
    )


def trades(sheet: Sheet) -> str:
    """Draw every closed trade: when it closed, and its profit over what it entered for."""
    found = sheet.trades
    if not found:
        return _nothing("no closed trades")
    closed = np.array([one["close_timestamp"] for one in found], dtype=np.float64)
    profit = np.array([one["profit_ratio"] for one in found], dtype=np.float64)
    low, high = reach(profit, with_zero=True)
    frame = Frame.of(WIDE, 250, _time(sheet), (low, high))
    parts = [frame.axes(_dates(sheet), marks(low, high), share), frame.level(0.0)]
    for name, chosen in (("loss-dot", profit <= 0), ("gain-dot", profit > 0)):
        titles = [_told(found[index]) for index in np.flatnonzero(chosen)] if len(found) <= TITLED else None
        parts.append(frame.dots(closed[chosen], profit[chosen], name, titles))
    return frame.drawn("Profit of every closed trade by the time it closed", *parts)


def hours(sheet: Sheet) -> str:
    """Draw the mean return of each hour of the day."""
    values = returns_by_hour(sheet.curve) * 1e4
    low, high = reach(values, with_zero=True)
    frame = Frame.of(HALF, 190, (-0.6, 23.6), (low, high))
    width = (HALF - LEFT - RIGHT) / 24 * 0.72
    bars = (
        frame.bar(hour, value, width, _side(value), f"{hour:02d}:00 to {hour + 1:02d}:00 UTC: {number(value)} bps")
        for hour, value in enumerate(values.tolist())
    )
    across = [(float(hour), f"{hour:02d}") for hour in range(0, 24, 3)]
    return frame.drawn(
        "Mean return by hour of the day",
        frame.axes(across, marks(low, high, 4), compact),
        *bars,
        frame.level(0.0),
    )


def costs(sheet: Sheet) -> str:
    """Draw the way from profit before costs to profit, step by step."""
    found = sheet.report.metrics
    gross = found.profit_abs + found.fees - found.funding
    steps = [("before costs", 0.0, gross), ("fees", gross, gross - found.fees)]
    steps.append(("funding", gross - found.fees, found.profit_abs))
    steps.append(("profit", 0.0, found.profit_abs))
    low, high = reach(np.array([edge for _, *edges in steps for edge in edges]), with_zero=True)
    high += (high - low) * 0.1  # room for the figures above the bars
    frame = Frame.of(HALF, 190, (-0.6, len(steps) - 0.4), (low, high))
    width = (HALF - LEFT - RIGHT) / len(steps) * 0.56
    parts = [_step(frame, place, *step, width=width) for place, step in enumerate(steps)]
    across = [(float(place), name) for place, (name, _, _) in enumerate(steps)]
    return frame.drawn(
        "From profit before costs to profit",
        frame.axes(across, marks(low, high, 4), compact),
        *parts,
        frame.level(0.0),
    )


def _step(frame: Frame, place: int, name: str, begin: float, end: float, *, width: float) -> str:
    top, foot = sorted((frame.y.at(begin), frame.y.at(end)))
    left = frame.x.at(place) - width / 2
    side = "total" if begin == 0.0 else _side(end - begin)
    value = end - begin
    text_y = max(top - 5, TOP + 8)
    box = f'x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(foot - top, 1):.1f}"'
    return (
        f'<rect class="{side}" {box} rx="1.5">'
        f"<title>{name}: {number(value)}</title></rect>"
        f'<text class="value" x="{left + width / 2:.1f}" y="{text_y:.1f}" text-anchor="middle">{compact(value)}</text>'
    )


def _weekly(sheet: Sheet, *columns: Floats) -> tuple[Floats, ...]:
    weeks = np.arange(len(sheet.time)) // 7
    size = np.bincount(weeks)
    means = [np.bincount(weeks, weights=one) / size for one in columns]
    # A step each: both edges of a week have its mean.
    edges = np.minimum(np.arange(ceil(len(weeks) / 7) + 1) * 7, len(weeks) - 1)
    return np.repeat(sheet.time[edges], 2)[1:-1], *(np.repeat(one, 2) for one in means)


def _told(trade: dict[str, Any]) -> str:
    side = "short" if trade["is_short"] else "long"
    closed, profit = day(trade["close_timestamp"]), percent(trade["profit_ratio"])
    return f"{trade['pair']} {side}, {closed}: {profit} ({trade['exit_reason']})"


def _side(value: float) -> str:
    return "gain" if value >= 0 else "cost"


def _time(sheet: Sheet) -> tuple[float, float]:
    first, last = float(sheet.time[0]), float(sheet.time[-1])
    return first, max(last, first + 1)


def _dates(sheet: Sheet, most: int = 9) -> list[tuple[float, str]]:
    return time_marks(*_time(sheet), most)


def _nothing(why: str) -> str:
    return f'<p class="nothing">{why}</p>'
