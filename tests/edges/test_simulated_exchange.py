"""The simulated exchange as python-binance's real client sees it over real sockets: its protocol, and every fault."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import anyio
import anyio.lowlevel
import pytest
from binance.exceptions import BinanceAPIException, BinanceRequestException
from tests.exchanges import (
    BARS,
    FIRST,
    HOLE,
    PAST,
    START,
    STEP,
    SYMBOLS,
    bar_time,
    client_of,
    exchange,
    manager_of,
    reading,
    streaming,
    venue,
)

from finantrade.domain.context import Crowd, FundingEstimate, Liquidation, MarkPrice
from finantrade.domain.market import BarArrived, BarForming, Quote, TradePrice
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND
from finantrade.simulator import exchange as exchange_module
from finantrade.simulator.clocks import RunningClock
from finantrade.simulator.connection import OUTBOX
from finantrade.simulator.exchange import serving
from finantrade.simulator.faults import answered, bars, lines
from finantrade.simulator.faults.fault import Fault, always, exactly
from finantrade.wire import derivatives, rules, sentiment, trades
from finantrade.wire.errors import Trouble, WireError
from finantrade.wire.frames import facts_of
from finantrade.wire.klines import bars_of, premiums_of
from finantrade.wire.limits import usage_of

AAA, BBB = SYMBOLS
KLINES = "aaausdt@kline_1m"
NEXT = bar_time(0)
"""The bar that forms when the exchange begins."""


# The protocol


async def test_candles_are_paged_to_the_last_one() -> None:
    async with exchange() as running, client_of(running) as client:
        found, begin = list[Any](), FIRST
        while len(page := await client.futures_klines(symbol=AAA, interval="1m", startTime=begin, limit=99)) == 99:
            found += bars_of(page, AAA, START)
            begin = page[-1][0] + 1
        found += bars_of(page, AAA, START)
        assert [bar.open_time for bar in found] == [FIRST + nth * MINUTE for nth in range(PAST)]
        assert page[-1][0] == NEXT
        recording = venue().recordings[AAA]
        assert found == [recording.closed(MINUTE, bar.open_time) for bar in found]


async def test_every_endpoint_is_served_to_the_client_and_read() -> None:
    async with exchange() as running, client_of(running) as client:
        assert await client.futures_ping() == {}
        assert rules.server_time_of(await client.futures_time()) == START
        info = await client.futures_exchange_info()
        assert rules.weight_per_minute(info) == 2_400
        assert {name: (str(one.tick), str(one.lot), one.contract) for name, one in rules.listings_of(info).items()} == {
            AAA: ("0.01", "0.001", "PERPETUAL"),
            BBB: ("0.01", "0.001", "PERPETUAL"),
        }
        marks = derivatives.marks_of(await client.futures_mark_price())
        assert [type(one) for one in marks] == [MarkPrice, FundingEstimate] * 2
        assert derivatives.marks_of(await client.futures_mark_price(symbol=BBB)) == marks[2:]
        funding = derivatives.funding_of(await client.futures_funding_rate(symbol=AAA))
        assert [(one.time, one.interval_ms) for one in funding] == [(FIRST, None), (FIRST + 8 * HOUR, 8 * HOUR)]
        assert derivatives.funding_intervals_of(await client.futures_v1_get_funding_info()) == {}
        interest = derivatives.open_interest_of(await client.futures_open_interest(symbol=AAA))
        past = derivatives.past_interest_of(await client.futures_open_interest_hist(symbol=AAA, period="5m", limit=500))
        assert (past[0].time, past[-1].time, past[-1].qty) == (FIRST, START, interest.qty)
        for crowd, ask in {
            Crowd.ALL_ACCOUNTS: client.futures_global_longshort_ratio,
            Crowd.TOP_ACCOUNTS: client.futures_top_longshort_account_ratio,
            Crowd.TOP_POSITIONS: client.futures_top_longshort_position_ratio,
        }.items():
            assert len(derivatives.ratios_of(await ask(symbol=AAA, period="1h"), crowd)) == 9
        takers = await client.futures_taker_longshort_ratio(symbol=AAA, period="15m", limit=3)
        assert len(derivatives.takers_of(takers, AAA)) == 3
        asked = {"symbol": AAA, "interval": "5m", "limit": 4}
        assert len(bars_of(await client.futures_mark_price_klines(**asked), AAA, START)) == 3
        assert len(premiums_of(await client.futures_premium_index_klines(**asked), AAA, START)) == 3
        assert len(trades.trades_of(await client.futures_aggregate_trades(symbol=AAA), AAA)) == 1


async def test_the_spot_market_is_served_too() -> None:
    async with exchange() as running, client_of(running) as client:
        assert await client.ping() == {}
        assert rules.server_time_of(await client.get_server_time()) == START
        assert rules.listings_of(await client.get_exchange_info())[AAA].contract == ""
        assert len(bars_of(await client.get_klines(symbol=AAA, interval="1h", limit=3), AAA, START)) == 2
        assert len(trades.trades_of(await client.get_aggregate_trades(symbol=AAA), AAA)) == 1
        (quote,) = trades.quotes_of(await client.get_orderbook_ticker(symbol=AAA), received=9)
        assert quote.time == 9
        manager = manager_of(running, client)
        async with reading(manager.multiplex_socket([KLINES, "aaausdt@bookTicker"])) as stream:
            await running.play_to(NEXT + STEP)
            assert [type(fact) for _ in range(2) for fact in facts_of(await stream.frame(), 9)] == [Quote, BarForming]


async def test_the_mood_is_served() -> None:
    async with exchange() as running, aiohttp.ClientSession() as session:
        async with session.get(running.addresses.fear_greed, params={"limit": "3"}) as response:
            found = sentiment.sentiment_of(await response.read())
        assert [one.time for one in found] == [FIRST - 2 * DAY, FIRST - DAY, FIRST]


async def test_streams_come_as_they_are_named() -> None:
    names = (KLINES, "bbbusdt@kline_5m", "aaausdt@markPrice@1s", "!markPrice@arr@1s", "aaausdt@aggTrade")
    async with exchange() as running, streaming(running, *names) as stream:
        await running.play_to(NEXT + 5 * MINUTE)
        kinds, closed = set[type](), list[Any]()
        while len(closed) < 6:
            facts = await stream.facts()
            kinds |= {type(fact) for fact in facts}
            closed += [(fact.bar.symbol, fact.bar.open_time) for fact in facts if isinstance(fact, BarArrived)]
        assert kinds == {BarArrived, BarForming, MarkPrice, FundingEstimate, TradePrice}
        assert sorted(closed) == sorted([(AAA, bar_time(nth)) for nth in range(5)] + [(BBB, NEXT)])


@pytest.mark.parametrize("category", ["market", "public"])
async def test_liquidations_and_quotes_come_on_the_newer_paths(category: str) -> None:
    names = ("aaausdt@forceOrder", "!forceOrder@arr", "aaausdt@bookTicker")
    async with exchange() as running, streaming(running, *names, category=category) as stream:
        await running.play_to(NEXT + 40 * MINUTE)
        seen = set[tuple[type, str]]()
        while len(seen) < 3:
            (fact,) = await stream.facts()
            assert isinstance(fact, Liquidation | Quote)
            seen.add((type(fact), fact.symbol))
        assert seen == {(Liquidation, AAA), (Liquidation, BBB), (Quote, AAA)}


async def test_a_forming_candle_becomes_the_closed_one() -> None:
    async with exchange() as running, streaming(running, KLINES) as stream:
        await running.play_to(NEXT + MINUTE)
        assert await stream.candles_until(NEXT + MINUTE) == [
            *[(AAA, NEXT, NEXT + nth * STEP, False) for nth in (1, 2, 3)],
            (AAA, NEXT, NEXT + MINUTE, True),
            (AAA, NEXT + MINUTE, NEXT + MINUTE, False),
        ]


async def test_a_single_stream_comes_bare() -> None:
    async with exchange() as running, client_of(running) as client:
        kline_socket = manager_of(running, client).kline_socket(AAA, "1m")
        async with reading(kline_socket) as stream:
            await running.play_to(NEXT + STEP)
            assert (await stream.frame())["e"] == "kline"


async def test_streams_are_subscribed_to_and_left() -> None:
    async with exchange() as running, aiohttp.ClientSession() as session:
        url = f"{running.addresses.FSTREAM_URL}ws"
        async with session.ws_connect(url) as socket:

            async def ask(method: str, *names: str) -> Any:
                await socket.send_json({"method": method, "params": names, "id": 7})
                return await socket.receive_json(timeout=10)

            assert await ask("SUBSCRIBE", KLINES, "bbbusdt@kline_1m") == {"result": None, "id": 7}
            assert await ask("UNSUBSCRIBE", KLINES) == {"result": None, "id": 7}
            assert await ask("LIST_SUBSCRIPTIONS") == {"result": ["bbbusdt@kline_1m"], "id": 7}
            for names in (["aaausdt@kline_7m"], ["zzz@aggTrade"], ["aaausdt@kline_1s"]):
                with pytest.raises(WireError) as caught:
                    facts_of(await ask("SUBSCRIBE", *names))
                assert caught.value.trouble is Trouble.REFUSED
            await running.play_to(NEXT + STEP)
            (fact,) = facts_of(await socket.receive_str(timeout=10))
            assert isinstance(fact, BarForming)
            assert fact.bar.symbol == BBB


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("stream?streams=zzzusdt@kline_1m", 400),
        ("ws/aaausdt@kline_7m", 400),
        ("fapi/v1/nothing", 404),
        ("nothing", 404),
    ],
)
async def test_what_there_is_not_is_refused(path: str, status: int) -> None:
    async with exchange() as running, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(running.addresses.FSTREAM_URL + path)
        assert caught.value.status == status


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"symbol": "ZZZ", "interval": "1m"}, -1121),
        ({"interval": "1m"}, -1102),
        ({"symbol": AAA}, -1102),
        ({"symbol": AAA, "interval": "7m"}, -1120),
        ({"symbol": AAA, "interval": "1m", "limit": 5_000}, -1130),
        ({"symbol": AAA, "interval": "1m", "startTime": "noon"}, -1100),
    ],
)
async def test_requests_are_refused_as_the_exchange_does(asked: dict[str, Any], code: int) -> None:
    async with exchange() as running, client_of(running) as client:
        with pytest.raises(BinanceAPIException) as caught:
            await client.futures_klines(**asked)
        assert (caught.value.status_code, caught.value.code) == (400, code)


async def test_weight_is_counted_and_the_limit_enforced() -> None:
    async with exchange(weight_limit=12) as running, client_of(running) as client:
        for used in (5, 10):
            await client.futures_klines(symbol=AAA, interval="1m")
            assert usage_of(200, client.response.headers.items()).used_weight == used
        with pytest.raises(BinanceAPIException) as caught:
            await client.futures_klines(symbol=AAA, interval="1m")
        usage = usage_of(caught.value.status_code, caught.value.response.headers.items())
        assert (caught.value.status_code, caught.value.code, usage.retry_after_s) == (429, -1003, 60.0)
        for _ in range(10):
            with pytest.raises(BinanceAPIException) as caught:
                await client.futures_time()
        assert caught.value.status_code == 418
        running.clock.advance_to(START + 2 * MINUTE)
        await client.futures_time()


# Bounds, time and order


async def test_a_client_that_never_reads_is_cut_off() -> None:
    streams = "/".join(
        f"{symbol.lower()}@{kind}" for symbol in SYMBOLS for kind in ("kline_1m", "bookTicker", "aggTrade")
    )
    async with exchange() as running:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.setblocking(False)
            await asyncio.get_running_loop().sock_connect(
                deaf, ("127.0.0.1", int(running.addresses.FSTREAM_URL[:-1].split(":")[-1]))
            )
            await asyncio.get_running_loop().sock_sendall(deaf, handshake(f"/stream?streams={streams}"))
            with anyio.fail_after(30):
                while not running.open_connections:
                    await anyio.lowlevel.checkpoint()
                sent_at = 0
                while not running.counts.cut_off:
                    sent_at += 1
                    await running.play_to(START + sent_at * STEP)
            assert running.counts.cut_off == 1
            # Each step is six frames or a few more: what it got beyond the outbox lay in the system's own buffers.
            assert sent_at * 6 < 4 * OUTBOX
            while running.open_connections:
                await anyio.lowlevel.checkpoint()


def handshake(path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()


async def recorded(seed: int, *faults: Fault) -> list[str]:
    """Return what a client of an exchange with this seed is sent, and answered, over an hour."""
    names = "/".join(
        f"{symbol.lower()}@{kind}"
        for symbol in SYMBOLS
        for kind in ("kline_1m", "kline_5m", "markPrice@1s", "forceOrder", "bookTicker", "aggTrade")
    )
    async with exchange(*faults, seed=seed) as running, aiohttp.ClientSession() as session:
        async with session.ws_connect(f"{running.addresses.FSTREAM_URL}stream?streams={names}") as socket:
            said: list[str] = []
            for minute in range(1, 31):
                await running.play_to(START + minute * MINUTE)
                # The last frame of each minute: every step has a quote of the second symbol, and it is told last.
                while not (said and f'"E":{START + minute * MINUTE}' in said[-1] and "bbbusdt@markPrice" in said[-1]):
                    said.append(await socket.receive_str(timeout=10))
        base = running.addresses.FUTURES_URL
        for path in (f"klines?symbol={AAA}&interval=5m", f"fundingRate?symbol={AAA}", "premiumIndex", "exchangeInfo"):
            async with session.get(f"{base}/v1/{path}") as response:
                said.append(await response.text())
    return said


async def test_the_same_seed_sends_the_same_in_the_same_order() -> None:
    def faults() -> list[Fault]:
        strikes = exactly((AAA, bar_time(3)), (BBB, bar_time(7)))
        return [bars.Late(strikes, 5 * SECOND), bars.Duplicates(strikes), bars.Missing(exactly((AAA, bar_time(5))))]

    first, again = await recorded(1, *faults()), await recorded(1, *faults())
    assert len(first) > 1_000
    assert first == again
    assert await recorded(2, *faults()) != first


async def test_time_runs_at_a_rate_and_ends_with_the_data() -> None:
    market, last = venue(), FIRST + (BARS - 1) * MINUTE
    async with (
        serving(market, RunningClock(START, market.end, rate=2_000.0)) as running,
        streaming(running, KLINES) as stream,
    ):
        times = [START]
        while times[-1] != last:
            times += [fact.bar.open_time for fact in await stream.facts() if isinstance(fact, BarArrived)]
        assert times[1:] == list(range(times[1], last + 1, MINUTE))
        async with client_of(running) as client:
            assert rules.server_time_of(await client.futures_time()) == market.end


async def test_what_takes_time_ends_though_time_stands_still() -> None:
    clock = RunningClock(START, START, rate=1_000.0)
    with anyio.fail_after(10):
        await clock.until(START + 2 * SECOND)
    assert clock.now() == START


async def test_a_hole_in_the_recording_is_a_hole_in_the_stream() -> None:
    async with exchange() as running, streaming(running, "bbbusdt@kline_1m") as stream:
        missing = FIRST + HOLE * MINUTE
        await running.play_to(missing + 2 * MINUTE)
        told = await stream.candles_until(missing + 2 * MINUTE)
        assert {time for _, time, _, _ in told} == {
            *range(NEXT, missing, MINUTE), missing + MINUTE, missing + 2 * MINUTE
        }  # fmt: skip


# Faults of the lines


async def test_a_disconnect_is_an_error_in_the_stream() -> None:
    async with exchange(lines.Disconnects(exactly(("", bar_time(1))))) as running, streaming(running, KLINES) as stream:
        await running.play_to(bar_time(1) + STEP)
        assert len(await stream.candles_until(bar_time(1) + STEP)) == 6
        await running.play_to(bar_time(1) + 2 * STEP)
        with pytest.raises(WireError) as caught:
            facts_of(await stream.frame())
        assert caught.value.trouble is Trouble.DISCONNECTED
        async with streaming(running, KLINES) as stream_again:
            await running.play_to(bar_time(2))
            assert (await stream_again.candles_until(bar_time(2)))[0] == (
                AAA,
                bar_time(1),
                bar_time(1) + 3 * STEP,
                False,
            )


async def test_in_an_outage_connections_are_refused() -> None:
    async with exchange(lines.Outages(exactly(("", bar_time(1))))) as running, client_of(running) as client:
        manager = manager_of(running, client)
        async with reading(manager.futures_multiplex_socket([KLINES])) as stream:
            await running.play_to(bar_time(1) - STEP)
            assert len(await stream.candles_until(bar_time(1) - STEP)) == 3
            await running.play_to(bar_time(1))
            with pytest.raises(WireError):
                facts_of(await stream.frame())
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.futures_time()
        with pytest.raises(ConnectionRefusedError):
            await manager.futures_multiplex_socket([KLINES]).connect()
        await running.play_to(bar_time(2))
        assert rules.server_time_of(await client.futures_time()) == bar_time(2)
        missed = await client.futures_klines(symbol=AAA, interval="1m", startTime=bar_time(0))
        assert [bar.open_time for bar in bars_of(missed, AAA, bar_time(2))] == [bar_time(0), bar_time(1)]


async def test_a_silent_stream_stays_open() -> None:
    async with exchange(lines.Silence(exactly(("", bar_time(1))))) as running, streaming(running, KLINES) as stream:
        await running.play_to(bar_time(2))
        told = await stream.candles_until(bar_time(2))
        assert [(time, at - NEXT, closed) for _, time, at, closed in told] == [
            *[(bar_time(0), nth * STEP, False) for nth in (1, 2, 3)],
            (bar_time(1), 2 * MINUTE, True),
            (bar_time(2), 2 * MINUTE, False),
        ]


async def test_a_skewed_clock_tells_another_time() -> None:
    async with (
        exchange(lines.Skew(3_000)) as running,
        client_of(running) as client,
        streaming(running, KLINES) as stream,
    ):
        assert rules.server_time_of(await client.futures_time()) == START + 3_000
        await running.play_to(NEXT + STEP)
        frame = await stream.frame()
        assert (frame["data"]["E"], frame["data"]["k"]["t"]) == (NEXT + STEP + 3_000, NEXT)


# Faults of bars


STRIKES = exactly((AAA, NEXT))


async def closes(fault: Fault, end: int = NEXT + MINUTE + STEP) -> list[tuple[int, int, bool]]:
    """Return the candles around the first close as a client gets them: (bar, event time since then, closed)."""
    async with exchange(fault) as running, streaming(running, KLINES) as stream:
        await running.play_to(end)
        told = await stream.candles_until(end)
        return [((time - NEXT) // MINUTE, at - NEXT - MINUTE, closed) for _, time, at, closed in told[3:]]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (bars.Duplicates(STRIKES), [(0, 0, True), (0, 0, True), (1, 0, False), (1, STEP, False)]),
        (bars.Disorder(STRIKES), [(1, 0, False), (0, 0, True), (1, STEP, False)]),
        (bars.Late(STRIKES, 5_000), [(1, 0, False), (0, 0, True), (1, STEP, False)]),
        (bars.NeverCloses(STRIKES), [(0, 0, False), (1, 0, False), (1, STEP, False)]),
        (Fault(), [(0, 0, True), (1, 0, False), (1, STEP, False)]),
    ],
    ids=["duplicate", "disorder", "late", "forming", "none"],
)
async def test_closes_that_go_wrong(fault: Fault, told: list[tuple[int, int, bool]]) -> None:
    assert await closes(fault) == told


async def test_a_late_close_comes_when_it_is_due() -> None:
    async with exchange(bars.Late(STRIKES, 5_000)) as running, streaming(running, KLINES) as stream:
        await running.play_to(NEXT + MINUTE + 4_999)
        assert not any(closed for *_, closed in await stream.candles_until(NEXT + MINUTE))
        await running.play_to(NEXT + MINUTE + 5_000)
        (fact,) = await stream.facts()
        assert isinstance(fact, BarArrived)


@pytest.mark.parametrize(("fault", "kept"), [(bars.Missing, True), (bars.Holes, False)])
async def test_a_missing_bar_is_or_is_not_there_over_rest(fault: Callable[[Any], Fault], kept: bool) -> None:
    async with exchange(fault(STRIKES)) as running, client_of(running) as client, streaming(running, KLINES) as stream:
        await running.play_to(NEXT + MINUTE)
        assert await stream.candles_until(NEXT + MINUTE) == [(AAA, NEXT + MINUTE, NEXT + MINUTE, False)]
        rows = await client.futures_klines(symbol=AAA, interval="1m", limit=3)
        assert (NEXT in [row[0] for row in rows]) is kept


# Faults of answers


TIME = "/fapi/v1/time"


async def asked(fault: Fault) -> Any:
    """Ask the time once, and return the answer or the client's error."""
    async with exchange(fault) as running, client_of(running) as client:
        try:
            return await client.futures_time()
        except (BinanceAPIException, BinanceRequestException, aiohttp.ClientError) as error:
            return error


