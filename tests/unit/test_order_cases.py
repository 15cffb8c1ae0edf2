"""In which order things happen: closes of one instant, late and lost bars, back-filled spans, silent wires."""

from __future__ import annotations

from itertools import permutations

import pytest
from tests.unit.case import (
    BTC,
    ETH,
    LENGTH,
    Case,
    Fact,
    Session,
    bar,
    closed,
    flat,
    go,
    lines,
    opened,
    pair,
    played,
    say,
    traded,
)

from finantrade.domain.market import BoundaryComplete, FeedGap, FeedRestored, FeedStale, Heartbeat
from finantrade.domain.message import Message

SECOND = 1_000
MID = LENGTH // 2
IN = """
    order BTC-1 buy 1 entry stop 95 tp 105
    fill BTC-1 buy 1 @ 100 taker entry at 1
"""


def missed(number: int, *prices: float, symbol: str = BTC, back: int) -> list[Fact]:
    """Back-fill a bar once its wire is back, at the opening of bar ``back``."""
    return closed(number, *prices, symbol=symbol, at=back * LENGTH, backfilled=True)


def gap(number: int, bars: int, back: int) -> list[Fact]:
    """Declare ``bars`` bars from ``number`` on lost."""
    return say(FeedGap(BTC, number * LENGTH, (number + bars - 1) * LENGTH, bars), back * LENGTH)


def back(number: int, symbol: str = BTC) -> list[Fact]:
    """Say at the opening of a bar that the wire is back."""
    return say(FeedRestored(symbol), number * LENGTH)


def silent(number: int, symbol: str = BTC) -> list[Fact]:
    """Say in the middle of a bar that nothing has come since its opening."""
    return say(FeedStale(symbol, number * LENGTH), number * LENGTH + MID)


