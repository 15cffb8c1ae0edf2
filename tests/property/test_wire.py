"""Whatever comes over the wire: facts or a WireError, nothing else; and what is written is read again as it was."""

from __future__ import annotations

import json
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.payloads import CASES

from finantrade.domain.context import FundingEstimate, Liquidation, MarkPrice, Sentiment
from finantrade.domain.market import Bar, BarArrived, BarForming, Quote, TradePrice
from finantrade.domain.orders import Side
from finantrade.wire import derivatives, rules, trades
from finantrade.wire.errors import WireError
from finantrade.wire.events import (
    agg_trade_event,
    book_ticker_event,
    force_order_event,
    mark_price_event,
)
from finantrade.wire.frames import facts_of, wrapped_bytes
from finantrade.wire.klines import bars_of, kline_event, row_of
from finantrade.wire.payloads import Amount, Count, Number, Payload, Price, Reader, Time, number_text, plain, write
from finantrade.wire.sentiment import answer_of, sentiment_of

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**20, max_value=10**400),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["NaN", "Infinity", "-Infinity", "1e999", "-0", "1_0", " 1", "", "0x1", "١٢", "\ud800", "1" * 5_000]
    ),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.one_of(st.text(max_size=3), st.integers()), st.integers(), max_size=3),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all values in a parsed payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way] * bool(way) + [found for key, one in inner for found in places(one, (*way, key))]


def damaged(payload: Any, way: tuple[Any, ...], odd: Any, drop: bool) -> Any:
    """Drop or replace one value."""
    *above, last = way
    holder = payload
    for key in above:
        holder = holder[key]
    if drop:
        del holder[last]
    else:
        holder[last] = odd
    return payload


def survives(name: str, payload: object) -> None:
    said = ""
    try:
        CASES[name].read(payload)
    except WireError as error:
        said = str(error)
    assert len(said) < 700


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_a_damaged_payload_gives_facts_or_one_error(name: str, data: st.DataObject) -> None:
    payload = json.loads(CASES[name].text)
    for _ in range(data.draw(st.integers(1, 3))):
        ways = places(payload)
        if ways:
            payload = damaged(payload, data.draw(st.sampled_from(ways)), data.draw(ODD), data.draw(st.booleans()))
    survives(name, payload)
    survives(name, json.dumps(payload))


@pytest.mark.parametrize("name", CASES)
@given(data=st.data())
def test_garbled_text_gives_facts_or_one_error(name: str, data: st.DataObject) -> None:
    text = CASES[name].text.encode()
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, len(text)))
    garbled = text[:start] + data.draw(st.binary(max_size=8)) + text[stop:]
    survives(name, garbled)
    survives(name, garbled.decode("utf-8", "surrogateescape"))
    survives(name, text[:stop])


@given(payload=st.one_of(ODD, st.binary(max_size=50), st.text(max_size=50)))
@pytest.mark.parametrize("name", CASES)
def test_anything_at_all_gives_facts_or_one_error(name: str, payload: object) -> None:
    survives(name, payload)


# Round trips

TIMES = st.integers(0, 10**14 - 10**9)
PRICES = st.floats(1e-9, 1e9)
AMOUNTS = st.floats(0, 1e12)
SYMBOLS = st.sampled_from(["BTCUSDT", "1000SHIBUSDT", "币安人生USDT"])


@st.composite
def bars(draw: st.DrawFn) -> Bar:
    opened = draw(TIMES) // 60_000 * 60_000
    low, *inner, high = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
    first, last = draw(st.permutations(inner))
    length = draw(st.sampled_from([60_000, 900_000, 86_400_000]))
    trades = float(draw(st.integers(0, 10**9)))
    volume, quote, taker, taker_quote = (draw(AMOUNTS) for _ in range(4))
    return Bar(
        draw(SYMBOLS), opened, opened + length - 1, first, high, low, last, volume, quote, trades, taker, taker_quote
    )


@given(bar=bars(), time=TIMES, closed=st.booleans())
def test_a_candle_survives_the_wire(bar: Bar, time: int, closed: bool) -> None:
    event = kline_event(time, bar, closed=closed)
    expected = (BarArrived(bar),) if closed else (BarForming(time, bar),)
    written = write(event)
    for frame in (written, wrapped_bytes("x@kline_1m", written), plain(event), {"stream": "x", "data": plain(event)}):
        assert facts_of(frame) == expected


@given(bar=bars())
def test_a_row_survives_the_wire(bar: Bar) -> None:
    assert bars_of(write([row_of(bar)]), bar.symbol, bar.close_time + 1) == (bar,)


@given(symbol=SYMBOLS, time=TIMES, prices=st.tuples(PRICES, PRICES), rate=st.floats(-0.1, 0.1))
def test_a_mark_price_survives_the_wire(symbol: str, time: int, prices: tuple[float, float], rate: float) -> None:
    facts = MarkPrice(symbol, time, *prices), FundingEstimate(symbol, time, rate, time + 1)
    assert facts_of(write(mark_price_event(*facts))) == facts


@given(symbol=SYMBOLS, time=TIMES, side=st.sampled_from(Side), price=PRICES, qty=st.floats(1e-6, 1e9))
def test_a_liquidation_survives_the_wire(symbol: str, time: int, side: Side, price: float, qty: float) -> None:
    fact = Liquidation(symbol, time, side, price, qty)
    assert facts_of(write(force_order_event(time, fact))) == (fact,)


@given(symbol=SYMBOLS, time=st.integers(1, 10**13), values=st.tuples(PRICES, AMOUNTS, PRICES, AMOUNTS))
def test_single_prices_survive_the_wire(symbol: str, time: int, values: tuple[float, float, float, float]) -> None:
    quote, trade = Quote(symbol, time, *values), TradePrice(symbol, time, values[0])
    assert facts_of(write(book_ticker_event(quote, update=1))) == (quote,)
    assert facts_of(write(agg_trade_event(trade, qty=1.0, trade_id=7))) == (trade,)


VALUES: dict[Any, st.SearchStrategy[Any]] = {
    Price: PRICES,
    Amount: AMOUNTS,
    Number: st.floats(-1e9, 1e9),
    Time: TIMES,
    Count: st.integers(-1, 2**63 - 1),
    str: SYMBOLS,
    bool: st.booleans(),
    int: st.integers(0, 10**6),
    Number | Literal[""]: st.floats(-1e9, 1e9) | st.just(""),
    Price | Literal[""]: PRICES | st.just(""),
}


@pytest.mark.parametrize(
    "kind",
    [
        derivatives.PremiumIndex,
        derivatives.Settlement,
        derivatives.PresentInterest,
        derivatives.PastInterest,
        derivatives.Ratio,
        derivatives.Takers,
        trades.AggTrade,
        trades.BookTicker,
        rules.RateLimit,
        rules.ServerTime,
    ],
)
@given(data=st.data())
def test_an_answer_survives_the_wire(kind: type[Payload], data: st.DataObject) -> None:
    values = {field.name: data.draw(VALUES[field.type]) for field in msgspec.structs.fields(kind)}
    one = kind(**values)
    for written in (write(one), plain(one)):
        assert Reader[Payload](kind, "it").read(written) == one


@given(days=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 100)), unique_by=lambda day: day[0]))
def test_the_mood_survives_the_wire(days: list[tuple[int, int]]) -> None:
    facts = [Sentiment("fear_greed", day * 86_400_000, float(value)) for day, value in days]
    assert sentiment_of(answer_of(facts)) == tuple(sorted(facts, key=lambda one: one.time))


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_as_text(value: float) -> None:
    text = number_text(value)
    assert float(text) == value
    assert "e" not in text
