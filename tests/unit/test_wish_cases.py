"""From wishes to orders: sizes, limits, turns, scaling, what a refusal and a stop-out leave behind, the daily limit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.case import (
    DAY_BARS,
    ETH,
    LENGTH,
    Case,
    bar,
    closed,
    flat,
    go,
    lines,
    opened,
    pair,
    played,
    say,
    sized,
)

from finantrade.config import OnExcess, SizingMethod
from finantrade.domain.market import Heartbeat
from finantrade.domain.orders import Signal

IN = """
    order BTC-1 buy 1 entry stop - tp -
    fill BTC-1 buy 1 @ 100 taker entry at 1
"""
STOPPED_OUT = """
    order BTC-1 buy 1 entry stop 95 tp -
    fill BTC-1 buy 1 @ 100 taker entry at 1
    fill BTC-1-stop sell 1 @ 95 taker stop at 2c
"""
DIP = bar(2, 100, 101, 94, 100)
SHARE = sized(0.5, SizingMethod.EQUITY_FRACTION)

WISHES = [
    Case("an unchanged target never resizes", {0: go(1), 1: go(1), 2: go(1)}, [flat([0, 1]), flat([2, 3], 200)], """
        order BTC-1 buy 50 entry stop - tp -
        fill BTC-1 buy 50 @ 100 taker entry at 1""", risk=SHARE),
    Case("no wish, nothing changes", {0: go(1), 1: None}, [flat([0, 1, 2])], IN),
    Case("flat when flat", {0: go(0), 1: go(-0.0)}, [flat([0, 1, 2])], ""),
    Case("out", {0: go(1), 1: Signal("BTC", 0.0, reason="cross")}, [flat([0, 1]), bar(2, 103)], IN + """
        order BTC-2 sell 1 exit stop - tp - (cross)
        fill BTC-2 sell 1 @ 103 taker exit at 2"""),
    Case("a turn: out, then in, at one price", {0: go(1), 1: go(-1, 110, 90)}, [flat([0, 1]), bar(2, 103)], IN + """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        order BTC-3 sell 1 entry stop 110 tp 90
        fill BTC-2 sell 1 @ 103 taker exit at 2
        fill BTC-3 sell 1 @ 103 taker entry at 2""", rows="0: 0, 1: 1, 2: -1"),
    Case("a turn into half", {0: go(-1), 1: go(0.5)}, [flat([0, 1, 2])], """
        order BTC-1 sell 1 entry stop - tp -
        fill BTC-1 sell 1 @ 100 taker entry at 1
        order BTC-2 buy 1 exit stop - tp - (exit_signal)
        order BTC-3 buy 0.5 entry stop - tp -
        fill BTC-2 buy 1 @ 100 taker exit at 2
        fill BTC-3 buy 0.5 @ 100 taker entry at 2"""),
    Case("scaling in and out, by the size fixed at entry", {0: go(0.2), 1: go(1), 2: go(0.4)},
         [flat([0, 1]), flat([2, 3], 200)], """
        order BTC-1 buy 10 entry stop - tp -
        fill BTC-1 buy 10 @ 100 taker entry at 1
        order BTC-2 buy 40 entry stop - tp -
        fill BTC-2 buy 40 @ 200 taker entry at 2
        order BTC-3 sell 30 exit stop - tp - (scale_out)
        fill BTC-3 sell 30 @ 200 taker exit at 3""", risk=SHARE),
    Case("scaling in brings the new levels to all of it", {0: go(0.5, 90), 1: go(1, 95)},
         [flat([0, 1, 2]), bar(3, 100, 101, 94, 100)], """
        order BTC-1 buy 0.5 entry stop 90 tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        order BTC-2 buy 0.5 entry stop 95 tp -
        fill BTC-2 buy 0.5 @ 100 taker entry at 2
        fill BTC-2-stop sell 1 @ 95 taker stop at 3c"""),
    Case("scaling loses no lot to binary noise", {0: go(0.3), 1: go(1), 2: go(0.1)}, [flat([0, 1, 2])], """
        order BTC-1 buy 0.21 entry stop - tp -
        fill BTC-1 buy 0.21 @ 100 taker entry at 1
        order BTC-2 buy 0.49 entry stop - tp -
        fill BTC-2 buy 0.49 @ 100 taker entry at 2
        order BTC-3 sell 0.63 exit stop - tp - (scale_out)""",
         risk=sized(0.7), instrument={"lot": Decimal("0.01")}),
    Case("a change below a lot is none", {0: go(1), 1: go(0.9999)}, [flat([0, 1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 0.1 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.1 @ 100 taker exit at 2""", instrument={"lot": Decimal("0.1")}),
    Case("a new wish replaces an entry on its way", {0: go(1), 1: go(0.5)}, [flat(range(4))], """
        order BTC-1 buy 1 entry stop - tp -
        cancel BTC-1 (target changed)
        cancelled BTC-1 (target changed)
        order BTC-2 buy 0.5 entry stop - tp -
        fill BTC-2 buy 0.5 @ 100 taker entry at 3c""", execution={"latency_ms": 16 * 60_000}),
    Case("a refused wish is not retried, a changed one is judged anew", {0: go(1), 1: go(1), 2: go(0.5)},
         [flat(range(4))], """
        refuse BTC max_order_notional 100 > 50
        order BTC-1 buy 0.5 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 3""", risk={"max_order_notional": 50.0}),
    Case("a refused turn leaves flat", {0: go(1), 1: go(-1)}, [flat([0, 1, 2])], IN + """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        refuse BTC allow_short -1 > 0
        fill BTC-2 sell 1 @ 100 taker exit at 2""", risk={"allow_short": False}),
    Case("a refused addition still moves the stop", {0: go(0.5, 90), 1: go(1, 95)},
         [flat([0, 1]), bar(2, 100, 101, 94, 100)], """
        order BTC-1 buy 0.5 entry stop 90 tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        refuse BTC max_symbol_exposure 0.01 > 0.008
        amend BTC buy stop 95 tp -
        fill BTC-1-stop sell 0.5 @ 95 taker stop at 2c""", risk={"max_symbol_exposure": 0.008}),
    Case("after a stop-out the same wish stays out", {0: go(1, 95), 2: go(1, 95), 3: go(1, 96)}, [flat([0, 1]), DIP,
         flat([3, 4])], STOPPED_OUT, rows="0: 0, 1: 1, 2: 0, 3: 0, 4: 0"),
    Case("after a stop-out more or less of the same side stays out", {0: go(1, 95), 2: go(0.5, 95), 3: go(0.9)},
         [flat([0, 1]), DIP, flat([3, 4])], STOPPED_OUT),
    Case("after a stop-out and a flat wish it may enter", {0: go(1, 95), 2: go(0), 3: go(1)},
         [flat([0, 1]), DIP, flat([3, 4])], STOPPED_OUT + """
        order BTC-2 buy 1 entry stop - tp -
        fill BTC-2 buy 1 @ 100 taker entry at 4"""),
    Case("after a stop-out the other side may enter", {0: go(1, 95), 2: go(-1)}, [flat([0, 1]), DIP, flat([3])],
         STOPPED_OUT + """
        order BTC-2 sell 1 entry stop - tp -
        fill BTC-2 sell 1 @ 100 taker entry at 3"""),
    Case("after a stop-out with reenter the same wish enters", {0: go(1, 95), 2: go(1, 95)},
         [flat([0, 1]), DIP, flat([3])], STOPPED_OUT + """
        order BTC-2 buy 1 entry stop 95 tp -
        fill BTC-2 buy 1 @ 100 taker entry at 3""", risk={"reenter": True}),
    Case("after a take-profit the same wish stays out", {0: go(1, tp=105), 2: go(1, tp=105)},
         [flat([0, 1]), bar(2, 100, 106, 99, 100), flat([3])], """
        order BTC-1 buy 1 entry stop - tp 105
        fill BTC-1 buy 1 @ 100 taker entry at 1
        fill BTC-1-take_profit sell 1 @ 105 maker take_profit at 2c"""),
    Case("a stop on the wrong side", {0: go(1, 100), 1: go(-1, 99)}, [flat([0, 1, 2])], """
        refuse BTC stop_side 100 > 100
        refuse BTC stop_side 99 > 100"""),
    Case("too little for a lot", {0: go(0.0009)}, [flat([0, 1])], "refuse BTC lot 0.0009 > 0.001"),
    Case("too little for the venue, but never too little to leave", {0: go(1), 1: go(0.4), 2: go(0), 3: go(0.4)},
         [flat(range(5))], IN + """
        order BTC-2 sell 0.6 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.6 @ 100 taker exit at 2
        order BTC-3 sell 0.4 exit stop - tp - (exit_signal)
        fill BTC-3 sell 0.4 @ 100 taker exit at 3
        refuse BTC min_notional 40 > 50""", instrument={"min_notional": Decimal(50)}),
    Case("entries of one boundary count for each other", {0: go(1)}, [
         opened(0, 100), opened(0, 100, ETH), closed(0, 100), closed(0, 100, symbol=ETH)], """
        order BTC-1 buy 60 entry stop - tp -
        refuse ETH max_leverage 1.2 > 1""", risk={**sized(60.0), "max_leverage": 1.0}, eth={0: go(1, symbol=ETH)}),
    Case("a wish for less never buys, not even after a reduced entry", {0: go(1), 1: go(0.5)}, [flat([0, 1, 2])], """
        order BTC-1 buy 40 entry stop - tp -
        fill BTC-1 buy 40 @ 100 taker entry at 1
        order BTC-2 sell 20 exit stop - tp - (scale_out)
        fill BTC-2 sell 20 @ 100 taker exit at 2""",
         risk={**sized(100.0), "max_order_notional": 4000.0, "on_excess": OnExcess.REDUCE}),
]  # fmt: skip


