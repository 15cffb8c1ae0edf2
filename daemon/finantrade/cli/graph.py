"""``finantrade graph``: the living topology as text, as a picture, as Graphviz input or as JSON."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from finantrade.cli.errors import CliError, ExitCode
from finantrade.cli.options import DEFAULT_URL, AsJson, OptionalConfigFiles

if TYPE_CHECKING:
    from finantrade.config import Config
    from finantrade.runtime.status import Status


class Format(StrEnum):
    """How the topology is drawn."""

    TEXT = "text"
    SVG = "svg"
    DOT = "dot"


def graph(
    config: OptionalConfigFiles = None,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help=f"Daemon to ask for counters; without it {DEFAULT_URL} is tried."),
    ] = None,
    drawn: Annotated[Format, typer.Option("--format", help="Text, a picture, or input for Graphviz.")] = Format.TEXT,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no daemon.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show actors, messages and channels as they are wired.

    Actors stand in wiring order with what each accepts and says; channels have the counters of the daemon, if one runs.
    """
    from finantrade.cli.configuration import load  # noqa: PLC0415  heavy, as all below
    from finantrade.cli.drawing import dot, text  # noqa: PLC0415
    from finantrade.cli.output import say, say_json  # noqa: PLC0415
    from finantrade.cli.picture import svg  # noqa: PLC0415
    from finantrade.cli.topology import topology  # noqa: PLC0415

    chosen = load(config).config if config else None
    asked = url or _address(chosen)
    status = None if offline else _status(asked, needed=url is not None)
    found = topology(chosen, status.channels if status else (), asked if status else None)
    if as_json:
        say_json(found)
    elif drawn is Format.TEXT:
        say(*text(found))
    else:
        print(svg(found) if drawn is Format.SVG else dot(found))


def _address(config: Config | None) -> str:
    if config is None:
        return DEFAULT_URL
    host = f"[{config.api.host}]" if ":" in config.api.host else config.api.host
    return f"http://{host}:{config.api.port}"


def _status(url: str, *, needed: bool) -> Status | None:
    import msgspec  # noqa: PLC0415

    from finantrade.cli.client import STATUS, Client  # noqa: PLC0415
    from finantrade.runtime.status import Status  # noqa: PLC0415

    try:
        return msgspec.json.decode(Client(url).get(STATUS), type=Status)
    except CliError as error:
        if needed or error.code is not ExitCode.UNREACHABLE:
            raise
        return None
