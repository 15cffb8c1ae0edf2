"""What there is to trade on: a replay's data set, and what the local store covers of the configured symbols.

Of a live feed nothing has to be stored: what is not there is asked of the venue. A replay has only what is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from finantrade.cli.checkup.finding import Finding, Verdict, told
from finantrade.cli.figures import count, day, percent
from finantrade.config import Config, Context
from finantrade.domain.units import timeframe_ms
from finantrade.market.context_facts import KINDS
from finantrade.market.coverage import Coverage, coverage
from finantrade.market.datasets import STORED, UnknownData, load, venue_and_market
from finantrade.market.manifest import BadDataset
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.context import Wanted, chosen
from finantrade.market.store.faults import NotStored, StoreError
from finantrade.market.store.manifest import SeriesManifest
from finantrade.market.store.reading import list_series, read

NAMED = 3
"""Broken series that are named; all are counted."""


def store(root: Path, config: Config | None) -> Iterator[Finding]:
    """Check that every series can be read, and what is there of those that the configuration asks for."""
    found = list_series(root)
    broken = [one.trouble for one in found if one.manifest is None]
    if broken:
        named = "; ".join(broken[:NAMED])
        advice = "`finantrade data verify` lists all that is wrong"
        expected = f"{len(found)} series in {root} that can be read"
        text = f"{len(broken)} broken: {named}"
        yield Finding(check="store", verdict=Verdict.FAIL, expected=expected, found=text, help=advice)
    else:
        yield Finding(check="store", found=f"{len(found)} series in {root}")
    if config is not None:
        yield from _feed(root, config, [one.manifest for one in found if one.manifest])


def _feed(root: Path, config: Config, series: Sequence[SeriesManifest]) -> Iterator[Finding]:
    dataset, binance = config.feed.dataset, config.feed.binance
    if dataset is not None and not dataset.startswith(STORED):
        yield _recorded(config, dataset)
    elif dataset is not None:
        try:
            venue, market = venue_and_market(dataset)
        except UnknownData as error:
            yield told("data set", Verdict.FAIL, error)
            return
        yield from _Covered(root, config, venue, market, series, replayed=True).findings()
    elif binance is not None and binance.simulator is None:
        yield from _Covered(root, config, "binance", binance.market, series, replayed=False).findings()


def _recorded(config: Config, dataset: str) -> Finding:
    try:
        found = load(dataset, None, config.symbols, config.timeframe).manifest
    except (UnknownData, BadDataset) as error:
        return told("data set", Verdict.FAIL, error, "`finantrade data list` shows what there is")
    rows = sum(one.rows for one in found.symbols if one.symbol in config.symbols)
    kind = "SYNTHETIC" if found.synthetic else "recorded"
    return Finding(check="data set", found=f"{dataset} ({kind}) has {count(rows)} bars of {', '.join(config.symbols)}")


class _Covered:
    """The series that a configuration asks for, by symbol, and what the store has of them."""

    def __init__(
        self, root: Path, config: Config, venue: str, market: str, series: Sequence[SeriesManifest], *, replayed: bool
    ) -> None:
        self._root = root
        self._config = config
        self._place = (venue, market)
        self._series = {one.place: one for one in series}
        self._replayed = replayed

    def findings(self) -> Iterator[Finding]:
        """Yield one for the candles of each symbol, then one for each context series."""
        contexts = self._config.feed.context
        for symbol in self._config.symbols:
            place = Place(*self._place, Kind.CANDLES, symbol, self._config.timeframe)
            bars = [self._series[place]] if place in self._series else []
            yield self._judged(f"candles {symbol}", bars, None)
            for context in contexts:
                if context is not Context.SENTIMENT:
                    found = [one for one in self._of(context) if one.place.symbol == symbol]
                    yield self._judged(f"{context} {symbol}", found, _span(bars))
        if Context.SENTIMENT in contexts:
            yield self._judged(Context.SENTIMENT, self._of(Context.SENTIMENT), None)

    def _of(self, context: Context) -> list[SeriesManifest]:
        """Return the series that a replay takes; of a live feed only those that are its venue's."""
        config, (venue, market) = self._config, self._place
        wanted = Wanted(venue, market, config.symbols, timeframe_ms(config.timeframe), config.feed.context)
        places = [one for one in self._series if self._replayed or (one.venue, one.market) == self._place]
        return [self._series[place] for place in chosen(places, wanted, KINDS[context])]

    def _judged(self, check: str, series: Sequence[SeriesManifest], span: tuple[int, int] | None) -> Finding:
        if not series:
            return self._absent(check)
        first, last = span or _span(series) or (0, 0)
        place = series[0].place
        try:
            table = read(self._root, place, columns=[])
        except (StoreError, NotStored) as error:
            return told(check, Verdict.FAIL, error, f"`finantrade data verify {place}` lists all that is wrong")
        covered = coverage(table, place.interval, first, last + 1, synthetic=series[0].synthetic)
        found = f"{_words(covered)} in {place}"
        if not covered.poor:
            return Finding(check=check, found=found)
        advice = f"`finantrade data inspect {place}` shows the gaps"
        return Finding(check=check, verdict=Verdict.WARN, expected="99 % of the rows", found=found, help=advice)

    def _absent(self, check: str) -> Finding:
        where = f"{'/'.join(self._place)} of {self._root}"
        if not self._replayed:
            return Finding(check=check, found="none stored; what is needed is asked of the venue")
        needed = check.startswith(Kind.CANDLES)
        return Finding(
            check=check,
            verdict=Verdict.FAIL if needed else Verdict.WARN,
            expected=f"{check} in {where}",
            found="none",
            help="`finantrade data import` brings it in" if needed else "the replay goes without it",
        )


def _span(series: Sequence[SeriesManifest]) -> tuple[int, int] | None:
    return series[0].span if series else None


def _words(covered: Coverage) -> str:
    longest = max((gap.bars for gap in covered.gaps), default=0)
    holes = f", {len(covered.gaps)} gaps, the longest of {count(longest)}" if covered.gaps else ""
    share = "" if covered.share is None else f" ({percent(covered.share)}{holes})"
    label = "SYNTHETIC, " if covered.synthetic else ""
    return f"{label}{count(covered.present)} rows{share} from {day(covered.start)} to {day(covered.end - 1)}"
