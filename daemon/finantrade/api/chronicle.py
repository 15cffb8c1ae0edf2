"""What a page can look back on: the newest bars, marks, fills and decisions, in rings of fixed length.

A replica of the session, fed with what the lane publishes and never read by it. ``cut`` gives what was added since the
last cut as one numbered update; ``snapshot`` gives everything as of that number. So a reader that has a snapshot and
every update after it has all of it, and one that finds a number missing knows that it has not.

Candles that are still forming are looked at when a frame is made, and only the newest of each. They are remembered by
nobody: whoever misses one misses nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, get_args

from finantrade.api.answers import API_VERSION
from finantrade.api.schema import Bars, DecisionRow, EquityCurve, FillRow, Forming, Meta, Snapshot, Told, Update
from finantrade.domain.account import Equity
from finantrade.domain.market import Bar
from finantrade.domain.message import Input, Message
from finantrade.domain.orders import Fill
from finantrade.domain.units import Millis
from finantrade.runtime.status import Status

BARS = 5_000
MARKS = 5_000
FILLS = 2_000
DECISIONS = 2_000
"""What rings hold, bars for each symbol."""
FIRST_BARS = 1_000
FIRST_BARS_IN_ALL = 4_000
FIRST_FILLS = 500
FIRST_DECISIONS = 300
"""How much of it a snapshot brings, bars for each symbol and for all together: the rest can be asked for.

