"""Every decoder on what Binance documents, from bytes, text and parsed objects; and what is said of anything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from math import isnan

import pytest
from tests.payloads import BAR, CASES, KLINE, NOW, ROWS

from finantrade.domain.market import BarArrived, BarForming
from finantrade.domain.units import DAY, SECOND
from finantrade.wire import derivatives, rules
from finantrade.wire.errors import Trouble, WireError, shortened
from finantrade.wire.frames import facts_of, read, wrapped_bytes
from finantrade.wire.klines import bars_of, kline_event, row_of
from finantrade.wire.limits import Usage, usage_headers, usage_of
from finantrade.wire.payloads import number_text, plain, write
from finantrade.wire.sentiment import label_of
from finantrade.wire.subscriptions import Method, StreamKind, request_of, stream_of


@pytest.mark.parametrize("name", CASES)
def test_what_binance_documents_is_read_in_any_form(name: str) -> None:
    case = CASES[name]
    for payload in (case.text, case.text.encode(), bytearray(case.text.encode()), json.loads(case.text)):
        assert case.read(payload) == case.expected


def test_the_open_interest_of_now_has_no_value() -> None:
    found = derivatives.open_interest_of('{"openInterest":"10659.509","symbol":"BTCUSDT","time":1589437530011}')
    assert (found.symbol, found.time, isnan(found.value)) == ("BTCUSDT", 1589437530011, True)


def test_old_settlements_have_no_mark_price() -> None:
    for mark in ("", ',"markPrice":""'):
        (found,) = derivatives.funding_of(f'[{{"symbol":"A","fundingRate":"0.1","fundingTime":1570608000000{mark}}}]')
        assert isnan(found.mark_price)


@pytest.mark.parametrize(
    ("hours", "intervals"), [((0, 8, 16), (None, 8, 8)), ((0, 4, 5), (None, 4, 1)), ((0, 16, 24), (None, None, 8))]
)
def test_the_interval_of_a_settlement_is_told_by_the_one_before_it(
    hours: tuple[int, ...], intervals: tuple[int | None, ...]
) -> None:
    rows = [{"symbol": "A", "fundingRate": "0", "fundingTime": hour * 3_600_000 + 3} for hour in hours]
    found = [one.interval_ms and one.interval_ms // 3_600_000 for one in derivatives.funding_of(rows)]
    assert tuple(found) == intervals


def test_a_candle_is_closed_by_the_flag_alone() -> None:
    ended = KLINE.replace('"E":1638747660000', '"E":1638747799999')
    assert type(facts_of(ended)[0]) is BarForming
    assert type(facts_of(KLINE.replace("false", "true"))[0]) is BarArrived


@pytest.mark.parametrize(("server_time", "closed"), [(1638747719999, 0), (1638747720000, 1), (1638747780000, 2)])
def test_a_row_is_closed_once_its_last_millisecond_is_past(server_time: int, closed: int) -> None:
    assert len(bars_of(ROWS, "BTCUSDT", server_time)) == closed
    assert all(bar.backfilled for bar in bars_of(ROWS, "BTCUSDT", server_time, backfilled=True))


def test_the_rules_of_a_spot_symbol() -> None:
    filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.01000000"},
        {"filterType": "LOT_SIZE", "stepSize": "0.00001000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000"},
    ]
    symbol = {"symbol": "BTCUSDT", "status": "BREAK", "baseAsset": "BTC", "quoteAsset": "USDT", "filters": filters}
    info = {"serverTime": 1, "rateLimits": [], "symbols": [symbol]}
    found = rules.listings_of(info)["BTCUSDT"]
    assert (found.tick, found.lot, found.min_notional) == (Decimal("0.01"), Decimal("0.00001"), Decimal(5))
    assert (found.trading, found.contract, found.quote) == (False, "", "USDT")
    assert rules.weight_per_minute(info) is None


# What is no payload


PAGE = "<html><head><title>502 Bad Gateway</title></head></html>"
REFUSED = '{"code":-1121,"msg":"Invalid symbol."}'
BANNED = '{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until 1573808921123. Please stop."}'


@pytest.mark.parametrize(
    ("text", "trouble", "words"),
    [
        (PAGE, Trouble.HTML, "a page: <html><head>"),
        ("\n\t<!DOCTYPE html>", Trouble.HTML, "a page"),
        (REFUSED, Trouble.REFUSED, "refusal -1121: Invalid symbol."),
        (BANNED, Trouble.REFUSED, "refusal -1003"),
        ("", Trouble.NOT_JSON, "nothing"),
        ("upstream timeout", Trouble.NOT_JSON, "upstream timeout"),
        ('"text"', Trouble.SHAPE, "text"),
        ("null", Trouble.SHAPE, "null"),
        ('{"other":1}', Trouble.SHAPE, "other"),
        ("[" * 100_000, Trouble.NOT_JSON, "(100000 characters)"),
    ],
    ids=range(10),
)
@pytest.mark.parametrize("name", CASES)
def test_whatever_else_comes_is_named_for_what_it_is(name: str, text: str, trouble: Trouble, words: str) -> None:
    for payload in (text, text.encode()):
        with pytest.raises(WireError) as caught:
            CASES[name].read(payload)
        assert caught.value.trouble is trouble
        assert words in str(caught.value)
        assert len(str(caught.value)) < 700


@pytest.mark.parametrize("name", CASES)
def test_text_that_ends_in_its_middle_is_not_json(name: str) -> None:
    case = CASES[name]
    with pytest.raises(WireError) as caught:
        case.read(case.text[: len(case.text) // 2])
    assert caught.value.trouble is Trouble.NOT_JSON


def test_a_ban_says_until_when() -> None:
    with pytest.raises(WireError) as caught:
        facts_of(BANNED)
    assert (caught.value.code, caught.value.until) == (-1003, 1573808921123)


def test_a_refusal_through_a_websocket() -> None:
    with pytest.raises(WireError) as caught:
        facts_of('{"error":{"code":2,"msg":"Invalid request: unknown variant"},"id":1}')
    assert (caught.value.trouble, caught.value.code) == (Trouble.REFUSED, 2)


def test_what_python_binance_says_of_a_lost_connection() -> None:
    said = {"e": "error", "type": "ConnectionClosedError", "m": "no close frame received or sent"}
    for frame in (said, json.dumps(said)):
        with pytest.raises(WireError, match="a lost connection: ConnectionClosedError no close frame") as caught:
            facts_of(frame)
        assert caught.value.trouble is Trouble.DISCONNECTED


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"o":"0.0010"', '"o":"0.9"'), "low ≤ open and close ≤ high"),
        (('"T":1638747719999', '"T":1638747660000'), "ends after it begins"),
        (('"T":1638747719999', '"T":1638747719000'), "a candle as long as its interval, 1m"),
        (('"i":"1m"', '"i":"1w"'), "a candle as long as its interval, 1w"),
        (('"i":"1m"', '"i":"7q"'), "a candle of an interval"),
        (('"c":"0.0020"', '"c":"NaN"'), "`float` > 0.0"),
        (('"c":"0.0020"', '"c":"Infinity"'), "`float` < "),
        (('"c":"0.0020"', '"c":"-1"'), "`float` > 0.0"),
        (('"c":"0.0020"', '"c":"1_000"'), "Expected `float`, got `str`"),
        (('"c":"0.0020"', '"c":null'), "got `null`"),
        (('"c":"0.0020",', ""), "missing required field `c`"),
        (('"x":false', '"x":"perhaps"'), "Expected `bool`"),
        (('"v":"1000"', '"v":"-1"'), "`float` >= 0.0"),
        (('"t":1638747660000', '"t":1638747660000000'), "`int` <"),
        (('"kline"', '"novelty"'), "Invalid value 'novelty'"),
    ],
)
def test_values_that_cannot_be_are_refused(change: tuple[str, str], words: str) -> None:
    text = KLINE.replace(*change)
    assert text != KLINE
    for frame in (text, json.loads(text), f'{{"stream":"x","data":{text}}}'):
        with pytest.raises(WireError) as caught:
            facts_of(frame)
        assert caught.value.trouble is Trouble.SHAPE
        assert words in str(caught.value)


@pytest.mark.parametrize(("interval", "length"), [("1M", 28 * DAY), ("1M", 31 * DAY), ("1w", 7 * DAY), ("1s", SECOND)])
def test_a_candle_is_as_long_as_its_interval_says(interval: str, length: int) -> None:
    text = KLINE.replace('"1m"', f'"{interval}"').replace("1638747719999", str(1638747660000 + length - 1))
    (fact,) = facts_of(text)
    assert isinstance(fact, BarForming)
    assert fact.bar.close_time + 1 - fact.bar.open_time == length


@pytest.mark.parametrize("order", ["[1,0]", "[0,0]"])
def test_rows_out_of_order_are_refused(order: str) -> None:
    rows = json.loads(ROWS)
    with pytest.raises(WireError, match="candles in order of time"):
        bars_of([rows[index] for index in json.loads(order)], "BTCUSDT", NOW)


@pytest.mark.parametrize("tick", ["0", "nothing", "-1", "NaN"])
def test_a_symbol_without_a_tick_is_refused(tick: str) -> None:
    info = json.loads(CASES["exchangeInfo"].text)
    info["symbols"][0]["filters"][0]["tickSize"] = tick
    with pytest.raises(WireError, match="BLZUSDT"):
        rules.listings_of(info)


def test_a_long_payload_is_shown_by_its_beginning() -> None:
    assert shortened("a\n  b") == "a b"
    assert shortened("x" * 1_000).endswith("… (1000 characters)")
    assert shortened(b"\xff\xfe") == "��"


# Writing


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (61800.2, "61800.2"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (-0.0001, "-0.0001"),
        (5e-324, number_text(5e-324)),
    ],
)
def test_numbers_are_written_without_exponents(value: float, text: str) -> None:
    assert number_text(value) == text
    assert "e" not in text
    assert float(text) == value


def test_a_written_candle_looks_like_the_exchange_s() -> None:
    event = kline_event(1638747660000, BAR, closed=False)
    expected = json.loads(KLINE)
    expected["k"] |= {"f": -1, "L": -1, "B": "0", "o": "0.001", "c": "0.002", "q": "1", "Q": "0.5"}
    assert json.loads(write(event)) == expected
    assert list(plain(event)) == list(expected)
    assert json.loads(wrapped_bytes("a@b", write(event))) == {"stream": "a@b", "data": expected}
    assert read(write(event)) == event


def test_a_written_row_is_read_again() -> None:
    assert json.loads(write([row_of(BAR)]))[0][:2] == [BAR.open_time, "0.001"]
    assert bars_of(write([row_of(BAR)]), "BTCUSDT", NOW) == (BAR,)


# Limits and subscriptions


@pytest.mark.parametrize(
    ("status", "headers", "usage"),
    [
        (200, {"X-MBX-USED-WEIGHT-1M": "23"}, Usage(used_weight=23)),
        (200, {"x-mbx-used-weight-1m": "23", "Retry-After": "5"}, Usage(used_weight=23, retry_after_s=5.0)),
        (429, {"retry-after": "61"}, Usage(retry_after_s=61.0)),
        (418, {"Retry-After": "99999999"}, Usage(retry_after_s=259_200.0, banned=True)),
        (429, {"Retry-After": "soon", "X-MBX-USED-WEIGHT-1M": "-1"}, Usage()),
        (429, {"Retry-After": "9" * 5_000, "X-MBX-USED-WEIGHT-1M": "²"}, Usage()),
        (200, {}, Usage()),
    ],
)
def test_headers_tell_of_the_limits(status: int, headers: Mapping[str, str], usage: Usage) -> None:
    assert usage_of(status, headers.items()) == usage


def test_headers_are_written_again() -> None:
    usage = Usage(used_weight=2_401, retry_after_s=30.0)
    assert usage_of(429, usage_headers(usage).items()) == usage


@pytest.mark.parametrize(
    ("name", "kind", "symbol", "interval"),
    [
        ("btcusdt@kline_15m", StreamKind.KLINE, "BTCUSDT", 900_000),
        ("btcusdt@markPrice@1s", StreamKind.MARK_PRICE, "BTCUSDT", 0),
        ("btcusdt@markPrice", StreamKind.MARK_PRICE, "BTCUSDT", 0),
        ("!markPrice@arr@1s", StreamKind.MARK_PRICE, "", 0),
        ("!forceOrder@arr", StreamKind.FORCE_ORDER, "", 0),
        ("btcusdt@bookTicker", StreamKind.BOOK_TICKER, "BTCUSDT", 0),
        ("1000shibusdt@aggTrade", StreamKind.AGG_TRADE, "1000SHIBUSDT", 0),
    ],
)
def test_names_of_streams(name: str, kind: StreamKind, symbol: str, interval: int) -> None:
    found = stream_of(name)
    assert (found.name, found.kind, found.symbol, found.interval) == (name, kind, symbol, interval)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "btcusdt",
        "btcusdt@kline",
        "btcusdt@kline_7m",
        "btcusdt@kline_1M",
        "@aggTrade",
        "a@aggTrade@1s",
        "a b@aggTrade",
    ],
)
def test_there_is_no_such_stream(name: str) -> None:
    with pytest.raises(WireError):
        stream_of(name)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ('{"method":"SUBSCRIBE","params":["btcusdt@aggTrade"],"id":1}', True),
        ('{"method":"LIST_SUBSCRIPTIONS","id":"x"}', True),
        ('{"method":"SET_PROPERTY","params":["combined",true],"id":5}', False),
        ('{"params":[]}', False),
        ("hello", False),
        (json.dumps({"method": "SUBSCRIBE", "params": ["a"] * 2_000, "id": 1}), False),
    ],
)
def test_requests_to_subscribe(text: str, right: bool) -> None:
    if right:
        assert request_of(text).method in Method
    else:
        with pytest.raises(WireError):
            request_of(text)


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "Extreme Fear"), (25, "Fear"), (46, "Neutral"), (55, "Greed"), (76, "Extreme Greed"), (100, "Extreme Greed")],
)
def test_the_mood_has_a_name(value: float, label: str) -> None:
    assert label_of(value) == label
