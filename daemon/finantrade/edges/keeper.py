"""The keeper: what a session gets from a venue is kept in the local store too.

It reads the journal, not the lane: whatever has been recorded and is not in the store yet, it finds there.

1. A mark in the store says up to which input of the session all has been kept. From there the journal is read with a
   connection of its own, ``STEP`` inputs at a time, on a worker thread: the lane neither waits nor knows. A session may
   have followed something else before: only what segments say to be a real venue's, and to be kept, is.
2. The inputs become rows (``market.harvest``), those of each series are judged like those of a file, and written.
   Where the store has other values of the same time they stand, as a venue's archive goes before its stream; what the
   session got is recorded as a revision. A revised bar replaces.
3. Then the mark is moved. Killed in between, the same rows are written again, and change nothing.
4. What fails is tried again after ``AGAIN_S``, from the same mark: nothing is passed over, and nobody has to wait.
"""

from __future__ import annotations

import threading
import time
from hashlib import sha256
from pathlib import Path

import anyio
import anyio.to_thread
import msgspec
import structlog

from finantrade.config import Config, Market
from finantrade.domain.units import Millis
from finantrade.edges.events import Event
from finantrade.journal.errors import JournalError
from finantrade.journal.records import Segment
from finantrade.journal.store import Journal
from finantrade.market.findings import BadSeries, Origin, Treatment
from finantrade.market.harvest import KEPT, Sheaf, harvest
from finantrade.market.loaders.binance import BINANCE
from finantrade.market.normalise import normalise
from finantrade.market.raw import Policy, Raw
from finantrade.market.store.faults import StoreBusy, StoreError
from finantrade.market.store.files import write_whole
from finantrade.market.store.manifest import SourceEntry
from finantrade.market.store.writing import write
from finantrade.runtime.status import Keeping

EVERY_S = 300.0
AGAIN_S = 60.0
STEP = 20_000
WAIT_S = 2.0
"""For another writer of a series; then it is this one's turn at the next try."""
MARKS = ".kept"

log: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("finantrade.store")


class Mark(msgspec.Struct, frozen=True):
    """Up to which input of a session all is in the store; ``at`` is the time of that input."""

    session: str
    seq: int
    at: Millis


class Followed(msgspec.Struct, frozen=True):
    """What a segment's configuration says of the venue that it followed, whichever software wrote it."""

    market: Market = Market.USDM
    simulator: str | None = None
    keep: bool = True


class _Feed(msgspec.Struct, frozen=True):
    binance: Followed | None = None


class _Settings(msgspec.Struct, frozen=True):
    feed: _Feed = _Feed()


def keeper_of(config: Config, directory: Path, store: Path) -> Keeper | None:
    """Return who keeps what a session gets; None where it has that from elsewhere, or nobody wants it kept."""
    binance = config.feed.binance
    if binance is None or not binance.keep or binance.simulator is not None:
        return None
    return Keeper(directory, store)


