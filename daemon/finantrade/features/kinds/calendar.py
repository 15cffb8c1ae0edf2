"""The clock: markets without a closing time still have a day, a week and settlements."""

from __future__ import annotations

from functools import partial

from finantrade.features.declaration import Column, Feature, Group, Kernel, Unit
from finantrade.features.kernels import calendar
from finantrade.features.kind import Kind, Parameter, named

UTC = "the time at which the bar closes, UTC"
DAY_WHY = "Activity and spreads follow the time of day; as a circle, midnight has no edge."
WEEK_WHY = "Activity follows the day of the week; as a circle, it has no edge."
CIRCLES: dict[str, tuple[Kernel, str, str]] = {
    "hour_sin": (calendar.day_sine, "sin(2 pi * time of day / 24 h)", DAY_WHY),
    "hour_cos": (calendar.day_cosine, "cos(2 pi * time of day / 24 h)", DAY_WHY),
    "weekday_sin": (calendar.week_sine, "sin(2 pi * time since Monday 00:00 / 7 d)", WEEK_WHY),
    "weekday_cos": (calendar.week_cosine, "cos(2 pi * time since Monday 00:00 / 7 d)", WEEK_WHY),
}
SESSIONS: dict[str, tuple[int, int]] = {"session_asia": (0, 8), "session_europe": (7, 16), "session_us": (13, 21)}
"""Hours in UTC all year round: summer time moves the people, not the flags."""


def circle(name: str) -> Feature:
    """A coordinate of the time on a circle."""
    kernel, formula, why = CIRCLES[name]
    return Feature(
        name=name,
        group=Group.CALENDAR,
        inputs=(Column.CLOSE_TIME,),
        kernel=kernel,
        unit=Unit.RATIO,
        source=UTC,
        why=why,
        formula=formula,
        low=-1.0,
        high=1.0,
    )


def session(name: str) -> Feature:
    """Whether a part of the world is at work."""
    first, last = SESSIONS[name]
    return Feature(
        name=name,
        group=Group.CALENDAR,
        inputs=(Column.CLOSE_TIME,),
        kernel=calendar.within_hours,
        parameters=(first, last),
        unit=Unit.SIGN,
        source=UTC,
        why="Who is at work: the same move means another thing when half the world sleeps.",
        formula=f"1 from {first:02}:00 to {last:02}:00, else 0",
        low=0.0,
        high=1.0,
    )


def weekend() -> Feature:
    """Whether it is Saturday or Sunday."""
    return Feature(
        name="weekend",
        group=Group.CALENDAR,
        inputs=(Column.CLOSE_TIME,),
        kernel=calendar.weekend,
        unit=Unit.SIGN,
        source=UTC,
        why="Books are thin and banks are closed.",
        formula="1 on Saturday and Sunday, else 0",
        low=0.0,
        high=1.0,
    )


def funding_hours(hours: int) -> Feature:
    """Hours until the next settlement of funding, where it is every so many hours from 00:00."""
    return Feature(
        name=named("funding_hours", hours),
        group=Group.CALENDAR,
        inputs=(Column.CLOSE_TIME,),
        kernel=calendar.hours_to,
        parameters=(hours,),
        unit=Unit.HOURS,
        source=UTC,
        why="Positions are closed and opened around settlements to avoid or earn them.",
        formula="hours until the next multiple of interval hours since 00:00; the whole interval at one",
        low=0.0,
        high=float(hours),
    )


KINDS = (
    *(Kind(name, partial(circle, name)) for name in CIRCLES),
    *(Kind(name, partial(session, name)) for name in SESSIONS),
    Kind("weekend", weekend),
    Kind("funding_hours", funding_hours, (Parameter("interval", 8, low=1, high=24),)),
)
