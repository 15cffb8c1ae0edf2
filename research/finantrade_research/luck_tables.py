"""How much is luck, for people: each question as a line that says the answer and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, isfinite, isnan

from rich.console import RenderableType

from finantrade.cli.figures import count, number, percent
from finantrade.cli.output import table
from finantrade_research.definitions import DEFINITIONS, Unit
from finantrade_research.luck.intervals import Interval
from finantrade_research.luck.monte_carlo import MonteCarlo
from finantrade_research.luck.random_entries import RandomEntries
from finantrade_research.luck.section import Luck
from finantrade_research.luck.trials import Trials

Row = tuple[str, str, str]


def luck_tables(one: Luck) -> Iterator[RenderableType]:
    """Yield the section of luck; short where there is nothing to judge."""
    yield table("How much is luck", ["question", ">answer", "by"], list(luck_rows(one)))
    spans = list(interval_rows(one))
    if spans:
        title = f"Nine of ten resampled histories are between (blocks of {one.intervals.day_block:.1f} days on average)"
        yield table(title, ["metric", ">measured", ">from", ">to"], spans)


def luck_rows(one: Luck) -> Iterator[Row]:
    """Yield question, answer, and what it rests on."""
    yield from _track(one)
    yield from _trials(one.trials)
    yield from _entries(one.random_entries)
    yield from _chance(one.monte_carlo)


def interval_rows(one: Luck) -> Iterator[tuple[str, str, str, str]]:
    """Yield a figure, its measured value, and the ends of its interval; those that have one."""
    for name, found in one.intervals.figures.items():
        if not isnan(found.low):
            yield _interval(name, found)


def _track(one: Luck) -> Iterator[Row]:
    record = f"probabilistic Sharpe ratio of {count(one.track.observations)} days"
    if isfinite(one.minimum_track_record):
        record += f"; 95 % needs {count(ceil(one.minimum_track_record))}"
    yield "is the true Sharpe ratio above 0?", percent(one.psr), record


def _trials(one: Trials) -> Iterator[Row]:
    early = f", {count(one.pruned)} given up early" if one.pruned else ""
    others = f"; {count(one.overlapping)} more on spans that overlap" if one.overlapping else ""
    luck = f"deflated Sharpe ratio; the luckiest of {count(one.tried)} without skill: {number(one.expected_maximum)}"
    yield "trials on this data span", count(one.tried), f"distinct parameters{early}{others}"
    yield "is it above what luck finds in so many?", percent(one.dsr), luck
    if one.effective < one.tried:
        luck = f"the same; the luckiest of {count(one.effective)}: {number(one.expected_maximum_effective)}"
        yield f"and if only {count(one.effective)} differ?", percent(one.dsr_effective), luck
    found = one.overfitting
    if not isnan(found.probability):
        halves = f"PBO by CSCV: {count(found.trials)} trials, {count(found.halves)} halves"
        yield "does the best of one half fail in the other?", percent(found.probability), halves


def _entries(one: RandomEntries) -> Iterator[Row]:
    if one.draws:
        spread = f"{percent(one.low)} to {percent(one.high)}, median {percent(one.median)}"
        yield (
            "would random entries have done as well?",
            f"p = {one.p:.3f}",
            f"{count(one.draws)} draws: {spread}; its own {percent(one.measured)}, at bar opens with fees alone",
        )


def _chance(one: MonteCarlo) -> Iterator[Row]:
    if one.draws:
        fall, missed = one.shuffled_drawdown, one.skipped_return
        yield (
            "drawdown, had trades come in another order",
            percent(fall.high),
            f"1 in 20 is deeper, median {percent(fall.median)}, here {percent(fall.measured)} of closed trades",
        )
        yield (
            f"return, had each been missed with {percent(one.skip)}",
            percent(missed.low),
            f"1 in 20 is lower, median {percent(missed.median)}; a loss in {percent(one.loss)} of draws",
        )


def _interval(name: str, one: Interval) -> tuple[str, str, str, str]:
    definition = DEFINITIONS[name]
    show = percent if definition.unit is Unit.SHARE else number
    label = f"{definition.label}, of daily closes" if name in ("max_drawdown", "calmar") else definition.label
    return label, show(one.measured), show(one.low), show(one.high)
