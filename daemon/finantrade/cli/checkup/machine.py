"""The machine: its time zone, where compiled kernels are kept, and whether it is the one that a journal knows."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from finantrade.cli.checkup.disk import nearest
from finantrade.cli.checkup.finding import Finding, Verdict, told
from finantrade.cli.figures import count, stamp
from finantrade.config import Config
from finantrade.directories import NotOurs, expect_ours
from finantrade.features.compile import cache_directory
from finantrade.journal.errors import JournalError
from finantrade.journal.fingerprint import current_fingerprint
from finantrade.journal.store import Journal
from finantrade.runtime.seats import seat_strategies
from finantrade.runtime.sessions import NoSession, newest_session
from finantrade.wiring import feature_sets

SESSION, PLATFORM = "session", "platform"


def time_zone() -> Finding:
    """Say that it does not matter."""
    return Finding(check="time zone", found=f"{time.strftime('%Z')} here; all times are UTC, so it does not matter")


def session(state: Path, name: str | None) -> Iterator[Finding]:
    """Look into the newest journal, and compare the platform that wrote it with this one."""
    ours = current_fingerprint()
    here = f"{ours.python}, numba {ours.numba}, numpy {ours.numpy}, {ours.cpu}"
    try:
        directory = newest_session(state, name)
    except (NoSession, OSError):
        yield Finding(check=SESSION, found=f"none yet in {state}")
        yield Finding(check=PLATFORM, found=f"{here}; no journal to compare with")
        return
    try:
        journal = Journal.open_readonly(directory)
    except JournalError as error:
        yield told(SESSION, Verdict.FAIL, error, "`--fresh` begins a new session, the old one is kept")
        return
    try:
        yield from _recorded(journal, directory, here)
    except JournalError as error:
        yield told(SESSION, Verdict.FAIL, error, "`--fresh` begins a new session, the old one is kept")
    finally:
        journal.close()


def _recorded(journal: Journal, directory: Path, here: str) -> Iterator[Finding]:
    segments, tail = journal.segments(), journal.tail
    if not segments:
        yield Finding(check=SESSION, found=f"{directory} has nothing in it yet")
        return
    header = segments[-1].header
    said = f"{directory} has {count(tail.seq)} inputs up to {stamp(tail.at or None)}"
    yield Finding(check=SESSION, found=f"{said}, written by finantrade {header.software}")
    differing = header.fingerprint.differences(current_fingerprint())
    if not differing:
        yield Finding(check=PLATFORM, found=f"{here}: the one that wrote {directory}")
        return
    yield Finding(
        check=PLATFORM,
        verdict=Verdict.WARN,
        expected=f"the platform that wrote {directory}",
        found="; ".join(differing),
        help="a start begins a new segment (with `--yes` where `journal.on_config_change` is `refuse`); what is "
        "recorded may not replay to the byte here",
    )


def caches(config: Config | None, environment: Mapping[str, str]) -> Finding:
    """Check that compiled kernels can be kept, and whether those of the configuration are."""
    check, advice = "kernel cache", "each start compiles for some seconds: NUMBA_CACHE_DIR names another directory"
    try:
        directory = cache_directory(environment)
        if directory.is_dir():
            expect_ours(directory)
    except (OSError, NotOurs) as error:
        return told(check, Verdict.WARN, error, advice)
    there = nearest(directory)
    if not os.access(there, os.W_OK | os.X_OK):
        expected = f"to be able to write in {there}"
        return Finding(check=check, verdict=Verdict.WARN, expected=expected, found="that we may not", help=advice)
    return Finding(check=check, found=f"{directory}{'' if config is None else _warmth(config, directory)}")


def _warmth(config: Config, directory: Path) -> str:
    schemas = {one.schema_id for one in feature_sets(config, seat_strategies(config)).values()}
    cold = [one for one in schemas if not any(directory.rglob(f"finantrade_kernel_{one}.*.nbi"))]
    return ", cold: the next start compiles for some seconds" if cold else ", warm"
