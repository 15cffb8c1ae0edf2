"""Limits, stop entries, times in force, trailing stops, shares of volume: what fills, when, at what; what is left."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import nan
from typing import Any

import msgspec
import pytest
from tests.unit.case import (
    LENGTH,
    Case,
    Fact,
    Wish,
    bar,
    closed,
    configured,
    flat,
    go,
    lines,
    opened,
    played,
    sized,
    traded,
)
from tests.unit.test_execution_cases import mirrored

from finantrade import config as cfg
from finantrade.config_checks import conflicts
from finantrade.domain.market import BarArrived
from finantrade.domain.orders import Entry, Fill, TimeInForce, Trail

MINUTES = 60_000
GTC, IOC, FOK, GTD = TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD


def limit(price: float, force: TimeInForce = GTC, minutes: int | None = None, *, post_only: bool = False) -> Entry:
    return Entry(price, None, force, None if minutes is None else minutes * MINUTES, post_only)


def trigger(price: float, force: TimeInForce = GTC, minutes: int | None = None) -> Entry:
    return Entry(None, price, force, None if minutes is None else minutes * MINUTES)


def entered(name: str, entry: Entry, feed: list[list[Fact]], expect: str, script: dict[int, Wish] | None = None,
            stop: float | None = None, tp: float | None = None, **execution: Any) -> Case:  # fmt: skip
    said = f"limit {entry.limit:g}" if entry.limit is not None else f"trigger {entry.trigger:g}"
    order = f"order BTC-1 buy 1 entry stop {stop or '-'} tp {tp or '-'} {said} {entry.time_in_force}"
    return Case(name, {0: go(1, stop, tp, entry=entry), **(script or {})}, [flat([0]), *feed],
                expect.replace("ORDER", order), execution=execution)  # fmt: skip


LIMITS = [
    entered("rests until prices go through it", limit(95), [bar(1, 100, 101, 96, 99), bar(2, 99, 100, 94, 97)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 2c"""),
    entered("not on a bare touch", limit(95), [bar(1, 100, 101, 95, 99)], "ORDER"),
    entered("on a bare touch, asked for", limit(95), [bar(1, 100, 101, 95, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1c""", fill_on_touch=True),
    entered("an opening gaps through it: at its price", limit(95), [bar(1, 100), bar(2, 92, 96, 91, 95)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 2"""),
    entered("comes in where the price is better: a taker", limit(95), [bar(1, 94, 96, 93, 95)], """
        ORDER
        fill BTC-1 buy 1 @ 94 taker entry at 1"""),
    entered("comes in at its very price: a taker", limit(95), [bar(1, 95, 96, 93, 95)], """
        ORDER
        fill BTC-1 buy 1 @ 95 taker entry at 1"""),
    entered("a taker slips, but never beyond its limit", limit(95), [bar(1, 94.99, 96, 93, 95)], """
        ORDER
        fill BTC-1 buy 1 @ 95 taker entry at 1""", slippage_bps=10.0),
    entered("a maker does not slip, and pays its own fee", limit(95), [bar(1, 100, 101, 94, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry fee 0.019 at 1c""", slippage_bps=10.0, maker_fee_bps=2.0, taker_fee_bps=5.0),
    entered("with latency: extremes from before it rested do not count", limit(95),
            [bar(1, 100, 101, 90, 99), bar(2, 99, 100, 94, 97)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 2c""", latency_ms=500),
    entered("a trade goes through it", limit(95), [opened(1, 100), traded(1, 60, 94), closed(1, 100, 100, 94, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1+60s"""),
    entered("a back-filled bar goes through it", limit(95),
            [bar(1, 100), closed(2, 100, 100, 94, 96, at=4 * LENGTH, backfilled=True)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 2c backfilled"""),
    entered("another wish withdraws it", limit(95), [bar(1, 100), bar(2, 100, 101, 90, 99)], """
        ORDER
        cancel BTC-1 (target changed)
        cancelled BTC-1 (target changed)""", {1: go(0)}),
    entered("the same wish at another limit replaces it", limit(95), [bar(1, 100), bar(2, 100, 101, 96, 99)], """
        ORDER
        cancel BTC-1 (target changed)
        cancelled BTC-1 (target changed)
        order BTC-2 buy 1 entry stop - tp - limit 97 gtc
        fill BTC-2 buy 1 @ 97 maker entry at 2c""", {1: go(1, entry=limit(97))}),
    entered("the same wish again does not", limit(95), [bar(1, 100), bar(2, 100, 101, 96, 99)], "ORDER",
            {1: go(1, entry=limit(95))}),
    entered("once it has filled, another limit adds nothing", limit(95), [bar(1, 100, 101, 94, 99), flat([2, 3])], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1c""", {2: go(1, entry=limit(97))}),
    entered("the low of its own bar came after it: stopped out", limit(95), [bar(1, 100, 101, 89, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1c
        fill BTC-1-stop sell 1 @ 90 taker stop at 1c""", stop=90),
    entered("the high of its own bar may have come before: no take-profit", limit(95), [bar(1, 100, 106, 94, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1c""", tp=105),
    entered("its protection works from the next bar on", limit(95), [bar(1, 100, 101, 94, 99), bar(2, 99, 100, 89, 95)],
            """
        ORDER
        fill BTC-1 buy 1 @ 95 maker entry at 1c
        fill BTC-1-stop sell 1 @ 90 taker stop at 2c""", stop=90),
]  # fmt: skip

TRIGGERS = [
    entered("waits for its price", trigger(105), [bar(1, 100, 104, 99, 103), bar(2, 103, 106, 102, 104)], """
        ORDER
        fill BTC-1 buy 1 @ 105 taker entry at 2c"""),
    entered("on a touch", trigger(105), [bar(1, 100, 105, 99, 103)], """
        ORDER
        fill BTC-1 buy 1 @ 105 taker entry at 1c"""),
    entered("an opening gaps through it: at that", trigger(105), [bar(1, 100), bar(2, 108, 109, 107, 108)], """
        ORDER
        fill BTC-1 buy 1 @ 108 taker entry at 2"""),
    entered("a price that is beyond it when it comes in", trigger(105), [bar(1, 106, 107, 105, 106)], """
        ORDER
        fill BTC-1 buy 1 @ 106 taker entry at 1"""),
    entered("by a trade", trigger(105), [opened(1, 100), traded(1, 60, 105.5), closed(1, 100)], """
        ORDER
        fill BTC-1 buy 1 @ 105.5 taker entry at 1+60s"""),
    entered("the low of its bar may have come after it: stopped out", trigger(105), [bar(1, 100, 106, 99, 103)], """
        ORDER
        fill BTC-1 buy 1 @ 105 taker entry at 1c
        fill BTC-1-stop sell 1 @ 101 taker stop at 1c""", stop=101),
]  # fmt: skip

FORCES = [
    entered("immediate or cancel, not marketable", limit(95, IOC), [bar(1, 100, 101, 90, 99)], """
        ORDER
        cancelled BTC-1 (immediate or cancel)"""),
    entered("immediate or cancel, marketable", limit(95, IOC), [bar(1, 94, 101, 90, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 94 taker entry at 1"""),
    entered("fill or kill, not marketable", limit(95, FOK), [bar(1, 100, 101, 90, 99)], """
        ORDER
        cancelled BTC-1 (fill or kill)"""),
    entered("fill or kill, marketable", limit(95, FOK), [bar(1, 94, 101, 90, 99)], """
        ORDER
        fill BTC-1 buy 1 @ 94 taker entry at 1"""),
    entered("good till a date, filled before", limit(95, GTD, 30), [bar(1, 100, 101, 94, 99)], """
        ORDER until 2c
        fill BTC-1 buy 1 @ 95 maker entry at 1c"""),
    entered("good till a date, and then gone", limit(95, GTD, 30), [bar(1, 100), bar(2, 100), bar(3, 100, 101, 90, 99)],
            """
        ORDER until 2c
        expired BTC-1 (time in force)"""),
    entered("a time that ends inside a bar is not taken to be enough", limit(95, GTD, 20),
            [bar(1, 100), bar(2, 100, 101, 90, 99)], """
        ORDER until 2+299.999s
        expired BTC-1 (time in force)"""),
    entered("a trigger's time", trigger(105, GTD, 15), [bar(1, 100), bar(2, 106)], """
        ORDER until 1c
        expired BTC-1 (time in force)"""),
    entered("what has expired is not retried", limit(95, GTD, 15), [bar(1, 100), flat([2, 3])], """
        ORDER until 1c
        expired BTC-1 (time in force)""", {2: go(1, entry=limit(95, GTD, 15))}),
    entered("post only, where it would take", limit(95, post_only=True), [bar(1, 94)], """
        ORDER post only
        cancelled BTC-1 (post only)"""),
    entered("post only, where it rests", limit(95, post_only=True), [bar(1, 100, 101, 94, 99)], """
        ORDER post only
        fill BTC-1 buy 1 @ 95 maker entry at 1c"""),
]  # fmt: skip


def trailing(name: str, feed: list[list[Fact]], expect: str, trail: Trail, stop: float | None = None,
             script: dict[int, Wish] | None = None, **execution: Any) -> Case:  # fmt: skip
    order = f"order BTC-1 buy 1 entry stop {stop or '-'} tp - trail {trail.distance:g} from {trail.activation:g}"
    feed = [flat([0]), bar(1, 100), *feed]
    expect = f"{order}\nfill BTC-1 buy 1 @ 100 taker entry at 1\n{expect}"
    return Case(name, {0: go(1, stop, trail=trail), **(script or {})}, feed, expect, execution=execution)


TRAILS = [
    trailing("stands below the entry from the beginning", [bar(2, 100, 101, 94.5, 99)],
             "fill BTC-1-stop sell 1 @ 95 taker stop at 2c", Trail(5)),
    trailing("follows the best price, from the next bar on", [bar(2, 100, 110, 99, 108), bar(3, 108, 108, 104, 106)],
             "fill BTC-1-stop sell 1 @ 105 taker stop at 3c", Trail(5)),
    trailing("does not move inside of a bar", [bar(2, 100, 110, 96, 106)], "", Trail(5)),
    trailing("moves with an opening", [bar(2, 110, 110, 104, 106)], "fill BTC-1-stop sell 1 @ 105 taker stop at 2c",
             Trail(5)),
    trailing("moves with a trade", [opened(2, 100), traded(2, 60, 110), traded(2, 90, 104.9), closed(2, 104)],
             "fill BTC-1-stop sell 1 @ 104.9 taker stop at 2+90s", Trail(5)),
    trailing("never moves back", [bar(2, 100, 110, 99, 108), bar(3, 107, 107, 106, 106), bar(4, 106, 106, 104.5, 105)],
             "fill BTC-1-stop sell 1 @ 105 taker stop at 4c", Trail(5)),
    trailing("waits for its activation", [bar(2, 100, 104.9, 90, 100)], "", Trail(5, 5)),
    trailing("and begins with it", [bar(2, 100, 106, 99, 105), bar(3, 105, 105, 100.5, 101)],
             "fill BTC-1-stop sell 1 @ 101 taker stop at 3c", Trail(5, 5)),
    trailing("a fixed stop stands until the trail is nearer", [bar(2, 100, 101, 96.5, 99)],
             "fill BTC-1-stop sell 1 @ 97 taker stop at 2c", Trail(5), stop=97),
    trailing("and is left behind by it", [bar(2, 100, 110, 99, 108), bar(3, 108, 108, 104, 106)],
             "fill BTC-1-stop sell 1 @ 105 taker stop at 3c", Trail(5), stop=97),
    trailing("gapped through like any stop", [bar(2, 100, 110, 99, 108), bar(3, 103)],
             "fill BTC-1-stop sell 1 @ 103 taker stop at 3", Trail(5)),
    trailing("a wish without it takes it away", [bar(2, 100, 110, 90, 100), bar(3, 100, 101, 90, 100)],
             "amend BTC buy stop - tp -", Trail(5), script={1: go(1)}),
    trailing("a wish for a narrower one", [bar(2, 100), bar(3, 100, 101, 97.5, 99)],
             "amend BTC buy stop - tp - trail 2 from 0\nfill BTC-1-stop sell 1 @ 98 taker stop at 3c", Trail(5),
             script={1: go(1, trail=Trail(2))}),
]  # fmt: skip


def volumes(case: Case, **by_number: float) -> Case:
    """Give bars the volumes named: ``v2=5`` is 5 base units in bar 2."""
    told = {int(name[1:]): volume for name, volume in by_number.items()}
    feed = [
        [(at, BarArrived(msgspec.structs.replace(one.bar, volume=told.get(one.bar.open_time // LENGTH, 1.0))))
         if isinstance(one, BarArrived) else (at, one) for at, one in facts]
        for facts in case.feed
    ]  # fmt: skip
    return replace(case, feed=feed)


def shared(name: str, feed: list[list[Fact]], expect: str, script: dict[int, Wish] | None = None,
           volume: dict[str, float] | None = None, **execution: Any) -> Case:  # fmt: skip
    case = Case(name, script or {0: go(1)}, [flat([0]), *feed], expect,
                execution={"participation": 0.5, **execution})  # fmt: skip
    return volumes(case, **(volume or {}))


SHARES = [
    shared("half of the volume of the last bar, and half of the next", [flat([1, 2, 3])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        fill BTC-1 buy 0.5 @ 100 taker entry at 2"""),
    shared("what the closed bar still has is there at its close", [flat([1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        fill BTC-1 buy 0.5 @ 100 taker entry at 1c""", volume={"v1": 2.0}),
    shared("enough of it", [flat([1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1""", volume={"v0": 2.0}),
    shared("whole lots only", [flat([1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.333 @ 100 taker entry at 1""", volume={"v0": 0.6667, "v1": 0.6667}),
    shared("none at all", [flat([1])], "order BTC-1 buy 1 entry stop - tp -", volume={"v0": 0.0, "v1": 0.0}),
    shared("a volume that is not known is taken to be enough", [flat([1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1""", volume={"v0": nan}),
    shared("the remainder is cancelled where that is configured", [flat([1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        cancelled BTC-1 (immediate or cancel)""", remainder=cfg.Remainder.CANCEL),
    shared("immediate or cancel", [flat([1, 2])], """
        order BTC-1 buy 1 entry stop - tp - limit 101 ioc
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        cancelled BTC-1 (immediate or cancel)""", {0: go(1, entry=limit(101, IOC))}),
    shared("fill or kill", [flat([1, 2])], """
        order BTC-1 buy 1 entry stop - tp - limit 101 fok
        cancelled BTC-1 (fill or kill)""", {0: go(1, entry=limit(101, FOK))}),
    shared("what is left of a limit that took rests", [bar(1, 100), bar(2, 101, 101, 99, 100)], """
        order BTC-1 buy 1 entry stop - tp - limit 100 gtc
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        fill BTC-1 buy 0.5 @ 100 maker entry at 2c""", {0: go(1, entry=limit(100))}),
    shared("an exit too, until nothing is held", [flat(range(1, 6))], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        fill BTC-1 buy 0.5 @ 100 taker entry at 2
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.5 @ 100 taker exit at 3
        fill BTC-2 sell 0.5 @ 100 taker exit at 4""", {0: go(1), 2: go(0)}),
    shared("an exit while the entry is still filling withdraws what is left of it", [flat(range(1, 4))], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        cancel BTC-1 (target changed)
        cancelled BTC-1 (target changed)
        order BTC-2 sell 0.5 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.5 @ 100 taker exit at 2""", {0: go(1), 1: go(0)}),
    shared("a stop follows at the market until all is sold", [bar(1, 100), bar(2, 100, 101, 94, 96), bar(3, 90)], """
        order BTC-1 buy 1 entry stop 95 tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        fill BTC-1-stop sell 0.5 @ 95 taker stop at 2c
        fill BTC-1-stop sell 0.5 @ 90 taker stop at 3""", {0: go(1, 95)}, {"v0": 2.0}),
    shared("a take-profit goes on resting", [bar(1, 100), bar(2, 100, 106, 99, 104), bar(3, 104, 106, 103, 104)], """
        order BTC-1 buy 1 entry stop - tp 105
        fill BTC-1 buy 1 @ 100 taker entry at 1
        fill BTC-1-take_profit sell 0.5 @ 105 maker take_profit at 2c
        fill BTC-1-take_profit sell 0.5 @ 105 maker take_profit at 3c""", {0: go(1, tp=105)}, {"v0": 2.0}),
    shared("both sides of a turn share it", [flat(range(1, 5))], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        order BTC-3 sell 1 entry stop - tp -
        fill BTC-2 sell 1 @ 100 taker exit at 2
        fill BTC-3 sell 0.5 @ 100 taker entry at 2
        fill BTC-3 sell 0.5 @ 100 taker entry at 3""", {0: go(1), 1: go(-1)}, {"v0": 2.0, "v1": 3.0}),
]  # fmt: skip

COSTS = [
    Case("half of the spread", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100.1 taker entry at 1""", execution={"spread_bps": 20.0}),
    Case("spread and slippage add up", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100.3 taker entry at 1""", execution={"spread_bps": 20.0, "slippage_bps": 20.0}),
    volumes(Case("a quarter of the volume moves the price by half of the impact", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100.5 taker entry at 1""", execution={"impact_bps": 100.0}), v0=4.0),
    volumes(Case("no volume, no impact", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1""", execution={"impact_bps": 100.0}), v0=0.0),
    volumes(Case("a volume that is not known, no impact", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1""", execution={"impact_bps": 100.0}), v0=nan),
]  # fmt: skip

TIERS = (
    cfg.FeeTierConfig(volume=100.0, maker_fee_bps=1.0, taker_fee_bps=2.0),
    cfg.FeeTierConfig(volume=200.0, maker_fee_bps=0.0, taker_fee_bps=1.0),
)


def test_fees_fall_with_what_was_traded_in_the_days_before() -> None:
    """A round trip a day of 100 each way: nothing on the first, 200 on the second; after 31 days without, nothing."""
    script = {0: go(1), 1: go(0), 96: go(1), 97: go(0), 98: go(1), 96 * 33: go(0)}
    case = Case("", script, [flat([0, 1, 2, 96, 97, 98, 99, 96 * 33, 96 * 33 + 1])], "",
                execution={"taker_fee_bps": 5.0, "fee_tiers": TIERS})  # fmt: skip
    fills = [one for one in played(case).decisions if isinstance(one, Fill)]
    assert [float(one.fee) for one in fills] == [0.05, 0.05, 0.01, 0.01, 0.01, 0.05]


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: case.name)
def test_limits(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", TRIGGERS, ids=lambda case: case.name)
def test_stop_entries(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", FORCES, ids=lambda case: case.name)
def test_times_in_force(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", TRAILS, ids=lambda case: case.name)
def test_trailing_stops(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", SHARES, ids=lambda case: case.name)
def test_shares_of_volume(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", COSTS, ids=lambda case: case.name)
def test_costs(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


MIRRORED = [one for one in (*LIMITS, *TRIGGERS, *TRAILS) if "fee" not in one.expect]


@pytest.mark.parametrize("case", MIRRORED, ids=lambda case: case.name)
def test_the_same_for_a_short(case: Case) -> None:
    other = mirrored(case)
    assert played(other).told() == lines(other.expect)


FILTERS = [
    Case("more than one market order takes: refused", {0: go(1)}, [flat([0, 1])], "refuse BTC market_lot 1 > 0.4"),
    Case("or cut down", {0: go(1)}, [flat([0, 1])], """
        order BTC-1 buy 0.4 entry stop - tp -
        fill BTC-1 buy 0.4 @ 100 taker entry at 1""", risk={"on_excess": cfg.OnExcess.REDUCE}),
    Case("a limit is not a market order", {0: go(1, entry=limit(101))}, [flat([0, 1])], """
        order BTC-1 buy 1 entry stop - tp - limit 101 gtc
        fill BTC-1 buy 1 @ 100 taker entry at 1"""),
    Case("an exit is written as several", {0: go(1, entry=limit(101)), 1: go(0)}, [flat([0, 1, 2])], """
        order BTC-1 buy 1 entry stop - tp - limit 101 gtc
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 0.4 exit stop - tp - (exit_signal)
        order BTC-3 sell 0.4 exit stop - tp - (exit_signal)
        order BTC-4 sell 0.2 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.4 @ 100 taker exit at 2
        fill BTC-3 sell 0.4 @ 100 taker exit at 2
        fill BTC-4 sell 0.2 @ 100 taker exit at 2"""),
]  # fmt: skip


@pytest.mark.parametrize("case", FILTERS, ids=lambda case: case.name)
def test_the_largest_market_order(case: Case) -> None:
    most = replace(case, instrument={"max_market_qty": Decimal("0.4")})
    assert played(most).told() == lines(case.expect)


def test_what_only_reduces_may_be_of_any_notional() -> None:
    case = Case("", {0: go(1), 1: go(0.9), 2: go(0)}, [flat([0, 1, 2, 3])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 0.1 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.1 @ 100 taker exit at 2
        order BTC-3 sell 0.9 exit stop - tp - (exit_signal)
        fill BTC-3 sell 0.9 @ 100 taker exit at 3""", instrument={"min_notional": Decimal(95)})  # fmt: skip
    assert played(case).told() == lines(case.expect)


def test_rules_of_the_venue_are_those_of_the_time() -> None:
    """From the second day on a lot is a tenth and the smallest order 50."""
    later = cfg.LaterRulesConfig(since="1970-01-02", tick=Decimal(1), lot=Decimal("0.1"), min_notional=Decimal(50))
    script = {0: go(1), 1: go(0), 96: go(1, 95.4), 97: go(0), 98: go(0.3)}
    case = Case("", script, [flat([0, 1, 2, 96, 97, 98, 99])], """
        order BTC-1 buy 0.567 entry stop - tp -
        fill BTC-1 buy 0.567 @ 100 taker entry at 1
        order BTC-2 sell 0.567 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.567 @ 100 taker exit at 2
        order BTC-3 buy 0.5 entry stop 95 tp -
        fill BTC-3 buy 0.5 @ 100 taker entry at 97
        order BTC-4 sell 0.5 exit stop - tp - (exit_signal)
        fill BTC-4 sell 0.5 @ 100 taker exit at 98
        refuse BTC min_notional 10 > 50""", risk=sized(0.567), instrument={"later": (later,)})  # fmt: skip
    assert played(case).told() == lines(case.expect)


WRONG = [
    (Entry(95.0, 105.0), "expected an entry with a limit or a trigger, found both"),
    (Entry(-1.0), "expected price levels finite and above zero, found -1.0"),
    (Entry(95.0, None, GTD), "expected expires_after_ms above zero with gtd and nowhere else"),
    (Entry(95.0, None, GTC, 1_000), "expected expires_after_ms above zero with gtd and nowhere else"),
    (Entry(None, 105.0, IOC), "expected a trigger to wait for its price, found ioc"),
    (Entry(95.0, None, IOC, None, True), "expected post_only with a limit that may rest"),
    (Trail(0.0), "expected a trail with a distance above zero and an activation of at least zero, found 0.0 and 0.0"),
    (Trail(5.0, -1.0), "found 5.0 and -1.0"),
]


@pytest.mark.parametrize(("wrong", "text"), WRONG, ids=[text for _, text in WRONG])
def test_what_is_no_order_switches_the_strategy_off(wrong: Entry | Trail, text: str) -> None:
    how = {"entry": wrong} if isinstance(wrong, Entry) else {"trail": wrong}
    told = played(Case("", {0: go(1, **how)}, [flat([0, 1])], "")).told()
    assert told.startswith("fault BTC (ValueError: ")
    assert text in told


def test_a_limit_is_sized_at_its_price_and_limited_at_what_is_dearer() -> None:
    risk = {**sized(0.5, cfg.SizingMethod.EQUITY_FRACTION), "max_symbol_exposure": 0.6}
    below = Case("", {0: go(1, entry=limit(80))}, [flat([0])], "refuse BTC max_symbol_exposure 0.625 > 0.6", risk=risk)
    assert played(below).told() == lines(below.expect)
    order = "order BTC-1 buy 40 entry stop - tp - trigger 125 gtc"
    above = Case("", {0: go(1, entry=trigger(125))}, [flat([0])], order, risk=risk)
    assert played(above).told() == lines(above.expect)


def test_a_stop_is_judged_on_the_price_of_the_entry() -> None:
    case = Case("", {0: go(1, 90, entry=limit(89))}, [flat([0])], "refuse BTC stop_side 90 > 89")
    assert played(case).told() == lines(case.expect)


def test_tiers_and_later_rules_have_to_ascend() -> None:
    rules = cfg.LaterRulesConfig(since="2020-01-01", tick=Decimal(1), lot=Decimal(0))
    case = Case("", {}, [], "", execution={"fee_tiers": TIERS[::-1]}, instrument={"later": (rules, rules)})
    found = [(".".join(map(str, one.path)), one.text) for one in conflicts(configured(case))]
    assert found == [
        ("instruments.BTC.later.0.lot", "expected a number above zero, found 0"),
        ("instruments.BTC.later.1.lot", "expected a number above zero, found 0"),
        ("instruments.BTC.later.1.since", "expected a date after the one before, found 2020-01-01"),
        ("execution.fee_tiers.1.volume", "expected a volume above the one before, found 100"),
    ]
