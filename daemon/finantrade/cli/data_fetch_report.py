"""What ``finantrade data fetch`` says: what it would do, and what it has done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from finantrade.cli.figures import count, stamp
from finantrade.cli.output import note, say, say_json, table

if TYPE_CHECKING:
    from finantrade.edges.fetched import Fetched
    from finantrade.edges.fetching import Fetching
    from finantrade.market.fetch_plan import Order, Planned


def report_plan(order: Order, plans: Sequence[Planned], archives: str | None, *, as_json: bool) -> None:
    """Say what would be fetched, as far as it is known without asking anybody."""
    if as_json:
        say_json(_head(order) | {"dry_run": True, "lines": [_planned(plan, archives) for plan in plans]})
        return
    rows = [
        (
            one.place,
            count(one.rows),
            f"{count(len(plan.files))} ({_first_and_last(plan)})" if plan.files else "0",
            count(plan.requests) if one is plan.lacking[0] else "",
        )
        for plan in plans
        for one in plan.lacking
    ]
    say(table("", ["series", ">rows lacking", ">files", ">requests"], rows))
    files, requests = sum(len(plan.files) for plan in plans), sum(plan.requests for plan in plans)
    say(f"{count(files)} files, about {count(requests)} requests, from {stamp(order.start)} to {stamp(order.end)}")


def report(order: Order, done: Fetching, *, failed: bool, as_json: bool) -> None:
    """Say what has been fetched, what was refused and why, and which holes are left.

    Where all of it ``failed`` there is nothing to show: why is said by the error that follows.
    """
    found = list(done.results.series.values())
    refused = [{"what": one.what, "error": str(one.error)} for one in done.results.refused]
    unanswered = None if done.unanswered is None else str(done.unanswered)
    if as_json:
        series = [_fetched(one) for one in found]
        said = {"dry_run": False, "series": series, "refused": refused, "unanswered": unanswered}
        say_json(_head(order) | said)
        return
    if not failed or any(one.files or one.answers for one in found):
        _print(order, found)
        for one in found:
            _note_holes(one)
    for one in refused:
        note(f"refused: {one['error']}" if one["what"] in one["error"] else f"refused: {one['what']}: {one['error']}")


def _head(order: Order) -> dict[str, Any]:
    return {"store": str(order.root), "start": order.start, "end": order.end}


def _planned(plan: Planned, archives: str | None) -> dict[str, Any]:
    return {
        "series": [str(one.place) for one in plan.lacking],
        "lacking": [one.rows for one in plan.lacking],
        "files": [f"{(archives or '').rstrip('/')}/{file.path}" for file in plan.files],
        "requests": plan.requests,
    }


def _first_and_last(plan: Planned) -> str:
    names = [file.path.stem for file in plan.files]
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


def _fetched(one: Fetched) -> dict[str, Any]:
    import msgspec  # noqa: PLC0415

    return msgspec.structs.asdict(one) | {"place": str(one.place), "missing": one.missing}


def _print(order: Order, found: Sequence[Fetched]) -> None:
    rows = [
        (
            one.place,
            count(one.lacked),
            count(one.files),
            count(one.answers),
            count(one.added),
            count(one.completed + one.revised),
            count(one.missing),
            count(one.nowhere),
        )
        for one in found
    ]
    columns = ["series", "?>lacked", "?>files", "?>answers", ">new", "?>changed", ">still missing", "?>nowhere"]
    say(table("", columns, rows), f"in {order.root}")


def _note_holes(one: Fetched) -> None:
    if one.findings:
        note(f"{one.place}: " + ", ".join(f"{name} {count(rows)}" for name, rows in sorted(one.findings.items())))
    if one.gaps:
        first, last = one.gaps[0].start, one.gaps[-1].end
        holes = "a hole" if len(one.gaps) == 1 else f"{count(len(one.gaps))} holes"
        note(f"{one.place}: {count(one.missing)} rows still missing, {holes} from {stamp(first)} to {stamp(last)}")
