"""What can go wrong, as one sentence and one exit code: the single place where exceptions become words for people.

Exceptions are known by their full name, so that a command which needs little loads little. An exception that is not in
the table is a fault of the program: it says so, and ``-v`` shows its traceback.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from enum import IntEnum
from typing import cast

BULLET = "  "


class ExitCode(IntEnum):
    """What a script may rely on; listed in ``finantrade --help``."""

    OK = 0
    FAILED = 1
    USAGE = 2
    NOT_CHECKABLE = 3
    UNREACHABLE = 4
    REFUSED = 78
    """EX_CONFIG: the service manager does not start it again."""


class CliError(Exception):
    """A command cannot do what it was asked; ``hint`` says what would help."""

    def __init__(self, message: str, code: ExitCode = ExitCode.FAILED, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint


REFUSED: dict[str, str] = {
    "finantrade.config_file.ConfigError": "",
    "finantrade.strategies.params.ParamsError": "",
    "finantrade.strategies.registry.UnknownStrategy": "",
    "finantrade.edges.strategy_files.StrategyLoadError": "",
    "finantrade.edges.scaffold.BadScaffold": "",
    "finantrade.edges.feature_files.FeatureFileError": "",
    "finantrade.features.fence.KernelFault": "`finantrade features check --file FILE` finds more of them",
    "finantrade.features.kernel_source.KernelRefused": "docs/strategies.md says what a kernel may consist of",
    "finantrade.features.declaration.FeatureError": "`finantrade features list` shows what there is",
    "finantrade.market.candles.BadBars": "",
    "finantrade.market.manifest.BadDataset": "",
    "finantrade.market.datasets.UnknownData": "`finantrade data list` shows what there is, `--dataset NAME` takes it, "
    "`-d DIR` looks elsewhere",
    "finantrade.edges.market_data.Unavailable": "start `finantrade simulate` first, or look at the address",
    "finantrade.market.loaders.source.BadFile": "",
    "finantrade.market.findings.BadSeries": "`--drop-bad` leaves the bad rows out and makes them holes",
    "finantrade.market.place.BadPlace": "",
    "finantrade.market.resample.BadResampling": "",
    "finantrade.market.exporting.BadExport": "",
    "finantrade.market.store.faults.StoreError": "`finantrade data verify` lists all that is wrong",
    "finantrade.market.store.faults.NotStored": "`finantrade data list` shows what there is, `--store` looks elsewhere",
    "finantrade.market.store.faults.StoreConflict": "`--on-conflict keep` or `replace` lets one of the two stand",
    "finantrade.market.store.faults.StoreBusy": "try again when that process is done",
    "finantrade.api.server.PortBusy": "",
    "finantrade.api.access.TokenMissing": "",
    "finantrade.simulator.faults.catalogue.BadFault": "docs/simulator.md says what each of them does",
    "finantrade.simulator.session.BadStart": "",
    "finantrade.runtime.session.ConfigChanged": "`--yes` accepts it in a new segment, `--fresh` begins a new session",
    "finantrade.runtime.carry.CarryRefused": "`--fresh` begins a new session, the old one is kept",
    "finantrade.runtime.recovery.Diverged": "`finantrade verify` shows the difference, `--fresh` begins a new session",
    "finantrade.runtime.sessions.NoSession": "`--state DIR` (or FINANTRADE_STATE) names another state directory",
    "finantrade.directories.NotOurs": "`--state DIR` (or FINANTRADE_STATE) names another directory",
    "finantrade.journal.errors.JournalBusy": "stop that process first; `finantrade live status` shows what it does",
    "finantrade.journal.errors.JournalMissing": "",
    "finantrade.journal.errors.JournalTooNew": "newer software wrote it: use that, or begin a new session (`--fresh`)",
    "finantrade.journal.errors.JournalCorrupt": "`--fresh` begins a new session, the damaged journal is kept",
    "finantrade.journal.errors.JournalUnwritable": "",
    "finantrade.journal.errors.JournalOrder": "",
    "finantrade.journal.errors.JournalPruned": "",
}
"""Configuration or state that is refused before anything has been started, with the hint that helps."""


def explain(error: BaseException) -> tuple[ExitCode, str, str]:
    """Return exit code, sentence and hint for an exception.

    One that comes out of a task group was raised in mid-work: then it is a failure, which a restart may cure.
    """
    inner = list(_leaves(error))
    running = isinstance(error, BaseExceptionGroup)
    if len(inner) > 1:
        return ExitCode.FAILED, "\n".join(explain(one)[1] for one in inner), ""
    code, text, hint = _one(inner[0])
    return (ExitCode.FAILED if running else code), text, hint


def report(error: BaseException, *, verbose: bool) -> ExitCode:
    """Say on stderr what went wrong and return the exit code."""
    code, text, hint = explain(error)
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    print(f"{_label()} {_indented(text)}", file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
    return code


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _leaves(one)
    else:
        yield error


def _one(error: BaseException) -> tuple[ExitCode, str, str]:
    if isinstance(error, CliError):
        return error.code, str(error), error.hint
    for cls in type(error).__mro__:
        name = f"{cls.__module__}.{cls.__qualname__}"
        if name in REFUSED:
            return ExitCode.REFUSED, str(error), REFUSED[name]
    if isinstance(error, OSError):
        return ExitCode.FAILED, f"{error.filename}: {error.strerror}" if error.filename else str(error), ""
    return ExitCode.FAILED, f"a fault in the program: {type(error).__name__}: {error}", "`-v` shows the traceback"


def _label() -> str:
    return "\x1b[1;31merror:\x1b[0m" if sys.stderr.isatty() else "error:"


def _indented(text: str) -> str:
    first, *rest = text.splitlines() or [""]
    return "\n".join([first, *(BULLET + line for line in rest)])
