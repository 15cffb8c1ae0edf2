"""The bars that every system trades in the benchmarks: synthetic, seeded, the same wherever they are made.

1. Log variance is an AR(1) process a bar, with a half-life of a day: quiet and wild weeks follow each other.
2. The log price is an Ornstein-Uhlenbeck walk in steps of a minute around log 50 000, with a half-life of 60 days, so
   that thirty years stay in a plausible range. Fifteen minutes make a bar; a bar opens where the last one closed.
3. Prices stand on a grid of 0.1, volumes on one of 0.001: it swallows the last bit, which ``exp`` may owe to the
   processor.
4. All lengths are the beginning of one series of ``WHOLE`` bars. What lies behind the part that is wanted is drawn all
   the same and thrown away, in pieces: only so do the later series come from the same place of the random stream.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "bench"

SEED = 20240115
START = 1_577_836_800_000
MINUTE = 60_000
MINUTES = 15
WHOLE = 1_051_200
YEAR = 35_040
DECADE = 350_400
PIECE = 1 << 20

Floats = NDArray[np.float64]
Draw = Callable[[int], Floats]


def bars_file(bars: int) -> Path:
    """Return the ``.npz`` file with that many bars, made now if it is not there."""
    path = CACHE / f"bars-{SEED}-{bars}.npz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{os.getpid()}-{path.name}")
        np.savez(draft, **make(bars))
        draft.replace(path)
    return path


def make(bars: int) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Return the first ``bars`` bars: ``ts`` (open time, UTC ms), ``o``, ``h``, ``l``, ``c``, ``v``."""
    random, minutes = np.random.default_rng(SEED), bars * MINUTES
    sigma = np.repeat(volatility(_first(bars, WHOLE, random.standard_normal)), MINUTES)
    price = walk(_first(minutes, WHOLE * MINUTES, random.standard_normal) * sigma)
    opened, closed = price[:-1], price[1:]
    up, down = (np.abs(_first(minutes, WHOLE * MINUTES, random.standard_normal)) * sigma * 0.4 for _ in range(2))
    high = np.round(np.maximum(opened, closed) * (1 + up), 1)
    low = np.round(np.minimum(opened, closed) * (1 - down), 1)
    volume = np.round(_first(minutes, WHOLE * MINUTES, lambda size: random.lognormal(2.0, 0.8, size)), 3)
    return {
        "ts": START + np.arange(bars, dtype=np.int64) * MINUTES * MINUTE,
        "o": opened[::MINUTES].copy(),
        "h": high.reshape(bars, MINUTES).max(1),
        "l": low.reshape(bars, MINUTES).min(1),
        "c": closed[MINUTES - 1 :: MINUTES].copy(),
        "v": np.round(volume.reshape(bars, MINUTES).sum(1), 3),
    }


def volatility(draws: Floats) -> Floats:
    """Return the standard deviation of a minute's return, one a bar."""
    keep = 0.5 ** (1 / 96)
    shocks = draws * 0.6 * np.sqrt(1 - keep * keep)
    levels: list[float] = []
    level = 0.0
    for shock in shocks.tolist():
        level = keep * level + shock
        levels.append(level)
    return 0.0030 * np.exp(np.array(levels)) / np.sqrt(MINUTES)


def walk(steps: Floats) -> Floats:
    """Return the prices between the minutes, one more than there are steps."""
    keep = 1.0 - log(2) / (60 * 24 * 60)
    path = [0.0]
    place = 0.0
    for step in steps.tolist():
        place = keep * place + step
        path.append(place)
    return np.round(50_000.0 * np.exp(np.array(path)), 1)


def _first(wanted: int, of: int, draw: Draw) -> Floats:
    """Draw ``of`` numbers and keep the first ones."""
    kept = draw(wanted)
    for begin in range(wanted, of, PIECE):
        draw(min(PIECE, of - begin))
    return kept
