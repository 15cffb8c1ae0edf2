"""``finantrade simulate``: an exchange on this machine, from recorded bars, with faults if asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import AsJson, DataDir, Pairs, Timeframe

if TYPE_CHECKING:
    from finantrade.simulator.exchange import Exchange
    from finantrade.simulator.session import Plan

PORT = 8090
REFRESH_S = 0.5

Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="NAME[:NUMBER]", help="What goes wrong, and how much of it; may be repeated."),
]


def simulate(
    dataset: Annotated[str, typer.Option("--dataset", metavar="NAME", help="Whose bars are traded.")] = "synthetic-15m",
    datadir: DataDir = None,
    pairs: Pairs = None,
    timeframe: Timeframe = None,
    rate: Annotated[
        float, typer.Option("--rate", metavar="TIMES", min=0.01, max=100_000, help="How fast its time runs.")
    ] = 60.0,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="TIME", help="When to begin; 1,000 bars in if not given."),
    ] = None,
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Listen there; 0 takes any free one.")
    ] = PORT,
    seed: Annotated[int, typer.Option("--seed", metavar="NUMBER", min=0, help="Draws what is left to chance.")] = 1,
    fault: Faults = None,
    as_json: AsJson = False,
) -> None:
    """Be an exchange: Binance's REST and websocket protocol on this machine, from recorded bars.

    What is not recorded beside candles is invented. The same seed sends the same payloads in the same order. Ends with
    Ctrl-C or SIGTERM.
    """
    import signal  # noqa: PLC0415

    import anyio  # noqa: PLC0415

    from finantrade.cli.configuration import parse_pairs  # noqa: PLC0415  heavy: only who simulates pays
    from finantrade.simulator.session import Wanted, plan, run  # noqa: PLC0415

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted = Wanted(dataset, datadir, parse_pairs(pairs), timeframe, rate, start, port, seed, tuple(fault or ()))
    chosen = plan(wanted)
    try:
        anyio.run(run, chosen, partial(_announce, chosen, as_json=as_json), _follow)
    except KeyboardInterrupt:
        typer.echo("\nstopped", err=True)
    except OSError as error:
        raise CliError(f"cannot listen on port {port}: {error.strerror}", ExitCode.REFUSED) from error


def _announce(chosen: Plan, exchange: Exchange, *, as_json: bool) -> None:
    from finantrade.cli.output import facts, say, say_json  # noqa: PLC0415

    if as_json:
        say_json(_document(chosen, exchange))
        return
    found = _document(chosen, exchange)
    say(
        facts("simulated exchange: what is not recorded is invented", _lines(chosen)),
        facts("addresses (of python-binance's classes)", list(found["addresses"].items())),
        "stop with Ctrl-C",
    )


def _document(chosen: Plan, exchange: Exchange) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    venue, wanted = chosen.venue, chosen.wanted
    return {
        "dataset": wanted.dataset,
        "synthetic": chosen.manifest.synthetic,
        "symbols": list(venue.recordings),
        "recorded": venue.beside.labels,
        "timeframe": chosen.manifest.timeframe,
        "start": chosen.start,
        "end": venue.end,
        "rate": wanted.rate,
        "step_ms": venue.step_ms,
        "seed": wanted.seed,
        "faults": list(wanted.faults),
        "addresses": msgspec.to_builtins(exchange.addresses),
    }


def _lines(chosen: Plan) -> list[tuple[str, object]]:
    from finantrade.cli.figures import stamp  # noqa: PLC0415

    venue, wanted, manifest = chosen.venue, chosen.wanted, chosen.manifest
    kind = "SYNTHETIC" if manifest.synthetic else "recorded"
    return [
        ("data", f"{manifest.name} ({kind}), {', '.join(venue.recordings)}, {manifest.timeframe}"),
        ("beside it", _beside(venue.beside.labels)),
        ("time", f"from {stamp(chosen.start)} to {stamp(venue.end)} UTC, {wanted.rate:g} times as fast as the wall"),
        ("updates", f"every {venue.step_ms // 1000} s of its time"),
        ("seed", wanted.seed),
        ("faults", ", ".join(wanted.faults) or "none"),
    ]


def _beside(labels: Mapping[str, tuple[str, ...]]) -> str:
    recorded = "; ".join(f"{symbol}: {', '.join(names)}" for symbol, names in labels.items())
    return f"{recorded} recorded, all else invented" if recorded else "all of it invented"


async def _follow(exchange: Exchange) -> None:
    """Keep a line of what happens on a terminal, until cancelled."""
    import sys  # noqa: PLC0415

    import anyio  # noqa: PLC0415

    if not sys.stderr.isatty():
        await anyio.sleep_forever()
    while True:
        typer.echo(f"\r{status_line(exchange)}\x1b[K", err=True, nl=False)
        await anyio.sleep(REFRESH_S)


def status_line(exchange: Exchange) -> str:
    """Return what happens, in one line."""
    from finantrade.domain.units import iso  # noqa: PLC0415

    counts = exchange.counts
    now = iso(exchange.clock.now() // 1000 * 1000)
    cut_off = f" · {counts.cut_off} cut off" if counts.cut_off else ""
    return (
        f"{now} · {exchange.open_connections} connections open, {counts.connections} in all · "
        f"{counts.requests:,} requests · {counts.frames:,} frames{cut_off}"
    )
