"""``finantrade doctor``: whether everything around the daemon is as it should be, each with what would help."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import ExitCode
from finantrade.cli.options import DEFAULT_STATE, AsJson, OptionalConfigFiles, StateDir, StoreDir

if TYPE_CHECKING:
    from pathlib import Path

    from finantrade.cli.checkup.finding import Finding
    from finantrade.config import Config

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    config: OptionalConfigFiles = None,
    state: StateDir = DEFAULT_STATE,
    store: StoreDir = None,
    simulated: Annotated[
        str | None,
        typer.Option("--simulated", metavar="URL", help="Ask a simulated exchange, such as http://127.0.0.1:8090."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the machine, the state, the store, the port, and the connection to the venue.

    With a configuration, what that one needs; without, what any would. Asks for public data only, changes nothing, and
    takes some seconds at most. Ends with 1 where anything has failed; a warning is no failure.
    """
    from finantrade.cli.checkup.finding import fails  # noqa: PLC0415  imported by whom it serves
    from finantrade.cli.output import say_json  # noqa: PLC0415

    read, findings = _configuration(config or [])
    findings += _around(read, state, store)
    findings += _venue(read, simulated)
    if as_json:
        say_json({"ok": not fails(findings), "checks": findings})
    else:
        _print(findings)
    if fails(findings):
        raise typer.Exit(ExitCode.FAILED)


def _configuration(files: Sequence[Path]) -> tuple[Config | None, list[Finding]]:
    from finantrade.cli.checkup.finding import Finding, Verdict  # noqa: PLC0415
    from finantrade.cli.configuration import ready  # noqa: PLC0415
    from finantrade.config_file import ConfigError  # noqa: PLC0415

    if not files:
        return None, []
    try:
        loaded = ready(files)
    except ConfigError as error:
        advice = "`finantrade config check` says the same; the checks below go without a configuration"
        failed = Finding(
            check="configuration", verdict=Verdict.FAIL, expected="one without findings", found=str(error), help=advice
        )
        return None, [failed]
    names = ", ".join(map(str, files))
    return loaded.config, [Finding(check="configuration", found=f"{names}: {loaded.config.name}")]


def _around(config: Config | None, state: Path, store: Path | None) -> Iterator[Finding]:
    from finantrade.cli.checkup import access, disk, machine, stored  # noqa: PLC0415
    from finantrade.config import ApiConfig, JournalConfig  # noqa: PLC0415
    from finantrade.market.store.reading import default_store  # noqa: PLC0415

    name, root = config and config.name, store or default_store()
    api, journal = (config.api, config.journal) if config else (ApiConfig(), JournalConfig())
    yield machine.time_zone()
    yield disk.ownership(state, name)
    yield from disk.space(state, root, journal)
    yield disk.speed(state)
    yield from machine.session(state, name)
    yield machine.caches(config, os.environ)
    yield access.token(api, os.environ)
    yield access.port(api, name)
    yield from stored.store(root, config)


def _venue(config: Config | None, simulated: str | None) -> list[Finding]:
    import anyio  # noqa: PLC0415

    from finantrade.cli.checkup.finding import Finding  # noqa: PLC0415
    from finantrade.cli.checkup.venue import venue  # noqa: PLC0415

    binance = config.feed.binance if config else None
    if config and binance is None and simulated is None:
        return [Finding(check="venue", found=f"none is needed: the feed replays {config.feed.dataset}")]
    return anyio.run(venue, config, simulated or (binance and binance.simulator))


def _print(findings: Sequence[Finding]) -> None:
    from rich.text import Text  # noqa: PLC0415

    from finantrade.cli.output import say, table  # noqa: PLC0415

    rows = [(one.check, Text(one.verdict, style=STYLES[one.verdict]), _words(one)) for one in findings]
    say(table("", ["check", "", "found"], rows))


def _words(one: Finding) -> str:
    said = f"expected {one.expected}, found {one.found}" if one.expected else one.found
    return f"{said}\n{one.help}" if one.help else said
