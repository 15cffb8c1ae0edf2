"""Carrying out a plan of what is to be fetched: files first, then the venue, each stored as soon as it is there.

1. Lines are worked on side by side, ``LINES`` at a time; of all of them together ``FILES`` files and ``SPANS`` spans
   are under way. One thread unpacks, judges and writes: what waits for it keeps its place, so memory is bounded too.
2. Files of months are asked for, then those of days where a month has none, then the venue for what is still lacking.
   What was before the venue's oldest candle of a symbol is not lacking; the venue is asked for that once.
3. What a refused file would have had is left alone: it stays a hole, and is asked for again next time.
4. An archive that does not answer, or a disk that is full, ends everything; what has been written stays. A venue that
   does not answer ends the asking of it, files are still taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import anyio
import anyio.to_thread

from finantrade.domain.units import DAY, Millis
from finantrade.edges.archives import Archives, ArchivesUnavailable
from finantrade.edges.binance.errors import RestError, RestTrouble
from finantrade.edges.binance.history import History
from finantrade.edges.fetched import Results
from finantrade.market.archive_files import ArchiveFile, Every, days_instead
from finantrade.market.fetch_plan import (
    Lacking,
    Line,
    Order,
    Planned,
    Span,
    answer_name,
    files_needed,
    lacking_of,
    spans_over,
    step_of,
    without,
)
from finantrade.market.fetch_storing import store_answer, store_file
from finantrade.market.findings import BadSeries
from finantrade.market.importing import Instructions
from finantrade.market.loaders.source import BadFile
from finantrade.market.place import Place
from finantrade.market.store.faults import StoreBusy, StoreConflict, StoreError

LINES, FILES, SPANS = 8, 8, 4
REFUSALS = (BadFile, BadSeries, StoreBusy, StoreConflict, StoreError)
NO_SUCH_SYMBOL = -1121


class Fetching:
    """One fetch. ``archives`` is None where there is none to ask."""

    def __init__(
        self,
        order: Order,
        how: Instructions,
        plans: Sequence[Planned],
        archives: Archives | None,
        history: History,
        told: Callable[[int], None] = lambda rows: None,
    ) -> None:
        self.results = Results((one for plan in plans for one in plan.lacking), told)
        self.unanswered: RestError | None = None
        """What ended the asking of the venue."""
        self.unlisted: set[str] = set()
        """Symbols that the venue does not have, or has no longer."""
        self._order, self._how, self._plans = order, how, plans
        self._archives, self._history = archives, history
        self._since: dict[str, Millis | None] = {}
        self._spoiled: defaultdict[Line, list[ArchiveFile]] = defaultdict(list)
        self._declined: set[Place] = set()
        self._asking = anyio.Lock()
        self._lines, self._files = anyio.CapacityLimiter(LINES), anyio.CapacityLimiter(FILES)
        self._spans, self._writer = anyio.CapacityLimiter(SPANS), anyio.CapacityLimiter(1)
        self._scope = anyio.CancelScope()
        self._ended: Exception | None = None

    async def run(self) -> None:
        """Fetch what is planned. Raises ArchivesUnavailable or OSError where nothing can go on."""
        with self._scope:
            async with anyio.create_task_group() as tasks:
                for plan in self._plans:
                    if plan.files or any(plan.spans):
                        tasks.start_soon(self._line, plan.line)
        if self._ended is not None:
            raise self._ended

    async def _line(self, line: Line) -> None:
        async with self._lines:
            symbol = line.folder.symbol
            if self._archives is not None:
                await self._from_files(self._archives, line)
            since = await self._listed_since(symbol)
            if symbol not in self.unlisted:
                await self._from_venue(line, await self._lacking(line, since))
            self.results.left(await self._lacking(line, since))

    async def _listed_since(self, symbol: str) -> Millis | None:
        """Return when the oldest candle of a symbol opened, None where that is not known."""
        async with self._asking:
            if symbol not in self._since and self.unanswered is None:
                self._since[symbol] = None
                try:
                    self._since[symbol] = await self._history.rest.first_bar(symbol, DAY)
                except RestError as error:
                    if error.code == NO_SUCH_SYMBOL:
                        self.unlisted.add(symbol)
                    else:
                        self._fail(symbol, error)
        return self._since.get(symbol)

    async def _lacking(self, line: Line, since: Millis | None) -> list[Lacking]:
        return [await anyio.to_thread.run_sync(lacking_of, self._order, place, since) for place in line.places]

    async def _from_files(self, archives: Archives, line: Line) -> None:
        now, symbol = self._order.now, line.folder.symbol
        files = files_needed(line, await self._lacking(line, None), now)
        absent = await self._take_all(archives, line, [file for file in files if file.every is Every.MONTH])
        # A name may have meant something else once: months from before its first candle are looked for, days are not.
        since = await self._listed_since(symbol)
        recent = await self._lacking(line, since)
        days = [file for file in files if file.every is Every.DAY and file.end > (since or 0)]
        # Nor is a name that nobody knows looked for day by day.
        if symbol not in self.unlisted or any(self.results.series[one].files for one in line.places):
            instead = days_instead(line.folder, absent, [gap for one in recent for gap in one.gaps], now)
            days += [day for day in instead if any(day.path.name not in one.taken for one in recent)]
        await self._take_all(archives, line, list(dict.fromkeys(days)))

    async def _take_all(self, archives: Archives, line: Line, files: Sequence[ArchiveFile]) -> list[ArchiveFile]:
        absent: list[ArchiveFile] = []
        async with anyio.create_task_group() as tasks:
            for file in files:
                tasks.start_soon(self._take, archives, line, file, absent)
        return absent

    async def _take(self, archives: Archives, line: Line, file: ArchiveFile, absent: list[ArchiveFile]) -> None:
        async with self._files:
            try:
                data = await archives.file(file.path)
                if data is None:
                    absent.append(file)
                    return
                asked = (self._order.root, line, file, data, self._how)
                done = await anyio.to_thread.run_sync(store_file, *asked, limiter=self._writer)
                self.results.file(done, file.end - file.start)
            except REFUSALS as error:
                self._spoiled[line].append(file)
                self.results.refuse(str(file.path), error)
            except (ArchivesUnavailable, OSError) as error:
                self._end(error)

    async def _from_venue(self, line: Line, lacking: Sequence[Lacking]) -> None:
        async with anyio.create_task_group() as tasks:
            for one in lacking:
                for span in spans_over(without(one, self._spoiled[line])):
                    tasks.start_soon(self._ask, one.place, span)

    async def _ask(self, place: Place, span: Span) -> None:
        async with self._spans:
            if self.unanswered is not None or place in self._declined:
                return
            try:
                # With the row after it: by telling that one, the venue says that what is not before it is nowhere.
                table = await self._history.rows(place, span.start, span.end + step_of(place))
                if len(table):
                    asked = (self._order.root, place, span, table, self._how)
                    done = await anyio.to_thread.run_sync(store_answer, *asked, limiter=self._writer)
                    self.results.answer(done, span.rows(place))
            except RestError as error:
                self._declined.add(place)
                self._fail(str(place), error)
            except REFUSALS as error:
                self.results.refuse(f"{place}, {answer_name(span.start, span.end)}", error)
            except OSError as error:
                self._end(error)

    def _fail(self, what: str, error: RestError) -> None:
        if error.trouble in (RestTrouble.REFUSED, RestTrouble.UNREADABLE):
            self.results.refuse(what, error)
        elif self.unanswered is None:
            self.unanswered = error

    def _end(self, error: Exception) -> None:
        if self._ended is None:
            self._ended = error
        self._scope.cancel()
