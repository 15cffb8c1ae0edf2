"""Metrics in Prometheus' text format, read from the status at scrape time, so that the lane pays nothing for them.

Every name is in docs/api.md. Counters begin anew with the process, except those that the journal numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from finantrade.domain.account import TradingState
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.status import Condition, Status, WiresStatus

PREFIX = "finantrade_"


class Metrics:
    """A registry of its own: two daemons in one process do not see each other."""

    def __init__(self, runner: LiveRunner, status: Callable[[], Status]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_StatusCollector(status, runner.session.directory))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def exposition(self) -> bytes:
        """Return the text of a scrape."""
        return generate_latest(self._registry)


class _StatusCollector(Collector):
    def __init__(self, status: Callable[[], Status], directory: Path) -> None:
        self._status = status
        self._directory = directory

    def collect(self) -> Iterator[Metric]:
        status = self._status()
        yield from _daemon(status)
        yield from _lane(status)
        yield from _channels(status)
        yield from _feeds(status)
        if status.wires is not None:
            yield from _wires(status.wires)
        yield from _account(status)
        yield from _keeping(status)
        yield _gauge("journal_bytes", "Size of the journal on the disk", _journal_size(self._directory))


def _daemon(status: Status) -> Iterator[Metric]:
    yield _states("condition", "How the daemon itself is: 1 for the present condition", Condition, status.condition)
    yield _states("trading_state", "The trading state: 1 for the present one", TradingState, status.trading_state)
    yield _gauge("uptime_seconds", "Seconds since the lane was set up", status.uptime_s)
    yield _gauge("synthetic_data", "1 where the prices are generated", float(status.synthetic_data))
    yield _gauge("recoveries", "1 where this start recovered a session from its journal", status.recoveries)


def _lane(status: Status) -> Iterator[Metric]:
    lane = status.lane
    yield _counter("messages", "Messages folded in this session, ever", lane.seq)
    yield _counter("decisions", "Decisions in the hash chain of this session, ever", lane.decisions)
    yield _gauge("event_time_seconds", "The lane's time", lane.at / 1000)
    percentiles = {"0.5": lane.p50_ms, "0.99": lane.p99_ms}
    latencies = {share: value / 1000 for share, value in percentiles.items() if value is not None}
    yield _gauges("lane_latency_seconds", "From inbox to published, over the last messages", "quantile", latencies)
    yield _gauge(
        "lane_longest_block_seconds", "Longest time the loop was held by the lane", lane.longest_block_ms / 1000
    )


def _channels(status: Status) -> Iterator[Metric]:
    channels = status.channels
    yield _gauges("channel_depth", "Messages waiting", "channel", {one.name: one.depth for one in channels})
    yield _gauges("channel_capacity", "Messages that fit in", "channel", {one.name: one.capacity for one in channels})
    yield _gauges("channel_peak", "Most messages that ever waited", "channel", {one.name: one.peak for one in channels})
    yield _counters("channel_sent", "Messages that went in", "channel", {one.name: one.sent for one in channels})
    yield _counters(
        "channel_dropped", "Messages lost: it was full", "channel", {one.name: one.dropped for one in channels}
    )


def _feeds(status: Status) -> Iterator[Metric]:
    ages = {feed.symbol: feed.age_s for feed in status.feeds if feed.age_s is not None}
    yield _gauges("feed_age_seconds", "Wall time since anything came", "symbol", ages)
    yield _gauges("feed_stale", "1 where entries are refused for staleness", "symbol", {
        feed.symbol: float(feed.stale) for feed in status.feeds
    })  # fmt: skip


def _wires(wires: WiresStatus) -> Iterator[Metric]:
    yield _gauge("wire_connections", "Connections to the venue that stand", wires.connections)
    yield _gauge("wire_connections_expected", "Connections that there should be", wires.expected_connections)
    yield _counter("wire_reconnects", "Times a connection broke, or could not be made", wires.reconnects)
    yield _counter("wire_forming_bars", "Forming candles that came", wires.forming)
    yield _counter("wire_conflated", "Figures and prices of which only a newer one was kept", wires.conflated)
    yield _counter("wire_repeated_bars", "Bars that came again, and were dropped", wires.repeated_bars)
    yield _counter("wire_late_bars", "Bars that entered after the barrier's deadline", wires.late_bars)
    yield _gauge("rest_weight_used", "Weight of the requests of the present minute", wires.weight_used)
    yield _gauge("rest_weight_budget", "Weight that is used of a minute at most", wires.weight_budget)
    yield _counter("rest_requests_waited", "Times requests waited for the venue's limits", wires.requests_waited)
    yield _counter("rest_waited_seconds", "How long they waited, in the venue's time", wires.waited_s)
    if wires.clock_offset_ms is not None:
        yield _gauge("venue_clock_offset_seconds", "The venue's time less this machine's", wires.clock_offset_ms / 1000)
    yield _counter("context_facts", "Figures beside candles that were asked for and entered", wires.context_facts)
    yield _counter("context_failures", "Times they could not be fetched", wires.context_failures)
    yield _counter("context_holes", "Stretches of them that are lost", wires.context_holes)


def _account(status: Status) -> Iterator[Metric]:
    account = status.account
    yield _gauge("equity", "Cash plus unrealised profit, in quote units", account.equity)
    yield _gauge("cash", "Cash, in quote units", account.cash)
    yield _gauge("realised_profit", "Realised profit before fees, in quote units", account.realised)
    yield _gauge("fees", "Fees paid, in quote units", account.fees)
    yield _gauge(
        "day_loss_ratio", "Loss of the UTC day as a share of its opening equity; below 0 a gain", account.day_loss
    )
    if account.day_loss_limit is not None:
        yield _gauge("day_loss_limit_ratio", "Share at which entries are blocked", account.day_loss_limit)
    yield _gauge("entries_blocked", "1 while a protective rule blocks entries", float(account.entries_blocked))
    yield _gauge("open_positions", "Positions held", len(status.positions))
    yield _gauge("working_orders", "Orders not yet filled", len(status.orders))
    yield _counter("fills", "Fills since the start", status.fills)
    yield _counters("refusals", "Refusals by risk since the start", "rule", status.refusals)


def _keeping(status: Status) -> Iterator[Metric]:
    keeping = status.keeping
    if keeping is None:
        return
    yield _counter("kept_rows", "Rows added to the local store since the start", keeping.rows)
    yield _counter("kept_rows_revised", "Rows that differed from stored ones of the same time", keeping.revised)
    yield _counter("kept_rows_left_out", "Rows that were bad and did not go into the store", keeping.left_out)
    yield _counter("keeping_failures", "Times that the store could not be written; it is tried again", keeping.failures)
    yield _gauge("kept_seq", "The last message of which all is in the store", keeping.seq)
    if keeping.age_s is not None:
        yield _gauge("kept_age_seconds", "Wall time since everything had been kept", keeping.age_s)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(PREFIX + name, words, value)


def _gauges(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(PREFIX + name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(PREFIX + name, words, value)


def _counters(name: str, words: str, label: str, values: Mapping[str, float]) -> Metric:
    family = CounterMetricFamily(PREFIX + name, words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def _states(name: str, words: str, kind: type[StrEnum], present: StrEnum) -> Metric:
    return _gauges(name, words, name, {one.value: float(one is present) for one in kind})


def _journal_size(directory: Path) -> int:
    # The log beside the database comes and goes.
    sizes = 0
    for file in directory.glob("journal.sqlite*"):
        with suppress(FileNotFoundError):
            sizes += file.stat().st_size
    return sizes
