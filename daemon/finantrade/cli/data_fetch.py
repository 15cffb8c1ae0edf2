"""``finantrade data fetch``: from the venue's public archive and its REST interface into the local store."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from finantrade.cli.data_derive import moment
from finantrade.cli.data_import import DropBad, OnConflictName, chosen
from finantrade.cli.errors import CliError, ExitCode, explain
from finantrade.cli.options import AsJson, StoreDir

if TYPE_CHECKING:
    from finantrade.config import Market
    from finantrade.domain.units import Millis
    from finantrade.edges.binance.errors import RestError
    from finantrade.edges.binance.rest import BinanceRest
    from finantrade.edges.fetching import Fetching
    from finantrade.market.fetch_plan import Order, Planned
    from finantrade.market.importing import Instructions
    from finantrade.wire.addresses import Addresses

USUAL_DAYS = 30
USUAL = ("candles", "funding")
INTERVALS = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d")
"""Those that archive and venue both have; `data resample` makes longer ones."""
AGAIN = "what has been taken stays, and is not asked for again: run the same command once more"

Name = TypeVar("Name", bound=str)

Symbols = Annotated[list[str], typer.Argument(metavar="SYMBOL...", help="Such as BTCUSDT.")]
MarketName = Annotated[str, typer.Option("--market", metavar="NAME", help="usdm, the perpetuals, or spot.")]
SeriesNames = Annotated[str | None, typer.Option("--series", metavar="A,B", help="What: candles, funding, mark, …")]
Intervals = Annotated[str, typer.Option("--interval", metavar="A,B", help="Lengths of candles, such as 15m,1h.")]
Start = Annotated[str | None, typer.Option("--start", metavar="TIME", help="From here on; 30 days if not given.")]
End = Annotated[str | None, typer.Option("--end", metavar="TIME", help="Up to here, exclusive; now if not given.")]
ArchivesUrl = Annotated[
    str | None,
    typer.Option("--archives", metavar="URL", envvar="FINANTRADE_ARCHIVES", help="Where the archive is."),
]
RestUrl = Annotated[
    str | None, typer.Option("--rest", metavar="URL", envvar="FINANTRADE_REST", help="Where the REST interface is.")
]
SimulatedUrl = Annotated[
    str | None, typer.Option("--simulated", metavar="URL", help="Fetch from a simulated exchange there instead.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be fetched.")]


@dataclass(frozen=True, slots=True)
class Source:
    """Whom to ask: the archive where there is one, and the venue."""

    venue: str
    market: Market
    archives: str | None
    addresses: Addresses
    rest: str | None
    simulated: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    symbols: Sequence[str]
    series: str | None
    intervals: str
    start: str | None
    end: str | None


def fetch(
    symbols: Symbols,
    *,
    market: MarketName = "usdm",
    series: SeriesNames = None,
    interval: Intervals = "15m",
    start: Start = None,
    end: End = None,
    store: StoreDir = None,
    archives: ArchivesUrl = None,
    rest: RestUrl = None,
    simulated: SimulatedUrl = None,
    drop_bad: DropBad = False,
    on_conflict: OnConflictName = "keep",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Fetch what the store lacks: archives first, each file by its checksum, then Binance for the rest and the tail.

    The same again asks only for what is still lacking, however it ended before.
    """
    import anyio  # noqa: PLC0415  imported by whom it serves

    from finantrade.cli.data_fetch_report import report, report_plan  # noqa: PLC0415
    from finantrade.market.fetch_plan import planned  # noqa: PLC0415

    source = _source(market, archives, rest, simulated)
    what = _Wanted(symbols, series, interval, start, end)
    order = _order(source, what, store, anyio.run(_now, source))
    how = _instructions(order, source, drop_bad=drop_bad, on_conflict=on_conflict)
    plans = [planned(order, line, archived=source.archives is not None) for line in order.lines()]
    if dry_run:
        report_plan(order, plans, source.archives, as_json=as_json)
        return
    done, ended = anyio.run(_fetch, source, order, how, plans, not as_json)
    report(order, done, failed=ended is not None, as_json=as_json)
    if ended is not None:
        raise ended


