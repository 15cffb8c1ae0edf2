"""B1 as a plain loop over floats: what any system must come to, and how fast bare Python can be.

Systems differ in where a market order fills and in what becomes of a position that is open at the end, so there are
three right answers. The position left open is marked at the last close, except where it is sold, at the last open.
"""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Any, NamedTuple

from tests.bench.rivals.work import CASH, FAST, FEE, SLOW, answer, bars


class Mode(StrEnum):
    """Where orders fill."""

    NEXT_OPEN = "next open"
    CLOSE = "the same close"
    SOLD_AT_END = "next open, sold at the end"


class Outcome(NamedTuple):
    """What trading came to."""

    fills: int
    equity: float


def main() -> None:
    """Answer for the file on the command line, with the outcome of every mode."""
    columns = bars()
    opens, closes = columns["o"].tolist(), columns["c"].tolist()
    begun = time.perf_counter()
    fills, equity = trade(opens, closes, Mode.NEXT_OPEN)
    seconds = time.perf_counter() - begun
    modes: dict[str, Any] = {mode.value: trade(opens, closes, mode) for mode in Mode}
    answer(
        system="plain loop",
        version="",
        bars=len(closes),
        seconds=seconds,
        fills=fills,
        equity=equity,
        modes=modes,
    )


def trade(opens: list[float], closes: list[float], mode: Mode) -> Outcome:
    """Trade the bars; ``wish`` is the order that waits for the next open."""
    rise_fast, rise_slow = 2 / (FAST + 1), 2 / (SLOW + 1)
    fast = slow = closes[0]
    cash, held, fills, wish = float(CASH), 0, 0, 0
    for nth, close in enumerate(closes):
        if wish:
            price = opens[nth]
            cash, held, fills, wish = cash - wish * price - price * FEE, held + wish, fills + 1, 0
        fast += rise_fast * (close - fast)
        slow += rise_slow * (close - slow)
        if nth < SLOW - 1 or fast == slow or (fast > slow) == bool(held):
            continue
        wish = -1 if held else 1
        if mode is Mode.CLOSE:
            cash, held, fills, wish = cash - wish * close - close * FEE, held + wish, fills + 1, 0
    if mode is Mode.SOLD_AT_END and held:
        return Outcome(fills + 1, cash + opens[-1] * (1 - FEE))
    return Outcome(fills, cash + held * closes[-1])


if __name__ == "__main__":
    main()
