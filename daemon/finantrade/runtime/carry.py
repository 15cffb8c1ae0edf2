"""Carry an account over to a changed configuration: a new segment begins, nothing that is held is lost.

1. Wallet, positions, working orders, protection, risk counters and trading state go over as they are.
2. Strategies begin anew, each with the position it holds. A position that would have no strategy under the new
   configuration refuses the change: somebody must first decide what becomes of it.
3. Features warm up again on the bars before the change: those of the store, and after its last what the journal has,
   since a live feed brings its own. What was known beside them is taken from both in the same way (``past_facts``).
4. Bars that the barrier held back go over where symbols and timeframe are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from finantrade.config import Config
from finantrade.domain.market import Bar, BarArrived
from finantrade.domain.units import Millis
from finantrade.features.feature_set import FeatureSet
from finantrade.features.series import age_limit
from finantrade.journal.store import Journal
from finantrade.market.bars import bars_of
from finantrade.market.candles import Candles
from finantrade.market.fact_order import Fact
from finantrade.wiring import Core

RECORDED = 500_000
"""Inputs that are looked through for bars: some seconds of reading."""


class CarryRefused(Exception):
    """The new configuration has no place for something that is held."""


Told = Callable[[Millis], Mapping[str, Sequence[Fact]]]
"""Gives by symbol what was known beside the bars since a time."""

Known = Callable[[str, int, Millis], Sequence[Bar]]
"""Gives the last so many bars of a symbol that closed by a time, oldest first; fewer where there are no more."""


def carry(old: Core, new: Core, before: Config, after: Config, known: Known, told: Told) -> None:
    """Bring ``new`` to where ``old`` is, with the features warmed up on what is ``known`` and ``told``.

    Raises CarryRefused.
    """
    _expect_homes(old, new)
    new.ledger.restore(old.ledger.snapshot())
    new.risk.restore(old.risk.snapshot())
    new.paper.restore(old.paper.snapshot())
    new.paper.take_account(old.ledger.balance, old.ledger.positions)
    new.strategist.take_positions(old.ledger.positions)
    same_grid = (sorted(before.symbols), before.timeframe) == (sorted(after.symbols), after.timeframe)
    new.engine.resume(old.engine.state(), alarms=same_grid)
    if same_grid:
        new.boundary.restore(old.boundary.snapshot())
    else:
        new.boundary.begin_after(old.boundary.released)
    _warm_up(old, new, known, told)


def _warm_up(old: Core, new: Core, known: Known, told: Told) -> None:
    # Twice the warm-up: recursive features have then forgotten how they were seeded.
    past = {
        symbol: known(symbol, 2 * features.warmup, old.boundary.released) for symbol, features in new.features.items()
    }
    first = min([old.engine.at, *(bars[0].open_time for bars in past.values() if bars)])
    oldest = max((_oldest(features) for features in new.features.values() if features.beside), default=None)
    facts: Mapping[str, Sequence[Fact]] = {} if oldest is None else told(first - oldest)
    for symbol, bars in past.items():
        new.updater.warm_up(symbol, bars, facts.get(symbol, ()))


def _oldest(features: FeatureSet) -> Millis:
    return max(age_limit(column, features.timeframe) for column, _ in features.beside)


def known_of(store: Mapping[str, Candles], journal: Journal, timeframe: Millis) -> Known:
    """Know what the store has, and where that ends before it should, what the journal has after it."""
    recorded = lru_cache(maxsize=1)(partial(_recorded, journal, timeframe))

    def known(symbol: str, count: int, until: Millis) -> Sequence[Bar]:
        stored = _stored(store.get(symbol), count, until)
        if stored and stored[-1].close_time >= until:
            return stored
        after = stored[-1].open_time if stored else -1
        newer = [bar for bar in recorded().get(symbol, ()) if bar.open_time > after and bar.close_time <= until]
        return _last([*stored, *newer], count)

    return known


def _stored(candles: Candles | None, count: int, until: Millis) -> Sequence[Bar]:
    if candles is None:
        return ()
    past = candles.between(0, until + 2 - candles.timeframe)
    return bars_of(past.slice(max(0, len(past) - count), len(past)))


def _recorded(journal: Journal, timeframe: Millis) -> Mapping[str, Sequence[Bar]]:
    """Return the bars of one length among the last ``RECORDED`` inputs."""
    found: dict[str, list[Bar]] = {}
    for entry in journal.inputs(max(0, journal.tail.seq - RECORDED), kinds={BarArrived.__name__}):
        assert isinstance(entry.message, BarArrived)
        bar = entry.message.bar
        if bar.close_time + 1 - bar.open_time == timeframe:
            found.setdefault(bar.symbol, []).append(bar)
    return found


def _last(bars: Sequence[Bar], count: int) -> Sequence[Bar]:
    return bars[max(0, len(bars) - count) :]


def _expect_homes(old: Core, new: Core) -> None:
    seats = new.strategist.names
    homeless = [
        f"{position.symbol} of strategy {position.strategy}"
        for position in old.ledger.positions
        if position.qty and seats.get(position.symbol) != position.strategy
    ]
    if homeless:
        raise CarryRefused(
            f"expected no open position without a strategy in the new configuration, found {', '.join(homeless)}; "
            "go back to the old configuration and flatten, or start a fresh session"
        )
