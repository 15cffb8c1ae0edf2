"""The tear sheet: one page that needs nothing beside it, well formed, escaped, and drawn from what was kept."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from tests.commands import Said
from tests.kept_runs import kept, made
from tests.markets import START, config, market

from finantrade.cli.errors import ExitCode
from finantrade.config import StrategyConfig
from finantrade.domain.units import DAY, HOUR
from finantrade_research.curve import Curve
from finantrade_research.runs.catalogue import find_run, note_run, tag_runs
from finantrade_research.runs.keeping import keep
from finantrade_research.tearsheet.page import page
from finantrade_research.tearsheet.run import Sheet, returns_by_hour, time_in_market
from finantrade_research.tearsheet.scales import Scale, compact, log_marks, marks, reach, share, spread, time_marks
from finantrade_research.tearsheet.svg import Frame

VOID = {"meta"}
SECTIONS = (
    "Equity", "Drawdown", "Returns by month", "Rolling Sharpe ratio", "Exposure", "Trades", "Return by hour of the day",
    "What it cost", "How much is luck", "Intervals", "Figures",
)  # fmt: skip


class Balanced(HTMLParser):
    """Notes what is opened and not closed, and every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def sheet(root: Path, bars: int = 300) -> Sheet:
    """Return the sheet of a run of so many bars, kept now."""
    report = keep(root, made(config(), tuple(market(1, bars).values())), 0)
    return Sheet.of(root, find_run(root, report.run))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sheet:
    """Give the sheet of a run over a hundred days."""
    return sheet(tmp_path_factory.mktemp("runs"), 5_000)


def test_the_page_is_whole_and_needs_nothing_beside_it(whole: Sheet) -> None:
    text = page(whole)
    read = Balanced(text)
    assert read.open == []
    assert not {"src", "href", "onclick", "onload"} & {name for name, _ in read.attributes}
    for outside in ("<script", "<link", "<img", "http:", "https:", "url(", "@import"):
        assert outside not in text
    assert re.findall(r"<h2>([^<]+)", text) == list(SECTIONS)
    for said in (whole.run.id, whole.report.head, "synthetic data, not a market"):
        assert said in text


def test_every_drawing_is_well_formed_and_stays_in_its_frame(whole: Sheet) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page(whole), re.S)
    assert len(drawings) == 7
    for one in drawings:
        root = ElementTree.fromstring(one)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        places = [
            part for path in root.iter("path") for part in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
        ]
        places += [(dot.attrib["cx"], dot.attrib["cy"]) for dot in root.iter("circle")]
        assert places
        assert all(0 <= float(x) <= width and 0 <= float(y) <= height for x, y in places)
        assert "nan" not in one


def test_every_trade_is_a_dot_that_says_which_it_is(whole: Sheet) -> None:
    titles = re.findall(r"<circle.*?<title>(.*?)</title>", page(whole))
    assert len(titles) == whole.report.metrics.trades > 100
    first = min(whole.trades, key=lambda one: one["close_timestamp"])
    assert any(one.startswith(f"{first['pair']} {'short' if first['is_short'] else 'long'}, 20") for one in titles)


def test_what_people_wrote_is_shown_and_not_run(tmp_path: Path) -> None:
    (one,) = kept(tmp_path)
    note_run(tmp_path, one.run, "<script>alert('note')</script>")
    tag_runs(tmp_path, [one.run], add=["<b>tag"])
    text = page(Sheet.of(tmp_path, find_run(tmp_path, one.run)))
    assert "&lt;script&gt;alert(&#x27;note&#x27;)&lt;/script&gt;" in text
    assert "&lt;b&gt;tag" in text
    assert Balanced(text).open == []


def test_a_short_run_without_trades_has_a_page_too(tmp_path: Path) -> None:
    never = StrategyConfig(name="rule", params={"enter_long": "close < 0", "exit_long": "close < 0"})
    for number, (bars, strategies) in enumerate(((4, config().strategies), (2, config().strategies), (300, (never,)))):
        settings = msgspec.structs.replace(config(), strategies=strategies)
        run = keep(tmp_path, made(settings, tuple(market(1, bars).values())), number).run
        text = page(Sheet.of(tmp_path, find_run(tmp_path, run)))
        assert Balanced(text).open == []
        assert "no closed trades" in text
        assert "poor coverage" in text
        assert "shorter than 90 days" in text
        assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", text, re.S))


def test_returns_by_hour_by_hand() -> None:
    times = np.array([HOUR * n - 1 for n in (1, 2, 24, 25)])
    found = returns_by_hour(Curve(0, 100.0, times, np.array([110.0, 110.0, 99.0, 118.8])))
    assert found[[0, 1, 23]].tolist() == pytest.approx([(0.1 + 0.2) / 2, 0.0, -0.1])
    assert found.sum() == pytest.approx(0.05)


def test_time_in_the_market_by_hand(whole: Sheet) -> None:
    first = int(whole.days["time"][0])

    def trade(opened: float, closed: float, *, short: bool = False) -> dict[str, object]:
        times = {"open_timestamp": first + int(opened * DAY), "close_timestamp": first + int(closed * DAY)}
        return {"is_short": short, **times}

    some = with_trades(whole, [trade(0.25, 0.5), trade(0.5, 2.25), trade(2.0, 2.5), trade(3.0, 3.5, short=True)])
    assert time_in_market(some, short=False)[:5].tolist() == pytest.approx([0.75, 1.0, 0.5, 0.0, 0.0])
    assert time_in_market(some, short=True)[:5].tolist() == pytest.approx([0.0, 0.0, 0.0, 0.5, 0.0])


