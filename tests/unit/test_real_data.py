"""Real files, kept beside the project, loaded whole with their counts: skipped where they are not there."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.series import ABSENT, SHARED

from finantrade.config import Context
from finantrade.domain.context import FundingRate
from finantrade.domain.units import DAY, HOUR, MINUTE, parse_time
from finantrade.market.datasets import load as load_dataset
from finantrade.market.facts import facts
from finantrade.market.findings import Fault
from finantrade.market.importing import Instructions, import_file
from finantrade.market.loaders.detect import load
from finantrade.market.loaders.loading import Hints
from finantrade.market.loaders.mapped import FileMapping, StampAt, TimeMapping
from finantrade.market.loaders.source import open_source
from finantrade.market.normalise import Normalised, normalise
from finantrade.market.run_coverage import coverage_of, run_of
from finantrade.market.series import Kind
from finantrade.market.store.reading import list_series, read, troubles
from finantrade.market.timeline import Timeline

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)


def loaded(name: str, mapping: FileMapping | None = None) -> tuple[str, str, Normalised]:
    hints = Hints(market="spot") if name.startswith("binance_csv") else Hints(venue=None if mapping else "binance")
    (one,) = load(open_source(SHARED / name), hints, mapping=mapping)
    return one.venue, one.market, normalise(one.raw)


@pytest.mark.parametrize(
    ("name", "market", "kind", "symbol", "interval", "rows", "first", "last"),
    [
        ("futures/BTC_USDT_USDT-15m-futures", "usdm", Kind.CANDLES, "BTCUSDT", 15 * MINUTE, 47_966,
         "2023-01-01", "2024-05-14T15:15"),
        ("futures/ETH_USDT_USDT-15m-futures", "usdm", Kind.CANDLES, "ETHUSDT", 15 * MINUTE, 47_967,
         "2023-01-01", "2024-05-14T15:30"),
        ("futures/BTC_USDT_USDT-5m-futures", "usdm", Kind.CANDLES, "BTCUSDT", 5 * MINUTE, 143_900,
         "2023-01-01", "2024-05-14T15:35"),
        ("futures/BTC_USDT_USDT-8h-funding_rate", "usdm", Kind.FUNDING, "BTCUSDT", 0, 1_498,
         "2023-01-01", "2024-05-14"),
        ("futures/BTC_USDT_USDT-8h-mark", "usdm", Kind.MARK, "BTCUSDT", 8 * HOUR, 1_498, "2023-01-01", "2024-05-14"),
        ("spot/SOL_USDT-15m", "spot", Kind.CANDLES, "SOLUSDT", 15 * MINUTE, 24_009, "2024-01-01", "2024-09-07T02:00"),
    ],
)  # fmt: skip
def test_candles_and_funding_of_freqtrade(
    name: str, market: str, kind: Kind, symbol: str, interval: int, rows: int, first: str, last: str
) -> None:
    _, found_market, found = loaded(f"freqtrade/{name}.feather")
    table = found.table
    assert (found_market, table.kind, table.symbol, table.interval) == (market, kind, symbol, interval)
    assert (len(table), found.gaps) == (rows, ())
    assert (int(table.time[0]), int(table.time[-1])) == (parse_time(first), parse_time(last))


def test_settlements_jitter_by_milliseconds_and_are_rounded() -> None:
    _, _, found = loaded("freqtrade/futures/BTC_USDT_USDT-8h-funding_rate.feather")
    assert [(one.fault, one.rows) for one in found.findings] == [(Fault.ROUNDED, 461)]
    assert not (found.table.time % (8 * HOUR)).any()


def test_the_only_spike_of_two_years_is_the_false_news_of_october() -> None:
    _, _, found = loaded("freqtrade/futures/BTC_USDT_USDT-15m-futures.feather")
    (spike,) = found.findings
    assert (spike.fault, spike.examples[0].time) == (Fault.SPIKE, parse_time("2023-10-16T13:15"))


def test_twelve_columns_with_their_time_as_text() -> None:
    _, _, found = loaded("binance_csv/BTCUSDT-1m-2020-12-01.csv")
    table = found.table
    assert (len(table), table.interval, found.gaps) == (1_441, MINUTE, ())
    assert table.row(0) == {
        "open": 19695.87, "high": 19720.0, "low": 19675.43, "close": 19715.93, "volume": 136.104435,
        "quote_volume": 2681137.24094932, "trades": 1828.0, "taker_buy_volume": 72.113618,
        "taker_buy_quote_volume": 1420672.14065551,
    }  # fmt: skip


def mapping(kind: Kind, **columns: str) -> FileMapping:
    return FileMapping(
        series=kind, venue="coinglass", market="usdm", symbol="BTC", time=TimeMapping("timestamp"), columns=columns,
        skip_first=1, skip_last=1, stamp=StampAt.START,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told", "rows", "interval"),
    [
        ("oi_4h", mapping(Kind.OPEN_INTEREST, value="close"), 1_078, 4 * HOUR),
        ("oi_1d", mapping(Kind.OPEN_INTEREST, value="close"), 2_227, DAY),
        ("liquidation_4h", mapping(Kind.LIQUIDATIONS, longs="long_usd", shorts="short_usd"), 1_078, 4 * HOUR),
        ("taker_volume_4h", mapping(Kind.TAKER_FLOW, buy="buy_usd", sell="sell_usd"), 1_078, 4 * HOUR),
        ("basis_1d", mapping(Kind.BASIS, open="open_basis", close="close_basis"), 998, DAY),
    ],
)
def test_derivatives_by_a_mapping(name: str, told: FileMapping, rows: int, interval: int) -> None:
    _, _, found = loaded(f"derivatives/coinglass_{name}.csv", told)
    assert (len(found.table), found.table.interval, found.gaps) == (rows, interval, ())


MOOD = FileMapping(
    series=Kind.SENTIMENT, venue="alternative.me", market="crypto", symbol="fear_greed", time=TimeMapping("timestamp"),
    columns={"value": "fng"},
)  # fmt: skip


def test_the_mood_of_eight_years_lacks_four_days() -> None:
    _, _, found = loaded("sentiment/fear_greed.parquet", MOOD)
    assert (len(found.table), found.table.interval) == (2_961, DAY)
    assert [(gap.start, gap.bars) for gap in found.gaps] == [
        (parse_time("2018-04-14"), 3), (parse_time("2024-10-26"), 1),
    ]  # fmt: skip


def test_real_files_into_the_store(tmp_path: Path) -> None:
    for name in ("futures/BTC_USDT_USDT-15m-futures", "futures/BTC_USDT_USDT-8h-funding_rate", "spot/BTC_USDT-15m"):
        import_file(SHARED / f"freqtrade/{name}.feather", tmp_path, Instructions(hints=Hints(venue="binance")))
    places = [one.manifest.place for one in list_series(tmp_path) if one.manifest]
    assert [str(place) for place in places] == [
        "binance/spot/candles/BTCUSDT/15m",
        "binance/usdm/candles/BTCUSDT/15m",
        "binance/usdm/funding/BTCUSDT/irregular",
    ]
    assert [len(read(tmp_path, place)) for place in places] == [23_923, 47_966, 1_498]
    assert not [trouble for place in places for trouble in troubles(tmp_path, place)]


def test_settlements_marks_and_mood_are_replayed_beside_the_bars(tmp_path: Path) -> None:
    for name in ("15m-futures", "8h-funding_rate", "8h-mark"):
        path = SHARED / f"freqtrade/futures/BTC_USDT_USDT-{name}.feather"
        import_file(path, tmp_path, Instructions(hints=Hints(venue="binance")))
    import_file(SHARED / "sentiment/fear_greed.parquet", tmp_path, Instructions(mapping=MOOD))
    asked = (Context.FUNDING, Context.MARK_PRICE, Context.SENTIMENT)
    data = load_dataset("store:binance/usdm", tmp_path, ["BTCUSDT"], "15m", asked)
    told = list(facts(tuple(data.candles.values()), 0, context=Timeline.of(one.table for one in data.context)))
    counts = Counter(type(message).__name__ for _, message in told)
    assert (counts["BarArrived"], counts["FundingRate"], counts["MarkPrice"]) == (47_966, 1_498, 1_498)
    assert counts["Sentiment"] == 500
    around = [place for place, (_, message) in enumerate(told) if isinstance(message, FundingRate)]
    # Each settlement but the first, before which there is nothing: after the close before it, before its opening.
    for place in around[1:]:
        names = [type(message).__name__ for _, message in told[place - 2 : place + 2]]
        assert names == ["BarArrived", "MarkPrice", "FundingRate", "BarOpened"]
        assert told[place][0] == told[place + 1][0] == told[place - 2][0] + 1
    found = coverage_of(run_of(data, asked))
    assert (found.poor, found.absent) == (False, ())
    assert min(one.share or 0.0 for one in found.series) > 0.999
