"""What of the figures beside candles is asked for and when, and what of an answer is new."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from finantrade.config import Context
from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Premium,
    Sentiment,
)
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.market.context_tape import (
    FIRST_PAUSE_MS,
    PERIOD,
    REACH,
    SETTLED_AFTER_MS,
    ContextTape,
    Key,
    Polled,
    key_of,
    keys_of,
)
from finantrade.market.running import Running
from finantrade.market.tape import Span

NOW = 20_000 * DAY + 12 * HOUR
QUARTER = 15 * MINUTE


def tape(series: Polled, newest: Millis, settles: Millis | None = None) -> ContextTape:
    """Return a tape that has been asked for everything up to ``NOW``."""
    one = ContextTape(Key(series, "AAA"), newest, QUARTER)
    if settles is not None:
        one.settles(settles)
    one.asked(NOW, answered=True)
    return one


def interest(*times: Millis) -> list[OpenInterest]:
    return [OpenInterest("AAA", time, 5.0) for time in times]


@pytest.mark.parametrize(
    ("series", "newest", "due"),
    [
        (Polled.OPEN_INTEREST, NOW - PERIOD, NOW + 15 * SECOND),
        (Polled.TOP_ACCOUNTS, NOW - PERIOD, NOW + 15 * SECOND),
        (Polled.TAKERS, NOW - 2 * PERIOD, NOW + 15 * SECOND),
        (Polled.PREMIUM, NOW - QUARTER, NOW + 5 * SECOND),
        (Polled.SENTIMENT, 20_000 * DAY, 20_001 * DAY + 5 * MINUTE),
    ],
)
def test_figures_are_asked_for_soon_after_their_stamps(series: Polled, newest: Millis, due: Millis) -> None:
    one = tape(series, newest)
    assert one.wanted(due - 1) is None
    assert one.wanted(due) == Span(newest + 1, due)


def test_a_settlement_is_asked_for_when_the_estimate_says() -> None:
    settles = NOW + HOUR
    one = tape(Polled.FUNDING, NOW - 7 * HOUR, settles)
    assert one.wanted(settles + SETTLED_AFTER_MS - 1) is None
    assert one.wanted(settles + SETTLED_AFTER_MS) == Span(NOW - 7 * HOUR + 1, settles + SETTLED_AFTER_MS)
    # The next one has been named by then: this one is not forgotten for it.
    one.settles(settles + 8 * HOUR)
    assert one.wanted(settles + SETTLED_AFTER_MS) is not None
    one.filled([FundingRate("AAA", settles, 0.0001)])
    one.asked(settles + MINUTE, answered=True)
    assert one.wanted(settles + 7 * HOUR) is None


def test_everything_is_asked_for_once_at_the_begin() -> None:
    for series in Polled:
        assert ContextTape(Key(series, "AAA"), NOW - HOUR, QUARTER).wanted(NOW) == Span(NOW - HOUR + 1, NOW)


def test_what_is_not_there_yet_is_asked_for_again_after_a_pause_that_grows() -> None:
    one, now, pauses = tape(Polled.OPEN_INTEREST, NOW), NOW + PERIOD + MINUTE, list[Millis]()
    for _ in range(8):
        assert one.wanted(now) is not None
        pauses.append(one.asked(now, answered=len(pauses) % 2 == 0))
        assert one.wanted(now + pauses[-1] - 1) is None
        now += pauses[-1]
    assert pauses[:4] == [FIRST_PAUSE_MS, 2 * FIRST_PAUSE_MS, 4 * FIRST_PAUSE_MS, 8 * FIRST_PAUSE_MS]
    assert max(pauses) == PERIOD
    present = now // PERIOD * PERIOD
    one.filled(interest(*range(NOW + PERIOD, present + 1, PERIOD)))
    assert one.asked(now, answered=True) == 0


@pytest.mark.parametrize(
    ("answered", "new", "holes"),
    [
        ([3, 4, 5], [4, 5], []),
        ([5, 4], [4, 5], []),
        ([1, 2, 3], [], []),
        ([4, 4, 4], [4], []),
        ([4, 7, 8], [4, 7, 8], [(4, 7)]),
        ([6], [6], [(3, 6)]),
        ([], [], []),
    ],
)
def test_what_is_newer_is_new_and_what_is_missing_before_it_is_a_hole(
    answered: Sequence[int], new: Sequence[int], holes: Sequence[tuple[int, int]]
) -> None:
    one = ContextTape(Key(Polled.OPEN_INTEREST, "AAA"), 3 * PERIOD, QUARTER)
    assert one.filled(interest(*(n * PERIOD for n in answered))) == interest(*(n * PERIOD for n in new))
    assert one.holes == [Span(first * PERIOD + 1, last * PERIOD - 1) for first, last in holes]
    assert one.filled(interest(*(n * PERIOD for n in answered))) == []


def test_what_the_venue_no_longer_has_is_a_hole() -> None:
    newest = NOW - REACH - DAY
    one = ContextTape(Key(Polled.OPEN_INTEREST, "AAA"), newest, QUARTER)
    assert one.wanted(NOW) == Span(NOW - REACH, NOW)
    assert one.holes == [Span(newest + 1, NOW - REACH - 1)]
    assert one.wanted(NOW) == Span(NOW - REACH, NOW)
    assert len(one.holes) == 1


def test_facts_know_their_series() -> None:
    facts = {
        FundingRate("AAA", 1, 0.1): Key(Polled.FUNDING, "AAA"),
        LongShortRatio("AAA", 1, Crowd.TOP_POSITIONS, 1.5): Key(Polled.TOP_POSITIONS, "AAA"),
        Premium("AAA", 1, -0.1): Key(Polled.PREMIUM, "AAA"),
        Sentiment("fear_greed", 1, 50.0): Key(Polled.SENTIMENT, ""),
    }
    assert {fact: key_of(fact) for fact in facts} == facts
    assert len(list(keys_of(Context, ("AAA", "BBB")))) == 2 * (len(Polled) - 1) + 1
    assert list(keys_of((Context.LIQUIDATIONS, Context.MARK_PRICE), ("AAA",))) == []


def mark(at_s: float, symbol: str = "AAA") -> MarkPrice:
    return MarkPrice(symbol, round(at_s * SECOND), 100.0 + at_s)


def test_of_a_running_figure_the_newest_enters_once_a_minute_and_before_its_bar() -> None:
    running = Running()
    told = [one.time for at in (0, 3, 6, 59, 60, 63) for one in running.take(mark(at))]
    assert told == [0, 60 * SECOND]
    estimate = FundingEstimate("AAA", 70 * SECOND, 0.0001, HOUR)
    assert list(running.take(estimate)) == [estimate]
    assert list(running.take(mark(119))) == []
    assert list(running.before_bar("BBB")) == []
    assert list(running.before_bar("AAA")) == [mark(119)]
    assert list(running.before_bar("AAA")) == []
    assert list(running.take(mark(118))) == []
    assert list(running.take(mark(178))) == []
    assert list(running.take(mark(179))) == [mark(179)]
    assert running.conflated == 6
