"""What can be wrong with the run store, and with what it is asked for; each text says what was expected and found."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from finantrade.cli.errors import CliError, ExitCode


class NoRun(ValueError):
    """There is no run of this name, or more than one: the text says which there are."""


class BadCondition(ValueError):
    """A condition that is none, or a figure to sort by that no run has."""


class BadStore(ValueError):
    """A run store that this version cannot read."""


class BadReport(ValueError):
    """A stored report that this version cannot read."""


@contextmanager
def refusing() -> Generator[None]:
    """Turn what is wrong into what a command says and ends with. Raises CliError."""
    try:
        yield
    except BadCondition as error:
        raise CliError(str(error), ExitCode.USAGE) from None
    except (NoRun, BadReport) as error:
        raise CliError(str(error), ExitCode.REFUSED, "`finantrade runs list` shows what is kept") from None
    except BadStore as error:
        raise CliError(str(error), ExitCode.REFUSED, "`--runs DIR` names another directory") from None
