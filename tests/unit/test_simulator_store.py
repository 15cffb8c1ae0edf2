"""The simulated exchange over the local store: what is recorded beside candles is told as it is, the rest invented."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.exchanges import BARS, FIRST, START, SYMBOLS, candles
from tests.series import entry, rows_of

from finantrade.domain.context import Crowd
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.market.datasets import UnknownData
from finantrade.market.manifest import BadDataset
from finantrade.market.place import Place
from finantrade.market.resample import folded
from finantrade.market.series import Kind
from finantrade.market.store.writing import write
from finantrade.market.table import Table
from finantrade.simulator.answers import Asked
from finantrade.simulator.desk import Desk
from finantrade.simulator.rest import Rest
from finantrade.simulator.session import Plan, Wanted, plan
from finantrade.wire.derivatives import funding_of, past_interest_of, ratios_of, takers_of
from finantrade.wire.events import ForceOrderEvent, MarkPriceEvent
from finantrade.wire.klines import bars_of
from finantrade.wire.payloads import parsed
from finantrade.wire.sentiment import sentiment_of
from finantrade.wire.subscriptions import stream_of

AAA, BBB = SYMBOLS
NAME = "store:binance/usdm"
FIVE = 5 * MINUTE
TIMES = FIRST + np.arange(BARS) * MINUTE
STAMPS = FIRST + np.arange(BARS // 5) * FIVE
HOLE = 40
"""The row that open interest lacks."""
SETTLED = [FIRST, FIRST + 4 * HOUR, FIRST + 8 * HOUR]
EVENTS = [START + 3 * SECOND, START + 3 * SECOND, START + 40 * SECOND, START + 70 * SECOND]


def around(middle: float, times: np.ndarray[Any, Any], size: float) -> np.ndarray[Any, Any]:
    return np.round(middle + size * np.sin(times / 1e7), 6)


def prices(kind: Kind, middle: float, size: float) -> Table:
    """Return candles that move around a price."""
    first, last = around(middle, TIMES, size), around(middle, TIMES + MINUTE, size)
    columns = {"open": first, "high": np.maximum(first, last), "low": np.minimum(first, last), "close": last}
    return rows_of(kind, TIMES.tolist(), MINUTE, AAA, **columns)


def series() -> dict[tuple[Kind, str], Table]:
    """Return what is recorded of AAA beside its candles."""
    kept = np.delete(STAMPS, HOLE)
    rates = {"rate": [1e-4, -2e-4, 3e-4], "interval_h": [4] * 3, "mark_price": [np.nan, 101.5, 102.5]}
    ratios = {"accounts": around(1.5, STAMPS, 0.5), "taker": around(1.0, STAMPS, 0.3)}
    events = {"side": [1, -1, 1, -1], "price": [99.0, 98.0, 97.0, 96.0], "quantity": [1.0, 2.0, 3.0, 4.0]}
    return {
        (Kind.MARK, "1m"): prices(Kind.MARK, 100.0, 2.0),
        (Kind.PREMIUM, "1m"): prices(Kind.PREMIUM, -0.001, 0.003),
        (Kind.FUNDING, "irregular"): rows_of(Kind.FUNDING, SETTLED, 0, AAA, **rates),
        (Kind.OPEN_INTEREST, "5m"): rows_of(
            Kind.OPEN_INTEREST, kept.tolist(), FIVE, AAA, amount=around(5e4, kept, 100.0)
        ),
        (Kind.RATIOS, "5m"): rows_of(Kind.RATIOS, STAMPS.tolist(), FIVE, AAA, **ratios),
        (Kind.LIQUIDATION_EVENTS, "irregular"): rows_of(Kind.LIQUIDATION_EVENTS, EVENTS, 0, AAA, **events),
    }


def put(root: Path, kind: Kind, interval: str, table: Table, **options: Any) -> None:
    write(root, Place("binance", "usdm", kind, table.symbol, interval), table, entry(), **options)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store with candles of both symbols, and everything else of the first."""
    store = tmp_path_factory.mktemp("store")
    for symbol in SYMBOLS:
        put(store, Kind.CANDLES, "1m", Table.of_candles(candles(symbol)))
    for (kind, interval), table in series().items():
        put(store, kind, interval, table)
    mood = rows_of(Kind.SENTIMENT, [FIRST - DAY, FIRST], DAY, "BTC", value=[20, 80])
    write(store, Place("alternative.me", "crypto", Kind.SENTIMENT, "BTC", "1d"), mood, entry())
    return store