def with_trades(whole: Sheet, trades: list[dict[str, object]]) -> Sheet:
    return Sheet(whole.run, whole.report, whole.days, whole.curve, trades)


# Scales


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 10.0, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
        (-0.19, 0.0, [-0.15, -0.1, -0.05, 0.0]),
        (9_500.0, 36_000.0, [10_000.0, 20_000.0, 30_000.0]),
        (1.0, 1.0, []),
    ],
)
def test_marks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert marks(low, high) == pytest.approx(expected)


def test_marks_of_a_logarithmic_scale() -> None:
    assert log_marks(800.0, 60_000.0) == [1_000, 2_000, 5_000, 10_000, 20_000, 50_000]
    scale = Scale(1.0, 100.0, 0.0, 10.0, log=True)
    assert [scale.at(value) for value in (1.0, 10.0, 100.0, 0.0)] == pytest.approx([0.0, 5.0, 10.0, 0.0])


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2017-10-01", "2019-10-02", ["Oct", "2018", "Apr", "Jul", "Oct", "2019", "Apr", "Jul", "Oct"]),
        ("2010-03-01", "2020-01-02", ["2012", "2014", "2016", "2018", "2020"]),
        ("2020-01-05", "2020-05-02", ["Feb", "Mar", "Apr", "May"]),
        ("2020-01-30", "2020-02-03", ["30 Jan", "31 Jan", "1 Feb", "2 Feb", "3 Feb"]),
    ],
)
def test_marks_of_time(first: str, last: str, names: list[str]) -> None:
    begin, end = (float(np.datetime64(one, "ms").astype(np.int64)) for one in (first, last))
    assert [name for _, name in time_marks(begin, end)] == names


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (compact(35_701.0), "35.7k"),
        (compact(20_000.0), "20k"),
        (compact(-1_250_000.0), "-1.2M"),
        (compact(0.5), "0.5"),
        (share(-0.125), "-12.5 %"),
        (share(0.1), "10 %"),
    ],
)
def test_figures_beside_an_axis(found: str, expected: str) -> None:
    assert found == expected


def test_the_reach_of_values() -> None:
    assert reach(np.array([1.0, np.nan, 3.0])) == pytest.approx((0.92, 3.08))
    assert reach(np.array([1.0, 3.0]), with_zero=True) == pytest.approx((0.0, 3.12))
    assert reach(np.array([2.0])) == pytest.approx((1.92, 2.08))
    assert reach(np.array([np.nan]))[0] < reach(np.array([np.nan]))[1]
    assert (spread([1.0, 4.0]), spread([0.0, 4.0]), spread([])) == (4.0, 1.0, 1.0)


def test_a_line_is_broken_where_nothing_is_defined() -> None:
    frame = Frame.of(164.0, 134.0, (0.0, 4.0), (0.0, 1.0))
    line = frame.line(np.arange(5.0), np.array([np.nan, 0.0, 1.0, np.nan, 0.5]), "own")
    assert line == '<path class="line own" d="M77.0 110.0L102.0 10.0M152.0 60.0"/>'


def test_no_name_beside_an_axis_is_cut_through() -> None:
    frame = Frame.of(164.0, 134.0, (0.0, 4.0), (0.0, 1.0))
    drawn = frame.axes([(2.0, "Nov"), (4.0, "2019")], (), str)
    assert re.findall(r'x="([\d.]+)" [^>]*text-anchor="(\w+)">(\w+)', drawn) == [
        ("102.0", "middle", "Nov"), ("152.0", "end", "2019"),
    ]  # fmt: skip


# The command


def test_a_page_is_written(said: Said, tmp_path: Path) -> None:
    (one,) = kept(tmp_path / "runs")
    target = tmp_path / "sheet.html"
    assert said("report", "last", "--html", target)[:2] == (0, f"wrote the tear sheet of {one.run} to {target}\n")
    text = target.read_text(encoding="utf-8")
    assert text == page(Sheet.of(tmp_path / "runs", find_run(tmp_path / "runs", "last")))
    found = said.document("report", one.run, "--html", target)
    assert found == {"run": one.run, "html": str(target), "bytes": target.stat().st_size}


@pytest.mark.parametrize(
    ("run", "file", "code", "text"),
    [
        ("last", "sheet.html", ExitCode.REFUSED, "found none of 0 named 'last'"),
        ("last", "none/sheet.html", ExitCode.USAGE, "expected a directory at "),
    ],
)
def test_a_page_that_cannot_be_written(said: Said, tmp_path: Path, run: str, file: str, code: int, text: str) -> None:
    found, out, err = said("report", run, "--html", tmp_path / file)
    assert (found, out, text in err, (tmp_path / file).exists()) == (code, "", True, False)


def test_the_days_of_a_sheet_begin_with_its_bars(whole: Sheet) -> None:
    assert (whole.time[0], len(whole.time)) == (START // DAY * DAY + DAY, len(whole.days["equity"]))
