"""``finantrade data import``: files into the local store, each taken in or refused on its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from finantrade.cli.errors import CliError, ExitCode, explain
from finantrade.cli.options import AsJson, StoreDir

if TYPE_CHECKING:
    from finantrade.market.importing import Imported, Instructions
    from finantrade.market.loaders.mapped import FileMapping
    from finantrade.market.series import Kind

Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, or directories that are searched.")]
FormatName = Annotated[str | None, typer.Option("--format", metavar="FORMAT", help="Do not guess the format.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", metavar="FILE", help="YAML: what the columns are.")]
InlineMap = Annotated[
    str | None, typer.Option("--map", metavar="OURS=THEIRS,…", help="What the columns are: time=date,open=o,high=h,…")
]
Venue = Annotated[str | None, typer.Option("--venue", metavar="NAME", help="Where it was traded, such as binance.")]
Market = Annotated[str | None, typer.Option("--market", metavar="NAME", help="spot, usdm, …")]
SeriesName = Annotated[str | None, typer.Option("--series", metavar="KIND", help="What it is: candles, funding, …")]
Symbol = Annotated[str | None, typer.Option("--symbol", metavar="SYMBOL", help="Of what, such as BTCUSDT.")]
Interval = Annotated[str | None, typer.Option("--interval", metavar="LENGTH", help="How far apart rows are.")]
DropBad = Annotated[bool, typer.Option("--drop-bad", help="Leave bad rows out as holes, do not refuse the file.")]
OnConflictName = Annotated[
    str,
    typer.Option("--on-conflict", metavar="WHAT", help="Where rows differ from stored ones: refuse, keep, replace."),
]
Synthetic = Annotated[bool, typer.Option("--synthetic", help="Label it as invented.")]

Choice = TypeVar("Choice", bound=StrEnum)


def import_(
    paths: Paths,
    *,
    store: StoreDir = None,
    format_: FormatName = None,
    mapping: MappingFile = None,
    map_: InlineMap = None,
    venue: Venue = None,
    market: Market = None,
    series: SeriesName = None,
    symbol: Symbol = None,
    interval: Interval = None,
    drop_bad: DropBad = False,
    on_conflict: OnConflictName = "refuse",
    synthetic: Synthetic = False,
    as_json: AsJson = False,
) -> None:
    """Take files into the local store: Binance's archives, freqtrade's candles, any table by a mapping."""
    from finantrade.market.importing import Instructions  # noqa: PLC0415  imported by whom it serves
    from finantrade.market.loaders.detect import Format  # noqa: PLC0415
    from finantrade.market.loaders.loading import Hints  # noqa: PLC0415
    from finantrade.market.raw import Policy  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415
    from finantrade.market.store.reading import default_store  # noqa: PLC0415
    from finantrade.market.store.writing import OnConflict  # noqa: PLC0415

    kind = chosen(Kind, series, "--series") if series else None
    how = Instructions(
        hints=Hints(venue, market, kind, symbol, interval),
        format=chosen(Format, format_, "--format") if format_ else None,
        mapping=_mapping(mapping, map_, kind),
        policy=Policy(drop_bad=drop_bad, now=time.time_ns() // 1_000_000),
        on_conflict=chosen(OnConflict, on_conflict, "--on-conflict"),
        synthetic=synthetic,
    )
    root = store or default_store()
    _report(root, _take_in(paths, root, how, shown=not as_json), as_json=as_json)


def chosen(kind: type[Choice], text: str, option: str) -> Choice:
    """Return the member of an enumeration that was named. Raises CliError with the nearest and all there are."""
    from finantrade.conversion import suggestion  # noqa: PLC0415

    names = [one.value for one in kind]
    if text not in names:
        near = suggestion(text, names)
        raise CliError(f"{option}: expected one of {', '.join(names)}, found {text!r}{near}", ExitCode.USAGE)
    return kind(text)


def _mapping(file: Path | None, inline: str | None, kind: Kind | None) -> FileMapping | None:
    from finantrade.market.loaders.mapped import mapping_of, read_mapping  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415

    if file and inline:
        raise CliError("--map: expected one of --map and --mapping, found both", ExitCode.USAGE)
    if inline:
        return mapping_of(inline, kind or Kind.CANDLES)
    return read_mapping(file) if file else None


def _take_in(paths: Sequence[Path], root: Path, how: Instructions, *, shown: bool) -> list[dict[str, Any]]:
    from finantrade.cli.output import progress  # noqa: PLC0415
    from finantrade.market.importing import files_below  # noqa: PLC0415

    files = list(files_below(paths))
    sizes = [file.stat().st_size if file.is_file() else 0 for file in files]
    done: list[dict[str, Any]] = []
    with progress("importing", sum(sizes), "B", shown=shown) as told:
        for index, file in enumerate(files):
            part = partial(_tell, told, sum(sizes[:index]), sizes[index])
            done.append(_taken(file, root, how, part))
            part(1.0)
    return done


def _tell(told: Callable[[int], None], before: int, size: int, share: float) -> None:
    told(round(before + share * size))


def _taken(file: Path, root: Path, how: Instructions, told: Callable[[float], None]) -> dict[str, Any]:
    from finantrade.market.importing import import_file  # noqa: PLC0415

    series: list[Imported] = []
    refused = hint = None
    try:
        series = import_file(file, root, how, told)
    except Exception as error:
        code, refused, hint = explain(error)
        if code is not ExitCode.REFUSED:
            raise
    return {"file": str(file), "series": series, "refused": refused, "hint": hint}


def _report(root: Path, done: Sequence[dict[str, Any]], *, as_json: bool) -> None:
    from finantrade.cli.output import note, say_json  # noqa: PLC0415

    refused = [one for one in done if one["refused"]]
    if as_json:
        files = [{key: value for key, value in one.items() if key != "hint"} for one in done]
        say_json({"store": str(root), "files": [_plain(one) for one in files]})
    else:
        _print(root, done)
    if refused and len(done) == 1:
        raise CliError(done[0]["refused"], ExitCode.REFUSED, done[0]["hint"])
    for one in refused:
        note(f"refused: {one['refused']}")
    if refused:
        hints = dict.fromkeys(one["hint"] for one in refused if one["hint"])
        text = f"{len(refused)} of {len(done)} files refused, nothing was taken from them"
        raise CliError(text, ExitCode.REFUSED, "; ".join(hints))


def _plain(one: dict[str, Any]) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    series = [msgspec.structs.asdict(found) | {"place": str(found.place)} for found in one["series"]]
    return one | {"series": series}


def _print(root: Path, done: Sequence[dict[str, Any]]) -> None:
    from finantrade.cli.figures import count  # noqa: PLC0415
    from finantrade.cli.output import note, say, table  # noqa: PLC0415
    from finantrade.market.findings import report  # noqa: PLC0415

    rows = [
        (
            found.place,
            Path(one["file"]).name,
            count(found.rows),
            count(found.added),
            count(found.identical),
            count(found.completed + found.revised),
            f"{count(found.gaps)} ({count(found.missing)} rows)",
        )
        for one in done
        for found in one["series"]
    ]
    columns = ["series", "?file", ">rows", ">new", "?>known", "?>changed", ">gaps"]
    if rows:
        say(table("", columns, rows), f"in {root}")
    for one in done:
        for found in one["series"]:
            if found.findings:
                note("\n".join([f"{one['file']}, {found.place}:", *(f"  {line}" for line in report(found.findings))]))
