"""Asking a venue over REST, against the simulated exchange and its faults: paced, retried in bounds, typed errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.commands import Said
from tests.exchanges import BARS, FIRST, PAST, START, SYMBOLS, exchange

from finantrade.cli.checkup import venue
from finantrade.config import Market
from finantrade.domain.context import Crowd
from finantrade.domain.units import HOUR, MINUTE, SECOND
from finantrade.edges.binance import asking, rest
from finantrade.edges.binance.errors import RestError, RestTrouble
from finantrade.edges.binance.pacing import SHARE, Pacer, WallTiming
from finantrade.edges.binance.rest import BinanceRest, open_rest
from finantrade.simulator.exchange import Exchange
from finantrade.simulator.faults import answered, lines
from finantrade.simulator.faults.fault import Fault, always
from finantrade.wire.addresses import simulated_at
from finantrade.wire.limits import Usage

AAA, BBB = SYMBOLS
TIME = "/fapi/v1/time"


class ExchangeTiming:
    """Waits by stepping the exchange's clock: nothing in these tests takes real time."""

    def __init__(self, running: Exchange) -> None:
        self.slept: list[float] = []
        self._running = running

    def now(self) -> float:
        return self._running.clock.now() / SECOND

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._running.clock.advance_to(self._running.clock.now() + round(seconds * SECOND))  # type: ignore[attr-defined]
        await anyio.lowlevel.checkpoint()

    def within(self, seconds: float) -> Any:
        return anyio.fail_after(seconds)


Ready = tuple[Exchange, BinanceRest, ExchangeTiming]


@asynccontextmanager
async def asked(
    *faults: Fault, market: Market = Market.USDM, budget: int = 2_400, weight_limit: int | None = None
) -> AsyncGenerator[Ready]:
    async with exchange(*faults, weight_limit=weight_limit) as running:
        timing = ExchangeTiming(running)
        pacer = Pacer(budget, timing)
        async with open_rest(running.addresses, market, timing=timing, pacer=pacer, chance=Random(1)) as found:
            yield running, found, timing


def numbers(*struck: int, path: str = TIME) -> Callable[[str, int], bool]:
    """Strike these requests, counted from the first one."""
    return lambda about, number: about == path and number in struck


@pytest.mark.parametrize("market", Market)
async def test_bars_are_fetched_page_by_page(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    small = {one: rest.Paging(rows=90, weights=paging.weights, a_minute=99) for one, paging in rest.PAGING.items()}
    monkeypatch.setattr(rest, "PAGING", small)
    async with asked(market=market) as (running, found, _):
        bars = await found.bars(AAA, MINUTE, FIRST + 1, START + HOUR, backfilled=True)
        assert [bar.open_time for bar in bars] == [FIRST + nth * MINUTE for nth in range(1, PAST)]
        assert all(bar.backfilled for bar in bars)
        assert running.counts.requests == 1 + 6
        assert await found.bars(AAA, MINUTE, START, START + HOUR) == ()
        (one,) = await found.bars(AAA, HOUR, FIRST, FIRST)
        assert (one.open_time, one.volume) == (FIRST, pytest.approx(sum(bar.volume for bar in bars[:59]), rel=0.1))


async def test_everything_else_is_asked_once_and_read() -> None:
    async with asked() as (running, found, _):
        assert await found.server_time() == START
        assert list(await found.listings()) == list(SYMBOLS)
        assert [one.interval_ms for one in await found.funding(AAA, FIRST, START)] == [None, 8 * HOUR]
        assert (await found.open_interest(AAA)).time == START
        assert len(await found.past_interest(AAA, FIRST, START)) == 101
        assert len(await found.takers(AAA, FIRST, START)) == 101
        for crowd in Crowd:
            assert {one.crowd for one in await found.ratios(AAA, crowd, FIRST, START)} == {crowd}
        assert running.counts.requests == 9
        offset = await found.clock_offset(lambda: START - 250)
        assert (offset.ms, offset.give_or_take_ms) == (250, 0)


async def test_funding_knows_its_intervals_across_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "FUNDING_ROWS", 2)
    async with asked() as (running, found, _):
        running.clock.advance_to(FIRST + BARS * MINUTE - 1)  # type: ignore[attr-defined]
        times = [(one.time, one.interval_ms) for one in await found.funding(AAA, FIRST, FIRST + 10 * HOUR)]
        assert times == [(FIRST, None), (FIRST + 8 * HOUR, 8 * HOUR)]


