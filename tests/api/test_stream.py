"""The stream and what can be read, over real sockets: a snapshot and every update, and who is cut off or kept out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from quart import Quart
from tests.api.test_api import error_of, served, url_of_client
from tests.api.websocket_client import Closed, Refused, Socket, connected
from tests.logs import recorded

from finantrade.api import broadcast as broadcast_module
from finantrade.api import openapi, replica, stream
from finantrade.api.access import FREE_FAILURES, Access, TokenMissing, access_of
from finantrade.api.answers import Code, Problem
from finantrade.api.refusals import LINES, PER_S, Refusals
from finantrade.config import ApiConfig
from finantrade.domain.commands import Pause, Resume
from finantrade.domain.market import Bar
from finantrade.domain.units import MINUTE
from finantrade.journal.errors import JournalPruned


async def snapshot_of(socket: Socket) -> dict[str, Any]:
    found = await socket.frame()
    assert found["frame"] == "snapshot"
    return found


async def test_a_snapshot_then_every_update_is_all_there_is(state_dir: Path) -> None:
    async with served(state_dir) as lane, connected(url_of_client(lane.client)) as socket:
        first = await snapshot_of(socket)
        await lane.runner.command(Pause())
        await lane.runner.command(Resume())
        numbers, states = [first["n"]], list[str]()
        while states != ["paused", "active"]:
            update = await socket.frame()
            assert update["frame"] == "update"
            numbers.append(update["n"])
            states += [one["said"]["state"] for one in update["decisions"] if one["said"]["type"] == "StateChanged"]
        assert numbers == list(range(first["n"], first["n"] + len(numbers)))
        assert {symbol: len(bars["open_time"]) > 50 for symbol, bars in first["bars"].items()} == {
            "AAA": True, "BBB": True
        }  # fmt: skip
        assert first["fills"]
        assert first["equity"]["time"] == sorted(set(first["equity"]["time"]))


async def test_a_forming_candle_is_shown_once_as_it_is_and_not_after_its_close(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        newest = lane.replica.chronicle.bars("AAA", 1).open_time[0]

        def form(open_time: int, close: float) -> dict[str, Any]:
            """Let a candle stand so; return how it is told."""
            figures = {"open": 100.0, "high": 110.0, "low": 90.0, "close": close, "volume": 3.5}
            lane.runner.glimpses = {"AAA": Bar("AAA", open_time, open_time + 30 * MINUTE - 1, **figures)}
            return {"symbol": "AAA", "open_time": open_time, **figures}

        present = newest + 30 * MINUTE
        shown = form(present, 101.0)
        async with connected(url_of_client(lane.client)) as socket:
            first = await snapshot_of(socket)
            assert first["forming"] == [shown]
            await told(socket, [shown])
            shown = form(present, 102.0)
            await told(socket, [shown])
            assert (await socket.frame())["forming"] == [], "it has not moved"
            form(newest, 103.0)
            assert [(await socket.frame())["forming"] for _ in range(2)] == [[], []], "that one has closed"
        assert lane.replica.chronicle.bars("AAA", 1).open_time == [newest]


async def told(socket: Socket, forming: list[dict[str, Any]]) -> None:
    """Wait for the update that tells of forming candles."""
    while (found := (await socket.frame())["forming"]) == []:
        pass
    assert found == forming


async def test_what_was_before_a_restart_is_told_from_the_journal(state_dir: Path) -> None:
    async with served(state_dir) as lane, connected(url_of_client(lane.client)) as socket:
        await snapshot_of(socket)
        told = {name: (await lane.client.get(f"/api/live/{name}")).json() for name in ("fills", "equity", "decisions")}
    async with served(state_dir) as lane:
        await lane.replica.refill()
        again = {name: (await lane.client.get(f"/api/live/{name}?limit=2000")).json() for name in told}
    fills, marks = told["fills"]["fills"], told["equity"]["equity"]
    assert fills
    assert again["fills"]["fills"][: len(fills)] == fills
    assert {name: column[: len(marks["time"])] for name, column in again["equity"]["equity"].items()} == marks


async def test_a_past_that_cannot_be_read_leaves_the_lane_alone(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise JournalPruned("removed meanwhile")

    monkeypatch.setattr(replica, "recount", unreadable)
    with recorded() as told:
        async with served(state_dir) as lane, connected(url_of_client(lane.client)) as socket:
            assert (await snapshot_of(socket))["bars"]["AAA"]["open_time"]
    assert [line["error"] for line in told.of("past_unreadable")] == ["removed meanwhile"]


async def until_closed(socket: Socket) -> tuple[list[str], int]:
    """Return the kinds of frames that still come, and the code with which the server closes."""
    kinds = list[str]()
    try:
        while True:
            kinds.append((await socket.frame())["frame"])
    except Closed as closed:
        return kinds, closed.code


async def test_a_page_that_speaks_is_let_go(state_dir: Path) -> None:
    said = ("{}", b"\x00", "x" * 2_000)
    with recorded() as told:
        for words in said:
            async with served(state_dir) as lane, connected(url_of_client(lane.client)) as socket:
                await socket.say(words)
                assert (await until_closed(socket))[1] == stream.UNEXPECTED
    reason = "expected nothing from a page, found a message"
    assert [line["reason"] for line in told.of("page_let_go")] == [reason] * len(said)


async def test_a_page_that_falls_behind_is_cut_off_and_nobody_else_is(
    state_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast_module, "LISTENER_CAPACITY", 2)
    async with served(state_dir) as lane:
        listener, _ = lane.replica.broadcast.join()  # one whose socket never takes anything
        async with connected(url_of_client(lane.client)) as socket:
            await snapshot_of(socket)
            with anyio.fail_after(20):
                while not listener.behind:
                    assert (await socket.frame())["frame"] == "update"
        lane.replica.broadcast.leave(listener)
        assert lane.replica.broadcast.cut_off == 1


async def test_the_end_is_said(state_dir: Path) -> None:
    async with served(state_dir) as lane, connected(url_of_client(lane.client)) as socket:
        await snapshot_of(socket)
        lane.runner.stop()
        kinds, code = await until_closed(socket)
        assert (kinds[-1], code) == ("goodbye", stream.GOING_DOWN)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Host": "evil.example"}, 421), ({"Origin": "http://evil.example"}, 403), ({"Origin": "null"}, 403)],
)
async def test_a_stranger_gets_no_stream(state_dir: Path, headers: dict[str, str], status: int) -> None:
    async with served(state_dir) as lane:
        with pytest.raises(Refused) as refused:
            async with connected(url_of_client(lane.client), **headers):
                pass
    assert refused.value.status == status


async def test_a_token_is_asked_for_and_exchanged_for_a_cookie(state_dir: Path) -> None:
    async with served(state_dir, access=Access("s3cret")) as lane:
        client, url = lane.client, url_of_client(lane.client)
        assert error_of(await client.get("/api/live/status"))["code"] == "not_signed_in"
        assert (await client.get("/")).status_code == (await client.get("/api/health")).status_code == 200
        with pytest.raises(Refused) as refused:
            async with connected(url):
                pass
        assert refused.value.status == 401
        wrong = await client.post("/api/session", json={"token": "guess"})
        assert (wrong.status_code, error_of(wrong)["code"]) == (401, "wrong_credentials")
        assert error_of(await client.post("/api/session", json={"tokn": 1}))["path"] == "$.tokn"
        right = await client.post("/api/session", json={"token": "s3cret"})
        cookie = right.headers["set-cookie"]
        assert ("HttpOnly" in cookie, "SameSite=Strict" in cookie, "s3cret" in cookie) == (True, True, False)
        assert (await client.get("/api/live/status")).status_code == 200
        async with connected(url, Cookie=cookie.partition(";")[0]) as socket:
            await snapshot_of(socket)
        client.cookies.clear()
        bearer = await client.get("/api/live/status", headers={"Authorization": "Bearer s3cret"})
        assert bearer.status_code == 200


async def test_behind_a_proxy_the_cookie_is_for_tls_only_and_the_public_name_is_ours(state_dir: Path) -> None:
    api = ApiConfig(allowed_hosts=("desk.example",), tls_terminated_by_proxy=True)
    with pytest.raises(TokenMissing, match="expected a token"):
        access_of(api, {"FINANTRADE_TOKEN": " "})
    async with served(state_dir, api=api, access=access_of(api, {"FINANTRADE_TOKEN": "s3cret"})) as lane:
        public = {"Host": "desk.example", "Origin": "https://desk.example"}
        right = await lane.client.post("/api/session", json={"token": "s3cret"}, headers=public)
        assert (right.status_code, right.headers["set-cookie"].endswith("; Secure")) == (200, True)
        cookie = right.headers["set-cookie"].partition(";")[0]
        async with connected(url_of_client(lane.client), Cookie=cookie, **public) as socket:
            await snapshot_of(socket)
        strange = await lane.client.get("/api/live/status", headers={**public, "Origin": "https://evil.example"})
        assert (strange.status_code, error_of(strange)["code"]) == (403, "foreign_origin")


async def test_what_is_refused_is_logged_and_a_flood_of_it_only_counted(state_dir: Path) -> None:
    now = [0.0]
    with recorded() as told:
        async with served(state_dir, access=Access("s3cret")) as lane:
            client, url = lane.client, url_of_client(lane.client)
            await client.get("/api/health", headers={"Host": "evil.example"})
            with pytest.raises(Refused):
                async with connected(url, Origin="http://evil.example"):
                    pass
            await client.post("/api/session", json={"token": "guess"})
            await client.get("/nowhere")
            await client.get("/api/live/status")  # as every page does before anybody has signed in
    found = [(line["method"], line["path"], line["code"]) for line in told.of("request_refused")]
    assert found == [
        ("GET", "/api/health", "foreign_host"),
        ("websocket", "/api/live/stream", "foreign_origin"),
        ("POST", "/api/session", "wrong_credentials"),
    ]
    assert "guess" not in str(told.lines)

    async with Quart("test").test_request_context("/api/live/control", method="POST"):
        with recorded() as told:
            refusals = Refusals(clock=lambda: now[0])
            for _ in range(LINES + 7):
                refusals.note(Problem(400, Code.MALFORMED_JSON, "expected JSON"))
            now[0] = PER_S
            refusals.note(Problem(400, Code.MALFORMED_JSON, "expected JSON"))
    assert [line["left_out"] for line in told.of("request_refused")] == [0] * LINES + [7]


def test_guessing_takes_longer_and_longer() -> None:
    now = [0.0]
    access = Access("s3cret", clock=lambda: now[0])
    answers = list[int]()
    for _ in range(FREE_FAILURES + 3):
        with pytest.raises(Exception, match=r"expected") as problem:
            access.open_session("guess")
        answers.append(problem.value.status)  # type: ignore[attr-defined]
    assert answers == [401] * FREE_FAILURES + [429] * 3
    with pytest.raises(Exception, match="pause"):
        access.open_session("s3cret")
    now[0] += 1.0
    assert access.open_session("s3cret").startswith("finantrade_session=")


ARGUMENTS = {
    "/api/live/bars": "?symbol: expected one of AAA, BBB, found nothing",
    "/api/live/bars?symbol=CCC": "?symbol: expected one of AAA, BBB, found 'CCC'",
    "/api/live/bars?symbol=AAA&limit=0": "?limit: expected a whole number from 1 to 5000, found '0'",
    "/api/live/bars?symbol=AAA&limit=1&limit=2": "?limit: expected it once, found it repeated",
    "/api/live/fills?limit=-1": "?limit: expected a whole number from 1 to 2000, found '-1'",
    "/api/live/decisions?before=x": "?before: expected a whole number from 0 to 9223372036854775807, found 'x'",
    "/api/meta?x=1": "?x: expected no arguments, found 'x'",
}


async def test_arguments_are_taken_at_their_word(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        for path, message in ARGUMENTS.items():
            response = await lane.client.get(path)
            assert (response.status_code, error_of(response)["message"]) == (422, message), path
        page = (await lane.client.get("/api/live/bars?symbol=AAA&limit=3")).json()["bars"]
        before = page["open_time"][0]
        older = (await lane.client.get(f"/api/live/bars?symbol=AAA&limit=3&before={before}")).json()["bars"]
        assert len(older["open_time"]) == 3
        assert older["open_time"][-1] < before


async def test_every_documented_address_answers(state_dir: Path) -> None:
    async with served(state_dir) as lane:
        document = (await lane.client.get("/openapi.json")).json()
        for path, methods in document["paths"].items():
            if "get" in methods:
                arguments = "?symbol=AAA" if path.endswith("/bars") else ""
                answered = await lane.client.get(path + arguments)
                assert answered.status_code == 200, path
                schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
                named = schema.get("properties", {}).keys() | {"api_version"}
                assert named <= answered.json().keys(), path
    assert len(openapi.ADDRESSES) == sum(len(methods) for methods in document["paths"].values())


async def test_the_built_page_is_sent_with_what_guards_it(state_dir: Path, tmp_path: Path) -> None:
    page = tmp_path / "out"
    (page / "_next" / "static").mkdir(parents=True)
    (page / "index.html").write_text("<!DOCTYPE html><script>run()</script><script src='/x.js'></script>")
    (page / "live.html").write_text("<!DOCTYPE html>")
    (page / "_next" / "static" / "a.js").write_text("1")
    (page / "page-id.txt").write_text("abc\n")
    async with served(state_dir, page=page) as lane:
        index = await lane.client.get("/")
        script = await lane.client.get("/_next/static/a.js")
        assert (await lane.client.get("/live")).status_code == 200
        assert (await lane.client.get("/page-id.txt")).status_code == 404
    assert index.text.startswith("<!DOCTYPE html>")
    assert "'sha256-" in index.headers["content-security-policy"]
    assert "unsafe-inline" not in index.headers["content-security-policy"].split("style-src")[0]
    assert (index.headers["cache-control"], script.headers["content-encoding"]) == ("no-cache", "gzip")
    assert "immutable" in script.headers["cache-control"]
