"""``finantrade data resample`` and ``export``: longer periods from shorter ones, and files for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import AsJson, SeriesAddress, StoreDir

if TYPE_CHECKING:
    from finantrade.domain.units import Millis
    from finantrade.market.resample import Resampled
    from finantrade.market.store.manifest import SeriesManifest
    from finantrade.market.table import Table

To = Annotated[str, typer.Option("--to", metavar="A,B", help="Longer intervals, such as 15m,1h,1d,1w.")]
Start = Annotated[str | None, typer.Option("--start", metavar="TIME", help="From here on.")]
End = Annotated[str | None, typer.Option("--end", metavar="TIME", help="Up to here, exclusive.")]
Target = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .parquet or .feather file.")]


def resample(series: SeriesAddress, to: To, store: StoreDir = None, as_json: AsJson = False) -> None:
    """Make longer periods of a series in the store, or candles of trades; incomplete ones stay holes."""
    from finantrade.cli.figures import count  # noqa: PLC0415  imported by whom it serves
    from finantrade.cli.output import progress, say, say_json, table  # noqa: PLC0415
    from finantrade.market.place import Place  # noqa: PLC0415
    from finantrade.market.store.reading import default_store, read_verified  # noqa: PLC0415

    root, place = store or default_store(), Place.parse(series)
    lengths = [_length(text) for text in to.split(",")]
    made: list[dict[str, Any]] = []
    with progress("resampling", len(lengths) + 1, "steps", shown=not as_json) as told:
        manifest, base = read_verified(root, place)
        told(1)
        for step, length in enumerate(lengths):
            made.append(_make(root, manifest, base, length))
            told(step + 2)
    if as_json:
        say_json({"store": str(root), "from": str(place), "series": made})
        return
    rows = [(one["place"], *(count(one[key]) for key in ("rows", "added", "incomplete", "forming"))) for one in made]
    say(table("", ["series", ">periods", ">new", ">left out incomplete", "?>rows still forming"], rows), f"in {root}")


def export(
    series: SeriesAddress,
    file: Target,
    start: Start = None,
    end: End = None,
    store: StoreDir = None,
    as_json: AsJson = False,
) -> None:
    """Write a series, or a part of it, to a file."""
    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import note, progress, say_json  # noqa: PLC0415
    from finantrade.market.exporting import check_suffix, write_file  # noqa: PLC0415
    from finantrade.market.place import Place  # noqa: PLC0415
    from finantrade.market.store.reading import END_OF_TIME, default_store, read  # noqa: PLC0415

    check_suffix(file)
    root, place = store or default_store(), Place.parse(series)
    first = moment(start, "--start") if start else 0
    last = moment(end, "--end") if end else END_OF_TIME
    with progress("exporting", 2, "steps", shown=not as_json) as told:
        rows = read(root, place, first, last)
        told(1)
        if not len(rows):
            raise CliError(f"no rows of {place} in that span", ExitCode.USAGE)
        write_file(rows, file)
        told(2)
    if as_json:
        say_json({"store": str(root), "place": str(place), "file": str(file), "rows": len(rows)})
    else:
        note(f"wrote {count(len(rows))} rows to {file}")


def moment(text: str, option: str) -> Millis:
    """Read a time of the command line. Raises CliError naming the option."""
    from finantrade.domain.units import parse_time  # noqa: PLC0415

    try:
        return parse_time(text)
    except ValueError as error:
        raise CliError(f"{option}: {error}", ExitCode.USAGE) from None


def _make(root: Path, manifest: SeriesManifest, base: Table, length: Millis) -> dict[str, Any]:
    from finantrade.market.interval import interval_text  # noqa: PLC0415
    from finantrade.market.place import Place  # noqa: PLC0415
    from finantrade.market.store.manifest import SourceEntry  # noqa: PLC0415
    from finantrade.market.store.reading import digest_of  # noqa: PLC0415
    from finantrade.market.store.writing import OnConflict, write  # noqa: PLC0415

    whole, incomplete, forming = _folded(base, length)
    old = manifest.place
    place = Place(old.venue, old.market, whole.kind, old.symbol, interval_text(length))
    source = SourceEntry(f"resampled from {old}", digest_of(manifest), len(whole))
    # What was made before follows what it was made from.
    done = write(root, place, whole, source, on_conflict=OnConflict.REPLACE, synthetic=manifest.synthetic)
    return {
        "place": str(place),
        "rows": len(whole),
        "added": done.added,
        "revised": done.revised,
        "incomplete": incomplete,
        "forming": forming,
    }


def _folded(base: Table, length: Millis) -> tuple[Table, int, int]:
    from finantrade.market.resample import bars_of, folded  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415

    if base.kind is Kind.TRADES:
        return bars_of(base, length, int(base.time[-1])), 0, 0
    found: Resampled = folded(base, length)
    return found.whole(), int((~found.complete).sum()), found.forming


def _length(text: str) -> Millis:
    from finantrade.market.interval import interval_ms  # noqa: PLC0415

    try:
        return interval_ms(text.strip())
    except ValueError as error:
        raise CliError(f"--to: {error}", ExitCode.USAGE) from None
