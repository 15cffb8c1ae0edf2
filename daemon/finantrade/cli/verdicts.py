"""How the outcome of a verification reads: a line a segment, and the first difference side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from rich.console import RenderableType
from rich.text import Text

from finantrade.cli.figures import NOTHING, count
from finantrade.cli.output import table
from finantrade.domain.message import Message
from finantrade.domain.units import iso
from finantrade.runtime.refold import Divergence
from finantrade.runtime.verify import SegmentReport, Verdict, all_equal

STYLES = {Verdict.EQUAL: "green", Verdict.NOT_CHECKABLE: "yellow"}
HEAD = 16
"""Hexadecimal digits of a head that are shown; the JSON has all."""
TRACEBACK_LINES = 4


def overview(directory: Path, reports: Sequence[SegmentReport]) -> RenderableType:
    """Return one line a segment."""
    columns = ["segment", "verdict", ">inputs", ">decisions", "recorded head", "folded head"]
    return table(f"{directory}", columns, [_row(one) for one in reports])


def differences(report: SegmentReport) -> Iterator[RenderableType]:
    """Yield what a person needs to find out why a segment is not equal."""
    if report.verdict is Verdict.EQUAL:
        return
    yield f"segment {report.segment}: {report.detail}"
    if report.divergence is not None:
        yield f"  first difference at input {report.divergence.entry.seq:,}: {_input(report.divergence)}"
        yield _side_by_side(report.divergence)
    if report.poison is not None:
        yield f"  {report.poison.message}"
        yield "\n".join(f"  {line}" for line in report.poison.traceback.splitlines()[-TRACEBACK_LINES:])
    if report.platform:
        yield "  recorded on another platform, where equal bytes are not promised:"
        yield from (f"    {line}" for line in report.platform)


def conclusion(reports: Sequence[SegmentReport]) -> str:
    """Say it in one sentence."""
    decisions, inputs = sum(one.decisions for one in reports), sum(one.inputs for one in reports)
    if all_equal(reports):
        other = " although the platform is another" if any(one.platform for one in reports) else ""
        return f"equal: {count(inputs)} inputs{_part(reports)} gave the same {count(decisions)} decisions again{other}."
    if any(one.verdict in (Verdict.DIFFERENT, Verdict.CHAIN_BROKEN) for one in reports):
        return "DIFFERENT: this journal does not give the same decisions again."
    return "not checkable: what could be checked is equal, the rest needs other software."


def _part(reports: Sequence[SegmentReport]) -> str:
    """Name the segments where they are not all there ever were: the oldest are removed in time."""
    first, last = reports[0].segment, reports[-1].segment
    if first == 1:
        return ""
    return f" of segments {first} to {last}" if last > first else f" of segment {first}"


def _row(report: SegmentReport) -> tuple[object, ...]:
    return (
        report.segment,
        Text(report.verdict.value.replace("_", " "), style=STYLES.get(report.verdict, "bold red")),
        count(report.inputs),
        count(report.decisions),
        report.recorded_head[:HEAD] or NOTHING,
        report.folded_head[:HEAD] or NOTHING,
    )


def _input(divergence: Divergence) -> str:
    entry = divergence.entry
    fields = " ".join(f"{name}={value}" for name, value in _fields(entry.message).items())
    return f"{type(entry.message).__name__} at {iso(entry.at)} {fields}"


def _side_by_side(divergence: Divergence) -> RenderableType:
    left, right = (_decision(one) for one in (divergence.recorded, divergence.folded))
    rows = [(name, left.get(name, NOTHING), right.get(name, NOTHING)) for name in dict.fromkeys((*left, *right))]
    styled = [(name, *(Text(one, style="" if a == b else "bold red") for one in (a, b))) for name, a, b in rows]
    return table(f"decision {divergence.n:,}", ["", "recorded", "folded"], styled)


def _decision(message: Message | None) -> dict[str, str]:
    if message is None:
        return {"decision": "none"}
    return {"decision": type(message).__name__, **{name: str(value) for name, value in _fields(message).items()}}


def _fields(message: Message) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(message)
    inner = plain.pop("bar", {})
    return {name: value for name, value in {**plain, **inner}.items() if name != "type"}
