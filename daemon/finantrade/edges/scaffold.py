"""A new strategy of one's own: a file that trades, and a test of it that passes, both to be changed."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

NAME = re.compile(r"[a-z][a-z0-9_]*")


class BadScaffold(ValueError):
    """A strategy cannot be begun here under this name."""


def new_strategy(name: str, folder: Path) -> tuple[str, Path, Path]:
    """Write ``name.py`` and ``test_name.py``; return the class's name and both paths.

    Raises BadScaffold, and writes nothing, for a name that is no module's or a file that is there.
    """
    if not NAME.fullmatch(name):
        raise BadScaffold(f"expected a name in small letters, digits and underscores such as buy_dips, found {name!r}")
    files = folder / f"{name}.py", folder / f"test_{name}.py"
    for file in files:
        if file.exists():
            raise BadScaffold(f"{file}: is there already, and is not overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    cls = "".join(part.capitalize() for part in name.split("_") if part)
    for file, template in zip(files, (STRATEGY, TEST), strict=True):
        file.write_text(Template(template).substitute(name=name, cls=cls), encoding="utf-8")
    return cls, *files


STRATEGY = '''"""Long while the price is above its average, with a stop that is set at the entry.

Say here what the idea is, where it is from, and where it fails.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal


class ${cls}Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds are checked, and what is said of a parameter is shown where it is asked for."""

    average_bars: Annotated[int, Meta(ge=2, le=5_000, description="Length of the average, in bars.")] = 100
    stop_atr: Annotated[float, Meta(gt=0, description="Stop from the close of the entry, in average ranges.")] = 3.0


class $cls:
    """One instance trades one symbol."""

    Params: ClassVar[type[msgspec.Struct]] = ${cls}Params

    def __init__(self, symbol: str, params: ${cls}Params) -> None:
        self._symbol = symbol
        self._params = params
        self._above = False

    def features(self) -> tuple[str, ...]:
        return "close", "atr_14", f"ema_{self._params.average_bars}"

    def on_row(self, row: FeatureRow, position: Position, /) -> Signal | None:
        close, atr, average = row.values
        was_above, self._above = self._above, close > average
        if self._above and not was_above:
            return Signal(self._symbol, 1.0, stop=close - self._params.stop_atr * atr, reason="above")
        if was_above and not self._above:
            return Signal(self._symbol, 0.0, reason="below")
        return None

    def snapshot(self) -> bytes:
        return msgspec.msgpack.encode(self._above)

    def restore(self, state: bytes, /) -> None:
        self._above = msgspec.msgpack.decode(state, type=bool)
'''

TEST = '''"""What the strategy says bar by bar, and that it goes on from its bytes."""

from __future__ import annotations

from decimal import Decimal

from $name import $cls, ${cls}Params

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.orders import Signal

ZERO = Decimal(0)
FLAT = Position("$name", "BTCUSDT", ZERO, ZERO, ZERO)
IN = Signal("BTCUSDT", 1.0, stop=98.0, reason="above")
OUT = Signal("BTCUSDT", 0.0, reason="below")

# close, average true range, average; and what is to be said of it
BARS = (
    ((99.0, 2.0, 100.0), None),
    ((104.0, 2.0, 101.0), IN),
    ((105.0, 2.0, 102.0), None),
    ((101.0, 2.0, 102.0), OUT),
)


def fresh() -> $cls:
    return $cls("BTCUSDT", ${cls}Params())


def said(strategy: $cls, values: tuple[float, ...]) -> Signal | None:
    return strategy.on_row(FeatureRow("BTCUSDT", 0, "", values, ready=True), FLAT)


def test_what_it_says() -> None:
    strategy = fresh()
    assert [said(strategy, values) for values, _ in BARS] == [expected for _, expected in BARS]


def test_it_goes_on_from_its_bytes() -> None:
    for cut in range(len(BARS)):
        before, after = fresh(), fresh()
        for values, _ in BARS[:cut]:
            said(before, values)
        after.restore(before.snapshot())
        assert [said(after, values) for values, _ in BARS[cut:]] == [expected for _, expected in BARS[cut:]]
'''