SHOWN = [
    Case("on the bar of the fill it is shown the position", {0: go(1, 95, 105)}, [flat([0]), bar(1, 100)], IN,
         rows="0: 0, 1: 1"),
    Case("on the bar of the stop-out it is shown that it is flat", {0: go(1, 95, 105)},
         [flat([0, 1]), bar(2, 100, 101, 94, 96)], IN + "fill BTC-1-stop sell 1 @ 95 taker stop at 2c",
         rows="0: 0, 1: 1, 2: 0"),
    Case("on the bar of the take-profit it is shown that it is flat", {0: go(1, 95, 105)},
         [flat([0, 1]), bar(2, 100, 106, 99, 104)],
         IN + "fill BTC-1-take_profit sell 1 @ 105 maker take_profit at 2c", rows="0: 0, 1: 1, 2: 0"),
    Case("filled and stopped out within one bar", {0: go(1, 95, 105)}, [flat([0]), bar(1, 100, 101, 94, 96), flat([2])],
         IN + "fill BTC-1-stop sell 1 @ 95 taker stop at 1c", rows="0: 0, 1: 0, 2: 0"),
    Case("a fill at the close is shown on that very bar", {0: go(1)}, [flat([0]), bar(1, 100, 104, 99, 103)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 103 taker entry at 1c""", rows="0: 0, 1: 1", execution={"latency_ms": 500}),
    Case("half of it sold is shown as half", {0: go(1), 1: go(0.5)}, [flat([0, 1, 2])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 0.5 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.5 @ 100 taker exit at 2""", rows="0: 0, 1: 1, 2: 0.5"),
]  # fmt: skip

BACKFILLED = [
    Case("a span: its stop fills at its level, on its bar", {0: go(1, 95, 105)},
         [flat([0, 1]), silent(2), missed(2, 100, 101, 96, 97, back=4), missed(3, 97, 98, 93, 94, back=4), back(4),
          flat([4])], IN + "fill BTC-1-stop sell 1 @ 95 taker stop at 3c backfilled",
         rows="0: 0, 1: 1, 2: 1, 3: 0, 4: 0"),
    Case("a span: gapped through, its stop fills at the opening of its bar", {0: go(1, 95, 105)},
         [flat([0, 1]), silent(2), missed(2, 93, 94, 92, 93, back=3), back(3), flat([3])],
         IN + "fill BTC-1-stop sell 1 @ 93 taker stop at 2c backfilled"),
    Case("a span: its take-profit fills at its price", {0: go(1, 95, 105)},
         [flat([0, 1]), silent(2), missed(2, 100, 107, 99, 106, back=3), back(3), flat([3])],
         IN + "fill BTC-1-take_profit sell 1 @ 105 maker take_profit at 2c backfilled"),
    Case("a span: both touched, the stop was first", {0: go(1, 95, 105)},
         [flat([0, 1]), silent(2), missed(2, 100, 107, 94, 106, back=3), back(3), flat([3])],
         IN + "fill BTC-1-stop sell 1 @ 95 taker stop at 2c backfilled"),
    Case("no entry is decided on it; the first live row says it", {2: go(1), 3: go(1), 4: go(1)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 100, back=4), back(4), flat([4, 5])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 5"""),
    Case("what it wished for in between and no longer wants is never entered", {2: go(1), 3: go(0)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 100, back=4), back(4), flat([4, 5])], ""),
    Case("an exit decided on it is executed at the first live price", {0: go(1, 95, 105), 2: go(0)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 98, back=4), back(4), bar(4, 97), flat([5])],
         IN + """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 97 taker exit at 4"""),
    Case("a turn decided on it leaves at the first live price, and enters on the first live row",
         {0: go(1, 95, 105), 2: go(-1), 3: go(-1), 4: go(-1)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 98, back=4), back(4), flat([4, 5], 97)], IN + """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 97 taker exit at 4
        order BTC-3 sell 1 entry stop - tp -
        fill BTC-3 sell 1 @ 97 taker entry at 5"""),
    Case("a stop raised on it works in the rest of the span", {0: go(1, 95, 105), 2: go(1, 98, 105)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 100, 101, 97, 99, back=4), back(4), flat([4])],
         IN + """
        amend BTC buy stop 98 tp 105
        fill BTC-1-stop sell 1 @ 98 taker stop at 3c backfilled"""),
    Case("an entry on its way when the wire fell silent fills at the first live price", {1: go(1)},
         [flat([0, 1]), silent(2), missed(2, 100, 101, 99, 100, back=3), back(3), bar(3, 102)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 102 taker entry at 3"""),
    Case("no addition is decided on it, and less of it is", {0: go(0.5), 2: go(1), 3: go(0.25)},
         [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 100, back=4), back(4), flat([4])], """
        order BTC-1 buy 0.5 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        order BTC-2 sell 0.25 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.25 @ 100 taker exit at 4"""),
]  # fmt: skip

