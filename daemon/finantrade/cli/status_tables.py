"""The daemon's status as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from rich.console import RenderableType
from rich.text import Text

from finantrade.cli.coverage_text import lacking
from finantrade.cli.figures import NOTHING, count, duration, number, percent, price, stamp
from finantrade.cli.output import facts, table
from finantrade.domain.account import TradingState
from finantrade.runtime.status import Condition, FeedStatus, Status

GOOD = {Condition.RUNNING.value, TradingState.ACTIVE.value}
BAD = {Condition.QUARANTINED.value, Condition.JOURNAL_UNWRITABLE.value}


def tables(text: bytes) -> Iterator[RenderableType]:
    """Yield the parts of a status, from its JSON text."""
    status = msgspec.json.decode(text, type=Status)
    yield facts("", list(_summary(status)))
    yield facts("Account", list(_account(status)))
    yield _positions(status)
    if status.orders:
        yield _orders(status)
    yield _feeds(status)
    if status.refusals:
        yield table("Refusals", ["rule", ">times"], [(rule, count(times)) for rule, times in status.refusals.items()])
    if status.poison is not None:
        yield f"Input {status.poison.seq:,} raises: {status.poison.message}\n{status.poison.traceback}"


def _summary(status: Status) -> Iterator[tuple[str, object]]:
    data = "synthetic data" if status.synthetic_data else "real data"
    yield "session", f"{status.name}/{status.session} ({data}), up {duration(status.uptime_s * 1000)}"
    yield "trading", _coloured(status.trading_state.value)
    yield "daemon", Text.assemble(_coloured(status.condition.value), f"  {status.detail}" if status.detail else "")
    if status.switched_off:
        off = ", ".join(f"{one.strategy} on {one.symbol}" for one in status.switched_off)
        yield "switched off", Text(f"{off}: raised, see the log", style="bold red")
    if status.coverage is not None and status.coverage.poor:
        yield "coverage", Text(f"poor: {', '.join(lacking(status.coverage))}", style="bold red")
    yield "requested", status.requested or NOTHING
    lane = status.lane
    yield "lane", f"input {count(lane.seq)} of {stamp(lane.at or None)}, {count(lane.decisions)} decisions"
    yield "latency", f"p50 {number(lane.p50_ms)} ms, p99 {number(lane.p99_ms)} ms"
    yield "head", lane.head


def _account(status: Status) -> Iterator[tuple[str, object]]:
    account = status.account
    gain = account.equity / account.initial - 1 if account.initial else None
    yield "equity", f"{number(account.equity)} {account.quote} ({percent(gain)})"
    yield "cash", number(account.cash)
    yield "realised", number(account.realised)
    yield "fees", number(account.fees)
    limit = "" if account.day_loss_limit is None else f", limit {percent(account.day_loss_limit)}"
    yield "loss today", f"{percent(account.day_loss)}{limit}{', entries blocked' if account.entries_blocked else ''}"
    yield "fills", count(status.fills)


def _positions(status: Status) -> RenderableType:
    rows = [
        (
            one.symbol,
            one.strategy,
            "long" if one.qty > 0 else "short",
            price(abs(one.qty)),
            price(one.entry_price),
            price(one.mark),
            number(one.unrealised),
            price(one.stop),
            price(one.take_profit),
        )
        for one in status.positions
    ]
    columns = ["symbol", "?strategy", "side", ">quantity", ">entry", "?>mark", ">unrealised", ">stop", "?>take profit"]
    return table("Positions", columns, rows) if rows else "\nPositions: none"


def _orders(status: Status) -> RenderableType:
    rows = [(one.id, one.strategy, one.side, price(one.qty), one.role, one.reason) for one in status.orders]
    return table("Orders", ["id", "strategy", "side", ">quantity", "role", "reason"], rows)


def _feeds(status: Status) -> RenderableType:
    rows = [
        (
            one.symbol,
            price(one.last_price),
            stamp(None if one.last_close_time is None else one.last_close_time + 1),
            NOTHING if one.age_s is None else f"{one.age_s:,.1f} s ago",
            _freshness(one),
        )
        for one in status.feeds
    ]
    return table("Feeds", ["symbol", ">last price", "last close", ">heard", ""], rows)


def _freshness(feed: FeedStatus) -> Text:
    if feed.stale:
        return Text("stale", style="bold red")
    return Text("silent so far", style="dim") if feed.age_s is None else Text("fresh", style="green")


def _coloured(state: str) -> Text:
    style = "green" if state in GOOD else "bold red" if state in BAD else "yellow"
    return Text(state.replace("_", " "), style=style)
