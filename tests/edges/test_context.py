"""What there is beside candles, asked for and heard with the real client from the simulated exchange."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest
from tests.exchanges import FIRST, PAST, START, STEP, SYMBOLS, candles, exchange

from finantrade.config import Context, Market, TriggerPrices
from finantrade.domain.context import Crowd, FundingEstimate, Liquidation, MarkPrice, Premium
from finantrade.domain.market import BarForming, Quote, TradePrice
from finantrade.domain.message import Message
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.edges.binance import asking
from finantrade.edges.binance.venue import Binance, open_binance, streams_of
from finantrade.edges.market_data import Unavailable
from finantrade.market.context_tape import PERIOD, Fact, Key, Polled
from finantrade.simulator.exchange import Exchange
from finantrade.simulator.faults import answered
from finantrade.simulator.faults.fault import always
from finantrade.simulator.invented import FUNDING_INTERVAL, Invented, sentiment
from finantrade.simulator.recording import Recording

AAA = SYMBOLS[0]
TRADED = 200
"""Steps after which every stream has told something."""


def known(series: Polled, begin: Millis, end: Millis) -> list[Fact]:
    """Return what the exchange has of a series from ``begin`` to ``end``."""
    invented = Invented(Recording(candles(AAA), 1), 1)
    stamps = range(-(-begin // PERIOD) * PERIOD, end + 1, PERIOD)
    match series:
        case Polled.FUNDING:
            found = [invented.settled(time) for time in range(FIRST, end + 1, FUNDING_INTERVAL) if time >= begin]
        case Polled.OPEN_INTEREST:
            found = [invented.interest(time) for time in stamps]
        case Polled.TAKERS:
            found = [invented.takers(time) for time in stamps]
        case Polled.PREMIUM:
            closes = [FIRST + n * MINUTE + MINUTE - 1 for n in range(PAST)]
            found = [Premium(AAA, time + 1, invented.premium(time)) for time in closes if begin <= time + 1 <= end]
        case Polled.SENTIMENT:
            found = [sentiment(1, day * DAY) for day in range(begin // DAY, end // DAY + 1) if day * DAY >= begin]
        case _:
            found = [invented.ratio(Crowd(series.value), time) for time in stamps]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("series", Polled)
async def test_a_page_has_what_the_exchange_knows(series: Polled) -> None:
    begin = FIRST + HOUR + 1 if series is not Polled.SENTIMENT else FIRST - 2 * DAY
    async with exchange() as running, open_binance(running.addresses, Market.USDM, MINUTE) as binance:
        symbol, found, start = "" if series is Polled.SENTIMENT else AAA, list[Fact](), begin
        while start <= START:
            page = await binance.page(Key(series, symbol), start, START)
            assert page.until > start or page.until == START
            found += [fact for fact in page.facts if start <= fact.time]
            start = page.until + 1
    assert len(found) > 1 or series is Polled.FUNDING
    assert found == known(series, begin, START)


async def test_what_cannot_be_had_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ATTEMPTS", 1)
    for fault in (answered.ServerErrors(always), answered.Pages(always, 200), answered.Dropped(always)):
        async with exchange(fault) as running, open_binance(running.addresses, Market.USDM, MINUTE) as binance:
            for series in (Polled.FUNDING, Polled.OPEN_INTEREST, Polled.SENTIMENT):
                with pytest.raises(Unavailable, match=r"expected|Error|status"):
                    await binance.page(Key(series, AAA), START - HOUR, START)


async def heard(running: Exchange, binance: Binance, kinds: Sequence[type[Message]], *, quotes: bool) -> list[Message]:
    """Return all that comes on a wire, until each of these kinds has."""
    found: list[Message] = []
    async with binance.quotes([AAA]) if quotes else binance.connect([AAA]) as wire:
        with anyio.fail_after(20):
            for step in range(1, TRADED):
                await running.play_to(START + step * STEP)
                found += await wire.facts()
                if {type(one) for one in found} >= set(kinds):
                    return found
    return found


@pytest.mark.parametrize(
    ("market", "trigger", "kinds"),
    [
        (Market.USDM, TriggerPrices.TRADES, (BarForming, MarkPrice, FundingEstimate, Liquidation, TradePrice)),
        (Market.USDM, TriggerPrices.BOOK, (Quote,)),
        (Market.SPOT, TriggerPrices.BOOK, (Quote,)),
        (Market.SPOT, TriggerPrices.TRADES, (BarForming, TradePrice)),
    ],
)
async def test_what_is_wished_for_is_heard(
    market: Market, trigger: TriggerPrices, kinds: Sequence[type[Message]]
) -> None:
    context = (Context.LIQUIDATIONS,) if market is Market.USDM else ()
    streams = streams_of(context, trigger)
    async with (
        exchange() as running,
        open_binance(running.addresses, market, MINUTE, streams=streams) as binance,
    ):
        found = await heard(running, binance, kinds, quotes=trigger is TriggerPrices.BOOK)
    assert {type(one) for one in found} >= set(kinds)


async def test_the_budget_is_told() -> None:
    async with exchange() as running, open_binance(running.addresses, Market.USDM, MINUTE) as binance:
        before = binance.budget()
        await binance.bars(AAA, START - HOUR, START)
        assert (before.used, binance.budget().used, binance.budget().waits) == (0, 2, 0)