SILENCE = [
    Case("silent: no entry is made on the last bars before it", {1: go(1)}, [flat([0]), silent(1), closed(1, 100)],
         "refuse BTC stale_data 899.999 > 0"),
    Case("silent: stops work on the prices that still come", {0: go(1, 95, 105)},
         [flat([0, 1]), opened(2, 100), silent(2), traded(2, 600, 94), closed(2, 94)],
         IN + "fill BTC-1-stop sell 1 @ 94 taker stop at 2+600s"),
    Case("silent: take-profits too", {0: go(1, 95, 105)}, [flat([0, 1]), opened(2, 100), silent(2),
         closed(2, 100, 106, 99, 104)], IN + "fill BTC-1-take_profit sell 1 @ 105 maker take_profit at 2c"),
    Case("silent: a wish to leave passes", {0: go(1, 95, 105), 2: go(0)}, [flat([0, 1]), opened(2, 100), silent(2),
         closed(2, 100), bar(3, 99)], IN + """
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 99 taker exit at 3"""),
    Case("silent: a stop can be raised", {0: go(1, 95, 105), 2: go(1, 98, 105)}, [flat([0, 1]), opened(2, 100),
         silent(2), closed(2, 100), bar(3, 100, 101, 97, 99)], IN + """
        amend BTC buy stop 98 tp 105
        fill BTC-1-stop sell 1 @ 98 taker stop at 3c"""),
    Case("silent: an entry on its way still fills", {0: go(1)}, [flat([0]), say(FeedStale(BTC, 0)), bar(1, 101)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1"""),
    Case("back: entries are made again", {1: go(1), 2: go(0), 3: go(1)}, [flat([0]), silent(1), closed(1, 100),
         back(2), flat([2, 3, 4])], """
        refuse BTC stale_data 899.999 > 0
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 4"""),
    Case("back, with a gap too long for the features: nothing is asked before they have warmed up again",
         {1: go(1, 95, 105), 6: go(0)}, [flat([0, 1]), silent(2), gap(2, 4, 6), back(6), flat([6, 7])], """
        order BTC-1 buy 1 entry stop 95 tp 105
        fill BTC-1 buy 1 @ 100 taker entry at 6
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 100 taker exit at 7"""),
    Case("a lost span: nothing is known of it, its stop is judged on what comes after", {0: go(1, 95, 105)},
         [flat([0, 1]), silent(2), gap(2, 2, 4), back(4), bar(4, 93)], IN + """
        fill BTC-1-stop sell 1 @ 93 taker stop at 4"""),
]  # fmt: skip


@pytest.mark.parametrize("case", SHOWN + BACKFILLED + SILENCE, ids=lambda case: case.name)
def test_order(case: Case) -> None:
    session = played(case)
    assert session.told() == lines(case.expect)
    assert case.rows is None or ", ".join(session.btc.rows) == case.rows


# ---- the boundary

BOTH = Case("", {0: go(1), 1: go(0.5)}, [], "", eth={0: go(1, symbol=ETH), 1: go(0, symbol=ETH)})


def boundaries(session: Session) -> list[str]:
    """Write what was complete, and what was missing then."""
    found = [one for one in session.decisions if isinstance(one, BoundaryComplete)]
    return [f"{one.close_time // LENGTH} {'/'.join(one.missing)}".strip() for one in found]


@pytest.mark.parametrize("first", ["BTC", "ETH"])
def test_closes_of_one_instant_decide_the_same_in_both_orders(first: str) -> None:
    def at_once(number: int, price: float) -> list[Fact]:
        two = [closed(number, price), closed(number, price + 1, symbol=ETH)]
        one, other = two if first == "BTC" else reversed(two)
        return opened(number, price) + opened(number, price + 1, ETH) + one + other

    session = Session(BOTH).play([at_once(0, 100), at_once(1, 101), at_once(2, 102)])
    assert session.told() == lines("""
        order BTC-1 buy 1 entry stop - tp -
        order ETH-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        fill ETH-1 buy 1 @ 102 taker entry at 1
        order BTC-2 sell 0.5 exit stop - tp - (scale_out)
        order ETH-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.5 @ 102 taker exit at 2
        fill ETH-2 sell 1 @ 103 taker exit at 2""")
    assert boundaries(session) == ["0", "1", "2"]
    assert session.core.engine.chain.head == reference().core.engine.chain.head


def reference() -> Session:
    return Session(BOTH).play([pair(0, [100], [101]), pair(1, [101], [102]), pair(2, [102], [103])])


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_within_the_deadline_no_order_of_arrival_matters(order: tuple[int, ...]) -> None:
    """Bars of two symbols and two boundaries, in any order that keeps each symbol's own."""
    at = 2 * LENGTH
    four = [closed(0, 100, at=at), closed(1, 101, at=at), closed(0, 100, symbol=ETH, at=at),
            closed(1, 99, symbol=ETH, at=at)]  # fmt: skip
    if order.index(0) > order.index(1) or order.index(2) > order.index(3):
        return
    session = Session(BOTH).play([*(four[index] for index in order), pair(2, [102], [98])])
    assert boundaries(session) == ["0", "1", "2"]
    assert session.core.engine.chain.head == _in_order().core.engine.chain.head


def _in_order() -> Session:
    at = 2 * LENGTH
    feed = [closed(number, price, symbol=symbol, at=at)
            for number, prices in enumerate([(100, 100), (101, 99)])
            for symbol, price in zip((BTC, ETH), prices, strict=True)]  # fmt: skip
    return Session(BOTH).play([*feed, pair(2, [102], [98])])


def test_who_is_late_is_awaited_until_the_deadline_and_then_done_without() -> None:
    feed = [opened(0, 100), opened(0, 100, ETH), closed(0, 100), say(Heartbeat(), LENGTH + 1_998)]
    session = Session(BOTH).play(feed)
    assert (session.told(), boundaries(session)) == ("", [])
    session.play([say(Heartbeat(), LENGTH + 1_999)])
    assert session.told() == "order BTC-1 buy 1 entry stop - tp -"
    assert boundaries(session) == ["0 ETH"]
    session.play([closed(0, 100, symbol=ETH, at=LENGTH + 2_500)])
    assert session.told().splitlines()[1:] == ["order ETH-1 buy 1 entry stop - tp -"], "late, but not lost"
    assert boundaries(session) == ["0 ETH"]


def test_who_missed_a_boundary_is_not_awaited_again_until_it_delivers() -> None:
    feed = [pair(0, [100], [100]), bar(1, 100), say(Heartbeat(), 2 * LENGTH + 5_000), closed(2, 100)]
    session = Session(BOTH).play(feed)
    assert boundaries(session) == ["0", "1 ETH", "2 ETH"]
    session.play([opened(3, 100), opened(3, 100, ETH), closed(3, 100, symbol=ETH), closed(3, 100)])
    assert boundaries(session) == ["0", "1 ETH", "2 ETH", "3"]


def test_whose_wire_is_silent_is_not_awaited() -> None:
    session = Session(BOTH).play([pair(0, [100], [100]), opened(1, 100), silent(1, ETH), closed(1, 100)])
    assert boundaries(session) == ["0", "1 ETH"]
    session.play([back(2, ETH), bar(2, 100)])
    assert boundaries(session) == ["0", "1 ETH"], "awaited again"


def test_whose_wire_falls_silent_holds_up_nobody() -> None:
    session = Session(BOTH).play([pair(0, [100], [100]), opened(1, 100), opened(1, 100, ETH), closed(1, 100)])
    assert boundaries(session) == ["0"]
    session.play([say(FeedStale(ETH, LENGTH), 2 * LENGTH)])
    assert boundaries(session) == ["0", "1 ETH"]


def test_a_bar_told_twice_is_acted_on_once() -> None:
    twice = Session(BOTH).play([pair(0, [100], [101]), closed(0, 90, symbol=ETH, at=LENGTH), closed(0, 90, at=LENGTH),
                                pair(1, [101], [102]), pair(2, [102], [103])])  # fmt: skip
    assert twice.told() == reference().told()
    assert twice.core.engine.chain.head == reference().core.engine.chain.head


def test_a_late_bar_is_searched_for_protection_and_brings_no_price() -> None:
    case = Case("", {0: go(1)}, [], "", eth={0: go(1, 95, symbol=ETH)})
    session = Session(case).play([
        pair(0, [100], [100]), opened(1, 100), opened(1, 100, ETH), closed(1, 100),
        opened(2, 100, at=2 * LENGTH + 5_000), opened(2, 99, ETH, at=2 * LENGTH + 5_000),
        closed(1, 100, 100, 94, 99, symbol=ETH, at=2 * LENGTH + 6_000),
    ])  # fmt: skip
    assert session.told().splitlines()[-1] == "fill ETH-1-stop sell 1 @ 95 taker stop at 1c"
    assert boundaries(session) == ["0", "1 ETH"]


def test_back_filling_comes_before_the_next_decision() -> None:
    feed = [flat([0, 1]), silent(2), missed(2, 100, back=4), missed(3, 90, back=4), back(4), bar(4, 95)]
    seen: list[Message] = []
    case = Case("", {4: lambda row, position: seen.append(row)}, feed, "")
    session = played(case)
    assert session.btc.rows == ["0: 0", "1: 0", "2: 0", "3: 0", "4: 0"], "rows in the order of their bars"
    assert [getattr(row, "values", None) for row in seen] == [(95.0,)]
