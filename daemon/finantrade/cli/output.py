"""Where words go: results on stdout (tables, or one JSON document), progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any

import msgspec
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from finantrade.cli.figures import duration
from finantrade.features.compile import compilation_told

UNBOUNDED = 10_000
WIDE = 160
"""Characters a line has where nobody's terminal says otherwise: a table in a file is not to be cut off."""

OPTIONAL, FIGURE = "?", ">"

Told = Callable[[int], None]
"""Called with how much has been done so far."""


def say(*things: Any) -> None:
    """Print results."""
    if sys.stdout.isatty():
        _print(Console(highlight=False), things)
        return
    written = StringIO()
    console = Console(file=written, width=WIDE, highlight=False, no_color=True)
    _print(console, things)
    # Tables fill up their columns, which nobody wants in a file.
    for line in written.getvalue().splitlines():
        print(line.rstrip())


def note(text: str) -> None:
    """Tell something beside the result."""
    print(text, file=sys.stderr)


def say_json(document: object) -> None:
    """Print the one JSON document; NaN becomes null, Decimals become text."""
    encoded = msgspec.json.encode(document, enc_hook=str)
    print(msgspec.json.format(encoded, indent=2).decode())


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> FittingTable:
    """Return a table. A column whose name begins with ``>`` is a figure and stands to the right.

    One that begins with ``?`` (before the ``>``) is left out where the terminal is too narrow, the last first.
    """
    return FittingTable(title, columns, rows)


def facts(title: str, pairs: Sequence[tuple[str, object]]) -> Table:
    """Return names and values in two columns."""
    drawn = Table.grid(padding=(0, 3))
    drawn.title, drawn.title_justify, drawn.title_style = _title(title), "left", "bold"
    drawn.add_column(style="dim", no_wrap=True)
    drawn.add_column()
    for name, value in pairs:
        drawn.add_row(Text(f"  {name}"), value if isinstance(value, Text) else Text(str(value)))
    return drawn


@contextmanager
def progress(what: str, total: int, unit: str, *, shown: bool = True) -> Generator[Told]:
    """Show a bar with rate and time left on stderr while something is done; nothing where that is no terminal.

    Where features are compiled for it, and that takes long, another bar says so.
    """
    console = Console(file=sys.stderr)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), _Rate(), _Left())
    with (
        Progress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal)) as bar,
        compilation_told(_Compiling(bar).told),
    ):
        task = bar.add_task(what, total=total, unit=unit)
        yield lambda done: bar.update(task, completed=done)


class FittingTable:
    """A table that leaves columns out rather than cutting through words."""

    def __init__(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        self._title = title
        self._columns = columns
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        kept = list(range(len(self._columns)))
        optional = [index for index in kept if self._columns[index].startswith(OPTIONAL)]
        while optional and self._width(console, options, kept) > options.max_width:
            kept.remove(optional.pop())
        if self._title:
            # Not the title of the drawn one, which would be folded to the width of the columns.
            yield Text(f"\n{self._title}", style="bold")
        yield self._drawn(kept)

    def _width(self, console: Console, options: ConsoleOptions, kept: Sequence[int]) -> int:
        return Measurement.get(console, options.update(max_width=UNBOUNDED), self._drawn(kept)).maximum

    def _drawn(self, kept: Sequence[int]) -> Table:
        drawn = Table(box=box.SIMPLE_HEAD)
        for index in kept:
            name = self._columns[index].removeprefix(OPTIONAL)
            figure = name.startswith(FIGURE)
            whole = figure or index == 0
            drawn.add_column(Text(name.removeprefix(FIGURE)), justify="right" if figure else "left", no_wrap=whole)
        for row in self._rows:
            drawn.add_row(*(one if isinstance(one, Text) else Text(str(one)) for one in map(row.__getitem__, kept)))
        return drawn


def _print(console: Console, things: Sequence[Any]) -> None:
    for thing in things:
        console.print(Text(thing) if isinstance(thing, str) else thing)


def _title(text: str) -> Text | None:
    return Text(f"\n{text}") if text else None


class _Compiling:
    """A bar that is there while features are compiled."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task: TaskID | None = None

    def told(self, done: int, total: int) -> None:
        if self._task is None:
            self._task = self._bar.add_task("compiling features", total=total, unit="functions")
        self._bar.update(self._task, completed=done, visible=done < total)


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} {task.fields['unit']}/s", style="dim")


class _Left(ProgressColumn):
    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        left = task.time_remaining
        return Text("" if left is None else f"{duration(left * 1000)} left", style="cyan")
