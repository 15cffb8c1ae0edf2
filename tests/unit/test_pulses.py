"""A stream that has fallen silent is named, others are not, and it is not named again and again."""

from __future__ import annotations

from finantrade.domain.context import MarkPrice
from finantrade.domain.market import Bar, BarArrived, BarForming, TradePrice
from finantrade.domain.units import HOUR, MINUTE, SECOND
from finantrade.market.pulses import LONGEST_MS, Pulse, Pulses, Silent

CANDLES, MARKS = 70 * SECOND, 10 * SECOND
BAR = Bar("AAA", 0, MINUTE - 1, 1.0, 1.0, 1.0, 1.0, 1.0)


def opened() -> Pulses:
    pulses = Pulses(["AAA", "BBB"], CANDLES, MARKS)
    pulses.opened(0)
    return pulses


def test_candles_are_expected_of_every_symbol_from_the_beginning() -> None:
    pulses = opened()
    pulses.hear(BarForming(30 * SECOND, BAR), 30 * SECOND)
    assert pulses.silent(CANDLES) is None
    assert pulses.silent(CANDLES + 1) == Silent("BBB", Pulse.CANDLES, CANDLES)
    assert pulses.silent(30 * SECOND + CANDLES) is None
    assert pulses.silent(30 * SECOND + CANDLES + 1) == Silent("AAA", Pulse.CANDLES, CANDLES)


def test_a_close_is_as_good_as_a_forming_candle_and_a_trade_is_not() -> None:
    pulses = Pulses(["AAA"], CANDLES, MARKS)
    pulses.opened(0)
    pulses.hear(BarArrived(BAR), MINUTE)
    pulses.hear(TradePrice("AAA", 2 * MINUTE, 1.0), 2 * MINUTE)
    assert pulses.silent(MINUTE + CANDLES) is None
    assert pulses.silent(MINUTE + CANDLES + 1) == Silent("AAA", Pulse.CANDLES, CANDLES)


def test_mark_prices_are_watched_once_there_are_any() -> None:
    pulses = opened()
    assert pulses.silent(MARKS + 1) is None
    pulses.hear(MarkPrice("BBB", 20 * SECOND, 1.0), 20 * SECOND)
    assert pulses.silent(20 * SECOND + MARKS) is None
    assert pulses.silent(20 * SECOND + MARKS + 1) == Silent("BBB", Pulse.MARKS, MARKS)


def test_what_stays_silent_is_named_less_and_less_often_until_it_is_heard() -> None:
    pulses, now, named = Pulses(["AAA"], CANDLES, MARKS), 0, list[int]()
    pulses.opened(now)
    while now < 6 * HOUR:
        now += SECOND
        silent = pulses.silent(now)
        if silent is not None:
            named.append(silent.patience_ms)
            pulses.opened(now)
    assert named[:3] == [CANDLES, 2 * CANDLES, 4 * CANDLES]
    assert named[-1] == LONGEST_MS
    pulses.hear(BarArrived(BAR), now)
    assert pulses.silent(now + CANDLES + 1) == Silent("AAA", Pulse.CANDLES, CANDLES)


def test_nobody_is_watched_of_whom_nothing_was_asked() -> None:
    pulses = Pulses((), 0, 0)
    pulses.opened(0)
    pulses.hear(BarArrived(BAR), 1)
    assert pulses.silent(HOUR) is None
