"""``finantrade features`` as a user types it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console
from tests.commands import Said
from tests.feature_rows import resolved

from finantrade.cli.errors import ExitCode
from finantrade.cli.features_listing import Listing
from finantrade.domain.units import MINUTE
from finantrade.features.catalogue import CATALOGUE, HIGHER
from finantrade.features.description import descriptions


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def test_all_are_listed(said: Said) -> None:
    document = said.document("features", "list")
    assert [one["name"] for one in document["features"]] == [*CATALOGUE.examples(), *HIGHER]
    assert document["timeframe"] == "15m"


def test_words_narrow_the_list(said: Said) -> None:
    document = said.document("features", "list", "Volatility", "4h")
    assert [one["name"] for one in document["features"]] == ["natr_14_4h"]
    code, out, err = said("features", "list", "bollinger", "nothing")
    assert (code, out) == (0, "")
    assert err.startswith("no feature has bollinger and nothing in what is said of it; groups are raw, return, trend, ")


def test_words_are_looked_for_in_all_that_is_said(said: Said) -> None:
    for words in (("wilder", "stops"), ("standard", "deviations", "volume"), ("taker_buy_volume",)):
        found = said.document("features", "list", *words)["features"]
        assert 0 < len(found) < 12, words


def test_the_list_is_by_group_and_keeps_its_columns_in_place(said: Said) -> None:
    _, out, _ = said("features", "list", "price")
    lines = out.splitlines()
    assert lines[0].split() == ["feature", "warm-up", "values", "what", "for"]
    order = [lines.index(group) for group in ("trend", "momentum", "raw", "higher timeframes")]
    assert order == sorted(order)
    rows = [line for line in lines if line.startswith("  ") and line[2] != line[2].upper()]
    edge = lines[0].index("warm-up") + len("warm-up")
    assert len(rows) > 50
    assert all(row[edge - 1].isdigit() and row[edge : edge + 2] == "  " for row in rows[1:])


def test_the_list_fits_a_terminal_of_eighty_columns() -> None:
    console = Console(width=80, file=StringIO(), color_system=None)
    console.print(Listing(descriptions(resolved(CATALOGUE.usual()), 15 * MINUTE)))
    lines = console.file.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["feature", "warm-up", "what", "for"]
    assert "  taker_buy_quote_volume" in "\n".join(lines)


def test_it_is_shown_which_series_a_feature_rests_on(said: Said) -> None:
    document = said.document("features", "list", "flow")
    assert {one["name"]: one["series"] for one in document["features"]}["cluster_above"] == ["open_interest"]
    assert said.document("features", "describe", "oi_divergence_9_4h")["series"] == ["open_interest"]
    _, out, _ = said("features", "describe", "liquidated_longs_4")
    assert "feed.context: liquidations" in out
    assert "a lower bound" in out


def test_a_table_names_what_to_type(said: Said) -> None:
    code, out, _ = said("features", "list", "rsi")
    assert code == ExitCode.OK
    assert "rsi_14 " in out
    assert "0 to 100" in out


def test_a_feature_is_described(said: Said) -> None:
    assert said.document("features", "describe", "bb_upper_20_2p5_1h", "-i", "30m") == {
        "base_timeframe": "30m",
        "parameters": {"length": 20, "deviations": 2.5},
        "name": "bb_upper_20_2p5_1h",
        "group": "volatility",
        "unit": "price",
        "timeframe": "1h",
        "inputs": ["sma_20_1h", "std_20_1h"],
        "series": [],
        "formula": "sma + deviations * std",
        "low": None,
        "high": None,
        "warmup": 41,
        "memory": "window",
        "state_bytes": 8 * (22 + 24),
        "source": "bars; Bollinger 2001, Bollinger on Bollinger Bands",
        "why": "A level that the price seldom exceeds.",
    }


def test_a_description_reads_well(said: Said) -> None:
    _, out, _ = said("features", "describe", "ema_12")
    for words in ("length = 12", "12 bars of 15m", "from 0", "each counting less", "2 / (length + 1)"):
        assert words in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("emma_12",), ExitCode.REFUSED, "did you mean ema_12"),
        (("ema_0",), ExitCode.REFUSED, "expected length to be a whole number from 1 to 5000, found 0"),
        (
            ("ema_9_1h", "-i", "45m"),
            ExitCode.REFUSED,
            "expected a timeframe that is a multiple of the base 45m, found 1h",
        ),
        (("ema_9", "-i", "7x"), ExitCode.USAGE, "expected a timeframe such as"),
    ],
)
def test_what_cannot_be_described_is_refused(said: Said, arguments: tuple[str, ...], code: int, says: str) -> None:
    found, out, err = said("features", "describe", *arguments)
    assert (found, out) == (code, "")
    assert says in err