def _source(market: str, archives: str | None, rest: str | None, simulated: str | None) -> Source:
    from finantrade.config import Market  # noqa: PLC0415
    from finantrade.edges.archives import DEFAULT_ARCHIVES  # noqa: PLC0415
    from finantrade.market.loaders.binance import BINANCE  # noqa: PLC0415
    from finantrade.wire.addresses import Addresses, simulated_at  # noqa: PLC0415

    which = chosen(Market, market, "--market")
    for option, url in (("--archives", archives), ("--rest", rest), ("--simulated", simulated)):
        if url is not None and not url.startswith(("http://", "https://")):
            raise CliError(
                f"{option}: expected an address such as http://127.0.0.1:8090, found {url!r}", ExitCode.USAGE
            )
    if simulated:
        return Source("simulated", which, None, simulated_at(simulated), simulated, simulated=True)
    addresses = simulated_at(rest) if rest else Addresses()
    return Source(BINANCE, which, archives or DEFAULT_ARCHIVES, addresses, rest, simulated=False)


async def _now(source: Source) -> Millis:
    """Return the time up to which anything can be known: a simulated exchange has its own."""
    if not source.simulated:
        return time.time_ns() // 1_000_000
    from finantrade.edges.binance.errors import RestError  # noqa: PLC0415
    from finantrade.edges.binance.rest import open_rest  # noqa: PLC0415

    async with open_rest(source.addresses, source.market) as rest:
        try:
            return await rest.server_time()
        except RestError as error:
            raise _unanswered(source, error) from None


def _order(source: Source, what: _Wanted, store: Path | None, now: Millis) -> Order:
    from finantrade.domain.units import DAY  # noqa: PLC0415
    from finantrade.market.fetch_plan import FETCHED, Order  # noqa: PLC0415
    from finantrade.market.store.reading import default_store  # noqa: PLC0415

    end = min(moment(what.end, "--end"), now) if what.end else now
    start = moment(what.start, "--start") if what.start else end - USUAL_DAYS * DAY
    if start >= end:
        raise CliError("--start: expected a time before --end, and before now", ExitCode.USAGE)
    usual = ",".join(kind for kind in FETCHED[source.market] if kind in USUAL)
    return Order(
        root=store or default_store(),
        venue=source.venue,
        market=source.market,
        symbols=tuple(dict.fromkeys(one.upper() for one in what.symbols)),
        kinds=tuple(_one_of(FETCHED[source.market], what.series or usual, "--series")),
        intervals=tuple(_one_of(INTERVALS, what.intervals, "--interval")),
        start=start,
        end=end,
        now=now,
    )


def _one_of(known: Sequence[Name], text: str, option: str) -> Iterable[Name]:
    from finantrade.conversion import suggestion  # noqa: PLC0415

    for word in dict.fromkeys(text.split(",")):
        if word not in known:
            near = suggestion(word, known)
            raise CliError(f"{option}: expected some of {', '.join(known)}, found {word!r}{near}", ExitCode.USAGE)
        yield known[known.index(word)]


def _instructions(order: Order, source: Source, *, drop_bad: bool, on_conflict: str) -> Instructions:
    from finantrade.market.importing import Instructions  # noqa: PLC0415
    from finantrade.market.raw import Policy  # noqa: PLC0415
    from finantrade.market.store.writing import OnConflict  # noqa: PLC0415

    return Instructions(
        policy=Policy(drop_bad=drop_bad, now=order.now),
        on_conflict=chosen(OnConflict, on_conflict, "--on-conflict"),
        synthetic=source.simulated,
    )