@pytest.mark.parametrize(
    "fault",
    [
        answered.ServerErrors(numbers(0, 1)),
        answered.Pages(numbers(0, 1)),
        answered.Pages(numbers(0, 1), 200),
        answered.Truncated(numbers(0, 1)),
        answered.Malformed(numbers(0, 1)),
        answered.Dropped(numbers(0, 1)),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_what_passes_is_asked_again(fault: Fault) -> None:
    async with asked(fault) as (_, found, timing):
        assert await found.server_time() == START + round(sum(timing.slept) * SECOND)
        assert 1 <= found.asking.retries <= 2
        assert len(timing.slept) == found.asking.retries


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (answered.ServerErrors(always), RestTrouble.SERVER),
        (answered.Pages(always), RestTrouble.SERVER),
        (answered.Pages(always, 403), RestTrouble.UNREADABLE),
        (answered.Pages(always, 200), RestTrouble.UNREADABLE),
        (answered.Truncated(always), RestTrouble.UNREADABLE),
        (answered.Malformed(always), RestTrouble.UNREADABLE),
        (answered.Dropped(always), RestTrouble.UNREACHABLE),
    ],
)
async def test_what_does_not_pass_is_one_typed_error(fault: Fault, trouble: RestTrouble) -> None:
    async with asked(fault) as (_, found, timing):
        with pytest.raises(RestError) as caught:
            await found.server_time()
        assert caught.value.trouble is trouble
        assert len(timing.slept) == asking.ATTEMPTS - 1
        assert all(slept <= asking.LONGEST_WAIT_S for slept in timing.slept)


async def test_a_refusal_is_not_asked_again() -> None:
    async with asked() as (running, found, timing):
        with pytest.raises(RestError) as caught:
            await found.bars("ZZZ", MINUTE, FIRST, START)
        assert (caught.value.trouble, caught.value.code) == (RestTrouble.REFUSED, -1121)
        assert (running.counts.requests, timing.slept) == (2, [])


async def test_nobody_listening_is_unreachable() -> None:
    async with asked(lines.Outages(always)) as (running, found, _):
        await running.play_to(START + MINUTE)
        with pytest.raises(RestError) as caught:
            await found.server_time()
        assert caught.value.trouble is RestTrouble.UNREACHABLE


async def test_no_answer_in_time_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "TIMEOUT_S", 0.01)
    monkeypatch.setattr(asking, "ATTEMPTS", 1)
    async with asked(answered.Slow(always, HOUR)) as (_, found, _):
        with pytest.raises(RestError, match="TimeoutError") as caught:
            await found.server_time()
        assert caught.value.trouble is RestTrouble.UNREACHABLE


async def test_a_limit_is_waited_for_by_all() -> None:
    async with asked(answered.Throttled(numbers(0), 10 * SECOND)) as (running, found, timing):
        got: list[Any] = []

        async def ask(call: Callable[[], Awaitable[object]]) -> None:
            got.append(await call())

        with pytest.raises(RestError):
            await failing_once(found)
        async with anyio.create_task_group() as tasks:
            for call in (found.server_time, found.listings):
                tasks.start_soon(ask, call)
        assert len(got) == 2
        # One was refused; whoever came after it waited first, and was not.
        assert running.counts.requests == 3
        assert sum(timing.slept) == pytest.approx(10, abs=0.1)


async def failing_once(found: BinanceRest) -> None:
    """Ask once without asking again."""
    attempts, asking.ATTEMPTS = asking.ATTEMPTS, 1
    try:
        await found.server_time()
    finally:
        asking.ATTEMPTS = attempts


async def test_a_long_ban_is_an_error_at_once() -> None:
    fault = answered.Throttled(always, HOUR, banned=True)
    async with asked(fault) as (running, found, timing):
        with pytest.raises(RestError) as caught:
            await found.server_time()
        assert (caught.value.trouble, caught.value.wait_s) == (RestTrouble.LIMITED, 3_600.0)
        assert (running.counts.requests, timing.slept) == (1, [])


async def test_the_budget_is_never_overspent() -> None:
    async with asked(budget=100, weight_limit=100) as (running, found, timing):
        for _ in range(40):
            await found.bars(AAA, MINUTE, START - 600 * MINUTE, START)
        assert found.asking.retries == 0
        assert running.counts.requests == 80
        assert 100 < sum(timing.slept) < 250


# The pacer alone


class StandingTiming(WallTiming):
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 1_000.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


async def test_what_others_use_counts() -> None:
    timing = StandingTiming()
    pacer = Pacer(100, timing)
    await pacer.admit(5)
    pacer.settle(5, Usage(used_weight=79), limited=False)
    await pacer.admit(1)
    assert timing.time == 1_000.0
    pacer.settle(1, Usage(used_weight=round(100 * SHARE)), limited=False)
    await pacer.admit(1)
    assert timing.time == 1_060.0
    assert pacer.used == 1


async def test_a_header_that_falls_begins_a_new_minute() -> None:
    timing = StandingTiming()
    pacer = Pacer(100, timing)
    for used in (70, 3):
        await pacer.admit(1)
        pacer.settle(1, Usage(used_weight=used), limited=False)
        timing.time += 30
    assert pacer.used == 3
    await pacer.admit(77)
    assert pacer.waited_s == 0


