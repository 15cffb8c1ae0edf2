"""A session: one directory with a journal, opened, recovered and kept.

Opening is recovery; there is no other way in (crash-only design: Candea & Fox, *Crash-Only Software*, 2003).

1. An empty journal gets its first segment, with the state of a fresh core.
2. Otherwise the core is built from the configuration of the last segment, restored from the newest sound snapshot, and
   the inputs after it are folded, every decision held against the recorded one. What was not recorded is recorded now.
3. An input that raises is quarantined: the core is brought to just before it, and nothing more is taken.
4. A changed configuration, other code of features, newer software or another platform begins a new segment (or is
   refused).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import msgspec

from finantrade.config import Config, OnConfigChange
from finantrade.domain.market import FeedEnded
from finantrade.domain.message import Decision
from finantrade.domain.units import Millis, timeframe_ms
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.journal.records import Segment, SegmentHeader
from finantrade.journal.retention import rotation_due
from finantrade.journal.store import Journal
from finantrade.journal.writer import JournalWriter
from finantrade.market.candles import Candles
from finantrade.market.fact_order import REPLAYED, FactKey, key_of
from finantrade.market.timeline import NO_CONTEXT, Timeline
from finantrade.runtime.carry import CarryRefused, carry, known_of
from finantrade.runtime.past_facts import past_facts
from finantrade.runtime.recovery import as_it_was
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.status import Poison
from finantrade.wiring import Core, build

Announce = Callable[[str], None]
Beside = Callable[[], Timeline]
"""Reads what is stored beside candles, when it is needed."""


def no_context() -> Timeline:
    """Return that nothing is stored beside candles."""
    return NO_CONTEXT


class ConfigChanged(Exception):
    """The configuration is not the one the journal was written with, and that is to be refused."""


class Session:
    """An opened session: the recovered core, and the writer of its journal."""

    def __init__(
        self, directory: Path, config: Config, journal: Journal, core: Core, content: str | None = None
    ) -> None:
        self.directory = directory
        self.config = config
        self.content = content
        self.core = core
        self.poison: Poison | None = None
        self.cursor: FactKey | None = None
        self.ended = False
        self.recoveries = 0
        self.journal = journal
        self._writer: JournalWriter | None = None
        self._saved_seq = core.engine.seq

    @property
    def writer(self) -> JournalWriter:
        """The only way to the journal from now on; made at first use, inside the running event loop."""
        if self._writer is None:
            self._writer = JournalWriter(self.journal)
        return self._writer

    @property
    def due(self) -> bool:
        """Whether it is time for a snapshot; every decision must be recorded before it is taken."""
        return self.core.engine.seq - self._saved_seq >= self.config.journal.snapshot_every_inputs

    async def tend(self) -> None:
        """Take a snapshot if one is due, and begin a new segment when the open one has grown old or large."""
        if not self.due:
            return
        await self._save()
        settings, growth = self.config.journal, self.writer.growth
        at = self.core.engine.at
        if growth and rotation_due(growth, at, max_h=settings.segment_max_h, max_mb=settings.segment_max_mb):
            await self._rotate()

    async def close(self, undecided: Sequence[Decision], *, clean: bool) -> None:
        """Close the journal; after a clean end record what is left first, with a last snapshot.

        After a fault the core may be between two states: no snapshot of it is taken, recovery folds the inputs again.
        """
        try:
            if clean and self.poison is None:
                await self.writer.commit([], undecided)
                await self._save()
        finally:
            await self.writer.close()

    async def _save(self) -> None:
        engine = self.core.engine
        await self.writer.snapshot(engine.seq, engine.at, engine.snapshot())
        self._saved_seq = engine.seq

    async def _rotate(self) -> None:
        engine, settings = self.core.engine, self.config.journal
        header = header_of(self.config, self.core, self.content)
        await self.writer.begin_segment(header, engine.snapshot(), engine.seq, engine.chain.head)
        await self.writer.retain(keep_days=settings.keep_days, keep_gb=settings.keep_gb)


def open_session(
    directory: Path,
    config: Config,
    store: Mapping[str, Candles],
    *,
    beside: Beside = no_context,
    content: str | None = None,
    accept_change: bool = False,
    announce: Announce = lambda _: None,
) -> Session:
    """Open or begin the session in ``directory``.

    ``store`` warms features up after a change, with what is ``beside`` it, and the journal where these end too early.
    ``content`` is the hash of the recorded data that is to be told, None on a live feed.

    Raises the journal's errors, ConfigChanged, CarryRefused or Diverged; then nothing has been written.
    """
    settings = config.journal
    seats = seat_strategies(config)
    journal = Journal.open(directory, synchronous=settings.synchronous, min_free_mb=settings.min_free_disk_mb)
    try:
        segments = journal.segments()
        if not segments:
            core = build(config, seats)
            _begin(journal, config, core, content)
            return Session(directory, config, journal, core, content)
        return _reopen(
            journal, segments, config, (store, beside), content=content, accept_change=accept_change, announce=announce
        )
    except BaseException:
        journal.close()
        raise


def header_of(config: Config, core: Core, content: str | None) -> SegmentHeader:
    """Return the header of a segment that begins with this core, on recorded data of this content."""
    return SegmentHeader.of(
        software=version("finantrade"),
        config=msgspec.json.encode(config, order="sorted").decode(),
        schema_ids=[features.schema_id for features in core.features.values()],
        model_hashes=[],
        fingerprint=current_fingerprint(),
        previous_head=core.engine.chain.head,
        content_hash=content,
    )


def config_of(header: SegmentHeader) -> Config:
    """Return the configuration a segment was written with."""
    return msgspec.json.decode(header.config, type=Config)


def changes(before: SegmentHeader, after: SegmentHeader) -> list[str]:
    """Say in lines what differs between two headers and makes a new segment necessary."""
    lines = [*_differences("", _deciding(before), _deciding(after)), *before.fingerprint.differences(after.fingerprint)]
    if before.software != after.software:
        lines.append(f"software: {before.software} → {after.software}")
    if before.schema_ids != after.schema_ids:
        lines.append("features: other definitions")
    if None not in (before.content_hash, after.content_hash) and before.content_hash != after.content_hash:
        lines.append(f"recorded data: {_brief(before)} → {_brief(after)}")
    return lines


def _reopen(
    journal: Journal,
    segments: Sequence[Segment],
    config: Config,
    past: tuple[Mapping[str, Candles], Beside],
    *,
    content: str | None,
    accept_change: bool,
    announce: Announce,
) -> Session:
    last = segments[-1].header
    before = _readable_config(journal, last)
    announce(f"recovering from the journal at input {journal.tail.seq:,}")
    core, poison = as_it_was(journal, last, before)
    fresh = build(config, seat_strategies(config))
    changed = changes(last, header_of(config, fresh, content))
    if poison is None and changed:
        if not accept_change and config.journal.on_config_change is OnConfigChange.REFUSE:
            raise ConfigChanged("\n  ".join(["the configuration is not the one of this session:", *changed]))
        announce(f"a new segment begins, because of {'; '.join(changed)}")
        store, beside = past
        known, late = known_of(store, journal, timeframe_ms(config.timeframe)), before.feed.latency_ms
        told = partial(past_facts, config.symbols, beside, journal, late, core.engine.at)
        carry(core, fresh, before, config, known, told)
        core = fresh
        _begin(journal, config, core, content)
    session = Session(directory=journal.directory, config=config, journal=journal, core=core, content=content)
    session.poison, session.recoveries = poison, 1
    _place(session, journal)
    return session


def _readable_config(journal: Journal, last: SegmentHeader) -> Config:
    try:
        return config_of(last)
    except msgspec.DecodeError as error:
        raise CarryRefused(
            f"expected a configuration that this version reads in the last segment of {journal.directory}, written by "
            f"finantrade {last.software}, found: {error}"
        ) from None


def _begin(journal: Journal, config: Config, core: Core, content: str | None) -> None:
    engine = core.engine
    journal.begin_segment(header_of(config, core, content), engine.snapshot(), engine.seq, engine.chain.head)


def _place(session: Session, journal: Journal) -> None:
    """Find where a replay feed has to go on: after the last of its facts that was recorded."""
    last = journal.last_input([kind.__name__ for kind in REPLAYED])
    if last is not None:
        home = next(one for one in reversed(journal.segments()) if one.after_seq < last.seq)
        late: Millis = _deciding(home.header)["feed"]["latency_ms"]
        session.cursor = key_of(last.message, last.at - late)
        session.ended = isinstance(last.message, FeedEnded)


def _deciding(header: SegmentHeader) -> dict[str, Any]:
    """Return the configuration without what decides nothing: where the API is served."""
    config: dict[str, Any] = msgspec.json.decode(header.config)
    return {name: part for name, part in config.items() if name != "api"}


def _brief(header: SegmentHeader) -> str:
    return (header.content_hash or "")[:16]


def _differences(path: str, old: Any, new: Any) -> list[str]:
    if isinstance(old, list) and isinstance(new, list) and len(cast("list[Any]", old)) == len(cast("list[Any]", new)):
        pairs = enumerate(zip(cast("list[Any]", old), cast("list[Any]", new), strict=True))
        return [line for index, (was, now) in pairs for line in _differences(f"{path}[{index}]", was, now)]
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [f"{path}: {_shown(old)} → {_shown(new)}"]
    before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
    lines: list[str] = []
    for key in sorted({*before, *after}):
        lines += _differences(f"{path}.{key}".lstrip("."), before.get(key), after.get(key))
    return lines


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