@pytest.mark.parametrize(("banned", "status"), [(False, 429), (True, 418)])
async def test_one_refusal_holds_for_all_until_its_time_is_over(banned: bool, status: int) -> None:
    fault = answered.Throttled(exactly((TIME, 0)), 10 * SECOND, banned=banned)
    async with exchange(fault) as running, client_of(running) as client:
        for ask in (client.futures_time, client.futures_exchange_info):
            with pytest.raises(BinanceAPIException) as caught:
                await ask()
            usage = usage_of(caught.value.status_code, caught.value.response.headers.items())
            assert (caught.value.status_code, usage.retry_after_s, usage.banned) == (status, 10.0, banned)
        running.clock.advance_to(START + 10 * SECOND)
        await client.futures_time()


async def test_a_server_error_has_its_code() -> None:
    error = await asked(answered.ServerErrors(always))
    assert isinstance(error, BinanceAPIException)
    assert (error.status_code, error.code) == (503, -1001)


async def test_a_page_is_an_error_without_a_code() -> None:
    error = await asked(answered.Pages(always))
    assert isinstance(error, BinanceAPIException)
    assert (error.status_code, error.code) == (502, 0)


async def test_a_page_that_looks_like_an_answer_is_no_json() -> None:
    assert isinstance(await asked(answered.Pages(always, 200)), aiohttp.ContentTypeError)


