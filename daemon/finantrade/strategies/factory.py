"""From a strategy's class and what is configured of it to its instances: one a symbol, or one over all its symbols."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from finantrade.strategies.params import ParamsError, build_params, build_symbol_params
from finantrade.strategies.protocol import AnyStrategy, BoundaryStrategy, Strategy, StrategyClass

Raw = Mapping[str, Any]


class Post(NamedTuple):
    """The symbols of one instance, and what differs for them from the parameters of all."""

    symbols: tuple[str, ...]
    own: Mapping[str, Raw]


def by_boundary(cls: StrategyClass) -> type[BoundaryStrategy] | None:
    """Return the class if its instances trade several symbols together."""
    return cast("type[BoundaryStrategy]", cls) if hasattr(cls, "on_boundary") else None


def posts(cls: StrategyClass, symbols: Sequence[str], per_symbol: Mapping[str, Raw]) -> tuple[Post, ...]:
    """Return what instances there will be on these symbols."""
    if by_boundary(cls):
        return (Post(tuple(sorted(symbols)), per_symbol),)
    return tuple(Post((one,), {one: per_symbol.get(one, {})}) for one in symbols)


def make(cls: StrategyClass, post: Post, params: Raw, place: str) -> AnyStrategy:
    """Return an instance; ``place`` is where it is configured. Raises ParamsError, and whatever the strategy raises."""
    where = f"{place}.params"
    together = by_boundary(cls)
    if together is not None:
        if post.own:
            text = "expected nothing: one instance trades all symbols of this strategy, with the same parameters"
            raise ParamsError([(f"{place}.per_symbol", text)])
        return together(post.symbols, build_params(cls, params, where))
    ((symbol, own),) = post.own.items()
    built = build_symbol_params(cls, params, own, where, f"{place}.per_symbol.{symbol}")
    return cast("type[Strategy]", cls)(symbol, built)
