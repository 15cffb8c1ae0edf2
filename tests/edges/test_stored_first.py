"""The past from the store first: as much as it has without a hole, and from the venue only what is left."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import numpy as np
import pytest
from structlog.testing import capture_logs
from tests import virtual_time
from tests.exchanges import PAST, START, SYMBOLS, candles
from tests.memory_venue import MemoryVenue
from tests.series import entry

from finantrade.domain.market import Bar, BarArrived
from finantrade.domain.message import Message
from finantrade.domain.units import HOUR, MINUTE, SECOND, Millis
from finantrade.edges.live_feed import LiveFeed, Patience
from finantrade.edges.market_data import Unavailable, Wire
from finantrade.edges.stored_first import SETTLED_MS, StoredCandles, StoredFirst
from finantrade.market.bars import bars_of
from finantrade.market.candles import VALUES
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.manifest import MANIFEST
from finantrade.market.store.past import StoredPast
from finantrade.market.store.writing import write
from finantrade.market.table import Table
from finantrade.runtime.clock import VenueClock
from finantrade.simulator.venue import Venue

SYMBOL = SYMBOLS[0]
PLACE = Place("binance", "usdm", Kind.CANDLES, SYMBOL, "1m")
HISTORY = 300
BEGIN = START - HISTORY * MINUTE
END = START - MINUTE
SETTLED = HISTORY - SETTLED_MS // MINUTE
"""So many of them closed long enough ago."""


def rows(symbol: str = SYMBOL, first: int = 0, last: int = PAST) -> Table:
    """Return the exchange's past as the store has it, every value known."""
    whole = Table.of_candles(candles(symbol).slice(first, last))
    absent = {name: np.full(len(whole), 7.0) for name in VALUES if np.isnan(whole.values[name]).any()}
    return Table.of(Kind.CANDLES, symbol, MINUTE, whole.time, {**whole.values, **absent})


EVERY = bars_of(rows().candles())
LAST = EVERY[-HISTORY:]


