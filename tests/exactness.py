"""The tables of docs/exactness.md, measured and collected anew: ``python -m tests.exactness`` writes them.

A table stands between ``<!-- name -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

import numpy as np
from tests.parity.test_feature_conformance import SET, real
from tests.unit.test_feature_limits import STILL
from tests.unit.test_feature_talib import OTHERWISE, RIVALS, Rival

from finantrade.features.catalogue import CATALOGUE
from finantrade.features.declaration import Memory
from finantrade.features.laws import Subject
from finantrade.features.settling import Settling

PAGE = Path(__file__).resolve().parents[1] / "docs" / "exactness.md"
BARS, CUTS = 9_000, 30
TIMES = (1, 2, 4, 8, 16, 32)
LOOKED_AT = 1_000
NONE_LEFT = 1e-9
"""Of the deviation: below that nothing is said to be left."""


@cache
def tables() -> dict[str, str]:
    """Return every table by its name."""
    candles, _ = real("BTCUSD")
    subject = Subject.of(SET, candles.slice(len(candles) - BARS, len(candles)))
    cuts = sorted(Random(0).sample(range(1, BARS), CUTS))
    return {
        "fading": _table(("feature", "warm-up", *(f"{times} ×" for times in TIMES)), _fading(subject, cuts)),
        "events": _table(("feature", "same after at most"), _events(subject, cuts)),
        "still": _table(("value", "features"), _still()),
        "talib": _table(("feature", "TA-Lib", "difference"), _talib(RIVALS)),
        "otherwise": _table(("feature", "TA-Lib", "ours"), _talib(OTHERWISE)),
    }


def page(text: str) -> str:
    """Return the page with its tables made anew."""
    for name, table in tables().items():
        text = re.sub(rf"<!-- {name} -->.*?<!-- end -->", f"<!-- {name} -->\n{table}\n<!-- end -->", text, flags=re.S)
    return text


def _fading(subject: Subject, cuts: Sequence[int]) -> Iterable[tuple[str, ...]]:
    described, examples = SET.describe(), set(CATALOGUE.examples())
    fading = {
        column: np.zeros(TIMES[-1] * one.warmup + LOOKED_AT)
        for column, one in enumerate(described)
        if SET.features[column].reach is Memory.FADING and one.name in examples and _shown_at_all(subject, column)
    }
    for cut in cuts:
        begun = SET.batch(subject.candles.slice(cut, len(subject.candles)))
        differences = abs(begun - subject.rows[cut:])
        for column, left in fading.items():
            if len(left) <= len(begun):
                np.fmax(left, differences[: len(left), column], out=left)
    for column, left in fading.items():
        name, warmup = described[column].name, described[column].warmup
        deviation = float(np.nanstd(subject.rows[:, column]))
        shares = (float(left[times * warmup - 1 :].max()) / deviation for times in TIMES)
        yield f"`{name}`", str(warmup), *map(_shown, shares)


def _shown_at_all(subject: Subject, column: int) -> bool:
    return bool(np.isfinite(subject.rows[:, column]).any())


def _shown(share: float) -> str:
    """Return a bound of one digit, in percent."""
    if share < NONE_LEFT:
        return "–"
    digit = 10.0 ** math.floor(math.log10(share))
    return f"{100.0 * math.ceil(share / digit) * digit:g} %"


def _events(subject: Subject, cuts: Sequence[int]) -> Iterable[tuple[str, ...]]:
    settling = Settling()
    for cut in cuts:
        settling.judge(subject, cut)
    return ((f"`{name}`", f"{bars} bars") for name, bars in settling.verdicts(SET.names).items())


def _still() -> Iterable[tuple[str, ...]]:
    prices = {"psar_0p02_0p2", "kama_10"}
    values = sorted({value for name, value in STILL.items() if name not in prices})
    for value in values:
        yield f"{value:g}", ", ".join(f"`{name}`" for name, found in STILL.items() if found == value)


def _talib(rivals: Mapping[str, Rival]) -> Iterable[tuple[str, ...]]:
    for name, rival in rivals.items():
        if rival.differs:
            yield f"`{name}`", rival.function, rival.differs


def _table(columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
