"""The work of B1, and how a system answers what came of it.

EMA 12 and 26 of the closes (alpha 2/(n+1), begun with the first close), no signal in the first 26 bars. At a close:
fast above slow and flat, buy one coin; fast below slow and long, sell it. 4 bps a side, no slippage, ten million at the
start. Every environment runs this file, so it needs numpy and the standard library only.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np

FAST, SLOW = 12, 26
FEE = 0.0004
FEE_TEXT = "0.0004"
CASH = 10_000_000
STEP_MS = 900_000
COLUMNS = "ohlcv"
NAMES = dict(zip(COLUMNS, ("open", "high", "low", "close", "volume"), strict=True))


def bars() -> dict[str, Any]:
    """Return the columns of the file that the command line names: ``ts``, ``o``, ``h``, ``l``, ``c``, ``v``."""
    with np.load(sys.argv[1]) as file:
        return {name: file[name] for name in ("ts", *COLUMNS)}


def answer(*, system: str, version: str, bars: int, seconds: float, fills: int, equity: float, **more: Any) -> None:
    """Print the one line that the harness reads; ``seconds`` is the run alone, without imports and set-up."""
    said = {
        "system": system,
        "version": version,
        "bars": bars,
        "seconds": seconds,
        "bars_per_s": bars / seconds,
        "fills": fills,
        "equity": round(equity, 2),
        "peak_rss_mb": peak_rss_mb(),
        **more,
    }
    sys.stdout.flush()
    print(json.dumps(said), flush=True)


def peak_rss_mb() -> float:
    """Return the most memory that this process has had so far."""
    told = Path("/proc/self/status")
    if told.exists():
        # Linux hands the peak of getrusage on from the process that started this one.
        lines = told.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # macOS counts bytes
