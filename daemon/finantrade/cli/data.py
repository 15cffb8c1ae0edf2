"""``finantrade data``: what recorded data there is, and the local store of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from finantrade.cli.data_derive import export, resample
from finantrade.cli.data_fetch import fetch
from finantrade.cli.data_flow import liquidation_map, synthesize
from finantrade.cli.data_import import import_
from finantrade.cli.data_series import inspect, verify
from finantrade.cli.grouping import group
from finantrade.cli.options import AsJson, DataDir, StoreDir

if TYPE_CHECKING:
    from finantrade.market.manifest import Manifest
    from finantrade.market.store.manifest import SeriesManifest
    from finantrade.market.store.reading import Stored

app = group("Bring recorded data into the local store, see what there is, derive and export.")
app.command("import")(import_)
app.command("fetch")(fetch)
app.command("inspect")(inspect)
app.command("verify")(verify)
app.command("resample")(resample)
app.command("export")(export)
app.command("synthesize")(synthesize)
app.command("liquidation-map")(liquidation_map)


@app.callback()
def data() -> None:
    """Bring recorded data into the local store, see what there is, derive and export."""


@app.command("list")
def list_(datadir: DataDir = None, store: StoreDir = None, as_json: AsJson = False) -> None:
    """List data sets and the series of the store: real or synthetic, spans, gaps, source."""
    from finantrade.cli.output import note, say, say_json  # noqa: PLC0415  imported by whom it serves
    from finantrade.market.datasets import bundled_datadir, found_datasets  # noqa: PLC0415
    from finantrade.market.store.reading import default_store, list_series  # noqa: PLC0415

    where, root = datadir or bundled_datadir(), store or default_store()
    found, broken = found_datasets(where)
    stored = list_series(root)
    broken += [one.trouble for one in stored if one.manifest is None]
    if as_json:
        series = [_row(one.manifest) for one in stored if one.manifest]
        say_json({"datadir": str(where), "datasets": found, "store": str(root), "series": series, "broken": broken})
        return
    _print(found)
    (say if found else note)(f"in {where}" if found else f"no data sets in {where}")
    _print_store(stored)
    if stored:
        say(f"in {root}")
    for trouble in broken:
        note(f"broken: {trouble}")


def _row(manifest: SeriesManifest) -> dict[str, object]:
    gaps, span = manifest.gaps(), manifest.span
    return {
        "place": str(manifest.place),
        "synthetic": manifest.synthetic,
        "rows": manifest.rows,
        "first": span[0] if span else None,
        "last": span[1] if span else None,
        "gaps": gaps,
        "files": len(manifest.parts),
        "sources": len(manifest.sources),
        "revisions": len(manifest.revisions),
    }


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
    if found:
        say(table("", columns, rows))
        say(*(f"{one.name}: {one.title}\n  source: {one.source}" for one in found))


def _print_store(stored: Sequence[Stored]) -> None:
    from finantrade.cli.figures import count, day  # noqa: PLC0415
    from finantrade.cli.output import say, table  # noqa: PLC0415

    rows: list[tuple[object, ...]] = []
    for manifest in (one.manifest for one in stored if one.manifest):
        first, last = manifest.span or (0, 0)
        gaps = manifest.gaps()
        rows.append(
            (
                manifest.place,
                "SYNTHETIC" if manifest.synthetic else "real",
                count(manifest.rows),
                day(first),
                day(last),
                f"{len(gaps)} ({count(sum(gap.bars for gap in gaps))} rows)",
                count(len(manifest.sources)),
            )
        )
    if rows:
        say(table("", ["series", "kind", ">rows", "?>first", ">last", "?>gaps", "?>files"], rows))
