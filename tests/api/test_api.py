"""The API over a real lane, served by a real Hypercorn on loopback: what it answers, refuses, and how it ends."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import anyio
import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Quart, Response
from tests.logs import recorded
from tests.markets import HURRY, config, market, stream

from finantrade.api import app as app_module
from finantrade.api.access import Access
from finantrade.api.answers import Code, Problem
from finantrade.api.app import create_app
from finantrade.api.control import ACTIONS, decode
from finantrade.api.hosts import hosts_of
from finantrade.api.page import Page
from finantrade.api.replica import Replica, meta_of
from finantrade.api.server import PortBusy, bind, serve, url_of
from finantrade.config import ApiConfig
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.edges.metrics import Metrics
from finantrade.runtime.clock import FastClock
from finantrade.runtime.live import LiveRunner
from finantrade.runtime.report import status_of
from finantrade.runtime.session import open_session
from finantrade.runtime.status import Keeping, Poison, Status

DOCUMENTED = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
FACTS = 400
ACTION_NAMES = ", ".join(ACTIONS)
OPEN = Access(None)
LOOPBACK = ApiConfig()
POISON = Poison(17, "BarArrived(…)", "Traceback: ZeroDivisionError")


def synthetic(runner: LiveRunner) -> Status:
    return status_of(runner, synthetic_data=True)


class Served:
    """A lane with some facts behind it, its app on a port, and somebody who asks."""

    def __init__(self, runner: LiveRunner, app: Quart, client: httpx.AsyncClient, replica: Replica) -> None:
        self.runner = runner
        self.replica = replica
        self.app = app
        self.client = client
        self.stopping = anyio.Event()
        self.ended = anyio.Event()

    async def control(self, body: object) -> httpx.Response:
        return await self.client.post("/api/live/control", json=body)


@asynccontextmanager
async def served(
    state_dir: Path,
    *,
    running: bool = True,
    api: ApiConfig = LOOPBACK,
    status: Callable[[LiveRunner], Status] = synthetic,
    page: Path | None = None,
    access: Access = OPEN,
) -> AsyncIterator[Served]:
    store = market(1)
    session = open_session(state_dir, config(), store)
    runner = LiveRunner(session, FastClock(HURRY, 1.0))
    meta = meta_of(config(), session="0001", data="a test", synthetic_data=True, rate=1.0, page="test")
    replica = Replica(runner, lambda: synthetic(runner), meta)
    metrics = Metrics(runner, lambda: status(runner))
    app = create_app(runner, lambda: status(runner), metrics, replica, Page(page), access, hosts_of(api))
    listener, ready = bind("127.0.0.1", 0), list[str]()
    lane = Served(runner, app, httpx.AsyncClient(base_url=url_of(listener), timeout=15), replica)

    async def serving() -> None:
        await serve(app, listener, ready=ready.append, stopping=lane.stopping)
        lane.ended.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serving)
        if running:
            tasks.start_soon(replica.run)
            tasks.start_soon(runner.run)
            for at, message in islice(stream(session, store), FACTS):
                await runner.put(message, at)
            await runner.command(Resume())
            while replica.chronicle.seq < runner.core.engine.seq:  # noqa: ASYNC110  a condition has no event
                await anyio.sleep(0.005)
        async with lane.client:
            yield lane
        assert ready == [url_of_client(lane.client)]
        runner.stop()
        lane.stopping.set()
    if not running:
        await session.close((), clean=False)


def url_of_client(client: httpx.AsyncClient) -> str:
    return str(client.base_url).rstrip("/")


def error_of(response: httpx.Response) -> dict[str, Any]:
    body = response.json()
    assert body.keys() == {"api_version", "error"}
    assert body["api_version"] == 1
    assert body["error"].keys() == {"code", "message", "path", "hint"}
    assert response.headers["content-type"] == "application/json"
    return body["error"]


async def test_the_status_is_what_the_runner_says(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        response = await lane.client.get("/api/live/status")
        body = response.json()
        expected = msgspec.to_builtins(status_of(lane.runner, synthetic_data=True))
    assert response.status_code == 200
    assert body.pop("api_version") == 1
    for moving in ("uptime_s", "feeds"):
        body.pop(moving), expected.pop(moving)
    assert body == msgspec.json.decode(msgspec.json.encode(expected))
    assert body["lane"]["seq"] == FACTS + 1
    assert body["fills"] > 0


async def test_every_command_is_carried_out_and_says_what_it_caused(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        paused = await lane.control({"action": "pause"})
        assert (paused.status_code, paused.json()) == (
            200,
            {
                "api_version": 1,
                "seq": FACTS + 2,
                "said": [{"type": "StateChanged", "previous": "active", "state": "paused", "cause": "pause"}],
            },
        )
        resumed = await lane.control({"action": "resume"})
        assert [one["state"] for one in resumed.json()["said"]] == ["active"]
        assert (await lane.control({"action": "flatten"})).json()["said"][0]["cause"] == "flatten"
        stopped = await lane.control({"action": "stop", "keep_positions": True})
        assert [one["state"] for one in stopped.json()["said"]] == ["stopped"]
        refused = await lane.control({"action": "pause"})
        assert [(one["type"], one["rule"]) for one in refused.json()["said"]] == [("Refusal", "trading_state")]
        status = (await lane.client.get("/api/live/status")).json()
    assert (status["trading_state"], status["requested"], status["lane"]["seq"]) == ("stopped", "Pause", FACTS + 6)


async def test_a_position_is_closed_at_the_next_price(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        held = (await lane.client.get("/api/live/status")).json()["positions"]
        assert held, "these facts end with something held"
        response = await lane.control({"action": "close", "symbol": held[0]["symbol"]})
    (order,) = [one for one in response.json()["said"] if one["type"] == "Order"]
    # Decimals are text, exact; enums their values.
    assert (order["role"], order["reason"], float(order["qty"])) == ("exit", "close", abs(held[0]["qty"]))
    assert isinstance(order["qty"], str)


async def test_commands_at_once_get_a_number_each_and_the_last_one_stands(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        actions = ["pause", "resume"] * 20
        answers = await asyncio.gather(*(lane.control({"action": action}) for action in actions))
        numbers = {answer.json()["seq"]: action for answer, action in zip(answers, actions, strict=True)}
        state = (await lane.client.get("/api/live/status")).json()["trading_state"]
    assert sorted(numbers) == list(range(FACTS + 2, FACTS + 2 + len(actions)))
    assert state == {"pause": "paused", "resume": "active"}[numbers[max(numbers)]]


BAD_BODIES: dict[str, tuple[bytes, int, Code, str | None, str]] = {
    "nothing": (b"", 400, Code.MALFORMED_JSON, None, "expected one JSON object: Input data was truncated"),
    "cut off": (b'{"action": "pau', 400, Code.MALFORMED_JSON, None, "expected one JSON object: Input data was trunc"),
    "no JSON": (b"action=pause", 400, Code.MALFORMED_JSON, None, "expected one JSON object: JSON is malformed"),
    "two objects": (b'{"action": "pause"}{}', 400, Code.MALFORMED_JSON, None, "expected one JSON object: JSON is"),
    "no UTF-8": (b'{"action": "\xff\xfe"}', 400, Code.MALFORMED_JSON, None, "expected one JSON object: "),
    "a list": (b'["pause"]', 422, Code.INVALID_BODY, "$", "$: expected `object`, found `array`"),
    "a number": (b"7", 422, Code.INVALID_BODY, "$", "$: expected `object`, found `int`"),
    "null": (b"null", 422, Code.INVALID_BODY, "$", "$: expected `object`, found `null`"),
    "no action": (b"{}", 422, Code.INVALID_BODY, "$.action", "$.action: expected a value, found none"),
    "an action of another kind": (
        b'{"action": 1}', 422, Code.INVALID_BODY, "$.action", "$.action: expected `str`",
    ),
    "an unknown action": (
        b'{"action": "halt"}', 422, Code.INVALID_BODY, "$.action",
        f"$.action: expected one of {ACTION_NAMES}, found 'halt'",
    ),
    "an action in capitals": (
        b'{"action": "PAUSE"}', 422, Code.INVALID_BODY, "$.action",
        f"$.action: expected one of {ACTION_NAMES}, found 'PAUSE'",
    ),
    "a field too many": (
        b'{"action": "pause", "force": true}', 422, Code.INVALID_BODY, "$.force", "$.force: expected no such field",
    ),
    "a field of another action": (
        b'{"action": "pause", "keep_positions": true}', 422, Code.INVALID_BODY, "$.keep_positions",
        "$.keep_positions: expected no such field",
    ),
    "text for a truth value": (
        b'{"action": "stop", "keep_positions": "yes"}', 422, Code.INVALID_BODY, "$.keep_positions",
        "$.keep_positions: expected `bool`, found `str`",
    ),
    "no symbol": (b'{"action": "close"}', 422, Code.INVALID_BODY, "$.symbol", "$.symbol: expected a value, found none"),
    "an empty symbol": (
        b'{"action": "close", "symbol": ""}', 422, Code.INVALID_BODY, "$.symbol",
        "$.symbol: expected `str` of length >= 1",
    ),
    "a list of symbols": (
        b'{"action": "close", "symbol": ["AAA"]}', 422, Code.INVALID_BODY, "$.symbol",
        "$.symbol: expected `str`, found `array`",
    ),
    "an unknown symbol": (
        b'{"action": "close", "symbol": "XYZ"}', 422, Code.UNKNOWN_SYMBOL, "$.symbol",
        "$.symbol: expected one of AAA, BBB, found 'XYZ'",
    ),
    "a symbol in small letters": (
        b'{"action": "close", "symbol": "aaa"}', 422, Code.UNKNOWN_SYMBOL, "$.symbol",
        "$.symbol: expected one of AAA, BBB, found 'aaa'",
    ),
}  # fmt: skip


async def test_a_bad_body_is_refused_whole(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        for name, (body, status, code, path, message) in BAD_BODIES.items():
            headers = {"Content-Type": "application/json"}
            response = await lane.client.post("/api/live/control", content=body, headers=headers)
            error = error_of(response)
            assert (response.status_code, error["code"], error["path"]) == (status, code, path), name
            assert error["message"].startswith(message), name
            assert status == 400 or error["message"] == message, name
            assert error["hint"], name
        assert lane.runner.core.engine.seq == FACTS + 1, "nothing of all this has come to the lane"


@pytest.mark.parametrize(
    ("symbol", "hint"),
    [("aaa", "did you mean AAA?"), ("BBBB", "did you mean BBB?"), ("XYZ", "this session trades AAA, BBB")],
)
def test_an_unknown_symbol_gets_the_nearest_one(symbol: str, hint: str) -> None:
    with pytest.raises(Problem) as refused:
        decode(msgspec.json.encode({"action": "close", "symbol": symbol}), ("AAA", "BBB"))
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("body", "command"),
    [
        (b'{"action": "pause"}', Pause()),
        (b' {"action" : "resume"}\n', Resume()),
        (b'{"action": "flatten"}', Flatten()),
        (b'{"action": "stop"}', Stop()),
        (b'{"keep_positions": true, "action": "stop"}', Stop(keep_positions=True)),
        (b'{"action": "close", "symbol": "AAA"}', ClosePosition("AAA")),
    ],
)
def test_a_good_body_is_one_command(body: bytes, command: object) -> None:
    assert decode(body, ("AAA", "BBB")) == command


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["action", *ACTIONS, "AAA"]) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["action", "symbol", "keep_positions"]), inner),
    max_leaves=6,
)


@given(st.binary() | json_values.map(msgspec.json.encode))
def test_a_body_is_a_command_or_a_problem(body: bytes) -> None:
    assert outcome(body) in {Pause, Resume, Flatten, Stop, ClosePosition, 400, 422}


def outcome(body: bytes) -> object:
    try:
        return type(decode(body, ("AAA",)))
    except Problem as problem:
        return problem.status


def test_a_body_nested_without_end_is_refused() -> None:
    with pytest.raises(Problem) as refused:
        decode(b'{"action":' + b"[" * 20_000 + b"]" * 20_000 + b"}", ("AAA",))
    assert refused.value.status in (400, 422)


BAD_REQUESTS: dict[str, tuple[str, str, dict[str, str], bytes, int, Code, str]] = {
    "an unknown route": ("GET", "/api/live/stat", {}, b"", 404, Code.NOT_FOUND, "there is nothing at '/api/live/stat'"),
    "a slash too many": ("GET", "/api/health/", {}, b"", 404, Code.NOT_FOUND, "there is nothing at '/api/health/'"),
    "a file": ("GET", "/../app.py", {}, b"", 404, Code.NOT_FOUND, "there is nothing at '/app.py'"),
    "a method": (
        "GET", "/api/live/control", {}, b"", 405, Code.METHOD_NOT_ALLOWED,
        "expected POST at /api/live/control, found GET",
    ),
    "a preflight": (
        "OPTIONS", "/api/live/control", {"Origin": "http://evil.example"}, b"", 403, Code.FOREIGN_ORIGIN,
        "expected an Origin of 127.0.0.1, [::1], localhost, found 'http://evil.example'",
    ),
    "an unknown method": (
        "BREW", "/api/live/control", {}, b"", 405, Code.METHOD_NOT_ALLOWED,
        "expected POST at /api/live/control, found BREW",
    ),
    "no media type": (
        "POST", "/api/live/control", {}, b'{"action": "pause"}', 415, Code.UNSUPPORTED_MEDIA_TYPE,
        "expected Content-Type application/json, found none",
    ),
    "a form": (
        "POST", "/api/live/control", {"Content-Type": "application/x-www-form-urlencoded"}, b"action=pause", 415,
        Code.UNSUPPORTED_MEDIA_TYPE, "expected Content-Type application/json, found application/x-www-form-urlencoded",
    ),
    "a body too large": (
        "POST", "/api/live/control", {"Content-Type": "application/json"}, b" " * (64 * 1024 + 1), 413,
        Code.BODY_TOO_LARGE, "expected a body of at most 65536 bytes",
    ),
}  # fmt: skip


async def test_a_bad_request_is_refused_in_the_same_shape(state_dir: Path) -> None:
    async with served(state_dir, running=False) as lane:
        for name, (method, path, headers, body, status, code, message) in BAD_REQUESTS.items():
            response = await lane.client.request(method, path, headers=headers, content=body)
            error = error_of(response)
            assert (response.status_code, error["code"], error["path"]) == (status, code, None), name
            assert error["message"] == message, name
            assert ("Allow" in response.headers) == (status == 405), name


async def test_a_large_body_without_a_length_is_refused_too(state_dir: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b" " * 1024

    async with served(state_dir, running=False) as lane:
        headers = {"Content-Type": "application/json"}
        response = await lane.client.post("/api/live/control", content=pieces(), headers=headers)
    assert (response.status_code, error_of(response)["code"]) == (413, Code.BODY_TOO_LARGE)


HOSTS = {
    "127.0.0.1": True,
    "127.0.0.1:1": True,
    "LocalHost:8080": True,
    "[::1]:8080": True,
    "Desk.lan:80": True,
    "evil.example": False,
    "localhost.evil.example:8080": False,
    "evil.example#localhost": False,
    "localhost@evil.example": False,
    "127.0.0.1.": False,
    "::1": False,
    "localhost:": False,
    "localhost, evil.example": False,
    "": False,
}


async def test_only_under_our_own_names_anything_is_answered(state_dir: Path) -> None:
    async with served(state_dir, running=False, api=ApiConfig(allowed_hosts=("desk.LAN",))) as lane:
        for host, ours in HOSTS.items():
            for path, status in {"/": 200, "/metrics": 200, "/api/live/status": 200, "/nowhere": 404}.items():
                response = await lane.client.get(path, headers={"Host": host})
                assert response.status_code == (status if ours else 421), (host, path)
                assert ours or error_of(response) == {
                    "code": "foreign_host",
                    "message": f"expected a Host of 127.0.0.1, [::1], desk.lan, localhost, found {host!r}",
                    "path": None,
                    "hint": "ask for the address that the daemon printed at its start",
                }, host


ORIGINS = {
    None: 200,
    "http://127.0.0.1:8080": 200,
    "http://localhost:3000": 200,
    "https://LOCALHOST": 200,
    "http://[::1]:8080": 200,
    "http://evil.example": 403,
    "http://127.0.0.1.evil.example": 403,
    "http://localhost@evil.example": 403,
    "file://localhost": 403,
    "localhost": 403,
    "null": 403,
    "": 403,
}


async def test_a_page_of_another_site_gives_no_commands(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        for origin, status in ORIGINS.items():
            headers = {} if origin is None else {"Origin": origin}
            response = await lane.client.post("/api/live/control", json={"action": "resume"}, headers=headers)
            assert response.status_code == status, origin
            assert status == 200 or error_of(response)["code"] == Code.FOREIGN_ORIGIN, origin
            read = await lane.client.get("/api/health", headers=headers)
            assert (read.status_code, "access-control-allow-origin" in read.headers) == (status, False), origin


def quarantine(runner: LiveRunner) -> None:
    runner.session.poison = POISON


def fill_the_disk(runner: LiveRunner) -> None:
    runner.unwritable = "expected 200 MB of room, found 3 MB"


IMPAIRED: dict[str, tuple[Callable[[LiveRunner], None], str]] = {
    "quarantined": (quarantine, "quarantined: input 17 raises whenever it is folded; see the traceback"),
    "journal_unwritable": (fill_the_disk, "journal_unwritable: expected 200 MB of room, found 3 MB"),
    "stopping": (LiveRunner.stop, "the lane takes no messages: stopping"),
}


@pytest.mark.parametrize("code", IMPAIRED)
async def test_a_lane_that_takes_nothing_says_why(state_dir: Path, code: str) -> None:
    impair, message = IMPAIRED[code]
    async with served(state_dir, running=False) as lane:
        impair(lane.runner)
        refused = await lane.control({"action": "pause"})
        unhealthy = await lane.client.get("/api/health")
        status = await lane.client.get("/api/live/status")
        error = error_of(refused)
        assert (refused.status_code, error["code"], error["message"]) == (409, code, message)
        assert error["hint"]
        assert (unhealthy.status_code, error_of(unhealthy)) == (503, error)
        assert (status.status_code, status.json()["condition"]) == (200, code)
        assert lane.runner.inbox.stats().sent == 0
        lane.runner.unwritable = ""


@pytest.mark.parametrize("condition", ["running", "feed_ended"])
async def test_a_lane_that_works_is_healthy(state_dir: Path, condition: str) -> None:
    async with served(state_dir, running=False) as lane:
        lane.runner.ended = condition == "feed_ended"
        response = await lane.client.get("/api/health")
        detail = lane.runner.detail
    assert (response.status_code, response.json()) == (
        200,
        {"api_version": 1, "condition": condition, "detail": detail},
    )


async def test_a_command_that_comes_to_nothing_in_time_is_pending(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_module, "COMMAND_WAIT_S", 0.05)
    async with served(state_dir, running=False) as lane:  # nobody works on the inbox
        response = await lane.control({"action": "pause"})
        waiting = lane.runner.inbox.depth
    assert (response.status_code, error_of(response)["code"], waiting) == (504, Code.NO_ANSWER_YET, 1)


async def test_a_fault_of_the_program_is_said_and_logged_and_nothing_else_suffers(state_dir: Path) -> None:
    def faulty(_: LiveRunner) -> Status:
        raise ZeroDivisionError("planted, with a secret in it")

    with recorded() as logged:
        async with served(state_dir, status=faulty) as lane:
            response = await lane.client.get("/api/live/status")
            health = await lane.client.get("/api/health")
    assert response.status_code == 500
    assert error_of(response) == {
        "code": "internal",
        "message": "a fault in the program: ZeroDivisionError",
        "path": None,
        "hint": "the log has the traceback; trading goes on",
    }
    assert health.status_code == 200
    (line,) = logged.of("request_failed")
    assert (line["level"], line["method"], line["path"]) == ("error", "GET", "/api/live/status")
    assert "ZeroDivisionError: planted" in line["exception"]


async def test_requests_are_logged_for_debugging_only(state_dir: Path) -> None:
    async with served(state_dir, running=False) as lane:
        with recorded() as quiet:
            await lane.client.get("/api/health")
        with recorded(level=10) as loud:
            await lane.client.get("/api/health?x=1")
    assert [line for line in quiet.lines if line.get("logger") != "httpx"] == []
    (line,) = loud.of("request")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/health", 200)


async def test_not_a_number_is_null(state_dir: Path) -> None:
    def strange(runner: LiveRunner) -> Status:
        status = status_of(runner, synthetic_data=False)
        account = msgspec.structs.replace(status.account, equity=float("nan"), cash=float("inf"))
        return msgspec.structs.replace(status, account=account)

    async with served(state_dir, running=False, status=strange) as lane:
        account = (await lane.client.get("/api/live/status")).json()["account"]
    assert (account["equity"], account["cash"]) == (None, None)


async def test_what_is_kept_is_measured_where_anything_is(state_dir: Path) -> None:
    kept = Keeping("/var/store", 1_200, 2, 1, 4_711, 61.5, 3, "No space left on device")
    said = {
        "finantrade_kept_rows_total": 1_200.0,
        "finantrade_kept_rows_revised_total": 2.0,
        "finantrade_kept_rows_left_out_total": 1.0,
        "finantrade_keeping_failures_total": 3.0,
        "finantrade_kept_seq": 4_711.0,
        "finantrade_kept_age_seconds": 61.5,
    }
    assert [name for name in said if f"`{name}`" not in DOCUMENTED] == []
    for place, keeping, expected in ((state_dir / "kept", kept, said), (state_dir / "not", None, {})):
        status = partial(status_of, synthetic_data=False, keeping=None if keeping is None else lambda: kept)
        async with served(place, running=False, status=status) as lane:
            lines = (await lane.client.get("/metrics")).text.splitlines()
        found = dict(line.rsplit(" ", 1) for line in lines if line.startswith("finantrade_ke"))
        assert {name: float(value) for name, value in found.items()} == expected


async def test_the_page_is_one_file_that_needs_nothing_else(state_dir: Path) -> None:
    async with served(state_dir, running=False) as lane:
        response = await lane.client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    page = response.text
    assert page.startswith("<!doctype html>")
    # The one address in it is the name of SVG's vocabulary, which nobody fetches.
    assert set(re.findall(r"https?://[^\"' )>]+", page)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img|iframe)[^>]+src=", page)
    asked = set(re.findall(r'(?:fetch\(|href=)"(/[^"]*)"', page))
    assert asked == {"/api/live/status", "/api/health", "/metrics"}


def test_a_busy_port_is_named_before_anything_begins() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortBusy) as refused:
            bind("127.0.0.1", port)
    assert str(refused.value) == (
        f"expected port {port} of 127.0.0.1 to be free, found another process listening there; "
        "choose another with `--port N` or `api.port` in the configuration (0 takes any free one)"
    )
    assert (refused.value.host, refused.value.port) == ("127.0.0.1", port)


def test_a_port_is_free_again_at_once_and_no_child_inherits_it() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert not first.get_inheritable()
    with bind("127.0.0.1", port) as again:
        assert url_of(again) == f"http://127.0.0.1:{port}"


def test_a_host_that_is_not_ours_is_an_error() -> None:
    with pytest.raises(OSError, match="assign requested address"):
        bind("192.0.2.1", 0)


def test_an_address_of_the_sixth_version_is_bracketed() -> None:
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 on this machine")
    with bind("::1", 0) as listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"


async def idle(port: int) -> asyncio.StreamWriter:
    """Connect and say nothing."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    return writer