class Asked:
    """A venue that has every bar, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.spans: list[tuple[Millis, Millis]] = []
        self.answers = True

    async def server_time(self) -> Millis:
        return START

    async def bars(self, symbol: str, start: Millis, end: Millis) -> Sequence[Bar]:
        self.spans.append((start, end))
        if not self.answers:
            raise Unavailable("expected an answer, found none")
        return [bar for bar in EVERY if bar.symbol == symbol and start <= bar.open_time <= end]

    @asynccontextmanager
    async def connect(self, symbols: Sequence[str]) -> AsyncGenerator[Wire]:
        raise Unavailable(f"expected no connection for {symbols}")
        yield


def past(store: Path) -> StoredPast:
    return StoredPast(store, "binance", "usdm", MINUTE)


def without(table: Table, *missing: int) -> Table:
    return table.take(np.delete(np.arange(len(table)), missing))


HOLE = PAST - HISTORY + 100


@pytest.mark.parametrize(
    ("stored", "taken"),
    [
        (None, 0),
        (rows(), SETTLED),
        (rows(last=PAST - HISTORY + 120), 120),
        (without(rows(), HOLE), 100),
        (without(rows(), PAST - HISTORY), 0),
        (rows(first=PAST - HISTORY + 1), 0),
        (rows(last=PAST - HISTORY), 0),
    ],
    ids=["nothing", "all", "ends early", "a hole in the middle", "the first is missing", "begins late", "long ago"],
)
async def test_what_the_store_has_is_not_asked_of_the_venue(tmp_path: Path, stored: Table | None, taken: int) -> None:
    if stored is not None:
        write(tmp_path, PLACE, stored, entry())
    venue = Asked()
    first = StoredFirst(venue, past(tmp_path), lambda: START)
    assert await first.bars(SYMBOL, BEGIN, END) == LAST
    assert first.taken == taken
    assert venue.spans == [(BEGIN + taken * MINUTE, END)]


async def test_an_old_stretch_comes_from_the_store_alone(tmp_path: Path) -> None:
    write(tmp_path, PLACE, rows(), entry())
    venue = Asked()
    first = StoredFirst(venue, past(tmp_path), lambda: START)
    with capture_logs() as told:
        assert await first.bars(SYMBOL, BEGIN, BEGIN + 9 * MINUTE) == LAST[:10]
    assert venue.spans == []
    assert [(one["event"], one["bars"]) for one in told] == [("stored_bars", 10)]


async def test_a_young_bar_is_asked_of_the_venue(tmp_path: Path) -> None:
    write(tmp_path, PLACE, rows(), entry())
    venue = Asked()
    first = StoredFirst(venue, past(tmp_path), lambda: START)
    assert await first.bars(SYMBOL, START - HOUR, END) == EVERY[-60:]
    assert (first.taken, venue.spans) == (0, [(START - HOUR, END)])


async def test_a_row_without_all_that_the_venue_tells_is_not_enough(tmp_path: Path) -> None:
    bare = rows()
    bare.values["taker_buy_volume"][HOLE:] = np.nan
    write(tmp_path, PLACE, bare, entry())
    venue = Asked()
    first = StoredFirst(venue, past(tmp_path), lambda: START)
    assert await first.bars(SYMBOL, BEGIN, END) == LAST
    assert first.taken == 100


def broken(folder: Path) -> None:
    next(folder.glob("*.parquet")).write_bytes(b"broken")


def gone(folder: Path) -> None:
    next(folder.glob("*.parquet")).unlink()


def altered(folder: Path) -> None:
    manifest = folder / MANIFEST
    manifest.write_bytes(manifest.read_bytes()[:-40])


@pytest.mark.parametrize("damage", [broken, gone, altered])
async def test_a_broken_store_is_said_and_not_used(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    write(tmp_path, PLACE, rows(), entry())
    damage(tmp_path / PLACE.path)
    venue = Asked()
    first = StoredFirst(venue, past(tmp_path), lambda: START)
    with capture_logs() as told:
        assert await first.bars(SYMBOL, BEGIN, END) == LAST
    assert [(one["event"], one["symbol"]) for one in told] == [("store_unreadable", SYMBOL)]
    assert (first.taken, venue.spans) == (0, [(BEGIN, END)])


async def test_invented_candles_are_not_taken_for_recorded_ones(tmp_path: Path) -> None:
    write(tmp_path, PLACE, rows(), entry(), synthetic=True)
    first = StoredFirst(Asked(), past(tmp_path), lambda: START)
    with capture_logs() as told:
        assert await first.bars(SYMBOL, BEGIN, END) == LAST
    assert first.taken == 0
    assert "expected recorded candles, found synthetic ones" in told[0]["error"]


async def test_a_venue_that_does_not_answer_leaves_nothing_half_told(tmp_path: Path) -> None:
    write(tmp_path, PLACE, rows(), entry())
    venue = Asked()
    venue.answers = False
    with pytest.raises(Unavailable):
        await StoredFirst(venue, past(tmp_path), lambda: START).bars(SYMBOL, BEGIN, END)


def test_stored_candles_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    stored = StoredCandles(past(tmp_path), SYMBOLS)
    assert (list(stored), len(stored), stored.get(SYMBOL)) == (list(SYMBOLS), 2, None)
    write(tmp_path, PLACE, rows(), entry())
    assert bars_of(stored[SYMBOL]) == EVERY
    broken(tmp_path / PLACE.path)
    with capture_logs() as told:
        assert stored.get(SYMBOL) is None
    assert told[0]["event"] == "store_unreadable"


async def at_once(work: Callable[..., object], *arguments: object) -> object:
    """Do what a thread would: virtual time does not wait for one."""
    return work(*arguments)


def followed(store: Path | None) -> tuple[list[Message], int]:
    """Return what a live feed lets into the lane at first, and how many bars of it came from a store."""
    entries: list[Message] = []
    taken = 0

    async def session() -> None:
        nonlocal taken
        clock = VenueClock(monotonic=virtual_time.now)
        clock.set_to(START)
        memory = MemoryVenue(Venue([candles(symbol) for symbol in SYMBOLS], 1, 5 * SECOND), clock, [])
        venue = StoredFirst(memory, past(store or Path("nowhere")), clock.now)

        async def put(message: Message) -> None:
            entries.append(message)

        newest = dict.fromkeys(SYMBOLS, BEGIN - MINUTE)
        feed = LiveFeed(venue, clock, put, newest, MINUTE, Patience(), lambda: 0.5)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(memory.play)
            tasks.start_soon(feed.run)
            await clock.until(START + 5 * MINUTE + 30 * SECOND)
            tasks.cancel_scope.cancel()
        taken = venue.taken

    virtual_time.run(session)
    return entries, taken


def test_a_live_feed_tells_the_same_with_a_store_and_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anyio.to_thread, "run_sync", at_once)
    for symbol in SYMBOLS:
        place = msgspec.structs.replace(PLACE, symbol=symbol)
        write(tmp_path, place, rows(symbol), entry())
    without_store, nothing = followed(None)
    with_store, taken = followed(tmp_path)
    assert (nothing, taken) == (0, 2 * SETTLED)
    assert [bar_of(one) for one in with_store] == [bar_of(one) for one in without_store]


def bar_of(message: Message) -> object:
    """Return what identifies a message; values that the exchange of the tests does not tell are left out."""
    if isinstance(message, BarArrived):
        bar = message.bar
        return bar.symbol, bar.open_time, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.backfilled
    return message
