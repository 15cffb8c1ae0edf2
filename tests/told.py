"""What a strategy says row by row, in short words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from finantrade.domain.account import Position
from finantrade.domain.market import FeatureRow
from finantrade.domain.money import ZERO, exact
from finantrade.domain.orders import Signal
from finantrade.strategies import registry
from finantrade.strategies.factory import Post, make
from finantrade.strategies.protocol import BoundaryStrategy, Strategy

Columns = Mapping[str, Sequence[float]]


def made(name: str, **params: object) -> Strategy:
    strategy = make(registry.get(name), Post(("BTC",), {"BTC": {}}), params, "strategies[0]")
    assert not isinstance(strategy, BoundaryStrategy)
    return strategy


def told(strategy: Strategy, columns: Columns, held: Sequence[float] = ()) -> list[str]:
    """Return the wish after every row as ``+1 stop/take-profit``, a dot where it is the one before."""
    names = [str(name) for name in strategy.features()]
    assert set(names) == set(columns)
    out: list[str] = []
    last: Signal | None = None
    for at, values in enumerate(zip(*(columns[name] for name in names), strict=True)):
        position = Position("s", "BTC", exact(held[at]) if held else ZERO, ZERO, ZERO)
        row = FeatureRow("BTC", at, "schema", tuple(map(float, values)), ready=True)
        wish = strategy.on_row(row, position)
        out.append("." if wish is None or wish == last else shown(wish))
        last = wish or last
    return out


def shown(wish: Signal) -> str:
    levels = "/".join("" if level is None else f"{level:g}" for level in (wish.stop, wish.take_profit))
    return f"{wish.target:+g} {levels}" if levels != "/" else f"{wish.target:+g}"
