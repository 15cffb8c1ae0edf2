"""``finantrade data``: what recorded data there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from finantrade.market.manifest import Manifest

app = group("See what recorded data there is.")


@app.callback()
def data() -> None:
    """See what recorded data there is."""


@app.command("list")
def list_(datadir: DataDir = None, as_json: AsJson = False) -> None:
    """List data sets: real or synthetic, spans, gaps, source."""
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415  imported by whom it serves
    from finantrade.market.datasets import bundled_datadir, list_datasets  # noqa: PLC0415

    where = datadir or bundled_datadir()
    found = list_datasets(where)
    if as_json:
        say_json({"datadir": str(where), "datasets": found})
    elif found:
        _print(found)
    else:
        note(f"no data sets in {where}")
    if found and not as_json:
        say(f"in {where}")


def _print(found: Sequence[Manifest]) -> None:
    from finantrade.cli.figures import count, day  # noqa: PLC0415
    from finantrade.cli.output import say, table  # noqa: PLC0415

    rows = [
        (
            manifest.name,
            "SYNTHETIC" if manifest.synthetic else "real",
            one.symbol,
            manifest.timeframe,
            count(one.rows),
            day(one.first_open),
            day(one.last_open),
            f"{len(one.gaps)} ({count(sum(gap.bars for gap in one.gaps))} bars)",
            manifest.licence,
        )
        for manifest in found
        for one in manifest.symbols
    ]
    columns = ["data set", "kind", ">symbol", ">bars of", "?>bars", ">first", ">last", "?>gaps", "?licence"]
    say(table("", columns, rows))
    say(*(f"{one.name}: {one.title}\n  source: {one.source}" for one in found))
