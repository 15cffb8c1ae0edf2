"""``finantrade data inspect`` and ``verify``: what the store covers, and whether it is what it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finantrade.cli.errors import CliError
from finantrade.cli.options import AsJson, SeriesFilters, StoreDir

if TYPE_CHECKING:
    from finantrade.market.coverage import Coverage
    from finantrade.market.place import Place
    from finantrade.market.store.manifest import SeriesManifest
    from finantrade.market.table import Table


def inspect(filters: SeriesFilters = None, store: StoreDir = None, as_json: AsJson = False) -> None:
    """Show what the series of the store cover, and a calendar of their gaps."""
    from finantrade.cli.gap_calendar import calendar, months_of  # noqa: PLC0415  imported by whom it serves
    from finantrade.cli.output import progress, say, say_json  # noqa: PLC0415
    from finantrade.market.coverage import run_coverage  # noqa: PLC0415
    from finantrade.market.store.reading import read  # noqa: PLC0415

    root, manifests = selected(store, filters or [])
    said: list[tuple[SeriesManifest, Coverage, Table]] = []
    with progress("reading", sum(one.rows for one in manifests), "rows", shown=not as_json) as told:
        for manifest in manifests:
            table = read(root, manifest.place, columns=[])
            said.append((manifest, _covered(manifest, table), table))
            told(sum(len(one) for _, _, one in said))
    if as_json:
        series = [_document(manifest, found, table) | {"months": months_of(table)} for manifest, found, table in said]
        run = run_coverage(found for _, found, _ in said)
        say_json({"store": str(root), "poor": run.poor, "synthetic": run.synthetic, "series": series})
        return
    _print([(manifest, found) for manifest, found, _ in said])
    for manifest, _, table in said:
        say(*calendar(str(manifest.place), table))


def verify(filters: SeriesFilters = None, store: StoreDir = None, as_json: AsJson = False) -> None:
    """Compare every file of the store with its hash and figures."""
    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import note, progress, say, say_json  # noqa: PLC0415
    from finantrade.market.store.reading import default_store, list_series, troubles  # noqa: PLC0415

    root = store or default_store()
    broken = [one.trouble for one in list_series(root) if one.manifest is None]
    root, manifests = selected(store, filters or [], needed=not broken)
    rows = 0
    with progress("verifying", sum(one.rows for one in manifests), "rows", shown=not as_json) as told:
        for manifest in manifests:
            broken += troubles(root, manifest.place)
            rows += manifest.rows
            told(rows)
    if as_json:
        say_json({"store": str(root), "series": len(manifests), "rows": rows, "broken": broken})
    else:
        files = sum(len(one.parts) for one in manifests)
        say(f"{len(manifests)} series, {count(files)} files, {count(rows)} rows in {root}")
    for trouble in broken:
        note(f"broken: {trouble}")
    if broken:
        raise CliError(f"{len(broken)} found that are not as their manifests say")


def selected(store: Path | None, filters: Sequence[str], *, needed: bool = True) -> tuple[Path, list[SeriesManifest]]:
    """Return the store and its series that match. Raises NotStored where a filter matches none."""
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from finantrade.market.store.faults import NotStored  # noqa: PLC0415
    from finantrade.market.store.reading import default_store, list_series  # noqa: PLC0415

    root = store or default_store()
    every = [one.manifest for one in list_series(root) if one.manifest]
    found: dict[Place, SeriesManifest] = {}
    for pattern in filters or ["*"]:
        wanted = (pattern, f"{pattern.rstrip('/')}/*")
        fitting = [one for one in every if any(fnmatchcase(str(one.place), each) for each in wanted)]
        if not fitting and needed:
            raise NotStored(f"expected a series {pattern} in {root}, found none of {len(every)}")
        found |= {one.place: one for one in fitting}
    return root, [found[place] for place in sorted(found)]


def _covered(manifest: SeriesManifest, table: Table) -> Coverage:
    from finantrade.market.coverage import coverage  # noqa: PLC0415

    first, last = manifest.span or (0, 0)
    return coverage(table, manifest.place.interval, first, last + 1, synthetic=manifest.synthetic)


def _document(manifest: SeriesManifest, found: Coverage, table: Table) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    known = table.take(slice(-1, None)).available()
    return {
        "place": str(manifest.place),
        **msgspec.structs.asdict(found),
        "poor": found.poor,
        "last_known_at": int(known[0]) if len(known) else None,
        "sources": manifest.sources,
        "revisions": manifest.revisions,
    }


def _print(said: Sequence[tuple[SeriesManifest, Coverage]]) -> None:
    from finantrade.cli.figures import count, percent, stamp  # noqa: PLC0415
    from finantrade.cli.output import say, table  # noqa: PLC0415

    rows = [
        (
            manifest.place,
            "SYNTHETIC" if manifest.synthetic else "real",
            stamp(found.start),
            stamp(found.end - 1),
            count(found.present),
            percent(found.share),
            count(len(found.gaps)),
            count(max((gap.bars for gap in found.gaps), default=0)),
            count(len(manifest.revisions)),
        )
        for manifest, found in said
    ]
    columns = ["series", "?kind", "?>first", "?>last", ">rows", ">present", ">gaps", "?>longest", "?>revised"]
    say(table("", columns, rows))
