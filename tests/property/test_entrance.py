"""Whatever comes when: prices enter inside their bars, running figures seldom, and neither moves a single bar.

Two symbols have bars; frames of them come with faults, as the edge hands them on: what came, what was fetched, and time
that passes, in steps of a quarter second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from finantrade.config import TriggerPrices
from finantrade.domain.context import FundingEstimate, Liquidation, MarkPrice
from finantrade.domain.market import Bar, BarArrived, BarForming, BarOpened, FeedRestored, FeedStale, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.market.entrance import Entrance
from finantrade.market.openings import Openings
from finantrade.market.tape import Tape
from finantrade.market.triggers import Triggers

SYMBOLS = ("AAA", "BBB")
STEP = 250
BARS = 6
EVERY = 1_000
FLAG, GRACE, PATIENCE, DEADLINE = 500, 10 * SECOND, 30 * SECOND, 2_000


def bar(symbol: str, number: int) -> Bar:
    price = 100.0 + number
    return Bar(symbol, number * MINUTE, (number + 1) * MINUTE - 1, price, price + 2, price - 1, price + 1, 5.0)


@dataclass(frozen=True)
class Minute:
    """How one bar's frames come: after how many steps each, and how late its close, which may be lost."""

    frames: tuple[int, ...]
    late: int
    lost: bool
    cut: bool


minutes = st.builds(
    Minute,
    frames=st.lists(st.integers(1, 300), max_size=12).map(lambda steps: tuple(sorted(steps))),
    late=st.sampled_from([1, 1, 1, 3, 7, 30, 90]),
    lost=st.sampled_from([False, False, False, True]),
    cut=st.sampled_from([False] * 5 + [True]),
)
days = st.tuples(*(st.lists(minutes, min_size=BARS, max_size=BARS) for _ in SYMBOLS))
Said = list[tuple[Millis, Message]]


