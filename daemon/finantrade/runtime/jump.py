"""The jumping runner: a replay that passes over the rows on which nothing is decided (semantics 23).

Between two bars at which anything can happen there is nothing to compute one by one: marks and counters can be brought
forward in bulk. So the actors are asked for how many rows each is *indifferent*: rows on which it would say nothing but
what can be made up for. All pass over the fewest rows that any of them names; the row after is folded input by input as
ever, and the exact test stays there. An answer may be too small, never too large.

1. Features are computed ahead to the end of a segment (L3: a block gives the same bits), and handed out as rows come.
2. A stretch counts as the inputs it consists of, so ``seq`` and ``at`` are those of the full walk.
3. Equity marks of a stretch go into the record as the full walk would have left them.
4. Facts of context between the rows are passed over with them, counted, as long as nobody but the features hears facts
   of their type: those know all of them beforehand. Another actor that does ends a stretch before the row with such a
   fact; whoever learns to make up for them says so here.

The result equals the full walk to the byte: chain head, every mark, the snapshot of every actor. A strategy that cannot
say for how long it is indifferent is never passed over, and verification never jumps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from finantrade.domain.codec import CONTEXT_FACTS
from finantrade.domain.units import Millis
from finantrade.market.candles import Candles
from finantrade.market.facts import Segment, beside, ending, segments
from finantrade.market.stretch import RowFacts, Stretch
from finantrade.market.timeline import NO_CONTEXT, Beside, Timeline, woven
from finantrade.runtime.record import Record
from finantrade.runtime.replay import replay_facts
from finantrade.wiring import Core

WORTH = 4
"""Rows below which folding them costs less than passing over them."""


def replay_candles(
    core: Core,
    candles: Sequence[Candles],
    latency_ms: Millis,
    record: Record,
    progress: Callable[[int], None],
    context: Timeline = NO_CONTEXT,
) -> None:
    """Fold every fact of these candles, all of one timeframe, and of ``context``, as ``facts`` orders them.

    ``progress`` hears how many more bars were taken.
    """
    told = beside(candles, context)
    core.updater.foretell(told)
    waited = told.of_types(core.engine.hears(CONTEXT_FACTS, but=core.updater.name))
    done = 0
    for segment in segments(candles, latency_ms):
        between = _beside(segment, told, done, waited) if len(told) else None
        if between is None:
            replay_facts(core.engine, segment.gaps)
        else:
            replay_facts(core.engine, chain(between.earlier(), segment.gaps))
            done = between.end
        _replay(core, segment, between, record)
        progress(len(segment) * len(segment.group))
    replay_facts(core.engine, [ending(candles, latency_ms)])


def _beside(segment: Segment, context: Timeline, done: int, waited: Sequence[int]) -> Beside:
    first = segment.group[0]
    return Beside(context, done, first.open_time, first.timeframe, segment.latency_ms, waited)


def _replay(core: Core, segment: Segment, between: Beside | None, record: Record) -> None:
    if core.strategist.foresees:
        _walk(core, segment, between, record)
        return
    core.updater.look_ahead(Stretch(segment))
    bars = segment.facts()
    replay_facts(core.engine, bars if between is None else woven(bars, between.facts()))


def _walk(core: Core, segment: Segment, between: Beside | None, record: Record) -> None:
    facts, stretch = RowFacts(segment, between), Stretch(segment, between)
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
    stretch.rows = stretch.unwaited
    stretch.rows = core.updater.indifferent(stretch)
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
