"""``finantrade doctor``: whether the venue can be reached, whether our clock is right, and how much may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from finantrade.cli.errors import ExitCode
from finantrade.cli.options import AsJson

if TYPE_CHECKING:
    from finantrade.edges.binance.rest import BinanceRest

SKEW_MS = 1_000.0
"""A clock that is further off is a fault: bars would be taken for closed too early or too late."""


def doctor(
    simulated: Annotated[
        str | None,
        typer.Option("--simulated", metavar="URL", help="Ask a simulated exchange, such as http://127.0.0.1:8090."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check the connection to the venue: the futures market of Binance, or a simulated exchange.

    Ends with 1 where anything is wrong. Asks for public data only.
    """
    import anyio  # noqa: PLC0415

    from finantrade.cli.output import say, say_json, table  # noqa: PLC0415  imported by whom it serves

    found = anyio.run(_examine, simulated)
    if as_json:
        say_json({"ok": all(one["ok"] for one in found), "checks": found})
    else:
        say(
            table(
                "",
                ["check", "", "found"],
                [(one["check"], "ok" if one["ok"] else "WRONG", one["found"]) for one in found],
            )
        )
    if not all(one["ok"] for one in found):
        raise typer.Exit(ExitCode.FAILED)


async def _examine(simulated: str | None) -> list[dict[str, Any]]:
    from finantrade.edges.binance.errors import RestError  # noqa: PLC0415
    from finantrade.edges.binance.rest import open_rest  # noqa: PLC0415
    from finantrade.wire.addresses import Addresses, simulated_at  # noqa: PLC0415

    addresses = Addresses() if simulated is None else simulated_at(simulated)
    found: list[dict[str, Any]] = []
    async with open_rest(addresses) as rest:
        try:
            found.append(await _clock(rest, judged=simulated is None))
            found.append(await _symbols(rest))
        except RestError as error:
            found.append({"check": "venue", "ok": False, "found": f"{error.trouble.value}: {error}"})
        found.append({"check": "weight", "ok": True, "found": f"{rest.pacer.used} used of this minute"})
    return found


async def _clock(rest: BinanceRest, *, judged: bool) -> dict[str, Any]:
    from finantrade.runtime.clock import VenueClock  # noqa: PLC0415

    offset = await rest.clock_offset(VenueClock(known=True).now)
    right = abs(offset.ms) <= SKEW_MS + offset.give_or_take_ms
    text = f"the venue's is {offset.ms:+,.0f} ms from ours, ± {offset.give_or_take_ms:,.0f} ms"
    return {"check": "clock", "ok": right or not judged, "found": text if judged else f"{text} (simulated)"}


async def _symbols(rest: BinanceRest) -> dict[str, Any]:
    listings = await rest.listings()
    trading = sum(one.trading for one in listings.values())
    return {"check": "symbols", "ok": trading > 0, "found": f"{trading} of {len(listings)} are traded"}