A snapshot is encoded on the loop that the lane works on, and this many bars take it 2 ms."""

TOLD = frozenset(get_args(Told))

T = TypeVar("T")
BarRow = tuple[Millis, float, float, float, float, float]
Mark = tuple[Millis, float]


class Chronicle:
    """Remembers what was published; one for all pages. ``glimpses`` gives the newest forming candle of each symbol."""

    def __init__(self, meta: Meta, status: Callable[[], Status], glimpses: Callable[[], Mapping[str, Bar]]) -> None:
        self.meta = meta
        self.n = 0
        self.seq = 0
        """Number of the last input that is in it."""
        self._status = status
        self._glimpses = glimpses
        self._shown: dict[str, Bar] = {}
        self._bars: dict[str, deque[BarRow]] = {one.symbol: deque(maxlen=BARS) for one in meta.symbols}
        self._marks: deque[Mark] = deque(maxlen=MARKS)
        self._fills: deque[FillRow] = deque(maxlen=FILLS)
        self._decisions: deque[DecisionRow] = deque(maxlen=DECISIONS)
        self._fresh = _Fresh()

    @property
    def pending(self) -> bool:
        """Whether anything has been added since the last cut."""
        fresh = self._fresh
        return bool(fresh.bars or fresh.marks or fresh.fills or fresh.decisions)

    def note(self, entry: Input, said: Sequence[Message]) -> None:
        """Remember an input and what it caused; one that it knows already is passed over."""
        if entry.seq <= self.seq:
            return
        self.seq = entry.seq
        place = 0
        if type(entry.message) in TOLD:
            self._decide(entry, place, entry.message)
        for message in said:
            if type(message) is Bar:
                self._bar(message)
            elif type(message) is Equity:
                self._mark(message)
            elif type(message) in TOLD and message is not entry.message:
                place += 1
                self._decide(entry, place, message)

    def cut(self) -> Update:
        """Return what has been added since the last cut, as the next update."""
        fresh, self._fresh = self._fresh, _Fresh()
        self.n += 1
        return Update(
            n=self.n,
            status=self._status(),
            bars={symbol: _columns(rows) for symbol, rows in fresh.bars.items()},
            equity=_curve(fresh.marks),
            fills=fresh.fills,
            decisions=fresh.decisions,
            forming=self._changed(),
        )

    def skip(self) -> None:
        """Number on without an update, as nobody is there to be told."""
        self._fresh = _Fresh()
        self.n += 1

    def snapshot(self) -> Snapshot:
        """Return everything as of the last cut, which must have been just now."""
        each = min(FIRST_BARS, max(FIRST_BARS_IN_ALL // len(self._bars), 1))
        return Snapshot(
            api_version=API_VERSION,
            n=self.n,
            meta=self.meta,
            status=self._status(),
            bars={symbol: self.bars(symbol, each) for symbol in self._bars},
            equity=_curve(self._marks),
            fills=self.fills(FIRST_FILLS),
            decisions=self.decisions(FIRST_DECISIONS),
            forming=[_forming(bar) for bar in self._glimpses().values() if self._is_open(bar)],
        )

    def take_over(self, other: Chronicle) -> None:
        """Remember what another one does, and nothing else; updates are numbered on."""
        self.seq, self._bars, self._marks = other.seq, other._bars, other._marks
        self._fills, self._decisions, self._fresh = other._fills, other._decisions, _Fresh()

    def bars(self, symbol: str, limit: int, before: Millis | None = None) -> Bars:
        """Return the newest bars of a symbol that opened before ``before``, oldest first."""
        rows = self._bars[symbol]
        return _columns(_last(rows if before is None else [row for row in rows if row[0] < before], limit))

    def curve(self, limit: int) -> EquityCurve:
        """Return the newest marks, oldest first."""
        return _curve(_last(self._marks, limit))

    def fills(self, limit: int, before: int | None = None) -> list[FillRow]:
        """Return the newest fills of inputs before number ``before``, oldest first."""
        return _last([one for one in self._fills if before is None or one.seq < before], limit)

    def decisions(self, limit: int, before: int | None = None) -> list[DecisionRow]:
        """Return the newest decisions of inputs before number ``before``, oldest first."""
        return _last([one for one in self._decisions if before is None or one.seq < before], limit)

    def _changed(self) -> list[Forming]:
        fresh = [bar for symbol, bar in self._glimpses().items() if self._shown.get(symbol) is not bar]
        self._shown |= {bar.symbol: bar for bar in fresh}
        return [_forming(bar) for bar in fresh if self._is_open(bar)]

    def _is_open(self, bar: Bar) -> bool:
        closed = self._bars.get(bar.symbol)
        return closed is not None and (not closed or closed[-1][0] < bar.open_time)

    def _bar(self, bar: Bar) -> None:
        rows = self._bars.get(bar.symbol)
        if rows is None or (rows and rows[-1][0] >= bar.open_time):
            return
        row = (bar.open_time, bar.open, bar.high, bar.low, bar.close, bar.volume)
        rows.append(row)
        self._fresh.bars.setdefault(bar.symbol, []).append(row)

    def _mark(self, mark: Equity) -> None:
        for marks in (self._marks, self._fresh.marks):
            if marks and marks[-1][0] == mark.time:
                marks.pop()
            marks.append((mark.time, mark.equity))

    def _decide(self, entry: Input, place: int, message: Any) -> None:
        row = DecisionRow(entry.seq, place, entry.at, message)
        self._decisions.append(row)
        self._fresh.decisions.append(row)
        if type(message) is Fill:
            fill = _fill_row(entry.seq, message)
            self._fills.append(fill)
            self._fresh.fills.append(fill)


class _Fresh:
    """What has been added since the last cut."""

    def __init__(self) -> None:
        self.bars: dict[str, list[BarRow]] = {}
        self.marks: deque[Mark] = deque(maxlen=MARKS)
        self.fills: list[FillRow] = []
        self.decisions: list[DecisionRow] = []


def _last(items: Sequence[T] | deque[T], limit: int) -> list[T]:
    # From the end: a deque is walked to where the reading begins.
    newest = list(islice(reversed(items), limit))
    newest.reverse()
    return newest


def _columns(rows: Iterable[BarRow]) -> Bars:
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    return Bars(*columns) if columns else Bars([], [], [], [], [], [])


def _curve(marks: Iterable[Mark]) -> EquityCurve:
    columns: list[Any] = [list(column) for column in zip(*marks, strict=True)]
    return EquityCurve(*columns) if columns else EquityCurve([], [])


def _forming(bar: Bar) -> Forming:
    return Forming(bar.symbol, bar.open_time, bar.open, bar.high, bar.low, bar.close, bar.volume)


def _fill_row(seq: int, fill: Fill) -> FillRow:
    return FillRow(
        seq, fill.id, fill.order_id, fill.strategy, fill.symbol, fill.side, float(fill.qty), float(fill.price),
        float(fill.fee), fill.role, fill.liquidity, fill.reason, fill.time, fill.backfilled,
    )  # fmt: skip
