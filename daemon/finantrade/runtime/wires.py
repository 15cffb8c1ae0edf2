"""How the wires of a live venue are, read from its feeds between two steps."""

from __future__ import annotations

from finantrade.edges.context_feed import ContextFeed
from finantrade.edges.live_feed import LiveFeed
from finantrade.edges.market_data import Budget
from finantrade.runtime.clock import VenueClock
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.status import WiresStatus


def wires_of(
    feed: LiveFeed, context: ContextFeed | None, budget: Budget, clock: VenueClock, runner: LiveRunner
) -> WiresStatus:
    """Return counters and states. Cheap: no IO, some nanoseconds a symbol."""
    entrance, lines = feed.entrance, (*feed.lines, *feed.quotes)
    return WiresStatus(
        connections=sum(line.stands for line in lines),
        expected_connections=len(lines),
        reconnects=feed.reconnects,
        stale=tuple(sorted(runner.core.risk.stale)),
        forming=entrance.forming,
        conflated=entrance.running.conflated + entrance.triggers.conflated,
        repeated_bars=feed.repeated,
        late_bars=entrance.late,
        weight_used=budget.used,
        weight_budget=budget.limit,
        requests_waited=budget.waits,
        waited_s=budget.waited_s,
        clock_offset_ms=clock.offset_ms(),
        context_facts=0 if context is None else context.told,
        context_failures=0 if context is None else context.failures,
        context_holes=0 if context is None else context.holes,
    )
