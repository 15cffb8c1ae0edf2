"""When two runs are the same, and when two trials are: hashes over all that a result depends on.

1. **Data**: the bars that were run over, value by value, and the hashes of the series beside them.
2. **Parameters**: the configuration as far as it decides anything (filters, strategies, risk, execution, account; not
   names, journal, API and where the data came from), and the source of strategies that are not built in.
3. **Code**: every source file of both packages, by content.

A **run** is known by all three: the same again gives the same decisions on the same platform. A **trial** is its
parameters, on a **span**, which is the bars alone: better code makes another run of the same trial, and a data set that
has grown does not change a span that ended before.

Not seen: what a strategy's own file imports from elsewhere, unless the strategy is in an installed package: of that
every file counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b, sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

import finantrade
import finantrade_research
from finantrade.config import Config, StrategyConfig

if TYPE_CHECKING:
    from finantrade.market.candles import Candles
    from finantrade.market.datasets import Dataset

PACKAGES = (finantrade, finantrade_research)
DIGEST_BYTES = 16


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Three hashes in hexadecimal: of a run, of the span of data it went over, and of the parameters tried on it."""

    run: str
    span: str
    parameters: str


def identify(config: Config, dataset: Dataset, candles: Sequence[Candles]) -> Identity:
    """Return what a backtest of ``config`` over ``candles`` of a data set is known by, before it is run."""
    span, parameters = span_of(candles), parameters_of(config)
    beside = {str(one.place): one.sha256 for one in dataset.context}
    return Identity(run=_digest([span, parameters, beside, code()]), span=span, parameters=parameters)


def span_of(candles: Iterable[Candles]) -> str:
    """Return the hash of bars, in whatever order the symbols come."""
    return _digest(sorted(_bars(one) for one in candles if len(one)))


def parameters_of(config: Config) -> str:
    """Return the hash of all in a configuration that decides anything, with the source of strategies from outside."""
    return _digest(decisive(config))


def decisive(config: Config) -> dict[str, Any]:
    """Return what in a configuration decides anything; a strategy's file is the hash of what is in it."""
    whole: dict[str, Any] = msgspec.to_builtins(config)
    kept = {name: value for name, value in whole.items() if name not in ("name", "journal", "api")}
    return {
        **kept,
        "instruments": {symbol: whole["instruments"][symbol] for symbol in config.symbols},
        "feed": {"context": config.feed.context, "latency_ms": config.feed.latency_ms},
        "strategies": [
            {**given, "file": _source(one)} for given, one in zip(whole["strategies"], config.strategies, strict=True)
        ],
    }


def code() -> str:
    """Return the hash of every source file of both packages."""
    return _files(file for package in PACKAGES for place in package.__path__ for file in Path(place).rglob("*.py"))


def _source(strategy: StrategyConfig) -> str | None:
    if strategy.file is not None:
        return _files([Path(strategy.file)])
    if "." not in strategy.name and ":" not in strategy.name:
        return None
    package = find_spec(strategy.name.partition(":")[0].partition(".")[0])
    places = [] if package is None else package.submodule_search_locations or [package.origin or ""]
    return _files(file for place in places for file in _below(Path(place)))


def _below(place: Path) -> Iterator[Path]:
    yield from place.rglob("*.py") if place.is_dir() else [place]


def _files(files: Iterable[Path]) -> str:
    # Contents alone: the same source in another place is the same source.
    return _digest(sorted(sha256(file.read_bytes()).hexdigest() for file in files))


def _bars(candles: Candles) -> str:
    digest = blake2b(f"{candles.symbol} {candles.timeframe}".encode(), digest_size=DIGEST_BYTES)
    digest.update(candles.open_time.data)
    for name, column in candles.columns().items():
        # What the source does not have is NaN throughout, with whatever bits that came with.
        if not np.isnan(column).all():
            digest.update(name.encode())
            digest.update(column.data)
    return digest.hexdigest()


def _digest(value: object) -> str:
    return blake2b(msgspec.json.encode(value, order="sorted"), digest_size=DIGEST_BYTES).hexdigest()
