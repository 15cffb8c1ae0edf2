"""The jumping runner: a replay that passes over the rows on which nothing is decided (semantics 23).

Between two bars at which anything can happen there is nothing to compute one by one: marks and counters can be brought
forward in bulk. So the actors are asked for how many rows each is *indifferent*: rows on which it would say nothing but
what can be made up for. All pass over the fewest rows that any of them names; the row after is folded input by input as
ever, and the exact test stays there. An answer may be too small, never too large.

1. Features are computed ahead to the end of a segment (L3: a block gives the same bits), and handed out as rows come.
2. A stretch counts as the inputs it consists of, so ``seq`` and ``at`` are those of the full walk.
3. Equity marks of a stretch go into the record as the full walk would have left them.

The result equals the full walk to the byte: chain head, every mark, the snapshot of every actor. A strategy that cannot
say for how long it is indifferent is never passed over, and verification never jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from finantrade.domain.units import Millis
from finantrade.market.candles import Candles
from finantrade.market.facts import Segment, ending, segments
from finantrade.market.stretch import RowFacts, Stretch
from finantrade.runtime.record import Record
from finantrade.runtime.replay import replay_facts
from finantrade.wiring import Core

WORTH = 4
"""Rows below which folding them costs less than passing over them."""


def replay_candles(
    core: Core, candles: Sequence[Candles], latency_ms: Millis, record: Record, progress: Callable[[int], None]
) -> None:
    """Fold every fact of these candles, all of one timeframe, as ``facts`` orders them.

    ``progress`` hears how many more bars were taken.
    """
    for segment in segments(candles, latency_ms):
        replay_facts(core.engine, segment.gaps)
        if core.strategist.foresees:
            _walk(core, segment, record)
        else:
            core.updater.look_ahead(Stretch(segment))
            replay_facts(core.engine, segment.facts())
        progress(len(segment) * len(segment.group))
    replay_facts(core.engine, [ending(candles, latency_ms)])


def _walk(core: Core, segment: Segment, record: Record) -> None:
    facts, stretch = RowFacts(segment), Stretch(segment)
    row, rows = 0, len(segment)
    while row < rows:
        stretch.start, stretch.rows = row, rows - row
        _shorten(core, stretch)
        if stretch.rows >= WORTH:
            _pass_over(core, stretch, record)
            row += stretch.rows
            stretch.rows = 0
        until = min(row + stretch.rows + 1, rows)
        while row < until:
            replay_facts(core.engine, facts.of(row))
            row += 1


def _shorten(core: Core, stretch: Stretch) -> None:
    """Cut the stretch down to what every actor is indifferent to; whoever is cheap to ask comes first."""
    if core.paper.busy:
        stretch.rows = 0
        return
    stretch.rows = core.boundary.indifferent(stretch)
    stretch.rows = core.risk.indifferent_by_day(stretch)
    if stretch.rows >= WORTH:
        stretch.rows = core.strategist.indifferent(stretch, core.updater.ahead)
    if stretch.rows >= WORTH:
        stretch.rows = core.paper.indifferent(stretch)
    if stretch.rows >= WORTH and core.risk.watches_equity:
        stretch.rows = core.risk.indifferent_at(core.ledger.lowest(stretch))


def _pass_over(core: Core, stretch: Stretch, record: Record) -> None:
    alarms = core.boundary.pass_over(stretch)
    core.paper.pass_over(stretch)
    marks = core.ledger.pass_over(stretch)
    core.risk.pass_over(stretch, marks[-1])
    core.strategist.pass_over(stretch)
    core.updater.pass_over(stretch)
    core.engine.pass_over(stretch.inputs, stretch.last_close + stretch.latency_ms, alarms)
    record.on_stretch(stretch.close_times, marks)