@pytest.mark.parametrize("case", WISHES, ids=lambda case: case.name)
def test_wishes(case: Case) -> None:
    session = played(case)
    assert session.told() == lines(case.expect)
    assert case.rows is None or ", ".join(session.btc.rows) == case.rows


@pytest.mark.parametrize(
    ("method", "value", "leverage", "target", "qty"),
    [
        (SizingMethod.FIXED_QTY, 1.5, 1.0, 1.0, "1.5"),
        (SizingMethod.FIXED_QTY, 1.5, 2.0, 1.0, "3"),
        (SizingMethod.FIXED_QTY, 0.7, 3.0, 1.0, "2.1"),
        (SizingMethod.FIXED_QTY, 1.5, 2.0, -0.5, "1.5"),
        (SizingMethod.FIXED_NOTIONAL, 500.0, 1.0, 1.0, "5"),
        (SizingMethod.FIXED_NOTIONAL, 500.0, 3.0, 1.0, "15"),
        (SizingMethod.EQUITY_FRACTION, 0.57, 1.0, 1.0, "57"),
        (SizingMethod.EQUITY_FRACTION, 0.25, 4.0, 0.5, "50"),
        (SizingMethod.STOP_DISTANCE, 0.01, 1.0, 1.0, "20"),
        (SizingMethod.STOP_DISTANCE, 0.01, 2.0, 0.5, "20"),
        (SizingMethod.STOP_DISTANCE, 0.01, 1.0, -1.0, "20"),
    ],
)
def test_sizes(method: SizingMethod, value: float, leverage: float, target: float, qty: str) -> None:
    side, stop = ("buy", 95) if target > 0 else ("sell", 105)
    case = Case("", {0: go(target, stop)}, [flat([0])], "", risk={**sized(value, method), "leverage": leverage})
    assert played(case).told() == f"order BTC-1 {side} {qty} entry stop {stop} tp -"