async def test_a_truncated_answer_is_no_json() -> None:
    assert isinstance(await asked(answered.Truncated(always)), BinanceRequestException)


async def test_a_malformed_answer_is_another_shape() -> None:
    found = await asked(answered.Malformed(always))
    with pytest.raises(WireError) as caught:
        rules.server_time_of(found)
    assert caught.value.trouble is Trouble.SHAPE


async def test_a_dropped_request_has_no_answer() -> None:
    assert isinstance(await asked(answered.Dropped(always)), aiohttp.ClientConnectionError)


async def test_a_slow_answer_takes_its_time() -> None:
    async with exchange(answered.Slow(always, 5_000)) as running, client_of(running) as client:
        async with anyio.create_task_group() as tasks:
            got: list[Any] = []

            async def ask() -> None:
                got.append(await client.futures_time())

            tasks.start_soon(ask)
            while not running.counts.requests:
                await anyio.lowlevel.checkpoint()
            running.clock.advance_to(START + 4_999)
            await anyio.lowlevel.checkpoint()
            assert not got
            running.clock.advance_to(START + 5_000)
        assert got == [{"serverTime": START}]


async def test_requests_that_wait_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_module, "REQUESTS", 2)
    async with exchange(answered.Slow(always, 5_000)) as running, client_of(running) as client:
        got: list[Any] = []

        async def ask() -> None:
            try:
                got.append(await client.futures_time())
            except BinanceAPIException as error:
                got.append(error.status_code)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(ask)
            while not got:
                await anyio.lowlevel.checkpoint()
            assert got == [503]
            running.clock.advance_to(START + 5_000)
        assert got[1:] == [{"serverTime": START}] * 2


