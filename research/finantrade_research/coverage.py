"""How much of its data a backtest had, for people: a table, and a line that is not overlooked where it was little."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from finantrade.cli.coverage_text import lacking
from finantrade.cli.figures import NOTHING, count, percent
from finantrade.cli.output import facts, table
from finantrade.market.coverage import CoverageSummary, SeriesShare
from finantrade.market.series import Kind


def warnings(found: CoverageSummary) -> Iterator[RenderableType]:
    """Yield a line for each reason not to go by the result."""
    if found.poor:
        yield Text(f"POOR COVERAGE: {'; '.join(lacking(found))}", style="bold red")
    if found.synthetic:
        invented = dict.fromkeys(f"{one.kind.value} of {one.symbol}" for one in found.series if one.synthetic)
        yield Text(f"SYNTHETIC: {', '.join(invented)}: not a market", style="bold yellow")


def coverage_tables(found: CoverageSummary) -> Iterator[RenderableType]:
    """Yield the series that were looked at, and what was assumed; nothing where candles are all, and whole."""
    if found.poor or any(one.kind is not Kind.CANDLES for one in found.series):
        columns = ["series", "symbol", "?interval", ">present", "?>of", ">share", ">gaps"]
        yield table("Coverage", columns, list(map(_row, found.series)))
    if found.assumed:
        yield facts("Assumed", [("", text) for text in found.assumed])


def _row(one: SeriesShare) -> tuple[str, ...]:
    name = f"{one.kind.value} (synthetic)" if one.synthetic else one.kind.value
    expected = count(one.expected) if one.expected is not None else NOTHING
    return name, one.symbol, one.interval, count(one.present), expected, percent(one.share), count(one.gaps)