@pytest.fixture(scope="module")
def chosen(root: Path) -> Plan:
    return plan(Wanted(NAME, root))


@pytest.fixture
def rest(chosen: Plan) -> Rest:
    return Rest(chosen.venue, keeps=lambda symbol, bar: True)


def ask(rest: Rest, path: str, now: Millis = START, **query: object) -> Any:
    answer = rest.answer(Asked(0, path, {name: str(value) for name, value in query.items()}, now))
    assert answer.status == 200, answer.body
    return parsed(answer.body, "an answer")


def statistics(rest: Rest, name: str, symbol: str = AAA, **query: object) -> Any:
    return ask(rest, f"/futures/data/{name}", symbol=symbol, period="5m", limit=500, **query)


def assert_bars(rows: Sequence[Any], table: Table) -> None:
    expected = table.between(FIRST, START)
    found = np.array([[float(cell) for cell in row[:5]] for row in rows])
    np.testing.assert_array_equal(found[:, 0], expected.time)
    for column, name in enumerate(("open", "high", "low", "close"), 1):
        np.testing.assert_array_equal(found[:, column], expected.values[name], err_msg=name)


def test_what_is_recorded_is_said(chosen: Plan, rest: Rest) -> None:
    labels = {AAA: ("mark", "premium", "funding", "open_interest", "ratios", "liquidation_events")}
    labels |= {"whole market": ("sentiment",)}
    assert chosen.venue.beside.labels == labels
    said = ask(rest, "/fapi/v1/exchangeInfo")
    assert said["recorded"] == json.loads(json.dumps(labels))
    assert "invented" in said["simulated"]


@pytest.mark.parametrize(("path", "kind"), [("markPriceKlines", Kind.MARK), ("premiumIndexKlines", Kind.PREMIUM)])
def test_recorded_candles_are_told_to_the_digit(rest: Rest, path: str, kind: Kind) -> None:
    table = series()[kind, "1m"]
    asked = {"symbol": AAA, "interval": "1m", "startTime": FIRST, "endTime": START - 1, "limit": 1_500}
    assert_bars(ask(rest, f"/fapi/v1/{path}", **asked), table)
    hour = ask(rest, f"/fapi/v1/{path}", symbol=AAA, interval="1h", startTime=FIRST, limit=1)[0]
    first = table.between(FIRST, FIRST + HOUR).values
    assert [float(cell) for cell in hour[1:5]] == [
        first["open"][0], first["high"].max(), first["low"].min(), first["close"][-1],
    ]  # fmt: skip
    half = ask(rest, f"/fapi/v1/{path}", now=START + 30 * SECOND, symbol=AAA, interval="1m", limit=1)[0]
    row = table.between(START, START + MINUTE).values
    assert (half[0], float(half[1])) == (START, row["open"][0])
    assert row["low"][0] <= float(half[4]) <= row["high"][0]


def test_the_mark_price_follows_its_candles(chosen: Plan) -> None:
    (event,) = chosen.venue.told(stream_of("aaausdt@markPrice@1s"), START)
    assert isinstance(event, MarkPriceEvent)
    now = series()[Kind.MARK, "1m"].between(START, START + MINUTE).values["open"][0]
    premium = series()[Kind.PREMIUM, "1m"].between(START, START + MINUTE).values["open"][0]
    assert (event.mark, event.index) == (now, pytest.approx(now / (1 + premium)))
    assert (event.settles_at, event.rate) == (FIRST + 12 * HOUR + 4 * HOUR, 3e-4)