def test_stop_distance_without_a_stop_is_refused() -> None:
    case = Case("", {0: go(1)}, [flat([0])], "", risk=sized(0.01, SizingMethod.STOP_DISTANCE))
    assert played(case).told() == "refuse BTC stop_missing 0 > 1"


LIMITS = [
    ({"max_leverage": 1.0}, "refuse BTC max_leverage 1.5 > 1", "100"),
    ({"max_symbol_exposure": 0.5}, "refuse BTC max_symbol_exposure 1.5 > 0.5", "50"),
    ({"max_order_notional": 2500.0}, "refuse BTC max_order_notional 15000 > 2500", "25"),
    ({"max_leverage": 1.0, "max_order_notional": 2500.0}, "refuse BTC max_leverage 1.5 > 1", "25"),
]


@pytest.mark.parametrize(("limit", "refusal", "reduced"), LIMITS)
def test_limits(limit: dict[str, Any], refusal: str, reduced: str) -> None:
    risk = {**sized(150.0), **limit}
    assert played(Case("", {0: go(1)}, [flat([0])], "", risk=risk)).told() == refusal
    smaller = Case("", {0: go(1)}, [flat([0])], "", risk={**risk, "on_excess": OnExcess.REDUCE})
    assert played(smaller).told() == f"order BTC-1 buy {reduced} entry stop - tp -"


