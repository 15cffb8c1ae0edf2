"""What a run says of its data: which series it takes in, how much of them is there, what is absent or assumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.contexts import dataset, stored, table_of
from tests.markets import START, candles, config
from tests.series import entry

from finantrade.backtesting import backtest
from finantrade.config import Context, FeedConfig
from finantrade.domain.context import FundingRate, Sentiment
from finantrade.domain.market import BarOpened
from finantrade.domain.units import HOUR, MINUTE, Millis
from finantrade.market.candles import Candles
from finantrade.market.context_facts import KINDS, symbol_of
from finantrade.market.coverage import SeriesShare
from finantrade.market.datasets import load
from finantrade.market.facts import facts
from finantrade.market.interval import interval_text
from finantrade.market.place import Place
from finantrade.market.run_coverage import coverage_of, run_of
from finantrade.market.series import Kind
from finantrade.market.store.context import Wanted, load_context
from finantrade.market.store.writing import write
from finantrade.market.table import Table
from finantrade.runtime.tally import Tally

DAYS = 4
BARS = DAYS * 48
END = START + BARS * 30 * MINUTE


def put(root: Path, table: Table, venue: str = "binance", market: str = "usdm") -> None:
    place = Place(venue, market, table.kind, table.symbol, interval_text(table.interval))
    write(root, place, table, entry(rows=len(table)), synthetic=venue == "synthetic")


def series(kind: Kind, symbol: str = "AAA", step: Millis = 30 * MINUTE) -> Table:
    return table_of(kind, symbol, START, END, 1, step)


def chosen(root: Path, *context: Context) -> list[str]:
    wanted = Wanted("binance", "usdm", ("AAA", "BBB"), 30 * MINUTE, context)
    return [str(one.place) for one in load_context(root, wanted)]


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ((5, 30, 60), "30m"),
        ((5, 15, 60), "15m"),
        ((60, 480), "1h"),
    ],
)
def test_the_length_of_the_bars_is_taken_else_the_longest_shorter_one(
    tmp_path: Path, there: tuple[int, ...], taken: str
) -> None:
    for minutes in there:
        put(tmp_path, series(Kind.MARK, step=minutes * MINUTE))
    assert chosen(tmp_path, Context.MARK_PRICE) == [f"binance/usdm/mark/AAA/{taken}"]


def test_what_the_venue_does_not_have_may_have_been_invented(tmp_path: Path) -> None:
    put(tmp_path, series(Kind.OPEN_INTEREST, "AAA"))
    put(tmp_path, series(Kind.OPEN_INTEREST, "AAA"), "synthetic")
    put(tmp_path, series(Kind.OPEN_INTEREST, "BBB"), "synthetic")
    put(tmp_path, series(Kind.OPEN_INTEREST, "BBB"), "binance", "spot")
    put(tmp_path, series(Kind.OPEN_INTEREST, "BBB"), "coinglass")
    assert chosen(tmp_path, Context.OPEN_INTEREST) == [
        "binance/usdm/open_interest/AAA/30m", "synthetic/usdm/open_interest/BBB/30m",
    ]  # fmt: skip
    assert chosen(tmp_path, Context.FUNDING) == chosen(tmp_path) == []


def test_a_mood_of_the_market_comes_from_whoever_has_one(tmp_path: Path) -> None:
    put(tmp_path, series(Kind.SENTIMENT, "AAA", 24 * HOUR), "synthetic")
    assert chosen(tmp_path, Context.SENTIMENT) == ["synthetic/usdm/sentiment/AAA/1d"]
    put(tmp_path, series(Kind.SENTIMENT, "fear_greed", 24 * HOUR), "mood", "all")
    assert chosen(tmp_path, Context.SENTIMENT) == ["mood/all/sentiment/fear_greed/1d"]


def test_the_content_of_a_data_set_is_all_that_was_loaded(tmp_path: Path) -> None:
    put(tmp_path, Table.of_candles(candles("AAA", 1, BARS)))
    put(tmp_path, series(Kind.FUNDING))
    plain = load("store:binance/usdm", tmp_path, ["AAA"], "30m")
    beside = load("store:binance/usdm", tmp_path, ["AAA"], "30m", [Context.FUNDING])
    assert (plain.context, [one.place.kind for one in beside.context]) == ((), [Kind.FUNDING])
    assert list(beside.sha256) == ["AAA", "binance/usdm/funding/AAA/irregular"]
    assert beside.sha256["AAA"] == plain.sha256["AAA"]
    assert beside.content != plain.content
    put(tmp_path, Table.of(Kind.FUNDING, "AAA", 0, [END + 8 * HOUR - END % (8 * HOUR)], {"rate": [0.5]}))
    again = load("store:binance/usdm", tmp_path, ["AAA"], "30m", [Context.FUNDING])
    assert again.content != beside.content
    assert load("store:binance/usdm", tmp_path, ["AAA"], "30m").content == plain.content


def whole(kind: Kind, symbol: str = "AAA", step: Millis = 30 * MINUTE) -> Table:
    times = list(range(-(-START // step) * step, END, step))
    values: dict[Kind, tuple[str, ...]] = {
        Kind.FUNDING: ("rate",),
        Kind.OPEN_INTEREST: ("amount",),
        Kind.MARK: ("open", "high", "low", "close"),
    }
    columns = {name: [1.0] * len(times) for name in values[kind]}
    return Table.of(kind, symbol, 0 if kind is Kind.FUNDING else step, times, columns)


def test_a_run_says_what_is_there_what_is_absent_and_what_is_assumed() -> None:
    lost = whole(Kind.OPEN_INTEREST).take(slice(0, 10))
    data = dataset([candles("AAA", 1, BARS)], [whole(Kind.FUNDING, step=8 * HOUR), lost])
    found = coverage_of(run_of(data, [Context.FUNDING, Context.OPEN_INTEREST, Context.RATIOS, Context.SENTIMENT]))
    told = {(one.kind, one.present, one.expected, one.gaps) for one in found.summary().series}
    assert told == {
        (Kind.CANDLES, BARS, BARS, 0), (Kind.FUNDING, DAYS * 3, DAYS * 3, 0), (Kind.OPEN_INTEREST, 10, BARS, 1),
    }  # fmt: skip
    assert (found.poor, found.synthetic) == (True, False)
    assert [one.poor for one in found.summary().series] == [False, False, True]
    assert found.absent == ("ratios of AAA", "sentiment of fear_greed")
    assert found.assumed == (
        "mark price of settlements of AAA: last close",
        "open_interest: known 5m after its stamp, where no receipt was recorded",
    )


def test_a_whole_run_is_not_poor_and_its_marks_need_no_assumption() -> None:
    beside = [whole(Kind.FUNDING, step=8 * HOUR), whole(Kind.MARK, step=8 * HOUR)]
    found = coverage_of(run_of(dataset([candles("AAA", 1, BARS)], beside), [Context.FUNDING, Context.MARK_PRICE]))
    assert (found.poor, found.absent) == (False, ())
    assert found.assumed == ("mark of AAA: known each 8h only",)


def test_a_series_that_has_nothing_in_the_span_is_absent() -> None:
    early = Table.of(Kind.FUNDING, "AAA", 0, [START - 16 * HOUR, START - 8 * HOUR], {"rate": [0.1, 0.1]})
    found = coverage_of(run_of(dataset([candles("AAA", 1, BARS)], [early]), [Context.FUNDING]))
    assert found.absent == ("funding of AAA",)
    assert found.poor


def test_a_backtest_has_its_coverage_over_the_bars_that_it_ran() -> None:
    lost = [50, *range(100, 110)]
    settings = config(symbols=("BBB",), strategies=config().strategies[1:], feed=FeedConfig(dataset="x"))
    data = dataset([candles("BBB", 1, BARS, lost)])
    assert backtest(settings, dataset=data).coverage.series[0].share == 1 - 11 / BARS
    cut = backtest(settings, dataset=data, end=START + 100 * 30 * MINUTE).coverage.series[0]
    assert (cut.present, cut.expected, len(cut.gaps)) == (99, 100, 1)
    asked = config(
        symbols=("BBB",), strategies=config().strategies[1:], feed=FeedConfig(dataset="x", context=(Context.FUNDING,))
    )
    assert backtest(asked, candles=list(data.candles.values())).coverage.absent == ("funding of BBB",)


def test_a_status_has_the_worst_of_many() -> None:
    lost = {2: range(1, 30), 5: range(1, 60), 7: range(1, 90)}
    many = dataset(candles(f"S{number}", 1, BARS, lost.get(number, ())) for number in range(9))
    found = coverage_of(run_of(many, [Context.FUNDING])).summary()
    assert found.worst(9) is found
    worst = found.worst(2)
    assert ([one.symbol for one in worst.series], worst.absent) == (["S5", "S7"], found.absent[:2])
    assert (worst.poor, worst.more) == (True, 7 + 7)


def test_invented_series_are_called_so() -> None:
    data = dataset([candles("AAA", 1, BARS)])
    beside = stored(series(Kind.FUNDING), "synthetic", synthetic=True)
    invented = coverage_of(run_of(replace(data, context=(beside,)), [Context.FUNDING]))
    assert invented.synthetic
    assert "funding of AAA: synthetic series" in invented.assumed


def test_every_context_has_a_series_and_every_fact_a_symbol() -> None:
    assert set(KINDS) == set(Context)
    assert symbol_of(FundingRate("AAA", 0, 0.0)) == "AAA"
    assert symbol_of(Sentiment("fear_greed", 0, 50.0)) == "fear_greed"
    with pytest.raises(TypeError, match=r"^expected a fact of context, found BarOpened$"):
        symbol_of(BarOpened("AAA", 0, 1.0))


def test_what_comes_live_is_counted() -> None:
    asked = (Context.FUNDING, Context.SENTIMENT)
    tally = Tally(config(feed=FeedConfig(dataset="x", context=asked)))
    assert tally.summary(synthetic=False) is None
    whole_market: list[Candles] = [candles("AAA", 1, 200), candles("BBB", 1, 200, [10, 11, 50])]
    for _, message in facts(whole_market, 0):
        tally.note(message)
    for message in (FundingRate("AAA", START, 0.1), FundingRate("AAA", END, 0.1), Sentiment("fear_greed", START, 40.0)):
        tally.note(message)
    found = tally.summary(synthetic=True)
    assert found is not None
    assert (found.poor, found.synthetic, found.absent) == (True, True, ("funding of BBB",))
    assert [_brief(one) for one in found.series] == [
        (Kind.CANDLES, "AAA", 200, 200, 0),
        (Kind.CANDLES, "BBB", 197, 200, 2),
        (Kind.FUNDING, "AAA", 2, None, 0),
        (Kind.FUNDING, "BBB", 0, None, 0),
        (Kind.SENTIMENT, "fear_greed", 1, None, 0),
    ]


@pytest.mark.parametrize(("bars", "absent"), [(18, ()), (19, ("funding of AAA", "funding of BBB")), (60, None)])
def test_what_never_comes_live_is_absent_in_time(bars: int, absent: tuple[str, ...] | None) -> None:
    tally = Tally(config(feed=FeedConfig(dataset="x", context=(Context.FUNDING, Context.SENTIMENT))))
    for _, message in facts([candles("AAA", 1, bars), candles("BBB", 1, bars)], 0):
        tally.note(message)
    found = tally.summary(synthetic=False)
    assert found is not None
    assert found.absent == (
        ("funding of AAA", "funding of BBB", "sentiment of fear_greed") if absent is None else absent
    )
    assert found.poor == bool(found.absent)


def _brief(one: SeriesShare) -> tuple[Kind, str, int, int | None, int]:
    return one.kind, one.symbol, one.present, one.expected, one.gaps