class Keeper:
    """Keeps one session's market data in the store at ``store``."""

    def __init__(self, directory: Path, store: Path) -> None:
        self._directory = directory
        self._store = store
        self._session = "/".join(directory.parts[-2:])
        digest = sha256(str(directory.resolve()).encode()).hexdigest()
        self._source = SourceEntry(f"session {self._session}", digest, 0)
        self._place = store / MARKS / f"{digest[:16]}.json"
        self._leaving = threading.Event()
        self._kept_at: float | None = None
        self._rows = self._revised = self._left_out = self._failures = self._seq = 0
        self._trouble = ""

    def status(self) -> Keeping:
        """Return what has been kept since the start, and what keeps it from going on."""
        return Keeping(
            store=str(self._store.resolve()),
            rows=self._rows,
            revised=self._revised,
            left_out=self._left_out,
            seq=self._seq,
            age_s=None if self._kept_at is None else time.monotonic() - self._kept_at,
            failures=self._failures,
            trouble=self._trouble,
        )

    async def run(self, stopping: anyio.Event, every_s: float = EVERY_S, again_s: float = AGAIN_S) -> None:
        """Keep what there is now, every so often, and once more when ``stopping`` is set."""
        try:
            while not stopping.is_set():
                await self._try()
                with anyio.move_on_after(again_s if self._trouble else every_s):
                    await stopping.wait()
            await self._try()
        finally:
            self._leaving.set()

    async def _try(self) -> None:
        try:
            # Given up when the daemon goes: what was not written is written by the next one.
            await anyio.to_thread.run_sync(self.keep, abandon_on_cancel=True)
        except (JournalError, StoreError, StoreBusy, OSError) as error:
            self._failures += 1
            if str(error) != self._trouble:
                log.warning(Event.KEEPING_FAILED, error=str(error), kept=self._seq)
            self._trouble = str(error)
        else:
            if self._trouble:
                log.info(Event.KEEPING_AGAIN, kept=self._seq)
            self._trouble = ""

    def keep(self) -> None:
        """Write whatever the journal has and the store has not. Raises the errors of both, and OSError."""
        journal = Journal.open_readonly(self._directory)
        try:
            self._seq = self._begin(journal)
            for segment in journal.segments():
                self._keep(journal, segment)
            self._kept_at = time.monotonic()
        finally:
            journal.close()

    def _begin(self, journal: Journal) -> int:
        """Return the input to go on after: that of the mark, if it is this journal's, and is there still."""
        floor, mark = journal.segments()[0].after_seq, self._mark()
        if mark is None or mark.seq > journal.tail.seq:
            return floor
        known = next(journal.inputs(mark.seq - 1, mark.seq), None)
        if known is not None:
            return mark.seq if known.at == mark.at else floor
        if floor > mark.seq:
            log.warning(Event.KEEPING_MISSED, first=mark.seq + 1, last=floor)
        return floor

    def _mark(self) -> Mark | None:
        try:
            return msgspec.json.decode(self._place.read_bytes(), type=Mark)
        except (FileNotFoundError, msgspec.DecodeError):
            return None  # beginning anew finds the same rows, and changes nothing

    def _keep(self, journal: Journal, segment: Segment) -> None:
        last, followed = segment.after_seq + segment.inputs, _followed(segment)
        if followed is None or not followed.keep or followed.simulator is not None:
            self._seq = max(self._seq, last)
            return
        while self._seq < last and not self._leaving.is_set():
            self._step(journal, followed.market, min(self._seq + STEP, last))

    def _step(self, journal: Journal, market: Market, until: int) -> None:
        kinds = {kind.__name__ for kind in KEPT}
        found = harvest(journal.inputs(self._seq, until, kinds), BINANCE, market)
        if found.homeless:
            self._leave_out("none", len(found.homeless), found.homeless[0])
        for sheaf in found.sheaves:
            self._write(sheaf)
        last = next(journal.inputs(until - 1, until))
        self._place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._place, msgspec.json.encode(Mark(self._session, last.seq, last.at)))
        self._seq = last.seq

    def _write(self, sheaf: Sheaf) -> None:
        raw = Raw(sheaf.table, Origin(f"{self._source.file}, after input {self._seq}"))
        try:
            found = normalise(raw, Policy(drop_bad=True))
        except BadSeries as error:
            self._leave_out(str(sheaf.place), len(sheaf.table), str(error))
            return
        bad = [one for one in found.findings if one.treatment is Treatment.DROPPED]
        if bad:
            self._leave_out(str(sheaf.place), sum(one.rows for one in bad), bad[0].lines()[0])
        if len(found.table):
            done = write(
                self._store, sheaf.place, found.table, self._source,
                on_conflict=sheaf.on_conflict, growing=True, wait_s=WAIT_S,
            )  # fmt: skip
            self._rows += done.added
            self._revised += done.revised

    def _leave_out(self, series: str, rows: int, error: str) -> None:
        self._left_out += rows
        log.warning(Event.ROWS_LEFT_OUT, series=series, rows=rows, error=error)


def _followed(segment: Segment) -> Followed | None:
    try:
        return msgspec.json.decode(segment.header.config, type=_Settings).feed.binance
    except msgspec.DecodeError:
        return None  # of software that knows other venues: nobody here can say whether it was a real one
