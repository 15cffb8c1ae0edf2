"""The topology as a picture: SVG, drawn here, light and dark.

1. Rows are where messages come from and go to: the inbox, then the actors in wiring order.
2. Columns are kinds of messages; kinds with the same ends share one, commands always do.
3. In a column a dot is who says it, a ring who accepts it, with a line between: so the whole wiring reads like a
   timetable, and no line crosses another by chance.
4. A frame holds the lane. Above it are the edges that fill the inbox, below it the channels that carry away what was
   said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from finantrade.cli.topology import ENGINE, INBOX, ChannelNode, Route, Topology
from finantrade.domain.codec import COMMANDS
from finantrade.runtime.channel import Overflow

MARGIN = 28
CARD = 324
ROW = 62
STEP = 42
HEADER = 214
LETTER = 4.4
"""How far to the right a letter of a slanted label reaches."""
FRAME = 12
FOOTER = 140
NAMES_SHOWN = 3

# Okabe and Ito's colours, which people tell apart whatever their eyes: https://jfly.uni-koeln.de/color/
COLOURS = ("#0072b2", "#d55e00", "#cc79a7", "#009e73", "#56b4e9", "#e69f00")
EDGE_COLOUR = "#8a8f98"
STYLE = """
  .page { fill: #ffffff } .card { fill: #f6f7f9; stroke: #d7dae0 } .pipe { fill: #eef1f5; stroke: #c3c8d1 }
  .lane { fill: none; stroke: #b4bac4; stroke-dasharray: 2 5; stroke-linecap: round }
  .rule { stroke: #e6e8ec } text { fill: #1d2330; font-family: Inter, system-ui, "Segoe UI", Helvetica, sans-serif }
  .title { font-size: 20px; font-weight: 650 } .name { font-size: 15px; font-weight: 600 }
  .small { font-size: 12px; fill: #5b6472 } .label { font-size: 12.5px } .ring { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0f131a } .card { fill: #171c25; stroke: #2c3442 } .pipe { fill: #1b2230; stroke: #364152 }
    .lane { stroke: #4a5568 } .rule { stroke: #232a36 } .ring { fill: #0f131a }
    text { fill: #e8ebf0 } .small { fill: #9aa4b2 }
  }
"""


class Column(NamedTuple):
    """Kinds of messages with the same ends."""

    label: str
    source: str
    targets: tuple[str, ...]


def svg(drawn: Topology) -> str:
    """Return the picture."""
    rows = {name: index for index, name in enumerate((INBOX, *(one.name for one in drawn.actors)))}
    columns = sorted(_columns(drawn.routes), key=_order(rows))
    width, height = _width(columns), HEADER + ROW * len(rows) + FOOTER
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        ' role="img" aria-labelledby="title">',
        '<title id="title">How messages flow through finantrade: edges, one lane of core actors, outlets</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{width}" height="{height}" rx="14"/>',
        *_head(),
        *_lane(len(rows), width),
        *_cards(drawn, rows, _x(len(columns))),
        *(line for index, one in enumerate(columns) for line in _column(one, index, rows)),
        *_foot(drawn, HEADER + ROW * len(rows), width),
        "</svg>",
    ]
    return "\n".join(parts)


def _width(columns: Sequence[Column]) -> int:
    ends = (_x(index) + LETTER * len(one.label) for index, one in enumerate(columns))
    return round(max(_x(len(columns)), *ends)) + MARGIN


def _columns(routes: Sequence[Route]) -> Iterator[Column]:
    commands = {kind.__name__ for kind in COMMANDS}
    shared: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for one in routes:
        shared.setdefault((one.message in commands, one.sources, one.targets), []).append(one.message)
    for (command, sources, targets), names in shared.items():
        yield Column("commands" if command else _joined(names), sources[0], targets)


def _order(rows: Mapping[str, int]) -> Callable[[Column], tuple[int, int]]:
    """Sort columns by who says them, the engine's alarms beside the inputs."""
    return lambda one: (rows.get(one.source, 0), one.source not in rows)


def _joined(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return " · ".join(names[:NAMES_SHOWN]) + (f" +{more}" if more > 0 else "")


def _head() -> Iterator[str]:
    yield _text(MARGIN, MARGIN + 18, "One lane, everything recorded", "title")
    yield _text(MARGIN, MARGIN + 40, "Inputs are journalled, then folded one by one;", "small")
    yield _text(MARGIN, MARGIN + 57, "live, replay, backtest and recovery are this graph.", "small")
    for index, (name, what) in enumerate((("feeds", "bars, gaps, freshness"), ("operator", "API, command line"))):
        x = MARGIN + index * (CARD // 2 + 4)
        yield f'<rect class="card" x="{x}" y="{HEADER - 92}" width="{CARD // 2 - 4}" height="52" rx="10"/>'
        yield _text(x + 14, HEADER - 70, name, "name")
        yield _text(x + 14, HEADER - 52, what, "small")
        yield _arrow(x + CARD // 4, HEADER - 40, HEADER - 3)


def _lane(rows: int, width: int) -> Iterator[str]:
    top, bottom = HEADER + ROW - FRAME // 4, HEADER + ROW * rows
    yield (
        f'<rect class="lane" x="{MARGIN - FRAME}" y="{top}" width="{width - 2 * (MARGIN - FRAME)}"'
        f' height="{bottom - top + 2}" rx="14"/>'
    )


def _cards(drawn: Topology, rows: Mapping[str, int], right: int) -> Iterator[str]:
    inbox = next(one for one in drawn.channels if one.name == INBOX)
    yield from _card(rows[INBOX], "inbox", _bounds(inbox), "pipe", right)
    for index, one in enumerate(drawn.actors, 1):
        yield from _card(rows[one.name], f"{index}  {one.name}", one.does, "card", right)
        top, colour = _y(rows[one.name]) - 15, _colour(rows, one.name)
        yield f'<rect x="{MARGIN}" y="{top}" width="4" height="30" rx="2" fill="{colour}"/>'


def _card(row: int, name: str, what: str, style: str, right: int) -> Iterator[str]:
    top, middle = HEADER + ROW * row, _y(row)
    yield f'<line class="rule" x1="{MARGIN + CARD}" y1="{middle}" x2="{right}" y2="{middle}"/>'
    yield f'<rect class="{style}" x="{MARGIN}" y="{top + 2}" width="{CARD}" height="{ROW - 10}" rx="10"/>'
    yield _text(MARGIN + 16, middle - 3, name, "name")
    yield _text(MARGIN + 16, middle + 15, what, "small")


def _column(one: Column, index: int, rows: Mapping[str, int]) -> Iterator[str]:
    x, colour = _x(index), _colour(rows, one.source)
    ends = [rows[name] for name in (one.source, *one.targets) if name in rows]
    top = HEADER - 12 if one.source == ENGINE else _y(min(ends))
    yield (
        f'<text class="label" transform="translate({x - 2} {HEADER - 14}) rotate(-52)">{escape(one.label)}</text>'
        f'<line x1="{x}" y1="{top}" x2="{x}" y2="{_y(max(ends))}" stroke="{colour}" stroke-width="2"/>'
    )
    for name in one.targets:
        yield f'<circle class="ring" cx="{x}" cy="{_y(rows[name])}" r="6" stroke="{colour}" stroke-width="2.5"/>'
    if one.source in rows:
        yield f'<circle cx="{x}" cy="{_y(rows[one.source])}" r="6.5" fill="{colour}"/>'


def _foot(drawn: Topology, top: int, width: int) -> Iterator[str]:
    outlets = [(one.name, _bounds(one)) for one in drawn.channels if one.name != INBOX]
    boxes = [("journal", "inputs first, then decisions in a hash chain"), *outlets]
    each = (width - 2 * MARGIN - 12 * (len(boxes) - 1)) // len(boxes)
    for index, (name, what) in enumerate(boxes):
        x = MARGIN + index * (each + 12)
        yield _arrow(x + 26, top + 4, top + 29)
        yield f'<rect class="pipe" x="{x}" y="{top + 32}" width="{each}" height="52" rx="10"/>'
        yield _text(x + 14, top + 54, name, "name")
        yield _text(x + 14, top + 72, what, "small")
    line = top + 110
    yield f'<circle cx="{MARGIN + 7}" cy="{line}" r="6" fill="{EDGE_COLOUR}"/>'
    yield _text(MARGIN + 20, line + 4, "says", "small")
    yield f'<circle class="ring" cx="{MARGIN + 69}" cy="{line}" r="5.5" stroke="{EDGE_COLOUR}" stroke-width="2.5"/>'
    yield _text(MARGIN + 82, line + 4, "accepts    ·    drawn by  finantrade graph --format svg", "small")


def _bounds(channel: ChannelNode) -> str:
    full = "who sends waits" if channel.overflow == Overflow.BLOCK else "what is newest is dropped"
    bound = f"room for {channel.capacity:,}; when full {full}"
    return bound if channel.sent is None else f"{bound}; {channel.sent:,} sent, {channel.dropped:,} dropped"


def _x(column: int) -> int:
    return MARGIN + CARD + STEP * (column + 1)


def _y(row: int) -> int:
    return HEADER + ROW * row + (ROW - 6) // 2


def _colour(rows: Mapping[str, int], name: str) -> str:
    row = rows.get(name, 0)
    return COLOURS[(row - 1) % len(COLOURS)] if row else EDGE_COLOUR


def _text(x: int, y: int, what: str, style: str) -> str:
    return f'<text class="{style}" x="{x}" y="{y}">{escape(what)}</text>'


def _arrow(x: int, top: int, bottom: int) -> str:
    return (
        f'<path d="M{x} {top} V{bottom} m-4 -6 l4 6 l4 -6" fill="none" stroke="{EDGE_COLOUR}" stroke-width="1.6"'
        ' stroke-linecap="round" stroke-linejoin="round"/>'
    )
