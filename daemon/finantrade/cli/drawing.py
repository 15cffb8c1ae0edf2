"""The topology as text for a terminal and as input for Graphviz; the picture is in ``picture``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType

from finantrade.cli.figures import NOTHING, count
from finantrade.cli.output import table
from finantrade.cli.topology import ChannelNode, Topology


def text(drawn: Topology) -> Iterator[RenderableType]:
    """Yield the topology as tables: the lane, its routes, the channels."""
    rows = [
        (str(index), one.name, one.does, ", ".join(one.accepts), ", ".join(one.says))
        for index, one in enumerate(drawn.actors, 1)
    ]
    yield table("The lane: core actors in wiring order", [">", "actor", "does", "accepts", "says"], rows)
    routes = [(one.message, ", ".join(one.sources), ", ".join(one.targets)) for one in drawn.routes]
    yield table("Routes inside the lane", ["message", "from", "to"], routes)
    columns = ["channel", "from", "to", ">capacity", "?when full", ">waiting", "?>peak", ">sent", ">dropped"]
    yield table("Channels to the edges", columns, [_channel(one) for one in drawn.channels])
    if drawn.seats:
        yield "strategies  " + ", ".join(f"{name} on {symbol}" for symbol, name in drawn.seats.items())
    yield f"counters    {f'of the daemon at {drawn.asked}' if drawn.asked else 'none: no daemon was asked'}"


def dot(drawn: Topology) -> str:
    """Return the topology as input for Graphviz."""
    lines = ["digraph finantrade {", "  rankdir=LR; node [shape=box, style=rounded];"]
    lines += ["  subgraph cluster_lane {", '    label="the lane";']
    lines += [f'    {one.name} [label="{index}. {one.name}"];' for index, one in enumerate(drawn.actors, 1)]
    lines += ["  }"]
    lines += [f"  {source} -> {target} [label={label}];" for source, target, label in _edges(drawn)]
    outlets = (one for one in drawn.channels if one.target != "lane")
    last = drawn.actors[-1].name
    lines += [f'  {last} -> {one.target} [ltail=cluster_lane, label="{one.name}"];' for one in outlets]
    return "\n".join([*lines, "}"])


def _edges(drawn: Topology) -> Iterable[tuple[str, str, str]]:
    labels: dict[tuple[str, str], list[str]] = {}
    for route in drawn.routes:
        for source in route.sources:
            for target in route.targets:
                labels.setdefault((source, target), []).append(route.message)
    return [(*ends, '"' + "\\n".join(names) + '"') for ends, names in labels.items()]


def _channel(one: ChannelNode) -> tuple[str, ...]:
    counters = (NOTHING if value is None else count(value) for value in (one.depth, one.peak, one.sent, one.dropped))
    return one.name, one.source, one.target, count(one.capacity), one.overflow.replace("_", " "), *counters
