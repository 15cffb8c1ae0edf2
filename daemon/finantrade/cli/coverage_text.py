"""What too much is missing of, in words."""

from __future__ import annotations

from collections.abc import Iterator

from finantrade.cli.figures import percent
from finantrade.market.coverage import CoverageSummary


def lacking(found: CoverageSummary) -> Iterator[str]:
    """Yield what makes a coverage a poor one."""
    for one in found.series:
        if one.poor:
            yield f"{percent(one.share)} of {one.kind.value} of {one.symbol}"
    yield from (f"no {one}" for one in found.absent)
