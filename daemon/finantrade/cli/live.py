"""``finantrade live``: see and steer a running daemon over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from finantrade.cli.asking import confirm
from finantrade.cli.client import CONTROL, STATUS, Client
from finantrade.cli.errors import CliError
from finantrade.cli.grouping import group
from finantrade.cli.options import DEFAULT_URL, AsJson, Url, Yes

app = group("See and steer a running daemon.")


@app.command()
def status(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Show state, account, positions, orders, feeds and refusals."""
    text = Client(url).get(STATUS)
    if as_json:
        print(msgspec.json.format(text.decode(), indent=2))
        return
    from finantrade.cli.output import say  # noqa: PLC0415  who wants JSON needs no tables
    from finantrade.cli.status_tables import tables  # noqa: PLC0415

    say(*tables(text))


@app.command()
def pause(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """No new entries; exits and protection go on."""
    _control({"action": "pause"}, Client(url), as_json=as_json)


@app.command()
def resume(url: Url = DEFAULT_URL, as_json: AsJson = False) -> None:
    """Allow entries again, also after a stop."""
    _control({"action": "resume"}, Client(url), as_json=as_json)


@app.command()
def flatten(url: Url = DEFAULT_URL, yes: Yes = False, as_json: AsJson = False) -> None:
    """Cancel entries, close every position at the market, then pause."""
    client = Client(url)
    confirm(f"Close every position of {client.url} at the market, then pause?", yes=yes)
    _control({"action": "flatten"}, client, as_json=as_json)


@app.command()
def stop(
    url: Url = DEFAULT_URL,
    keep_positions: Annotated[
        bool, typer.Option("--keep-positions", help="Leave positions open, with their protection.")
    ] = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Stop trading until an explicit resume. The daemon itself goes on serving."""
    what = "keeping positions and their protection" if keep_positions else "closing every position at the market"
    client = Client(url)
    confirm(f"Stop trading on {client.url}, {what}?", yes=yes)
    _control({"action": "stop", "keep_positions": keep_positions}, client, as_json=as_json)


@app.command()
def close(
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL", help="Symbol whose position is to be closed.")],
    url: Url = DEFAULT_URL,
    as_json: AsJson = False,
) -> None:
    """Close what is held in one symbol at the market."""
    _control({"action": "close", "symbol": symbol}, Client(url), as_json=as_json)


def _control(wish: dict[str, Any], client: Client, *, as_json: bool) -> None:
    text = client.post(CONTROL, wish)
    outcome: dict[str, Any] = msgspec.json.decode(text)
    if as_json:
        print(msgspec.json.format(text.decode(), indent=2))
    refusals = [one for one in outcome["said"] if one["type"] == "Refusal"]
    if refusals:
        raise CliError("\n".join(_refused(one) for one in refusals))
    if not as_json:
        lines = [_line(one) for one in outcome["said"]] or ["nothing to change"]
        print(f"{wish['action']}: done (input {outcome['seq']:,})", *(f"  {line}" for line in lines), sep="\n")


def _refused(said: dict[str, Any]) -> str:
    what = ", ".join(part for part in (said["symbol"], said["reason"]) if part)
    return f"refused by rule {said['rule']}: {what} (measured {said['measured']:g}, limit {said['limit']:g})"


def _line(said: dict[str, Any]) -> str:
    if said["type"] == "StateChanged":
        return f"trading is {said['state']}, was {said['previous']}"
    if said["type"] == "Order":
        return f"{said['side']} {said['qty']} {said['symbol']} at the market (order {said['id']})"
    fields = [f"{name}={value}" for name, value in said.items() if name != "type" and value not in (None, "")]
    return " ".join([said["type"], *fields])