async def test_a_truncated_frame_ends_the_client_s_reading() -> None:
    async with (
        exchange(answered.Truncated(exactly((AAA, NEXT + STEP)))) as running,
        streaming(running, KLINES) as stream,
    ):
        await running.play_to(NEXT + STEP)
        with pytest.raises(WireError, match="JSONDecodeError") as caught:
            facts_of(await stream.frame())
        assert caught.value.trouble is Trouble.DISCONNECTED


async def test_a_malformed_frame_is_another_shape() -> None:
    async with (
        exchange(answered.Malformed(exactly((AAA, NEXT + STEP)))) as running,
        streaming(running, KLINES) as stream,
    ):
        await running.play_to(NEXT + 2 * STEP)
        with pytest.raises(WireError) as caught:
            facts_of(await stream.frame())
        assert caught.value.trouble is Trouble.SHAPE
        assert len(await stream.facts()) == 1


async def test_websockets_are_dropped_and_refused_as_requests_are() -> None:
    path = "/market/stream"
    # This client asks a second time by itself where a line is cut before an answer.
    faults = answered.Dropped(exactly((path, 0), (path, 1))), answered.ServerErrors(exactly((path, 2)))
    async with exchange(*faults) as running, aiohttp.ClientSession() as session:
        url = f"{running.addresses.FSTREAM_URL}market/stream?streams={KLINES}"
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.ws_connect(url)
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)
        async with session.ws_connect(url) as found:
            await running.play_to(NEXT + STEP)
            assert json.loads(await found.receive_str(timeout=10))["stream"] == KLINES


async def test_a_port_that_is_taken_is_an_os_error() -> None:
    async with exchange() as running:
        with pytest.raises(OSError, match="address already in use"):
            async with serving(venue(), running.clock, port=running.port):
                pass
