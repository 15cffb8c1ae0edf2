"""Figures as aligned text for people, and as plain values for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Cell = str | float | int | bool | None


@dataclass(frozen=True)
class Column:
    """One column: its key for programs, its heading for people, the form of its numbers (three figures if empty)."""

    key: str
    title: str
    form: str = ""


@dataclass
class Table:
    """Rows under columns, with the lines that explain them. A row may lack any of the columns."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    notes: list[str] = field(default_factory=list[str])

    def text(self) -> str:
        """Return the table as people read it; columns that no row fills are left out."""
        shown = [column for column in self.columns if any(row.get(column.key) is not None for row in self.rows)]
        cells = [[written(row.get(column.key), column.form) for column in shown] for row in self.rows]
        numeric = [any(is_number(row.get(column.key)) for row in self.rows) for column in shown]
        titles = [column.title for column in shown]
        widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
        lines = [line(row, widths, numeric) for row in (titles, ["-" * width for width in widths], *cells)]
        return "\n".join([f"{self.name}: {self.title}", "", *lines, *self.notes])

    def plain(self) -> dict[str, Any]:
        """Return the table as a program reads it."""
        return {"name": self.name, "title": self.title, "rows": self.rows, "notes": self.notes}


def written(value: Cell, form: str) -> str:
    """Return a cell's text."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "NO"
        case int():
            return format(value, form or ",d")
        case float():
            return format(value, form or f",.{places(value)}f")
        case _:
            return value


def places(value: float) -> int:
    """Return as many decimals as make three figures."""
    size = abs(value)
    return next((digits for digits, least in enumerate((100.0, 10.0, 1.0)) if size >= least or not size), 3)


def is_number(value: Any) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def line(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    """Align numbers to the right and words to the left."""
    aligned = (
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(cells, widths, numeric, strict=True)
    )
    return "  " + "  ".join(aligned).rstrip()