async def test_answers_that_overtake_each_other_are_of_one_minute() -> None:
    pacer = Pacer(100, StandingTiming())
    for used in (20, 15, 19):
        await pacer.admit(5)
        pacer.settle(5, Usage(used_weight=used), limited=False)
    assert pacer.used == 20


async def test_what_is_too_heavy_is_let_through_alone() -> None:
    timing = StandingTiming()
    pacer = Pacer(100, timing)
    await pacer.admit(500)
    pacer.settle(500, None, limited=False)
    await pacer.admit(500)
    assert timing.time == 1_060.0


async def test_a_limit_may_count_over_longer() -> None:
    timing = StandingTiming()
    pacer = Pacer(10, timing, 300.0)
    for _ in range(8):
        await pacer.admit(1)
        pacer.settle(1, None, limited=False)
        timing.time += 1
    assert pacer.waits == 0
    await pacer.admit(1)
    # Five minutes after the first one.
    assert timing.time == 1_300.0
    assert (pacer.waits, pacer.waited_s, pacer.budget) == (1, 292.0, 8)


async def test_statistics_have_a_limit_of_their_own() -> None:
    async with asked() as (_, found, _):
        await found.past_interest(AAA, FIRST, START)
        await found.takers(AAA, FIRST, START)
        await found.ratios(AAA, Crowd.ALL_ACCOUNTS, FIRST, START)
        assert (found.statistics.used, found.statistics.budget) == (3, 800)
        await found.bars(AAA, MINUTE, START - HOUR, START)
        assert (found.statistics.used, found.pacer.used) == (3, 2)


async def test_a_limit_without_a_time_is_a_minute() -> None:
    timing = StandingTiming()
    pacer = Pacer(100, timing)
    await pacer.admit(1)
    pacer.settle(1, None, limited=True)
    await pacer.admit(1)
    assert timing.time == 1_060.0


# The command


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def doctor(place: Path, symbol: str = "AAAUSDT", tick: str = "0.01", simulator: str | None = None) -> list[object]:
    """Return a command line that examines a configuration in an empty place."""
    file = place / "examined.yml"
    followed = f"simulator: '{simulator}'" if simulator else ""
    file.write_text(
        f"{{timeframe: 1m, symbols: [{symbol}], instruments: {{{symbol}: {{tick: {tick}, lot: 0.001}}}},"
        f" strategies: [{{name: ema_cross}}], feed: {{binance: {{{followed}}}}}, api: {{port: 0}}}}"
    )
    return ["doctor", "-c", file, "--state", place / "state", "--store", place / "store"]


async def examined(said: Said, code: int, *command: object) -> dict[str, Any]:
    """Return what is found, by check."""
    found = await anyio.to_thread.run_sync(lambda: said.document(*command, code=code))
    return {one["check"]: one for one in found["checks"]}


@pytest.mark.parametrize(("symbol", "but"), [("AAAUSDT", ""), ("AAAUSD", ", but not AAAUSD; did you mean 'AAAUSDT'?")])
async def test_the_doctor_examines_a_venue(said: Said, tmp_path: Path, symbol: str, but: str) -> None:
    async with exchange() as running:
        url = running.addresses.API_URL.removesuffix("/api")
        found = await examined(said, int(bool(but)), *doctor(tmp_path, symbol), "--simulated", url)
    assert found["clock"]["found"].startswith("the simulated exchange is at 2023-11-15 08:20")
    assert found["symbols"]["found"] == f"2 of 2 are traded{but}"
    assert found["weight"]["found"] == "2 of 2,400 used of this minute"


@pytest.mark.parametrize(("tick", "differing"), [("0.01", []), ("0.1", ["rules AAAUSDT"])])
async def test_the_doctor_compares_clock_and_rules_with_a_real_venue(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tick: str, differing: list[str]
) -> None:
    async with exchange() as running:
        monkeypatch.setattr(venue, "Addresses", lambda: running.addresses)
        found = await examined(said, 1, *doctor(tmp_path, tick=tick))
    # The exchange stands still in 2023.
    assert (found["clock"]["verdict"], "NTP" in found["clock"]["help"]) == ("fail", True)
    assert [name for name in found if name.startswith("rules")] == differing
    assert all(found[name]["found"] == "tick 0.1, lot 0.001" for name in differing)


def test_the_doctor_says_what_is_wrong(said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ATTEMPTS", 1)
    code, out, _ = said(*doctor(tmp_path, simulator="http://127.0.0.1:9"))
    assert code == 1
    assert "expected the venue to answer, found unreachable: " in out


def test_addresses_of_a_simulated_exchange() -> None:
    found = simulated_at("http://127.0.0.1:8090/")
    assert (found.FUTURES_URL, found.FSTREAM_URL) == ("http://127.0.0.1:8090/fapi", "ws://127.0.0.1:8090/")