def test_settlements_are_those_of_the_store(rest: Rest) -> None:
    facts = funding_of(ask(rest, "/fapi/v1/fundingRate", symbol=AAA, startTime=FIRST))
    assert [(one.time, one.rate, one.interval_ms) for one in facts] == [
        (FIRST, 1e-4, None), (FIRST + 4 * HOUR, -2e-4, 4 * HOUR), (FIRST + 8 * HOUR, 3e-4, 4 * HOUR),
    ]  # fmt: skip
    assert isnan(facts[0].mark_price)
    assert [one.mark_price for one in facts[1:]] == [101.5, 102.5]
    assert len(ask(rest, "/fapi/v1/fundingRate", now=FIRST + 5 * HOUR, symbol=AAA)) == 2
    between = ask(rest, "/fapi/v1/premiumIndex", now=FIRST + 2 * HOUR, symbol=AAA)
    assert (between["lastFundingRate"], between["nextFundingTime"]) == ("-0.00005", FIRST + 4 * HOUR)


def test_open_interest_keeps_its_hole_and_is_known_later(rest: Rest) -> None:
    facts = past_interest_of(statistics(rest, "openInterestHist", startTime=FIRST))
    expected = series()[Kind.OPEN_INTEREST, "5m"].between(FIRST, START - FIVE + 1)
    assert [(one.time, one.qty) for one in facts] == list(
        zip(expected.time.tolist(), expected.values["amount"].tolist(), strict=True)
    )
    assert FIRST + HOLE * FIVE not in [one.time for one in facts]
    assert all(one.value == pytest.approx(one.qty * 100, rel=0.2) for one in facts)
    last = series()[Kind.OPEN_INTEREST, "5m"].between(START, START + 1).values["amount"][0]
    assert ask(rest, "/fapi/v1/openInterest", now=START + MINUTE, symbol=AAA)["openInterest"] == str(last)
    hours = ask(rest, "/futures/data/openInterestHist", symbol=AAA, period="1h", limit=500, startTime=FIRST)
    assert [row["timestamp"] for row in hours] == [FIRST + nth * HOUR for nth in range(9)]


def test_ratios_are_told_where_there_are_any(rest: Rest) -> None:
    expected = series()[Kind.RATIOS, "5m"].between(FIRST, START - FIVE + 1)
    found = ratios_of(statistics(rest, "globalLongShortAccountRatio", startTime=FIRST), Crowd.ALL_ACCOUNTS)
    assert [one.ratio for one in found] == expected.values["accounts"].tolist()
    assert statistics(rest, "topLongShortAccountRatio") == []
    takers = takers_of(statistics(rest, "takerlongshortRatio", startTime=FIRST), AAA)
    # They are known a period later than the rest of their row.
    assert [one.time for one in takers] == expected.time.tolist()[:-1]
    np.testing.assert_allclose([one.bought / one.sold for one in takers], expected.values["taker"][:-1])


def test_liquidations_are_told_once_each_when_they_happened(chosen: Plan) -> None:
    desk, told = Desk(chosen.venue, (), START), list[ForceOrderEvent]()
    while desk.due <= START + 2 * MINUTE:
        frames = desk.turn([stream_of("aaausdt@forceOrder")])
        told += [frame.told for frame in frames if isinstance(frame.told, ForceOrderEvent)]
    assert [(one.order.time, one.order.side, one.order.price, one.order.qty) for one in told] == [
        (EVENTS[0], "BUY", 98.0, 2.0), (EVENTS[1], "SELL", 99.0, 1.0),
        (EVENTS[2], "SELL", 97.0, 3.0), (EVENTS[3], "BUY", 96.0, 4.0),
    ]  # fmt: skip
    assert all(one.order.time <= one.time < one.order.time + chosen.venue.step_ms for one in told)
    assert {Side.SELL, Side.BUY} == {Side(one.order.side.lower()) for one in told}


