"""A backtest is the daemon's own core before recorded facts: `finantrade.backtest(config) -> Result`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finantrade.config import Config
from finantrade.domain.account import FundingPaid
from finantrade.domain.market import BarArrived
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill, Refusal
from finantrade.domain.units import Millis
from finantrade.execution.assumptions import assumptions
from finantrade.market.candles import Candles
from finantrade.market.coverage import RunCoverage
from finantrade.market.datasets import Dataset, load
from finantrade.market.facts import facts
from finantrade.market.run_coverage import Run, coverage_of, run_of
from finantrade.market.timeline import Timeline
from finantrade.runtime.jump import replay_candles
from finantrade.runtime.record import Record
from finantrade.runtime.replay import replay_facts
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.trades import Trade, round_trips
from finantrade.wiring import Core, build

if TYPE_CHECKING:
    import pandas as pd

TELL_EVERY = 2_000

Progress = Callable[[int, int], None]
"""Called now and then with (bars done, bars in all)."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a backtest found. ``head`` is the chain head: equal heads are equal decisions.

    ``coverage`` says how much of the data that it was to go by was there.
    """

    config: Config
    core: Core
    record: Record
    bars: int
    seconds: float
    head: str
    coverage: RunCoverage

    @property
    def fills(self) -> list[Fill]:
        """Every execution, in order."""
        return [message for _, message in self.record.decisions if isinstance(message, Fill)]

    @property
    def refusals(self) -> list[Refusal]:
        """Every wish that risk refused, in order."""
        return [message for _, message in self.record.decisions if isinstance(message, Refusal)]

    @property
    def trades(self) -> list[Trade]:
        """Round trips, in order of opening."""
        return round_trips(message for _, message in self.record.decisions if isinstance(message, (Fill, FundingPaid)))

    @property
    def assumptions(self) -> list[str]:
        """What was taken for granted for want of data, of the data and of execution, one sentence each."""
        said = [message for _, message in self.record.decisions]
        found = assumptions(self.config, said, min(self.record.times, default=0))
        return list(dict.fromkeys([*self.coverage.assumed, *found]))

    @property
    def final_equity(self) -> float:
        """Equity at the last mark."""
        return self.core.ledger.equity

    def equity_frame(self) -> pd.DataFrame:
        """Return the equity curve: index ``date`` (UTC), column ``equity`` in quote units."""
        import pandas as pd  # noqa: PLC0415  half a second that a run without frames need not pay

        index = pd.to_datetime(list(self.record.times), unit="ms", utc=True)
        return pd.DataFrame({"equity": list(self.record.equity)}, index=index.rename("date"))

    def trades_frame(self) -> pd.DataFrame:
        """Return one row a round trip with freqtrade's column names."""
        import pandas as pd  # noqa: PLC0415

        return pd.DataFrame([trade_row(trade) for trade in self.trades])


def trade_row(trade: Trade) -> dict[str, Any]:
    """Return a trade as plain numbers and UTC times in milliseconds, named as freqtrade names them."""
    profit, opened = float(trade.profit_abs), float(trade.open_value)
    return {
        "pair": trade.pair,
        "strategy": trade.strategy,
        "is_short": trade.is_short,
        "amount": float(trade.amount),
        "open_timestamp": trade.open_time,
        "close_timestamp": trade.close_time,
        "open_rate": float(trade.open_rate),
        "close_rate": float(trade.close_rate) if trade.close_rate is not None else None,
        "fees": float(trade.fees),
        "funding": float(trade.funding),
        "profit_abs": None if trade.is_open else profit,
        "profit_ratio": None if trade.is_open else profit / opened,
        "enter_tag": trade.enter_tag,
        "exit_reason": trade.exit_reason,
        "is_open": trade.is_open,
    }


def backtest(
    config: Config,
    *,
    datadir: Path | None = None,
    dataset: Dataset | None = None,
    candles: Sequence[Candles] | None = None,
    start: Millis | None = None,
    end: Millis | None = None,
    progress: Progress = lambda done, bars: None,
    jump: bool = True,
) -> Result:
    """Run the configured session over its data set and return what happened.

    ``dataset`` is one that has been loaded; ``candles`` are run over as they are, with nothing beside them.
    ``start`` and ``end`` cut the bars by open time (end exclusive), milliseconds UTC. ``jump`` passes over bars where
    nothing would be decided; without it every bar is folded: slower, and the same to the byte. Raises ValueError for an
    empty span and the errors of the configuration, the data set and the strategies, all before the first bar.
    """
    data = _run_over(config, datadir, dataset, candles)
    cut = [one.between(start or 0, end or 2**62) for one in data.candles]
    bars = sum(len(one) for one in cut)
    if not bars:
        raise ValueError(f"no bars of {', '.join(config.symbols)} between {start} and {end}")
    run = replace(data, candles=cut)
    record = Record()
    core = build(config, seat_strategies(config), record.listeners())
    covered = coverage_of(run)
    began = time.perf_counter()
    _replay(run, config.feed.latency_ms, core, record, _Told(bars, progress), jump=jump)
    return Result(config, core, record, bars, time.perf_counter() - began, core.engine.chain.head.hex(), covered)


def _run_over(config: Config, datadir: Path | None, dataset: Dataset | None, candles: Sequence[Candles] | None) -> Run:
    asked = config.feed.context
    if candles is not None:
        return Run(candles, (), asked)
    return run_of(dataset or load(config.feed.dataset, datadir, config.symbols, config.timeframe, asked), asked)


def _replay(run: Run, latency_ms: Millis, core: Core, record: Record, told: _Told, *, jump: bool) -> None:
    context = Timeline.of(one.table for one in run.context)
    if jump and len({one.timeframe for one in run.candles}) == 1:
        replay_candles(core, run.candles, latency_ms, record, told.add, context)
    else:
        replay_facts(core.engine, told.of(facts(run.candles, latency_ms, context=context)))


class _Told:
    """Counts bars and tells of them now and then."""

    def __init__(self, bars: int, progress: Progress) -> None:
        self._bars = bars
        self._done = 0
        self._progress = progress

    def add(self, bars: int) -> None:
        self._done += bars
        self._progress(self._done, self._bars)

    def of(self, stream: Iterable[tuple[Millis, Message]]) -> Iterator[tuple[Millis, Message]]:
        new = 0
        for fact in stream:
            yield fact
            if type(fact[1]) is BarArrived:
                new += 1
                if new == TELL_EVERY:
                    self.add(new)
                    new = 0
        self.add(new)