def test_no_room_left_is_too_little_for_a_lot() -> None:
    risk = {**sized(100.0), "max_leverage": 1.0, "on_excess": OnExcess.REDUCE}
    feed = [opened(0, 100), opened(0, 100, ETH), closed(0, 100), closed(0, 100, symbol=ETH)]
    case = Case("", {0: go(1)}, feed, "", risk=risk, eth={0: go(1, symbol=ETH)})
    assert played(case).told() == "order BTC-1 buy 100 entry stop - tp -\nrefuse ETH lot 0 > 0.001"


LAST = DAY_BARS - 1
MIDNIGHT = DAY_BARS * LENGTH
FIFTY = {**sized(50.0), "daily_loss": 0.05}
LOST = """
    order BTC-1 buy 50 entry stop - tp -
    fill BTC-1 buy 50 @ 100 taker entry at 93
    blocked by daily_loss 0.05 > 0.05
"""
DAILY = [
    Case("a loss at the limit blocks entries, not exits", {92: go(1), 93: go(0), 94: go(1), LAST: go(0)},
         [flat([92]), bar(93, 100, 100, 90, 90), flat([94, LAST], 90)], LOST + """
        order BTC-2 sell 50 exit stop - tp - (exit_signal)
        fill BTC-2 sell 50 @ 90 taker exit at 94
        refuse BTC daily_loss 0.05 > 0.05""", risk=FIFTY),
    Case("a loss below the limit blocks nothing", {92: go(1)}, [flat([92]), bar(93, 100, 100, 90, 90.01)], """
        order BTC-1 buy 50 entry stop - tp -
        fill BTC-1 buy 50 @ 100 taker entry at 93""", risk=FIFTY),
    Case("the bar that closes the day belongs to it; the first close of the next day lifts the block",
         {92: go(1), 93: go(0), LAST: go(1), 96: go(0.5), 97: go(0)},
         [flat([92]), bar(93, 100, 100, 90, 90), flat([94, 95, 96, 97], 90)], LOST + """
        order BTC-2 sell 50 exit stop - tp - (exit_signal)
        fill BTC-2 sell 50 @ 90 taker exit at 94
        refuse BTC daily_loss 0.05 > 0.05
        allowed by daily_loss
        order BTC-3 buy 25 entry stop - tp -
        fill BTC-3 buy 25 @ 90 taker entry at 97
        order BTC-4 sell 25 exit stop - tp - (exit_signal)""", risk=FIFTY),
    Case("a loss of the day's last bar is that day's; the next opens with what was left",
         {94: go(1)}, [flat([94]), bar(LAST, 100, 100, 90, 90), bar(96, 90, 90, 80.6, 80.6), bar(97, 80.5)], """
        order BTC-1 buy 50 entry stop - tp -
        fill BTC-1 buy 50 @ 100 taker entry at 95
        blocked by daily_loss 0.05 > 0.05
        allowed by daily_loss
        blocked by daily_loss 0.05 > 0.05""", risk=FIFTY),
    Case("flatten", {92: go(1), 93: go(1), 94: go(0.9)}, [flat([92]), bar(93, 100, 100, 90, 90), flat([94, 95], 88)],
         LOST + """
        order BTC-2 sell 50 exit stop - tp - (daily_loss)
        fill BTC-2 sell 50 @ 88 taker exit at 94""", risk={**FIFTY, "daily_loss_flatten": True}),
    Case("flatten on the mark of an entry's own fee", {92: go(1)}, [flat([92, 93, 94])], """
        order BTC-1 buy 50 entry stop - tp -
        fill BTC-1 buy 50 @ 100 taker entry fee 500 at 93
        blocked by daily_loss 0.05 > 0.05
        order BTC-2 sell 50 exit stop - tp - (daily_loss)
        fill BTC-2 sell 50 @ 100 taker exit fee 500 at 93c""",
         risk={**FIFTY, "daily_loss_flatten": True}, execution={"taker_fee_bps": 1000.0}),
    Case("a breach withdraws entries on their way, whatever the order of symbols", {92: go(0.2), 93: go(1)}, [
         pair(92, [100], [100]), pair(93, [100], [100, 100, 90, 90]), pair(94, [100], [90])], """
        order BTC-1 buy 10 entry stop - tp -
        order ETH-1 buy 50 entry stop - tp -
        fill BTC-1 buy 10 @ 100 taker entry at 93
        fill ETH-1 buy 50 @ 100 taker entry at 93
        order BTC-2 buy 40 entry stop - tp -
        blocked by daily_loss 0.05 > 0.05
        cancel BTC-2 (daily_loss)
        cancelled BTC-2 (daily_loss)""", risk=FIFTY, eth={92: go(1, symbol=ETH)}),
    Case("the entry of a turn whose exit broke the limit is taken back", {92: go(1), 93: go(-1)},
         [flat([92, 93]), bar(94, 90), flat([95], 90)], """
        order BTC-1 buy 50 entry stop - tp -
        fill BTC-1 buy 50 @ 100 taker entry at 93
        order BTC-2 sell 50 exit stop - tp - (exit_signal)
        order BTC-3 sell 50 entry stop - tp -
        fill BTC-2 sell 50 @ 90 taker exit at 94
        blocked by daily_loss 0.05 > 0.05
        cancel BTC-3 (daily_loss)
        fill BTC-3 sell 50 @ 90 taker entry at 94
        order BTC-4 buy 50 exit stop - tp - (withdrawn)
        fill BTC-4 buy 50 @ 90 taker exit at 94c""", risk=FIFTY),
]  # fmt: skip


