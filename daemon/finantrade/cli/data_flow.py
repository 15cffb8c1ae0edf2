"""``finantrade data synthesize`` and ``liquidation-map``: what stands in for sources that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from finantrade.cli.data_import import chosen
from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import AsJson, SeriesAddress, StoreDir

if TYPE_CHECKING:
    from finantrade.domain.units import Millis
    from finantrade.market.liquidation_map import Levels
    from finantrade.market.place import Place
    from finantrade.market.table import Table

Kinds = Annotated[str | None, typer.Option("--series", metavar="A,B", help="Which series; all that can be invented.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Same seed, same rows.")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As it was known then; at the end if not given.")]
Interest = Annotated[
    str | None, typer.Option("--open-interest", metavar="SERIES", help="Open interest that levels are estimated from.")
]
Observed = Annotated[
    str | None, typer.Option("--observed", metavar="SERIES", help="Liquidations that happened: single ones, or sums.")
]
Bins = Annotated[int, typer.Option("--bins", metavar="N", min=2, max=1_000, help="How many price levels.")]
REACH = 0.25
"""Levels are shown this far from the last close, as a share of it."""


def synthesize(
    series: SeriesAddress, kinds: Kinds = None, seed: Seed = 0, store: StoreDir = None, as_json: AsJson = False
) -> None:
    """Invent flow and sentiment for candles in the store, labelled synthetic, under the venue `synthetic`."""
    from finantrade.cli.figures import count  # noqa: PLC0415  imported by whom it serves
    from finantrade.cli.output import progress, say, say_json, table  # noqa: PLC0415
    from finantrade.market.flow_simulator import SIMULATORS  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415

    root, place, bars = _candles(store, series)
    wanted = [chosen(Kind, one.strip(), "--series") for one in kinds.split(",")] if kinds else list(SIMULATORS)
    made: list[dict[str, Any]] = []
    with progress("inventing", len(wanted), "series", shown=not as_json) as told:
        for step, kind in enumerate(wanted):
            made.append(_invented(root, place, bars, kind, seed))
            told(step + 1)
    if as_json:
        say_json({"store": str(root), "from": str(place), "seed": seed, "series": made})
        return
    rows = [(one["place"], "SYNTHETIC", count(one["rows"]), count(one["added"])) for one in made]
    say(table("", ["series", "kind", ">rows", ">new"], rows), f"in {root}")


def liquidation_map(
    series: SeriesAddress,
    at: At = None,
    open_interest: Interest = None,
    observed: Observed = None,
    bins: Bins = 25,
    store: StoreDir = None,
    as_json: AsJson = False,
) -> None:
    """Show where positions would be, and have been, liquidated, as it was known at a moment."""
    import numpy as np  # noqa: PLC0415

    from finantrade.cli.data_derive import moment  # noqa: PLC0415
    from finantrade.cli.output import say_json  # noqa: PLC0415
    from finantrade.market.liquidation_map import USUAL, build  # noqa: PLC0415

    root, _, bars = _candles(store, series)
    if open_interest is None and observed is None:
        raise CliError("expected --open-interest SERIES, --observed SERIES, or both", ExitCode.USAGE)
    end = int(bars.time[-1]) + bars.interval
    time = moment(at, "--at") if at else end
    closed = int(np.searchsorted(bars.time + bars.interval, time, side="right")) - 1
    if closed < 0:
        raise CliError("--at: expected a time after the first bar has closed", ExitCode.USAGE)
    price = float(bars.values["close"][closed])
    edges = np.linspace(price * (1 - REACH), price * (1 + REACH), bins + 1)
    interest, seen = _rows(root, open_interest), _rows(root, observed)
    levels = build(bars, interest.table, seen.table).at(time, edges)
    synthetic = interest.synthetic or seen.synthetic
    if as_json:
        said = {"store": str(root), "at": time, "price": price, "synthetic": synthetic, "assumptions": USUAL}
        say_json({**said, "levels": _cells(levels)})
        return
    _print(levels, price, time, synthetic=synthetic)


def _invented(root: Path, place: Place, bars: Table, kind: Any, seed: int) -> dict[str, Any]:
    from hashlib import sha256  # noqa: PLC0415

    from finantrade.market.flow_simulator import SIMULATORS, VENUE, invent  # noqa: PLC0415
    from finantrade.market.interval import interval_text  # noqa: PLC0415
    from finantrade.market.place import Place as Address  # noqa: PLC0415
    from finantrade.market.store.manifest import SourceEntry  # noqa: PLC0415
    from finantrade.market.store.writing import OnConflict, write  # noqa: PLC0415

    if kind not in SIMULATORS:
        raise CliError(f"--series: expected some of {', '.join(SIMULATORS)}, found {kind}", ExitCode.USAGE)
    rows = invent(bars, kind, seed)
    name = f"invented for {place}, seed {seed}"
    target = Address(VENUE, place.market, kind, rows.symbol, interval_text(rows.interval))
    source = SourceEntry(name, sha256(name.encode()).hexdigest(), len(rows))
    done = write(root, target, rows, source, on_conflict=OnConflict.REPLACE, synthetic=True)
    return {"place": str(target), "rows": len(rows), "added": done.added, "revised": done.revised}


def _candles(store: Path | None, series: str) -> tuple[Path, Place, Table]:
    from finantrade.market.place import Place as Address  # noqa: PLC0415
    from finantrade.market.series import Kind  # noqa: PLC0415
    from finantrade.market.store.reading import default_store, read_verified  # noqa: PLC0415

    root, place = store or default_store(), Address.parse(series)
    if place.kind is not Kind.CANDLES:
        raise CliError(f"expected a series of candles, found {place}", ExitCode.USAGE)
    return root, place, read_verified(root, place)[1]


class _Rows(NamedTuple):
    table: Table | None
    synthetic: bool


def _rows(root: Path, series: str | None) -> _Rows:
    from finantrade.market.place import Place as Address  # noqa: PLC0415
    from finantrade.market.store.reading import read_verified  # noqa: PLC0415

    if series is None:
        return _Rows(None, synthetic=False)
    manifest, table = read_verified(root, Address.parse(series))
    return _Rows(table, manifest.synthetic)


def _cells(levels: Levels) -> list[dict[str, float]]:
    names = ("longs", "shorts", "observed_longs", "observed_shorts")
    columns = {name: getattr(levels, name).tolist() for name in names}
    edges: Sequence[float] = levels.edges.tolist()
    return [
        {"from": edges[row], "to": edges[row + 1], **{name: column[row] for name, column in columns.items()}}
        for row in range(len(edges) - 1)
    ]


def _print(levels: Levels, price: float, time: Millis, *, synthetic: bool) -> None:
    from finantrade.cli.figures import number, stamp  # noqa: PLC0415
    from finantrade.cli.figures import price as price_text  # noqa: PLC0415
    from finantrade.cli.output import say, table  # noqa: PLC0415

    cells = _cells(levels)
    largest = max((cell["longs"] + cell["shorts"] for cell in cells), default=0.0) or 1.0
    rows = [
        (
            f"{price_text(cell['from'])} to {price_text(cell['to'])}",
            *(number(cell[name], 0) for name in ("longs", "shorts", "observed_longs", "observed_shorts")),
            "█" * round(20 * (cell["longs"] + cell["shorts"]) / largest),
        )
        for cell in reversed(cells)
    ]
    columns = [">price", ">longs", ">shorts", "?>longs seen", "?>shorts seen", "?estimated"]
    if synthetic:
        say("SYNTHETIC: of invented series")
    say(f"as known at {stamp(time)}, price {price_text(price)}; sizes in quote units, estimates by assumed leverages")
    say(table("", columns, rows))
