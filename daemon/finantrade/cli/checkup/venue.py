"""The venue: whether it answers in time, how far our clock is from its, what it trades, how much may be asked."""

from __future__ import annotations

from collections.abc import Mapping

import anyio

from finantrade.cli.checkup.finding import Finding, Verdict
from finantrade.cli.figures import stamp
from finantrade.config import Config, Market
from finantrade.conversion import suggestion
from finantrade.edges.binance.errors import RestError
from finantrade.edges.binance.pacing import SHARE
from finantrade.edges.binance.rest import PAGING, BinanceRest, open_rest
from finantrade.runtime.clock import VenueClock
from finantrade.wire.addresses import Addresses, simulated_at
from finantrade.wire.rules import Listing

SKEW_MS = 1_000.0
"""A clock that is further off is a fault: bars would be taken for closed too early or too late."""
PATIENCE_S = 10.0
"""For all that is asked, attempts and waits between them included."""


async def venue(config: Config | None, simulator: str | None) -> list[Finding]:
    """Ask the venue of a configuration, Binance's futures market without one, or a simulated exchange."""
    binance = config.feed.binance if config else None
    market = binance.market if binance else Market.USDM
    async with open_rest(simulated_at(simulator) if simulator else Addresses(), market) as rest:
        try:
            with anyio.fail_after(PATIENCE_S):
                clock = await _clock(rest, judged=simulator is None)
                symbols = _symbols(await rest.listings(), config, judged=simulator is None)
        except RestError as error:
            return [_silent(f"{error.trouble.value}: {error}")]
        except TimeoutError:
            return [_silent(f"no answer within {PATIENCE_S:g} s")]
        return [clock, *symbols, _weight(rest.pacer.used, PAGING[market].a_minute)]


async def _clock(rest: BinanceRest, *, judged: bool) -> Finding:
    ours = VenueClock(known=True).now
    offset = await rest.clock_offset(ours)
    if not judged:
        return Finding(check="clock", found=f"the simulated exchange is at {stamp(int(ours() + offset.ms))} UTC")
    found = f"the venue's is {offset.ms:+,.0f} ms from ours, ± {offset.give_or_take_ms:,.0f} ms"
    if abs(offset.ms) <= SKEW_MS + offset.give_or_take_ms:
        return Finding(check="clock", found=found)
    expected, advice = f"a clock that is right to {SKEW_MS:,.0f} ms", "have it set by NTP: `timedatectl set-ntp true`"
    return Finding(check="clock", verdict=Verdict.FAIL, expected=expected, found=found, help=advice)


def _symbols(listings: Mapping[str, Listing], config: Config | None, *, judged: bool) -> list[Finding]:
    trading = [name for name, one in listings.items() if one.trading]
    wanted = config.symbols if config else ()
    absent = [f"{symbol}{suggestion(symbol, trading)}" for symbol in wanted if symbol not in trading]
    found = f"{len(trading)} of {len(listings)} are traded"
    if absent or not trading:
        expected = ", ".join(wanted) or "symbols that are traded"
        found = f"{found}, but not {', '.join(absent)}" if absent else found
        return [Finding(check="symbols", verdict=Verdict.FAIL, expected=expected, found=found)]
    others = list(_other_rules(listings, config)) if config and judged else []
    return [Finding(check="symbols", found=found), *others]


def _other_rules(listings: Mapping[str, Listing], config: Config) -> list[Finding]:
    """Return the symbols whose steps are not the venue's: orders would be rounded otherwise than there."""
    rules = {symbol: (config.instruments[symbol], listings[symbol]) for symbol in config.symbols}
    return [
        Finding(
            check=f"rules {symbol}",
            verdict=Verdict.WARN,
            expected=f"tick {theirs.tick:f}, lot {theirs.lot:f}, as the venue has them",
            found=f"tick {ours.tick:f}, lot {ours.lot:f}",
            help=f"see `instruments.{symbol}` in the configuration",
        )
        for symbol, (ours, theirs) in rules.items()
        if (ours.tick, ours.lot) != (theirs.tick, theirs.lot)
    ]


def _weight(used: int, a_minute: int) -> Finding:
    found = f"{used:,} of {a_minute:,} used of this minute"
    if used <= SHARE * a_minute:
        return Finding(check="weight", found=found)
    expected, advice = f"at most {SHARE * a_minute:,.0f}", "others at this address ask a lot: we wait for them"
    return Finding(check="weight", verdict=Verdict.WARN, expected=expected, found=found, help=advice)


def _silent(found: str) -> Finding:
    return Finding(
        check="venue",
        verdict=Verdict.FAIL,
        expected="the venue to answer",
        found=found,
        help="look at network, proxy and firewall; `finantrade simulate` is an exchange for those without",
    )