async def _fetch(
    source: Source, order: Order, how: Instructions, plans: Sequence[Planned], shown: bool
) -> tuple[Fetching, CliError | None]:
    from finantrade.cli.output import progress  # noqa: PLC0415
    from finantrade.edges.archives import ArchivesUnavailable, open_archives  # noqa: PLC0415
    from finantrade.edges.binance.history import History  # noqa: PLC0415
    from finantrade.edges.binance.rest import open_rest  # noqa: PLC0415
    from finantrade.edges.fetching import Fetching  # noqa: PLC0415

    lacking = sum(one.rows for plan in plans for one in plan.lacking)
    async with AsyncExitStack() as opened:
        rest = await opened.enter_async_context(open_rest(source.addresses, source.market))
        archives = await opened.enter_async_context(open_archives(source.archives)) if source.archives else None
        told = opened.enter_context(progress("fetching", lacking, "rows", shown=shown))
        fetching = Fetching(order, how, plans, archives, History(rest), told)
        try:
            if lacking:
                fetching.unanswered = await _checked(source, rest)
            await fetching.run()
            return fetching, await _shortcoming(source, fetching, rest)
        except ArchivesUnavailable as error:
            return fetching, CliError(str(error), ExitCode.FAILED, AGAIN)
        except OSError as error:
            return fetching, CliError(f"{order.root}: {error.strerror or error}", ExitCode.FAILED, AGAIN)


async def _checked(source: Source, rest: BinanceRest) -> RestError | None:
    """Refuse invented data under a real name, and real data under that of an invention.

    Return why the venue cannot be asked, if it cannot: files do not need it.
    """
    from finantrade.edges.binance.errors import RestError  # noqa: PLC0415

    if source.rest is None:
        return None
    try:
        said = await rest.simulation()
    except RestError as error:
        return error
    if bool(said) != source.simulated:
        expected, found = ("a simulated exchange", "none") if source.simulated else ("Binance's interface", said)
        option, other = ("--simulated", "--rest") if source.simulated else ("--rest", "--simulated")
        hint = f"`{other} {source.rest}` fetches from there"
        raise CliError(f"{option}: expected {expected} at {source.rest}, found {found}", ExitCode.REFUSED, hint)
    return None


async def _shortcoming(source: Source, fetching: Fetching, rest: BinanceRest) -> CliError | None:
    """Return what is to be said at the end where not everything could be done."""
    if fetching.unanswered is not None:
        return _unanswered(source, fetching.unanswered)
    unknown = [symbol for symbol in sorted(fetching.unlisted) if not fetching.results.has_any(symbol)]
    if unknown:
        return await _no_such_symbol(source, unknown, rest)
    refused = fetching.results.refused
    if refused:
        hints = dict.fromkeys(hint for one in refused if (hint := _hint(one.error)))
        return CliError(f"{len(refused)} refused, nothing was taken from them", ExitCode.REFUSED, "; ".join(hints))
    return None


def _hint(error: Exception) -> str:
    code, _, hint = explain(error)
    return hint if code is ExitCode.REFUSED else ""


async def _no_such_symbol(source: Source, unknown: Sequence[str], rest: BinanceRest) -> CliError:
    from finantrade.conversion import suggestion  # noqa: PLC0415
    from finantrade.edges.binance.errors import RestError  # noqa: PLC0415

    try:
        known = list(await rest.listings())
    except RestError:
        known = []
    found = ", ".join(f"{symbol!r}{suggestion(symbol, known)}" for symbol in unknown)
    return CliError(f"expected symbols of {source.venue}/{source.market}, found {found}", ExitCode.REFUSED)


def _unanswered(source: Source, error: RestError) -> CliError:
    base = source.addresses.API_URL if source.market == "spot" else source.addresses.FUTURES_URL
    where = source.rest or base
    return CliError(f"{where}: expected an answer, found {error.trouble}: {error}", ExitCode.FAILED, AGAIN)
