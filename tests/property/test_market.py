"""The replay order against a naive oracle: every fact made one by one, then sorted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from math import nan
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import contexts

from finantrade.domain.codec import encode
from finantrade.domain.market import Bar, BarArrived, BarOpened, FeedEnded, FeedGap
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, MINUTE, Millis
from finantrade.market import facts as order
from finantrade.market import parquet
from finantrade.market.candles import OPTIONAL, VALUES, Candles, gaps
from finantrade.market.fact_order import Fact, key_of
from finantrade.market.facts import facts
from finantrade.market.series import Kind
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline

START = 1_700_006_400_000 // (240 * MINUTE) * (240 * MINUTE)
SYMBOLS = ("ADA", "BTC", "ETH", "XRP")
GAP, OPENED, ARRIVED = 0, 9, 10
Placed = tuple[Millis, int, str, tuple[float, ...], Message]


@st.composite
def some_candles(draw: st.DrawFn, symbol: str, timeframe: Millis) -> Candles:
    offset = draw(st.integers(0, 6))
    kept = draw(st.lists(st.booleans(), max_size=24))
    rows = [row for row, here in enumerate(kept) if here]
    absent = draw(st.sets(st.sampled_from(OPTIONAL)))
    base = draw(st.integers(1, 1_000))
    columns = {name: [base + row + place / 16 for row in rows] for place, name in enumerate(VALUES)}
    columns |= {name: [nan] * len(rows) for name in absent}
    return Candles.of(symbol, timeframe, [START + (offset + row) * timeframe for row in rows], columns)


@st.composite
def some_markets(draw: st.DrawFn) -> tuple[Candles, ...]:
    symbols = draw(st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=4, unique=True))
    timeframes = st.sampled_from(draw(st.sampled_from([(15,), (15, 30, 60)])))
    markets = tuple(draw(some_candles(symbol, draw(timeframes) * MINUTE)) for symbol in symbols)
    if not any(map(len, markets)):
        markets = (Candles.of("BTC", 15 * MINUTE, [START], {name: [1.0] for name in VALUES}),)
    return markets


def told(candles: Candles) -> Iterator[Placed]:
    """Make every fact of a symbol the slow way: (event time, rank, symbol, nothing more, message)."""
    symbol, timeframe, before = candles.symbol, candles.timeframe, None
    for row in range(len(candles)):
        time = int(candles.open_time[row])
        if before is not None and time > before + timeframe:
            gap = FeedGap(symbol, before + timeframe, time - timeframe, (time - before) // timeframe - 1)
            yield time, GAP, symbol, (), gap
        values = [float(getattr(candles, name)[row]) for name in VALUES]
        close_time = time + timeframe - 1
        yield time, OPENED, symbol, (), BarOpened(symbol, time, values[0])
        yield close_time, ARRIVED, symbol, (), BarArrived(Bar(symbol, time, close_time, *values))
        before = time


def oracle(markets: Sequence[Candles], latency: Millis, context: Sequence[Table] = ()) -> list[Fact]:
    bars = [fact for each in markets for fact in told(each)]
    first, last = min(fact[0] for fact in bars if fact[1] == OPENED), max(fact[0] for fact in bars)
    beside = [fact for table in context for fact in contexts.told(table) if first <= fact[0] <= last]
    placed = sorted([*bars, *beside], key=lambda fact: fact[:4])
    facts = [(time + latency, message) for time, *_, message in placed]
    return [*facts, (last + latency, FeedEnded("replay"))]


def as_bytes(stream: Sequence[Fact]) -> list[tuple[Millis, bytes]]:
    """Make facts comparable: NaN equals NaN in bytes."""
    return [(at, encode(message)) for at, message in stream]


some_context = contexts.some_tables(SYMBOLS[:2], START - 8 * HOUR, START + 40 * HOUR)
nothing_or_some = st.builds(list[Table]) | some_context


@given(
    some_markets(),
    st.sampled_from([0, 1, 350, 15 * MINUTE, 3_600_001]),
    st.sampled_from([1, 2, 3, 7, 4_096]),
    nothing_or_some,
)
def test_facts_come_in_the_order_of_the_oracle(
    markets: tuple[Candles, ...], latency: Millis, chunk: int, context: list[Table]
) -> None:
    with patch.object(order, "CHUNK", chunk):
        found = list(facts(markets, latency, context=Timeline.of(context)))
    assert as_bytes(found) == as_bytes(oracle(markets, latency, context))
    assert all(type(at) is int for at, _ in found)
    assert all(earlier[0] <= later[0] for earlier, later in pairwise(found))


@given(some_markets(), st.sampled_from([0, 350, 3_600_001]), st.sampled_from([1, 3, 4_096]), nothing_or_some, st.data())
def test_a_replay_continues_after_any_fact(
    markets: tuple[Candles, ...], latency: Millis, chunk: int, context: list[Table], data: st.DataObject
) -> None:
    whole = oracle(markets, latency, context)
    stop = data.draw(st.integers(0, len(whole) - 1))
    with patch.object(order, "CHUNK", chunk):
        after = key_of(whole[stop][1], whole[stop][0] - latency)
        rest = list(facts(markets, latency, after, context=Timeline.of(context)))
    assert as_bytes(rest) == as_bytes(whole[stop + 1 :])


@given(some_markets(), nothing_or_some)
def test_every_key_is_of_one_fact(markets: tuple[Candles, ...], context: list[Table]) -> None:
    keys = [key_of(message, at) for at, message in facts(markets, 0, context=Timeline.of(context))]
    assert len(set(keys)) == len(keys)


@given(
    some_candles("ETH", 15 * MINUTE).filter(len),
    st.sampled_from(["BTC", "XRP"]).flatmap(lambda symbol: some_candles(symbol, 15 * MINUTE)).filter(len),
    st.data(),
)
def test_a_replay_continues_though_a_symbol_has_left(left: Candles, stays: Candles, data: st.DataObject) -> None:
    """What is left comes as the oracle has it, even after a gap of the one that left."""
    stop = data.draw(st.sampled_from(list(told(left))))
    rest = [(time, message) for time, *place, message in told(stays) if (time, *place) > stop[:4]]
    found = list(facts([stays], 0, after=key_of(stop[4], stop[0])))
    assert as_bytes(found[:-1]) == as_bytes(rest)


@given(some_markets())
def test_gaps_are_the_open_times_that_are_missing(markets: tuple[Candles, ...]) -> None:
    for candles in markets:
        here = candles.open_time.tolist()
        grid = range(here[0], here[-1] + 1, candles.timeframe) if here else ()
        listed = [time for gap in gaps(candles) for time in range(gap.start, gap.end + 1, candles.timeframe)]
        assert listed == [time for time in grid if time not in here]
        assert sum(gap.bars for gap in gaps(candles)) == len(listed)


@given(some_markets())
def test_a_file_gives_back_what_was_written(markets: tuple[Candles, ...]) -> None:
    with TemporaryDirectory() as folder:
        for candles in markets:
            path = Path(folder) / candles.symbol
            parquet.write(candles, path)
            found = parquet.read(path)
            assert (found.symbol, found.timeframe) == (candles.symbol, candles.timeframe)
            np.testing.assert_array_equal(found.open_time, candles.open_time, strict=True)
            for name, column in candles.columns().items():
                np.testing.assert_array_equal(found.column(name), column, strict=True)
                assert found.column(name).flags.c_contiguous


def test_facts_of_an_instant_come_in_the_order_of_what_they_lead_to() -> None:
    """A settlement after the bars that closed before it and before the opening, with its mark price before it."""
    bars = Candles.of(
        "BTC", HOUR, [START + hour * HOUR for hour in (6, 7, 8, 10)], {name: [1.0] * 4 for name in VALUES}
    )
    settled = Table.of(Kind.FUNDING, "BTC", 0, [START + 8 * HOUR, START + 10 * HOUR], {"rate": [0.0001, 0.0002]})
    mark = {name: [2.0] for name in ("open", "high", "low", "close")}
    marked = Table.of(Kind.MARK, "BTC", HOUR, [START + 7 * HOUR], mark)
    found = list(facts([bars], 0, context=Timeline.of([settled, marked])))
    around = [(at - START, type(message).__name__) for at, message in found if at - START >= 8 * HOUR - 1]
    assert around[:5] == [
        (8 * HOUR - 1, "BarArrived"), (8 * HOUR, "MarkPrice"), (8 * HOUR, "FundingRate"), (8 * HOUR, "BarOpened"),
        (9 * HOUR - 1, "BarArrived"),
    ]  # fmt: skip
    assert [name for at, name in around if at == 10 * HOUR] == ["FeedGap", "FundingRate", "BarOpened"]


def test_facts_are_made_when_they_are_asked_for() -> None:
    rows = 300_000
    times = START + np.arange(rows) * MINUTE
    candles = Candles.of("BTC", MINUTE, times, dict.fromkeys(VALUES, np.ones(rows)))
    with patch.object(order, "Bar", wraps=Bar) as bar:
        assert len(list(islice(facts([candles], 0), 10))) == 10
    assert bar.call_count < 10


@pytest.mark.parametrize(
    ("markets", "error"),
    [
        ((), "expected bars to replay, found none of no symbol"),
        ((Candles.of("BTC", MINUTE, [], {name: [] for name in VALUES}),), "expected bars to replay, found none of BTC"),
        (
            (Candles.of("BTC", MINUTE, [0], {name: [1.0] for name in VALUES}),) * 2,
            "expected each symbol once, found BTC, BTC",
        ),
    ],
)
def test_what_cannot_be_replayed_is_refused(markets: tuple[Candles, ...], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}$"):
        facts(markets, 0)