def test_the_mood_is_known_an_hour_into_its_day(rest: Rest) -> None:
    assert [(one.time, one.value) for one in sentiment_of(ask(rest, "/fng/", limit=5))] == [
        (FIRST - DAY, 20.0), (FIRST, 80.0),
    ]  # fmt: skip
    early = sentiment_of(ask(rest, "/fng/", now=FIRST + 30 * MINUTE, limit=1))
    assert [(one.time, one.value) for one in early] == [(FIRST - DAY, 20.0)]


def test_a_symbol_without_series_has_invented_ones(rest: Rest, chosen: Plan) -> None:
    plain = Rest(plan(Wanted(NAME, chosen.wanted.datadir, (BBB,))).venue, keeps=lambda symbol, bar: True)
    for path in ("fundingRate", "premiumIndex", "openInterest"):
        assert ask(rest, f"/fapi/v1/{path}", symbol=BBB) == ask(plain, f"/fapi/v1/{path}", symbol=BBB) != []
    assert len(statistics(rest, "topLongShortAccountRatio", BBB)) == 101
    assert len(bars_of(ask(rest, "/fapi/v1/klines", symbol=BBB, interval="1m"), BBB, START)) == 499


# Which series are taken


def test_the_shortest_bars_are_played_unless_others_are_named(root: Path) -> None:
    put(root, Kind.CANDLES, "15m", folded(Table.of_candles(candles(AAA)), 15 * MINUTE).table)
    assert plan(Wanted(NAME, root)).manifest.timeframe == "1m"
    quarters = plan(Wanted(NAME, root, (AAA,), "15m"))
    assert (quarters.manifest.timeframe, list(quarters.venue.recordings)) == ("15m", [AAA])
    assert quarters.venue.beside.labels[AAA][:2] == ("mark", "premium")


def test_marks_longer_than_the_bars_and_invented_series_are_not_taken_for_recorded(tmp_path: Path) -> None:
    put(tmp_path, Kind.CANDLES, "1m", Table.of_candles(candles(AAA)))
    columns = {name: [100.0] for name in ("open", "high", "low", "close")}
    put(tmp_path, Kind.MARK, "8h", rows_of(Kind.MARK, [FIRST], 8 * HOUR, AAA, **columns))
    put(tmp_path, Kind.FUNDING, "irregular", rows_of(Kind.FUNDING, SETTLED, 0, AAA, rate=[0.0] * 3), synthetic=True)
    assert plan(Wanted(NAME, tmp_path)).venue.beside.labels == {AAA: ("funding (synthetic)",)}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted("store:binance/spot"), "expected candles of binance/spot in"),
        (Wanted(NAME, pairs=("CCCUSDT",)), "expected candles of CCCUSDT of binance/usdm in"),
        (Wanted("store:binance"), "expected a data set such as store:binance/usdm, found 'store:binance'"),
        (Wanted(NAME, timeframe="2h"), "expected candles of 2h of binance/usdm in"),
    ],
)
def test_what_is_not_stored_is_refused(root: Path, wanted: Wanted, words: str) -> None:
    with pytest.raises(UnknownData) as caught:
        plan(Wanted(wanted.dataset, root, wanted.pairs, wanted.timeframe))
    assert words in str(caught.value)


def test_a_damaged_series_is_refused(tmp_path: Path) -> None:
    put(tmp_path, Kind.CANDLES, "1m", Table.of_candles(candles(AAA)))
    put(tmp_path, Kind.FUNDING, "irregular", series()[Kind.FUNDING, "irregular"])
    month = next(tmp_path.glob("*/*/funding/*/*/*.parquet"))
    month.write_bytes(month.read_bytes()[:-1] + b"?")
    with pytest.raises(BadDataset, match="expected sha256"):
        plan(Wanted(NAME, tmp_path))
