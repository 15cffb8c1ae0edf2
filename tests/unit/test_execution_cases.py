"""What fills, when and at what price. Every protective case is played as written and as its mirror, for a short."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest
from msgspec import UnsetType
from tests.unit.case import Case, Fact, Wish, bar, closed, flat, go, lines, opened, played, say, sized, traded

from finantrade.domain.commands import ClosePosition
from finantrade.domain.market import BarArrived, BarOpened, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import Entry, Signal

MINUTES = 60_000

MARKET = [
    Case("at the next opening", {0: go(1)}, [flat([0]), bar(1, 101, 105, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1"""),
    Case("not before there is a next price", {1: go(1)}, [flat([0, 1])], "order BTC-1 buy 1 entry stop - tp -"),
    Case("latency outlasts the opening: at the close", {0: go(1)}, [flat([0]), bar(1, 101, 105, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 104 taker entry at 1c""", execution={"latency_ms": 500}),
    Case("latency that ends with the opening", {0: go(1)}, [flat([0]), bar(1, 101, 105, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1""", execution={"latency_ms": 1}),
    Case("latency, then a trade", {0: go(1)},
         [flat([0]), opened(1, 101), traded(1, 0, 101.5), traded(1, 1, 102), closed(1, 101, 105, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 102 taker entry at 1+1s""", execution={"latency_ms": 500}),
    Case("latency longer than a bar", {0: go(1)}, [flat([0]), bar(1, 101), bar(2, 102, 103, 102, 103)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 103 taker entry at 2c""", execution={"latency_ms": 16 * MINUTES}),
    Case("a slow wire delays opening and close alike", {0: go(1)},
         [closed(0, 100, at=15 * MINUTES + 5_000), opened(1, 101, at=15 * MINUTES + 5_001)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1"""),
    Case("a command in mid-bar: at the next trade", {0: go(1)},
         [flat([0]), opened(1, 101), say(ClosePosition("BTC"), 16 * MINUTES), traded(1, 90, 103), closed(1, 101)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (close)
        fill BTC-2 sell 1 @ 103 taker exit at 1+90s"""),
    Case("a command in mid-bar, bars alone: at the close", {0: go(1)},
         [flat([0]), opened(1, 101), say(ClosePosition("BTC"), 16 * MINUTES), closed(1, 101, 104, 99, 102)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (close)
        fill BTC-2 sell 1 @ 102 taker exit at 1c"""),
    Case("an opening told again is no price", {0: go(1)},
         [flat([0]), opened(1, 101), say(ClosePosition("BTC"), 16 * MINUTES), opened(1, 101, at=17 * MINUTES),
          closed(1, 101, 104, 99, 102)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (close)
        fill BTC-2 sell 1 @ 102 taker exit at 1c"""),
    Case("a feed that tells no openings fills at closes", {0: go(1)}, [closed(0, 100), closed(1, 101)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1c"""),
]  # fmt: skip

COSTS = [
    Case("taker fee", {0: go(1)}, [flat([0]), bar(1, 101)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry fee 0.0404 at 1""", execution={"taker_fee_bps": 4.0}),
    Case("maker fee at a take-profit", {0: go(1, tp=105)}, [flat([0]), bar(1, 100, 106, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp 105
        fill BTC-1 buy 1 @ 100 taker entry fee 0.04 at 1
        fill BTC-1-take_profit sell 1 @ 105 maker take_profit fee 0.021 at 1c""",
         execution={"taker_fee_bps": 4.0, "maker_fee_bps": 2.0}),
    Case("a maker's rebate", {0: go(1, tp=105)}, [flat([0]), bar(1, 100, 106, 99, 104)], """
        order BTC-1 buy 1 entry stop - tp 105
        fill BTC-1 buy 1 @ 100 taker entry at 1
        fill BTC-1-take_profit sell 1 @ 105 maker take_profit fee -0.0105 at 1c""", execution={"maker_fee_bps": -1.0}),
    Case("a fee is rounded once, to 1e-8", {0: go(1)}, [flat([0]), bar(1, 100.01)], """
        order BTC-1 buy 0.333 entry stop - tp -
        fill BTC-1 buy 0.333 @ 100.01 taker entry fee 0.00111011 at 1""",
         execution={"taker_fee_bps": 1 / 3}, risk=sized(0.3339)),
    Case("slippage: the buyer pays more, the seller gets less", {0: go(1), 1: go(0)}, [flat([0, 1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100.1 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 99.9 taker exit at 2""", execution={"slippage_bps": 10.0}),
    Case("slippage is rounded to the tick against the taker", {0: go(1), 1: go(0)}, [flat([0, 1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 99 taker exit at 2""", execution={"slippage_bps": 1.0}, instrument={"tick": Decimal(1)}),
    Case("a price off the tick is rounded against the taker", {0: go(1)}, [flat([0]), bar(1, 101.001)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101.01 taker entry at 1"""),
    Case("a stop slips, a take-profit does not", {0: go(1, 95, 105), 2: go(-1, 105, 95)},
         [flat([0, 1]), bar(2, 100, 101, 94, 100), bar(3, 100, 101, 94, 95)], """
        order BTC-1 buy 1 entry stop 95 tp 105
        fill BTC-1 buy 1 @ 100.1 taker entry at 1
        fill BTC-1-stop sell 1 @ 94.9 taker stop at 2c
        order BTC-2 sell 1 entry stop 105 tp 95
        fill BTC-2 sell 1 @ 99.9 taker entry at 3
        fill BTC-2-take_profit buy 1 @ 95 maker take_profit at 3c""", execution={"slippage_bps": 10.0}),
    Case("levels are rounded to the nearest tick", {0: go(1, 95.004, 105.006)}, [flat([0])],
         "order BTC-1 buy 1 entry stop 95 tp 105.01"),
    Case("a quantity is cut down to whole lots", {0: go(1)}, [flat([0])], "order BTC-1 buy 1.99 entry stop - tp -",
         risk=sized(1.999), instrument={"lot": Decimal("0.01")}),
]  # fmt: skip

HELD = [flat([0]), bar(1, 100)]
ENTERED = """
    order BTC-1 buy 1 entry stop 95 tp 105
    fill BTC-1 buy 1 @ 100 taker entry at 1
"""
LATE_ENTRY = ENTERED.replace("at 1", "at 1c")
STOPPED = "fill BTC-1-stop sell 1 @ {} taker stop at {}"
TAKEN = "fill BTC-1-take_profit sell 1 @ {} maker take_profit at {}"


def held(
    name: str, feed: Sequence[list[Fact]], then: str = "", wishes: dict[int, Wish] | None = None, **execution: object
) -> Case:
    script = {0: go(1, 95, 105), **(wishes or {})}
    entered = LATE_ENTRY if execution.get("latency_ms") else ENTERED
    return Case(name, script, [*HELD, *feed], entered + then, execution=execution)


PROTECTION = [
    Case("a stop placed in mid-bar of a bar whose opening was not told", {0: go(1, 95, 105)},
         [flat([0]), traded(1, 60, 100), closed(1, 100, 106, 90, 100), bar(2, 100, 101, 96, 100)], """
         order BTC-1 buy 1 entry stop 95 tp 105
         fill BTC-1 buy 1 @ 100 taker entry at 1+60s"""),
    held("neither level reached", [bar(2, 100, 104.99, 95.01, 100)]),
    held("stop touched", [bar(2, 100, 101, 95, 100)], STOPPED.format(95, "2c")),
    held("stop traded through", [bar(2, 100, 101, 90, 91)], STOPPED.format(95, "2c")),
    held("opening beyond the stop", [bar(2, 93, 96, 92, 94)], STOPPED.format(93, "2")),
    held("opening at the stop", [bar(2, 95, 96, 94, 94)], STOPPED.format(95, "2")),
    held("limit traded through", [bar(2, 100, 105.01, 99, 100)], TAKEN.format(105, "2c")),
    held("bare touch of the limit", [bar(2, 100, 105, 99, 105)]),
    held("bare touch of the limit, asked for", [bar(2, 100, 105, 99, 105)], TAKEN.format(105, "2c"),
         fill_on_touch=True),
    held("opening beyond the limit", [bar(2, 108, 109, 107, 108)], TAKEN.format(105, "2")),
    held("opening at the limit", [bar(2, 105, 105, 104, 104)]),
    held("both within a bar: the stop was first", [bar(2, 100, 106, 94, 100)], STOPPED.format(95, "2c")),
    held("the opening beyond the limit was before the stop", [bar(2, 106, 107, 94, 100)], TAKEN.format(105, "2")),
    held("a trade told which came first", [opened(2, 100), traded(2, 60, 106), closed(2, 100, 106, 94, 100)],
         TAKEN.format(105, "2+60s")),
    held("a trade beyond the stop", [opened(2, 100), traded(2, 60, 94), closed(2, 100, 106, 94, 100)],
         STOPPED.format(94, "2+60s")),
    held("trades cover only what they tell", [opened(2, 100), traded(2, 60, 96), closed(2, 100, 101, 94, 100)],
         STOPPED.format(95, "2c")),
    Case("the entry's own bar: its stop", {0: go(1, 95, 105)}, [flat([0]), bar(1, 100, 101, 94, 100)],
         ENTERED + STOPPED.format(95, "1c")),
    Case("the entry's own bar: its limit", {0: go(1, 95, 105)}, [flat([0]), bar(1, 100, 106, 99, 100)],
         ENTERED + TAKEN.format(105, "1c")),
    Case("an entry filled beyond its own stop leaves at the first price", {0: go(1, 95, 105)},
         [flat([0]), bar(1, 94, 96, 93, 96)], """
        order BTC-1 buy 1 entry stop 95 tp 105
        fill BTC-1 buy 1 @ 94 taker entry at 1
        fill BTC-1-stop sell 1 @ 94 taker stop at 1c"""),
    Case("a stop placed in mid-bar and extremes from before it", {0: go(1, 95, 105)},
         [flat([0]), opened(1, 100), traded(1, 60, 100), closed(1, 100, 106, 90, 100), bar(2, 100, 104, 96, 100)],
         ENTERED.replace("at 1", "at 1+60s"), execution={"latency_ms": 500}),
    Case("a stop placed in mid-bar and the close", {0: go(1, 95, 105)},
         [flat([0]), opened(1, 100), traded(1, 60, 100), closed(1, 100, 106, 90, 93)],
         ENTERED.replace("at 1", "at 1+60s") + STOPPED.format(93, "1c"), execution={"latency_ms": 500}),
    Case("a stop placed in mid-bar and a trade after it", {0: go(1, 95, 105)},
         [flat([0]), opened(1, 100), traded(1, 60, 100), traded(1, 61, 94.5), closed(1, 100, 106, 90, 100)],
         ENTERED.replace("at 1", "at 1+60s") + STOPPED.format("94.5", "1+61s"), execution={"latency_ms": 500}),
    Case("a stop placed in mid-bar and the next bar's extremes", {0: go(1, 95, 105)},
         [flat([0]), opened(1, 100), traded(1, 60, 100), closed(1, 100, 106, 90, 100), bar(2, 100, 101, 94, 100)],
         ENTERED.replace("at 1", "at 1+60s") + STOPPED.format(95, "2c"), execution={"latency_ms": 500}),
    Case("an entry filled at a close, and that bar's extremes", {0: go(1, 95, 105)},
         [flat([0]), bar(1, 99, 106, 90, 100), bar(2, 100, 101, 94, 100)],
         LATE_ENTRY + STOPPED.format(95, "2c"), execution={"latency_ms": 500}),
    held("no levels, no protection", [bar(2, 100, 150, 50, 100)], "amend BTC buy stop - tp -", {1: go(1)}),
    held("a stop-out takes what was still to be added with it", [bar(2, 94)], """
        order BTC-2 buy 0.5 entry stop 95 tp 105
        fill BTC-1-stop sell 0.5 @ 94 taker stop at 2
        cancelled BTC-2 (position closed)""".strip(), {0: go(0.5, 95, 105), 1: go(1, 95, 105)}),
    held("a stop-out before a turn leaves nothing to reduce", [bar(2, 94)], """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        order BTC-3 sell 1 entry stop - tp -
        fill BTC-1-stop sell 1 @ 94 taker stop at 2
        cancelled BTC-2 (nothing to reduce)
        fill BTC-3 sell 1 @ 94 taker entry at 2""", {1: go(-1)}),
    held("a partial exit, and its stop covers the rest", [bar(2, 100), bar(3, 94)], """
        order BTC-2 sell 0.6 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.6 @ 100 taker exit at 2
        fill BTC-1-stop sell 0.4 @ 94 taker stop at 3""", {1: go(0.4, 95, 105)}),
]  # fmt: skip
PROTECTION[-3].expect = PROTECTION[-3].expect.replace("buy 1", "buy 0.5")

RAISED = "amend BTC buy stop 98 tp 105\n"

AMENDMENTS = [
    held("a raised stop works from the next price", [bar(2, 100, 101, 97, 99)], RAISED + STOPPED.format(98, "2c"),
         {1: go(1, 98, 105)}),
    held("a raised stop does not look back", [bar(2, 100, 101, 97, 99), bar(3, 99, 100, 98.5, 99)], RAISED,
         {2: go(1, 98, 105)}),
    held("a stop raised beyond the price leaves at once", [bar(2, 97)], RAISED + STOPPED.format(97, "2"),
         {1: go(1, 98, 105)}),
    held("a limit moved", [bar(2, 100, 104, 99, 100)],
         "amend BTC buy stop 95 tp 103\n" + TAKEN.format(103, "2c"), {1: go(1, 95, 103)}),
    held("both levels taken away", [bar(2, 100, 150, 50, 100)], "amend BTC buy stop - tp -", {1: go(1)}),
    held("the same wish again amends nothing", [bar(2, 100)], "", {1: go(1, 95, 105)}),
    held("a wish for less moves the stop too", [bar(2, 100, 101, 97, 99)], """
        order BTC-2 sell 0.5 exit stop - tp - (scale_out)
        amend BTC buy stop 98 tp 105
        fill BTC-2 sell 0.5 @ 100 taker exit at 2
        fill BTC-1-stop sell 0.5 @ 98 taker stop at 2c""", {1: go(0.5, 98, 105)}),
    held("with latency: between old and new, from before or after", [bar(2, 100, 101, 97, 99)], RAISED,
         {1: go(1, 98, 105)}, latency_ms=500),
    held("with latency: beyond old and new", [bar(2, 100, 101, 94, 99)], RAISED + STOPPED.format(95, "2c"),
         {1: go(1, 98, 105)}, latency_ms=500),
    held("with latency: the close", [bar(2, 100, 101, 97, 97)], RAISED + STOPPED.format(97, "2c"),
         {1: go(1, 98, 105)}, latency_ms=500),
    held("with latency: the next bar", [bar(2, 100), bar(3, 100, 101, 97, 99)], RAISED + STOPPED.format(98, "3c"),
         {1: go(1, 98, 105)}, latency_ms=500),
    held("with latency: trades before and after it begins",
         [opened(2, 100), traded(2, 0, 97), traded(2, 1, 97.5), closed(2, 100)], RAISED + STOPPED.format(97.5, "2+1s"),
         {1: go(1, 98, 105)}, latency_ms=500),
    held("a stop raised in mid-bar: what lasted is judged on the whole bar, though trades had told less",
         [opened(2, 100), traded(2, 60, 100), closed(2, 100, 101, 94, 99)], RAISED + STOPPED.format(95, "2c"),
         {1: go(1, 98, 105)}, latency_ms=500),
    Case("levels for an entry on its way are not lost", {0: go(1, 95, 105), 1: go(1, 98, 105)},
         [flat(range(4)), bar(4, 100, 101, 97, 99)], """
        order BTC-1 buy 1 entry stop 95 tp 105
        amend BTC buy stop 98 tp 105
        fill BTC-1 buy 1 @ 100 taker entry at 2c
        fill BTC-1-stop sell 1 @ 98 taker stop at 4c""", execution={"latency_ms": 16 * MINUTES}),
    Case("levels of a turned wish leave the position being left alone", {0: go(1, 95), 3: go(-1, 110), 4: go(-1, 106)},
         [flat(range(7)), bar(7, 100, 107, 99, 100)], """
        order BTC-1 buy 1 entry stop 95 tp -
        fill BTC-1 buy 1 @ 100 taker entry at 2c
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        order BTC-3 sell 1 entry stop 110 tp -
        amend BTC sell stop 106 tp -
        fill BTC-2 sell 1 @ 100 taker exit at 5c
        fill BTC-3 sell 1 @ 100 taker entry at 5c
        fill BTC-3-stop buy 1 @ 106 taker stop at 7c""", execution={"latency_ms": 16 * MINUTES}),
    Case("a flat wish said again leaves the protection of what is still held",
         {0: go(1, 95), 3: go(0), 4: Signal("BTC", 0.0, reason="again")},
         [flat(range(5)), opened(5, 100), traded(5, 60, 94), closed(5, 94)], """
        order BTC-1 buy 1 entry stop 95 tp -
        fill BTC-1 buy 1 @ 100 taker entry at 2c
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-1-stop sell 1 @ 94 taker stop at 5+60s
        cancelled BTC-2 (nothing to reduce)""", execution={"latency_ms": 20 * MINUTES}),
]  # fmt: skip


@pytest.mark.parametrize("case", MARKET + COSTS, ids=lambda case: case.name)
def test_market_orders(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", PROTECTION, ids=lambda case: case.name)
def test_protection_of_a_long(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", PROTECTION, ids=lambda case: case.name)
def test_protection_of_a_short(case: Case) -> None:
    other = mirrored(case)
    assert played(other).told() == lines(other.expect)


@pytest.mark.parametrize("case", AMENDMENTS, ids=lambda case: case.name)
def test_amendments_of_a_long(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


@pytest.mark.parametrize("case", AMENDMENTS, ids=lambda case: case.name)
def test_amendments_of_a_short(case: Case) -> None:
    other = mirrored(case)
    assert played(other).told() == lines(other.expect)


_PRICE = re.compile(r"(@|stop|tp|limit|trigger) (\d+(\.\d+)?)")


def mirrored(case: Case) -> Case:
    """Turn a case over at 100: what rose falls, what was bought is sold."""
    swapped = re.sub(r"\b(buy|sell)\b", lambda found: "sell" if found[0] == "buy" else "buy", case.expect)
    return replace(
        case,
        script={number: turned(wish) for number, wish in case.script.items() if isinstance(wish, Signal)},
        feed=[[(at, over(message)) for at, message in facts] for facts in case.feed],
        expect=re.sub(
            r"(@|stop|tp|limit|trigger) (\d+(\.\d+)?)", lambda found: f"{found[1]} {200 - float(found[2]):g}", swapped
        ),
    )


def turned(wish: Signal) -> Signal:
    stop, take_profit = (None if level is None else 200 - level for level in (wish.stop, wish.take_profit))
    return Signal(wish.symbol, -wish.target, stop, take_profit, wish.reason, "", turned_entry(wish.entry), wish.trail)


def turned_entry(entry: Entry | UnsetType) -> Entry | UnsetType:
    if not isinstance(entry, Entry):
        return entry
    limit, trigger = (None if price is None else 200 - price for price in (entry.limit, entry.trigger))
    return msgspec.structs.replace(entry, limit=limit, trigger=trigger)


def over(message: Message) -> Message:
    match message:
        case BarOpened(symbol=symbol, open_time=time, open=price):
            return BarOpened(symbol, time, 200 - price)
        case TradePrice(symbol=symbol, time=time, price=price):
            return TradePrice(symbol, time, 200 - price)
        case BarArrived(bar=one):
            prices = {"open": 200 - one.open, "high": 200 - one.low, "low": 200 - one.high, "close": 200 - one.close}
            return BarArrived(msgspec.structs.replace(one, **prices))
        case _:
            return message
