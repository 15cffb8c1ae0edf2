"""`finantrade live` against answers of every kind: a daemon's yes and no, something else, nothing at all."""

from __future__ import annotations

import json
import socket
from typing import Any

import msgspec
import pytest
from tests.answering import Daemon

from finantrade.cli.errors import ExitCode
from finantrade.cli.main import main
from finantrade.domain.account import TradingState
from finantrade.market.coverage import CoverageSummary, SeriesShare
from finantrade.market.series import Kind
from finantrade.runtime.channel import ChannelStats, Overflow
from finantrade.runtime.status import (
    AccountStatus,
    Condition,
    FeedStatus,
    LaneStatus,
    OrderStatus,
    Poison,
    PositionStatus,
    Status,
    SwitchedOff,
)

STATUS = Status(
    name="demo",
    session="0001",
    condition=Condition.QUARANTINED,
    detail="input 5 raises whenever it is folded",
    trading_state=TradingState.PAUSED,
    requested="Pause",
    account=AccountStatus("USD", 10_123.456, 9_000.0, 10_000.0, 120.0, 3.25, 0.0125, 0.05, entries_blocked=True),
    positions=(
        PositionStatus("rule", "BTCUSD", -0.5, 4_000.0, 3_900.0, 50.0, 0.0, 4_100.5, None),
        PositionStatus("ema_cross", "ETHUSD", 2.0, 300.0, None, 0.0, 0.0, None, 0.0001234),
    ),
    switched_off=(SwitchedOff("rule", "XRPUSD"),),
    orders=(OrderStatus("BTCUSD-17", "rule", "BTCUSD", "buy", 0.5, "exit", "momentum [faded]"),),
    feeds=(
        FeedStatus("BTCUSD", 1_506_817_799_999, 3_900.0, 0.5, stale=False),
        FeedStatus("ETHUSD", None, None, None, stale=False),
        FeedStatus("XRPUSD", 1_506_817_799_999, 0.2, 500.0, stale=True),
    ),
    lane=LaneStatus(5, 1_506_816_000_000, 3, "ab" * 16, 0.5, None, 1.0),
    fills=3,
    refusals={"stale": 2},
    recoveries=1,
    uptime_s=90.0,
    synthetic_data=True,
    coverage=CoverageSummary(
        poor=True,
        synthetic=True,
        series=(
            SeriesShare(
                kind=Kind.CANDLES,
                symbol="BTCUSD",
                interval="15m",
                present=90,
                expected=100,
                share=0.9,
                gaps=2,
                poor=True,
            ),
        ),
        absent=("funding of BTCUSD",),
    ),
    poison=Poison(5, "BarArrived(…)", "Traceback (most recent call last):\nValueError: poison"),
    wires=None,
    channels=(ChannelStats("inbox", 4_096, Overflow.BLOCK, 0, 7, 1_234, 0),),
)
PAUSED = {"type": "StateChanged", "previous": "active", "state": "paused", "cause": "pause"}
REFUSED = {
    "type": "Refusal", "strategy": "operator", "symbol": "BTCUSD", "rule": "no_position", "measured": 0.0,
    "limit": 1.0, "reason": "close",
}  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        (["pause"], {"action": "pause"}),
        (["resume"], {"action": "resume"}),
        (["flatten", "--yes"], {"action": "flatten"}),
        (["stop", "-y"], {"action": "stop", "keep_positions": False}),
        (["stop", "-y", "--keep-positions"], {"action": "stop", "keep_positions": True}),
        (["close", "BTCUSD"], {"action": "close", "symbol": "BTCUSD"}),
    ],
)
def test_each_command_sends_its_wish(
    daemon: Daemon, capsys: pytest.CaptureFixture[str], arguments: list[str], body: dict[str, Any]
) -> None:
    daemon.will_say({"seq": 1_234, "said": [PAUSED]})
    assert main(["live", *arguments, "--url", daemon.url]) == 0
    assert daemon.asked == [("POST", "/api/live/control", body)]
    action = arguments[0]
    assert capsys.readouterr().out == f"{action}: done (input 1,234)\n  trading is paused, was active\n"


