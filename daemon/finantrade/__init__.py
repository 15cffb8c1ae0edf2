"""finantrade: a live-first, actor-style trading daemon whose paper sessions are reproducible backtests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finantrade.backtesting import Result, backtest

__all__ = ["Result", "backtest"]


def __getattr__(name: str) -> object:
    # The daemon must not pay for the backtest's imports, nor `import finantrade` for numba.
    if name in __all__:
        from finantrade import backtesting as module  # noqa: PLC0415

        return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
