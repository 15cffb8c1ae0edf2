"""The root of the command line. Commands are imported when they are asked for, so that starting costs little.

Other packages add commands through the entry-point group ``finantrade.commands``; each names a function or a
``typer.Typer``.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from finantrade.cli.errors import CliError, report

GROUP = "finantrade.commands"
COMMANDS: Mapping[str, str] = {
    "run": "finantrade.cli.run:run",
    "verify": "finantrade.cli.verify:verify",
    "journal": "finantrade.cli.journal:app",
    "live": "finantrade.cli.live:app",
    "graph": "finantrade.cli.graph:graph",
    "config": "finantrade.cli.config:app",
    "data": "finantrade.cli.data:app",
    "features": "finantrade.cli.features:app",
    "strategies": "finantrade.cli.strategies:app",
    "doctor": "finantrade.cli.doctor:doctor",
    "simulate": "finantrade.cli.simulate:simulate",
}
VERBOSE = ("-v", "--verbose")
EPILOG = """\b
Exit codes:
  0   done
  1   failed; `verify`: a decision differs
  2   the command line was not understood, or not confirmed
  3   `verify`: this journal cannot be checked here
  4   `live`, `graph --url`: no daemon answers there
  78  configuration, data, state or journal refused; nothing was begun

`finantrade COMMAND --help` says more; docs/cli.md has examples."""
WIDTH = 100
"""Help is no wider, however wide the terminal is."""

Command = TyperCommand | TyperGroup


class LazyCommands(Mapping[str, Command]):
    """Commands by name; one is imported when it is looked up, entry points are read when they are needed."""

    def __getitem__(self, name: str) -> Command:
        if name in COMMANDS:
            module, _, attribute = COMMANDS[name].partition(":")
            return as_command(name, getattr(import_module(module), attribute))
        return _from_entry_point(_added()[name])

    def __iter__(self) -> Iterator[str]:
        yield from COMMANDS
        yield from (name for name in _added() if name not in COMMANDS)

    def __len__(self) -> int:
        return len(list(iter(self)))


class Root(TyperGroup):
    """The ``finantrade`` command itself."""

    def __init__(self, **attributes: Any) -> None:
        commands: Any = LazyCommands()
        super().__init__(**{**attributes, "commands": commands})


def as_command(name: str, target: Any) -> Command:
    """Return the command that a function or a ``Typer`` stands for."""
    app: Any = target
    if not isinstance(target, typer.Typer):
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(target)
    command: Any = get_command(app)
    command.name = name
    return command


def _added() -> dict[str, EntryPoint]:
    return {one.name: one for one in sorted(entry_points(group=GROUP), key=lambda one: one.name)}


def _from_entry_point(point: EntryPoint) -> Command:
    try:
        return as_command(point.name, point.load())
    except Exception as error:  # noqa: BLE001  a broken package of someone else must not take the other commands down
        return as_command(point.name, _unloadable(point, error))


def _unloadable(point: EntryPoint, error: Exception) -> Any:
    text = f"cannot be loaded from {point.value}: {type(error).__name__}: {error}"

    def unloadable() -> None:
        raise CliError(f"{point.name!r} {text}") from error

    unloadable.__doc__ = f"({text})"
    return unloadable


app = typer.Typer(
    cls=Root,
    name="finantrade",
    epilog=EPILOG,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain text: it can be searched and piped, keeps its paragraphs, and costs no import.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": WIDTH},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"finantrade {version('finantrade')}")
        raise typer.Exit


@app.callback()
def root(
    show_version: Annotated[
        bool, typer.Option("--version", "-V", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option(*VERBOSE, help="Show tracebacks; may stand anywhere.")] = False,
) -> None:
    """Trade crypto on paper: live, replayed and back-tested by one core. It places no real order anywhere."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    flags = [one for one in arguments if one in VERBOSE]
    rest = [one for one in arguments if one not in VERBOSE]
    try:
        get_command(app).main(args=[*flags[:1], *rest], prog_name="finantrade")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except Exception as error:  # noqa: BLE001  the last line of defence: every fault gets its sentence and its code
        return report(error, verbose=bool(flags))
    return 0


def tell_warning(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
    """Tell a warning as a note: where in the source it was given says nothing to who runs a command."""
    print(f"note: {message}", file=sys.stderr)


def run() -> None:
    """The console script."""
    warnings.showwarning = tell_warning
    sys.exit(main(sys.argv[1:]))