def test_a_token_is_shown_where_there_is_one(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    daemon.will_say({"seq": 1, "said": []})
    for token, shown in (("", None), ("s3cret\n", "Bearer s3cret")):
        monkeypatch.setenv("FINANTRADE_TOKEN", token)
        assert main(["live", "pause", "--url", daemon.url]) == 0
        assert daemon.token == shown


def test_what_a_script_reads_is_what_the_daemon_said(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say({"seq": 7, "said": []})
    assert main(["live", "pause", "--url", daemon.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"api_version": 1, "seq": 7, "said": []}


def test_what_a_command_led_to_is_said_in_words(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    order = {"type": "Order", "id": "BTCUSD-8", "symbol": "BTCUSD", "side": "sell", "qty": "0.50", "role": "exit"}
    gone = {"type": "Cancelled", "order_id": "BTCUSD-7", "symbol": "BTCUSD", "reason": ""}
    daemon.will_say({"seq": 7, "said": [gone, order]})
    assert main(["live", "close", "BTCUSD", "--url", daemon.url]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  Cancelled order_id=BTCUSD-7 symbol=BTCUSD",
        "  sell 0.50 BTCUSD at the market (order BTCUSD-8)",
    ]


def test_nothing_to_change_is_said(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say({"seq": 7, "said": []})
    assert main(["live", "pause", "--url", daemon.url]) == 0
    assert capsys.readouterr().out == "pause: done (input 7)\n  nothing to change\n"


@pytest.mark.parametrize("action", ["flatten", "stop"])
def test_what_closes_positions_is_asked_about(daemon: Daemon, capsys: pytest.CaptureFixture[str], action: str) -> None:
    assert main(["live", action, "--url", daemon.url]) == ExitCode.USAGE
    assert daemon.asked == []
    assert "error: not confirmed: " in capsys.readouterr().err


def test_a_wish_that_risk_refuses_fails(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say({"seq": 7, "said": [REFUSED]})
    assert main(["live", "close", "BTCUSD", "--url", daemon.url]) == ExitCode.FAILED
    expected = "error: refused by rule no_position: BTCUSD, close (measured 0, limit 1)\n"
    assert capsys.readouterr() == ("", expected)


def test_a_no_of_the_daemon_is_passed_on_with_its_hint(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    error = {"code": "unknown_symbol", "message": "$.symbol: expected one of BTCUSD", "path": "$.symbol", "hint": "try"}
    daemon.will_say({"error": error}, 422)
    assert main(["live", "close", "BTC", "--url", daemon.url]) == ExitCode.FAILED
    assert capsys.readouterr().err == "error: $.symbol: expected one of BTCUSD\nhint: try\n"


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'{"name": "another service"}', b""])
def test_something_else_is_no_daemon(daemon: Daemon, capsys: pytest.CaptureFixture[str], body: bytes) -> None:
    daemon.will_say(body)
    assert main(["live", "status", "--url", daemon.url]) == ExitCode.UNREACHABLE
    assert capsys.readouterr().err.startswith(f"error: no daemon reachable at {daemon.url}: something else answers")


@pytest.mark.parametrize("command", [["live", "status"], ["live", "pause"], ["graph"]])
def test_nobody_there_is_said(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert main([*command, "--url", url]) == ExitCode.UNREACHABLE
    out, err = capsys.readouterr()
    assert (out, err.splitlines()[0]) == ("", f"error: no daemon reachable at {url}: Connection refused")


@pytest.mark.parametrize("command", [["status"], ["stop"], ["flatten"], ["pause"]])
@pytest.mark.parametrize(
    "url",
    ["ftp://127.0.0.1", "http://", "http://:8080", "http://127.0.0.1:eighty", "http://127.0.0.1:0", "http://[::1"],
)
def test_an_address_that_is_none_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], url: str, command: list[str]
) -> None:
    assert main(["live", *command, "--url", url]) == ExitCode.USAGE
    assert f"expected an address such as http://127.0.0.1:8080, found '{url}'" in capsys.readouterr().err


def test_an_address_needs_no_scheme(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say({"seq": 7, "said": []})
    assert main(["live", "pause", "--url", daemon.url.removeprefix("http://")]) == 0


def test_the_status_as_tables_and_as_json(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say(msgspec.to_builtins(STATUS))
    assert main(["live", "status", "--url", daemon.url]) == 0
    out = capsys.readouterr().out
    for text in (
        "demo/0001 (synthetic data), up 1 min",
        "quarantined  input 5 raises whenever it is folded",
        "10,123.46 USD (1.23 %)",
        "1.25 %, limit 5.00 %, entries blocked",
        "rule on XRPUSD: raised, see the log",
        "poor: 90.00 % of candles of BTCUSD, no funding of BTCUSD",
        "momentum [faded]",
        "silent so far",
        "stale",
        "4,100.5",
        "0.0001234",
        "ValueError: poison",
    ):
        assert text in out
    assert main(["live", "status", "--url", daemon.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"api_version": 1, **json.loads(msgspec.json.encode(STATUS))}


def test_the_graph_takes_its_counters_from_the_daemon(daemon: Daemon, capsys: pytest.CaptureFixture[str]) -> None:
    daemon.will_say(msgspec.to_builtins(STATUS))
    assert main(["graph", "--url", daemon.url, "--json"]) == 0
    drawn = json.loads(capsys.readouterr().out)
    assert drawn["asked"] == daemon.url
    assert drawn["channels"] == [
        {
            "name": "inbox", "source": "edges", "target": "lane", "capacity": 4_096, "overflow": "block", "depth": 0,
            "peak": 7, "sent": 1_234, "dropped": 0,
        }
    ]  # fmt: skip