@pytest.mark.parametrize("case", DAILY, ids=lambda case: case.name)
def test_daily_loss(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


def test_a_late_bar_of_the_day_before_counts_for_that_day() -> None:
    feed = [
        pair(93, [100], [100]), pair(94, [100], [100]), opened(LAST, 100), opened(LAST, 100, ETH), closed(LAST, 100),
        say(Heartbeat(), MIDNIGHT + 2_000), opened(96, 100, at=MIDNIGHT + 2_001),
        closed(LAST, 100, 100, 89, 89, symbol=ETH, at=MIDNIGHT + 3_000), opened(96, 89, ETH, at=MIDNIGHT + 3_001),
        closed(96, 100), closed(96, 89, 89, 79, 79, symbol=ETH),
    ]  # fmt: skip
    script = {93: go(1), LAST: go(0.5)}
    case = Case("", script, feed, "", risk={**FIFTY, "max_leverage": 10.0}, eth={93: go(1, symbol=ETH)})
    session = played(case)
    assert session.told().splitlines()[-2:] == [
        "fill BTC-2 sell 25 @ 100 taker exit at 96",  # the new day has begun, then 550 are lost of the old one
        "blocked by daily_loss 0.05291005 > 0.05",  # 500 of the 9 450 that are left
    ]
    assert sum(getattr(one, "late", False) for one in session.decisions) == 1
