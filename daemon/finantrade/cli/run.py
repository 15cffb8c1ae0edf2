"""``finantrade run``: the daemon in the foreground, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import signal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import (
    DEFAULT_STATE,
    ConfigFiles,
    DataDir,
    DatasetName,
    Pairs,
    Params,
    StateDir,
    Strategy,
    Timeframe,
)
from finantrade.edges.logging import LogMode

if TYPE_CHECKING:
    from finantrade.config import BinanceConfig, Config
    from finantrade.runtime.daemon import Options


def run(
    config: ConfigFiles,
    state: StateDir = DEFAULT_STATE,
    strategy: Strategy = None,
    timeframe: Timeframe = None,
    pairs: Pairs = None,
    param: Params = None,
    dataset: DatasetName = None,
    datadir: DataDir = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin a new session; the old one is kept.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Accept a changed configuration.")] = False,
    port: Annotated[
        int | None, typer.Option("--port", metavar="PORT", min=0, max=65535, help="Serve there; 0 takes any free one.")
    ] = None,
    log: Annotated[LogMode, typer.Option("--log", help="Coloured lines, JSON, or what suits stdout.")] = LogMode.AUTO,
) -> None:
    """Trade on paper, going on where the last run stopped.

    A changed configuration is refused unless it says `journal.on_config_change: accept`, or `--yes` is given: then a
    new segment of the journal begins and the account is carried over. Ends with Ctrl-C or SIGTERM.
    """
    from finantrade.cli.configuration import Choice, parse_pairs, ready  # noqa: PLC0415  heavy: only who runs pays
    from finantrade.edges.logging import configure  # noqa: PLC0415
    from finantrade.runtime.daemon import Options  # noqa: PLC0415

    params, wanted = tuple(param or ()), parse_pairs(pairs)
    choice = Choice(strategy=strategy, timeframe=timeframe, pairs=wanted, params=params, dataset=dataset, port=port)
    chosen = ready(config, choice)
    # Until the daemon listens for it, a SIGTERM is to end us as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stream = configure(log)
    for text in chosen.notes:
        typer.echo(f"note: {text}", err=True)
    if log is not LogMode.JSON:
        typer.echo(_where_to_look(chosen.config, state, fresh=fresh), err=True)
    try:
        _serve(chosen.config, Options(state, datadir, fresh=fresh, accept_change=yes))
    finally:
        stream.close()


def _serve(config: Config, options: Options) -> None:
    import anyio  # noqa: PLC0415

    from finantrade.runtime.daemon import run_daemon  # noqa: PLC0415

    try:
        anyio.run(run_daemon, config, options, backend="asyncio")
    except KeyboardInterrupt:
        typer.echo("interrupted; the journal has everything that was acted on", err=True)
    except OSError as error:
        # Raised before anything runs: what goes wrong later comes out of the task group.
        raise CliError(f"cannot start: {error}", ExitCode.REFUSED) from error


def _where_to_look(config: Config, state: Path, *, fresh: bool) -> str:
    host = f"[{config.api.host}]" if ":" in config.api.host else config.api.host
    names = ", ".join(dict.fromkeys(one.name for one in config.strategies))
    where = f"http://{host}:{config.api.port}" if config.api.port else "the address in the log line `ready`"
    begins = "a new session" if fresh else "going on where it stopped, if it has run before"
    return (
        f"finantrade {version('finantrade')}, paper only: {names} on {', '.join(config.symbols)}, "
        f"{_data(config)}\n"
        f"  session   {state / config.name} ({begins})\n"
        f"  look at   {where}\n"
        "  stop with Ctrl-C; run it again to go on"
    )


def _data(config: Config) -> str:
    feed = config.feed
    if feed.binance is None:
        return f"replaying {feed.dataset} at {feed.rate:,g} times real time"
    return f"following Binance {feed.binance.market.value} {config.timeframe} bars, {_venue(feed.binance)}"


def _venue(binance: BinanceConfig) -> str:
    return f"simulated at {binance.simulator}, {binance.rate:,g} times real time" if binance.simulator else "live"