def frames(day: Sequence[Sequence[Minute]]) -> dict[int, list[Message]]:
    """Return what comes at which step: a frame may be delayed into the bars after its own."""
    told: dict[int, list[Message]] = {}
    for symbol, its in zip(SYMBOLS, day, strict=True):
        for number, minute in enumerate(its):
            first, one = number * MINUTE // STEP, bar(symbol, number)
            for nth, after in enumerate(minute.frames):
                time = min(one.open_time + after * STEP, one.close_time)
                told.setdefault(first + after, []).append(BarForming(time, one))
                told[first + after].append(MarkPrice(symbol, time, 100.0 + nth))
                told[first + after].append(FundingEstimate(symbol, time, 0.0001, 8 * 60 * MINUTE))
            if minute.frames:
                force = Liquidation(symbol, one.open_time + minute.frames[0], Side.SELL, 99.0, 1.0)
                told.setdefault(first + minute.frames[0], []).extend([force, force])
            if not minute.lost:
                told.setdefault(first + MINUTE // STEP + minute.late, []).append(BarArrived(one))
    return told


def entered(
    day: Sequence[Sequence[Minute]], kind: TriggerPrices, waits: Callable[[int], bool], beside: bool = True
) -> Said:
    """Return what enters, and at which step; ``waits`` says of a step whether anything waits for a price."""
    step, out = 0, Said()
    tapes = {one: Tape(one, MINUTE, -MINUTE, flag_ms=FLAG, grace_ms=GRACE, patience_ms=PATIENCE) for one in SYMBOLS}
    kinds = (MarkPrice, FundingEstimate, Liquidation) if beside else ()
    triggers = Triggers(MINUTE, EVERY, lambda _: waits(step))
    entrance = Entrance(tapes, Openings(SYMBOLS, MINUTE, DEADLINE), triggers, kind, kinds, DEADLINE)
    told = frames(day)
    for step in range(1, (BARS * MINUTE + MINUTE) // STEP):
        now = step * STEP
        for symbol, its in zip(SYMBOLS, day, strict=True):
            number, within = divmod(now, MINUTE)
            if number < BARS and its[number].cut and within == 30 * SECOND:
                tapes[symbol].lost(now)
        for fact in told.get(step, ()):
            out += [(step, message) for message in entrance.take(fact, now)]
        out += [(step, message) for message in entrance.tick(now)]
        for symbol in SYMBOLS:
            span = tapes[symbol].wanted(now) if step % 4 == 0 else None
            if span is not None:
                known = [bar(symbol, n) for n in range(BARS) if bar(symbol, n).close_time < now]
                out += [(step, message) for message in entrance.filled(symbol, known, span, now)]
    return out


def others(said: Said) -> Said:
    return [(step, message) for step, message in said if not isinstance(message, TradePrice)]


waiting = st.lists(st.booleans(), min_size=8, max_size=8)


@given(days, waiting)
def test_a_price_enters_between_opening_and_close_of_its_bar(day: tuple[list[Minute], ...], asleep: list[bool]) -> None:
    present: dict[str, Millis] = {}
    last: dict[str, tuple[int, Millis]] = {}
    for step, message in entered(day, TriggerPrices.FORMING, lambda step: asleep[step // 40 % 8]):
        match message:
            case BarOpened(symbol=symbol, open_time=open_time):
                present[symbol] = open_time
            case BarArrived(bar=one):
                present.pop(one.symbol, None)
            case TradePrice(symbol=symbol, time=time) if symbol not in present:
                assert time % MINUTE > GRACE, "the first price of a bar whose opening was missed"
                present[symbol] = time // MINUTE * MINUTE
            case TradePrice(symbol=symbol, time=time):
                assert asleep[step // 40 % 8], "nothing waits"
                assert time // MINUTE * MINUTE == present[symbol]
                before, at = last.get(symbol, (-EVERY, -1))
                assert time >= at
                assert (step - before) * STEP >= EVERY
                last[symbol] = step, time
            case _:
                pass


def test_a_wire_that_is_well_again_in_mid_bar_tells_prices_of_it() -> None:
    triggers = Triggers(MINUTE, EVERY, lambda _: True)
    for message in (BarOpened("AAA", MINUTE, 100.0), FeedStale("AAA", MINUTE + 1)):
        triggers.passed(message)
    now = MINUTE + 30 * SECOND
    triggers.take("AAA", now, 99.0, now)
    assert triggers.due("AAA", now) is None
    triggers.passed(FeedRestored("AAA"))
    assert triggers.due("AAA", now + STEP) == TradePrice("AAA", now, 99.0)


@given(days)
def test_prices_move_nothing_else(day: tuple[list[Minute], ...]) -> None:
    without = entered(day, TriggerPrices.NONE, lambda _: True)
    assert others(entered(day, TriggerPrices.FORMING, lambda _: True)) == others(without)
    assert entered(day, TriggerPrices.FORMING, lambda _: False) == without


@given(days)
def test_running_figures_are_seldom_and_newest_before_a_bar(day: tuple[list[Minute], ...]) -> None:
    said = entered(day, TriggerPrices.NONE, lambda _: False)
    plain = entered(day, TriggerPrices.NONE, lambda _: False, beside=False)
    kinds = (MarkPrice, FundingEstimate, Liquidation)
    assert [one for one in said if not isinstance(one[1], kinds)] == plain
    brought = [(step, fact) for step, facts in sorted(frames(day).items()) for fact in facts]
    for symbol in SYMBOLS:
        its = [(at, step, one) for at, (step, one) in enumerate(said) if isinstance(one, MarkPrice)]
        times = [one.time for _, _, one in its if one.symbol == symbol]
        assert times == sorted(set(times))
        closes = [at for at, (_, one) in enumerate(said) if isinstance(one, BarArrived) and one.bar.symbol == symbol]
        places = [at for at, _, one in its if one.symbol == symbol]
        for (earlier, then), (place, time) in zip(
            zip(places, times, strict=True), list(zip(places, times, strict=True))[1:], strict=False
        ):
            assert time - then >= MINUTE or any(earlier < close and place < close for close in closes)
        for close in closes:
            step = said[close][0]
            known = [fact.time for came, fact in brought if isinstance(fact, MarkPrice) and fact.symbol == symbol
                     and came < step]  # fmt: skip
            told = [time for place, time in zip(places, times, strict=True) if place < close]
            assert max(told, default=-1) >= max(known, default=-1)


@given(days)
def test_every_liquidation_enters_once(day: tuple[list[Minute], ...]) -> None:
    said = [one for _, one in entered(day, TriggerPrices.NONE, lambda _: False) if isinstance(one, Liquidation)]
    brought = {fact for facts in frames(day).values() for fact in facts if isinstance(fact, Liquidation)}
    assert len(said) == len(set(said))
    assert set(said) == brought


def test_the_newest_forming_candle_of_each_is_kept_to_be_shown() -> None:
    tapes = {one: Tape(one, MINUTE, -MINUTE, flag_ms=FLAG, grace_ms=GRACE, patience_ms=PATIENCE) for one in SYMBOLS}
    triggers = Triggers(MINUTE, EVERY, lambda _: False)
    entrance = Entrance(tapes, Openings(SYMBOLS, MINUTE, DEADLINE), triggers, TriggerPrices.NONE, (), DEADLINE)
    for number in range(3):
        for symbol in (*SYMBOLS, "ZZZ"):
            out = list(entrance.take(BarForming(number * SECOND, bar(symbol, number)), number * SECOND))
            assert not any(isinstance(message, BarForming) for message in out)
    assert entrance.glimpses == {symbol: bar(symbol, 2) for symbol in SYMBOLS}
    assert entrance.forming == 6