async def kept(port: int) -> asyncio.StreamWriter:
    """Be answered, and keep the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await reader.readline() == b"HTTP/1.1 200 \r\n"
    return writer


async def half(port: int) -> asyncio.StreamWriter:
    """Say half of a request."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST /api/live/control HTTP/1.1\r\nHost: localhost\r\n")
    await writer.drain()
    return writer


async def stuck(port: int) -> asyncio.StreamWriter:
    """Ask for more than the buffers between us hold, and stop reading when it begins to come."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=64)
    writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readexactly(1)
    return writer


async def large() -> Response:
    return Response(b"x" * 50_000_000)


@pytest.mark.parametrize("clients", [[idle], [kept], [half], [stuck], [stuck, kept, half, idle, stuck]])
async def test_no_client_holds_up_the_end(
    state_dir: Path, clients: list[Callable[[int], Awaitable[asyncio.StreamWriter]]]
) -> None:
    with recorded() as logged:
        async with served(state_dir, running=False) as lane:
            lane.app.add_url_rule("/large", "large", large)
            writers = [await client(lane.client.base_url.port or 0) for client in clients]
            lane.stopping.set()
            began = time.monotonic()
            await lane.ended.wait()
            took = time.monotonic() - began
            left = [task for task in asyncio.all_tasks() if "_server_callback" in repr(task.get_coro())]
            for writer in writers:
                writer.transport.abort()
    assert took < 3.0
    assert left == []
    cut_off = [line["connections"] for line in logged.of("server_cut_off")]
    assert cut_off == ([clients.count(stuck)] if stuck in clients else [])
