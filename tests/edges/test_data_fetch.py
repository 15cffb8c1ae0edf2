"""Fetching market data from an archive and an exchange on loopback: what is asked, what is stored, what goes wrong."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import anyio
import anyio.lowlevel
import anyio.to_thread
import numpy as np
import pytest
from aiohttp import web
from tests.archives import (
    FIRST,
    NOW,
    STEP,
    SYMBOL,
    UM,
    Handler,
    World,
    exchange_venue,
    fill,
    funding,
    kline_path,
    klines,
    metrics,
    world,
)
from tests.commands import Said

from finantrade.cli.errors import ExitCode
from finantrade.domain.units import DAY, HOUR, MINUTE, iso, parse_time
from finantrade.edges import archives
from finantrade.edges.archives import ArchivesUnavailable
from finantrade.edges.binance import asking
from finantrade.edges.fetching import FILES
from finantrade.market import fetch_storing
from finantrade.market.archive_files import CHECKSUM
from finantrade.market.fetch_plan import planned
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store import files, manifest, parts
from finantrade.market.store.manifest import read_manifest
from finantrade.market.store.reading import read, troubles
from finantrade.market.store.writing import OnConflict
from finantrade.simulator.faults import answered
from finantrade.simulator.faults.fault import always

PLACE = Place("binance", "usdm", Kind.CANDLES, SYMBOL, "15m")
JANUARY = kline_path("2024-01")
NOBODY = "http://127.0.0.1:9"
VENUE = exchange_venue()
ROWS = (NOW - FIRST) // STEP


def place(kind: Kind, interval: str = "15m") -> Place:
    return Place("binance", "usdm", kind, SYMBOL, interval)


def check_candles(root: Path, start: str, end: str) -> None:
    """What is stored in a time is what the exchange has, and the store is whole."""
    found = read(root, PLACE, parse_time(start), parse_time(end))
    expected = VENUE.recordings[SYMBOL].bars(STEP).between(parse_time(start), parse_time(end))
    np.testing.assert_array_equal(found.time, expected.open_time)
    for name, column in expected.columns().items():
        np.testing.assert_array_equal(found.values[name], column, err_msg=name)
    assert list(troubles(root, PLACE)) == []


# What is asked, and what is stored


async def test_months_then_days_then_the_venue(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        stamps = ("2024-01", "2024-02-01", "2024-02-02", "2024-03-01")
        fill(there.archive, VENUE, *stamps)
        heard: list[int] = []
        done = await there.fetch(there.order(), heard.append)
        (series,) = done.results.series.values()
        assert (series.lacked, series.added, series.missing, series.nowhere) == (ROWS, ROWS, 0, 0)
        assert there.archive.found == {f"{SYMBOL}-15m-{stamp}.zip" for stamp in stamps}
        assert (series.files, heard[-1]) == (4, ROWS)
        assert heard == sorted(heard)
        check_candles(tmp_path, "2024-01-20", "2024-03-04T12:00")


async def test_the_same_again_asks_for_nothing(tmp_path: Path) -> None:
    venue = exchange_venue(holes=[5, 6, 3_000, ROWS - 2])
    async with world(tmp_path, venue=venue) as there:
        fill(there.archive, venue, "2024-01")
        (series,) = (await there.fetch(there.order())).results.series.values()
        assert (series.missing, series.nowhere, series.added) == (0, 4, ROWS - 4)
        there.archive.asked.clear()
        before = there.exchange.counts.requests
        (series,) = (await there.fetch(there.order())).results.series.values()
        assert (series.added, series.missing, series.nowhere) == (0, 0, 4)
        assert (there.archive.asked.total(), there.exchange.counts.requests) == (0, before)


async def test_only_the_tail_is_asked_for_later(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        await there.fetch(there.order(end="2024-02-01"))
        assert there.archive.found == {f"{SYMBOL}-15m-2024-01.zip"}
        plan = planned(there.order(end="2024-02-03"), there.order().lines()[0])
        assert [file.path.name for file in plan.files] == [f"{SYMBOL}-15m-2024-02.zip"]
        (series,) = (await there.fetch(there.order(end="2024-02-03"))).results.series.values()
        assert (series.files, series.answers, series.lacked) == (0, 1, 2 * 96)
        check_candles(tmp_path, "2024-01-20", "2024-02-03")


async def test_funding_has_months_and_statistics_have_days_and_expire(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        there.archive.put(f"{UM}/monthly/fundingRate/{SYMBOL}/{SYMBOL}-fundingRate-2024-01.zip",
                          funding(VENUE, "2024-01-20", "2024-02-01"))  # fmt: skip
        for day in ("2024-01-31", "2024-02-05"):
            there.archive.put(f"{UM}/daily/metrics/{SYMBOL}/{SYMBOL}-metrics-{day}.zip", metrics(VENUE, day))
        order = there.order(Kind.FUNDING, Kind.OPEN_INTEREST, Kind.RATIOS, start="2024-01-30")
        done = await there.fetch(order)
        assert done.results.refused == []
        found = read(tmp_path, place(Kind.FUNDING, "irregular"), parse_time("2024-01-30"))
        assert np.diff(found.time).tolist() == [8 * HOUR] * (len(found) - 1)
        assert set(found.values["interval_h"]) == {8.0}
        settled = VENUE.figures[SYMBOL].settled(parse_time("2024-03-01"))
        assert settled is not None
        assert found.values["rate"][found.time.tolist().index(settled.time)] == settled.rate
        # Files were read once for both of their series.
        assert there.archive.asked[f"{UM}/daily/metrics/{SYMBOL}/{SYMBOL}-metrics-2024-02-05.zip"] == 1
        for kind in (Kind.OPEN_INTEREST, Kind.RATIOS):
            series = done.results.series[place(kind, "5m")]
            reach = NOW - 30 * DAY + 10 * MINUTE
            gaps = [(iso(gap.start), gap.end) for gap in series.gaps]
            assert gaps == [("2024-01-30T00:00:00Z", parse_time("2024-01-31")),
                            ("2024-02-01T00:05:00Z", reach - 5 * MINUTE)]  # fmt: skip
            assert read_manifest(tmp_path, series.place).span == (parse_time("2024-01-31T00:05"), NOW)
        ratios = read(tmp_path, place(Kind.RATIOS, "5m"), parse_time("2024-02-20"))
        assert not any(np.isnan(ratios.values[name]).any() for name in ("top_accounts", "top_positions", "accounts"))
        taken = VENUE.figures[SYMBOL].takers(int(ratios.time[0]))
        assert taken is not None
        assert ratios.values["taker"][0] == taken.ratio


async def test_marks_indices_and_premiums_come_from_the_venue_too(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        done = await there.fetch(there.order(Kind.MARK, Kind.INDEX, Kind.PREMIUM, start="2024-03-03"))
        assert done.results.refused == []
        for kind in (Kind.MARK, Kind.INDEX, Kind.PREMIUM):
            assert len(read(tmp_path, place(kind))) == 3 * 48
        premium = read(tmp_path, place(Kind.PREMIUM)).values
        assert premium["low"].min() < 0
        mark, index = (read(tmp_path, place(kind)).values["open"] for kind in (Kind.MARK, Kind.INDEX))
        np.testing.assert_allclose(mark / index - 1, 0.3 * premium["open"], atol=1e-6)


async def test_what_was_before_the_first_candle_is_not_missing(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        (series,) = (await there.fetch(there.order(start="2023-11-15", end="2024-02-01"))).results.series.values()
        assert (series.missing, series.added) == (0, 12 * 96)
        asked = {path.rpartition("/")[2] for path in there.archive.asked}
        months = {f"{SYMBOL}-15m-{month}.zip" for month in ("2023-11", "2023-12", "2024-01")}
        assert asked == months | {f"{SYMBOL}-15m-2024-01.zip{CHECKSUM}"}


async def test_what_differs_from_the_store_is_a_revision(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        await there.fetch(there.order(start="2024-01-30", end="2024-01-31"))
        lines = klines(VENUE, "2024-01-29", "2024-02-01").splitlines()
        cells = lines[96].split(",")
        lines[96] = ",".join([*cells[:5], "77.5", *cells[6:]])
        there.archive.put(JANUARY, "\n".join(lines))
        order = there.order(start="2024-01-29", end="2024-01-31")
        done = await there.fetch(order, on_conflict=OnConflict.REFUSE)
        assert "here volume 77.5" in str(done.results.refused[0].error)
        done = await there.fetch(order, on_conflict=OnConflict.KEEP)
        check_candles(tmp_path, "2024-01-29", "2024-02-01")
        assert done.results.series[PLACE].revised == 1
        (revision,) = read_manifest(tmp_path, PLACE).revisions
        assert (iso(revision.time), revision.other["volume"]) == ("2024-01-30T00:00:00Z", 77.5)


async def test_so_many_at_once_and_no_more(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, *(f"2024-02-{day:02}" for day in range(1, 30)))
        full = anyio.Event()

        async def gate(path: str) -> None:
            if "daily" not in path:
                return
            if there.archive.at_once >= FILES:
                full.set()
            await full.wait()
            for _ in range(20):
                await anyio.lowlevel.checkpoint()

        there.archive.gate = gate
        await there.fetch(there.order(Kind.CANDLES, Kind.MARK, start="2024-02-01", end="2024-03-01"))
        assert len(there.archive.found) == 29
        assert there.archive.most_at_once == FILES


# What goes wrong


def page(status: int = 200, **headers: str) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html>Sign in</html>", content_type="text/html", headers=headers)

    return handle


async def cut_short(request: web.Request) -> web.StreamResponse:
    """Promise more than is sent."""
    response = web.StreamResponse(headers={"Content-Length": "100000"})
    await response.prepare(request)
    await response.write(b"PK\x03\x04")
    assert request.transport is not None
    request.transport.abort()
    return response


async def other_bytes(request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"PK\x03\x04 of yesterday")


@pytest.mark.parametrize(
    ("path", "handler"),
    [
        (JANUARY, page()),
        (JANUARY, page(503)),
        (JANUARY, page(429, **{"Retry-After": "7"})),
        (JANUARY, page(418)),
        (JANUARY, cut_short),
        (JANUARY, other_bytes),
        (JANUARY + CHECKSUM, page()),
        (JANUARY + CHECKSUM, page(502)),
        (JANUARY + CHECKSUM, page(404)),
    ],
    ids=range(9),
)
async def test_what_passes_is_asked_again(tmp_path: Path, path: str, handler: Handler) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        there.archive.instead[path] = [handler]
        done = await there.fetch(there.order(end="2024-02-01"))
        assert done.results.refused == []
        assert there.archive.asked[path] == 2
        check_candles(tmp_path, "2024-01-20", "2024-02-01")


@pytest.mark.parametrize(("status", "headers", "least"), [(429, {"Retry-After": "7"}, 7), (418, {}, 60)])
async def test_a_limit_is_waited_for(tmp_path: Path, status: int, headers: dict[str, str], least: float) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        there.archive.instead[JANUARY] = [page(status, **headers)]
        await there.fetch(there.order(end="2024-02-01"))
        assert there.timing.passed >= least


def bad_zip(there: World) -> None:
    there.archive.lay(JANUARY, there.archive.files[JANUARY][:500])


def no_checksum(there: World) -> None:
    del there.archive.files[JANUARY + CHECKSUM]


def wrong_checksum(there: World) -> None:
    there.archive.files[JANUARY + CHECKSUM] = b"0" * 64 + b"  " + JANUARY.rpartition("/")[2].encode()


def page_for_a_checksum(there: World) -> None:
    there.archive.files[JANUARY + CHECKSUM] = b"<html>Sign in</html>"


def page_for_a_file(there: World) -> None:
    there.archive.files[JANUARY] = b"<html>Sign in</html>"


def bad_row(there: World) -> None:
    text = klines(VENUE, "2024-01-20", "2024-02-01").splitlines()
    there.archive.put(JANUARY, "\n".join([*text[:7], text[7].replace(",", ",-", 1), *text[8:]]))


def other_interval(there: World) -> None:
    text = klines(VENUE, "2024-01-20", "2024-02-01").splitlines()
    there.archive.put(JANUARY, "\n".join(text[::4]))


def two_files(there: World) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "1")
        archive.writestr("b.csv", "2")
    there.archive.lay(JANUARY, packed.getvalue())


def bomb(there: World) -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * (1 << 20))
    there.archive.lay(JANUARY, packed.getvalue())


def heavy(there: World) -> None:
    there.archive.lay(JANUARY, bytes(1 << 20))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (bad_zip, "expected an archive that can be unpacked, found: File is not a zip file"),
        (no_checksum, "expected BTCUSDT-15m-2024-01.zip.CHECKSUM beside it, found none, twice"),
        (wrong_checksum, f"expected sha256 {'0' * 64}, as BTCUSDT-15m-2024-01.zip.CHECKSUM says, found "),
        (page_for_a_checksum, "expected a sha256 in BTCUSDT-15m-2024-01.zip.CHECKSUM, found '<html>Sign in</html>'"),
        (page_for_a_file, "of no zip archive: '<html>Sign in</html>', twice: nothing was taken from it"),
        (bad_row, "1 bad of 1,152 rows of candles BTCUSDT: nothing was taken from it"),
        (other_interval, "expected rows 15m apart, found no rows closer than 1h"),
        (two_files, "expected one file in the archive, found 2"),
        (bomb, "expected at most 200,000 bytes, unpacked, found more"),
        (heavy, "expected at most 300,000 bytes, found more"),
    ],
)
async def test_a_bad_file_is_refused_alone(
    tmp_path: Path, spoil: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch_storing, "MOST_UNPACKED", 200_000)
    monkeypatch.setattr(archives, "MOST_BYTES", 300_000)
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01", "2024-02-01")
        spoil(there)
        done = await there.fetch(there.order(end="2024-02-02"))
        ((what, error),) = [(one.what, str(one.error)) for one in done.results.refused]
        assert what == JANUARY
        assert (words in error, JANUARY in error) == (True, True), error
        # Nothing is taken in its place either: it may be whole tomorrow.
        assert done.results.series[PLACE].missing == 12 * 96
        check_candles(tmp_path, "2024-02-01", "2024-02-02")
        assert read_manifest(tmp_path, PLACE).rows == 96
        fill(there.archive, VENUE, "2024-01")
        assert (await there.fetch(there.order(end="2024-02-02"))).results.series[PLACE].missing == 0
        check_candles(tmp_path, "2024-01-20", "2024-02-02")


@pytest.mark.parametrize(("status", "asked"), [(403, 1), (503, archives.ATTEMPTS)])
async def test_an_archive_that_does_not_answer_ends_it(tmp_path: Path, status: int, asked: int) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        there.archive.always = page(status)
        with pytest.raises(ArchivesUnavailable, match=f"zip: expected a file, found {status} "):
            await there.fetch(there.order(start="2024-01-21", end="2024-01-22"))
        assert there.archive.asked == {JANUARY: asked}


async def test_a_full_disk_ends_it_and_it_can_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01", "2024-02-01")
        written: list[Path] = []

        def full(path: Path, data: bytes) -> None:
            written.append(path)
            if len(written) > 2:
                raise OSError(errno.ENOSPC, "No space left on device", str(path))
            files.write_whole(path, data)

        with monkeypatch.context() as patched:
            for module in (parts, manifest):
                patched.setattr(module, "write_whole", full)
            with pytest.raises(OSError, match="No space left"):
                await there.fetch(there.order(end="2024-02-03"))
        assert list(troubles(tmp_path, PLACE)) == []
        assert read_manifest(tmp_path, PLACE).rows in (96, 12 * 96)
        await there.fetch(there.order(end="2024-02-03"))
        check_candles(tmp_path, "2024-01-20", "2024-02-03")


async def test_a_venue_that_does_not_answer_ends_the_asking_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ATTEMPTS", 1)
    async with world(tmp_path, answered.Dropped(always), venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        done = await there.fetch(there.order(end="2024-02-02"))
        assert done.unanswered is not None
        assert there.exchange.counts.requests <= 2  # the client itself tries a line that was cut once more
        assert done.results.series[PLACE].missing == 96
        check_candles(tmp_path, "2024-01-20", "2024-02-01")


async def test_a_symbol_that_is_nowhere_is_not_looked_for_day_by_day(tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        order = replace(there.order(end="2024-03-01"), symbols=("BTCUSD",))
        done = await there.fetch(order)
        assert done.unlisted == {"BTCUSD"}
        asked = {path.rpartition("/")[2] for path in there.archive.asked}
        assert asked == {"BTCUSD-15m-2024-01.zip", "BTCUSD-15m-2024-02.zip"}
        assert not done.results.has_any("BTCUSD")


# The command


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Said:
    """Run commands in a directory of their own, asking each address twice at most."""
    monkeypatch.chdir(tmp_path)
    for name in ("FINANTRADE_STORE", "FINANTRADE_ARCHIVES", "FINANTRADE_REST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(asking, "ATTEMPTS", 1)
    monkeypatch.setattr(archives, "FIRST_WAIT_S", 0.001)
    return Said(capsys)


async def typed(run: Callable[..., Any], *arguments: object, **named: Any) -> Any:
    """Run a command line beside the servers of a test."""
    return await anyio.to_thread.run_sync(partial(run, "data", *arguments, **named))


async def test_a_simulated_exchange_gives_what_is_labelled_synthetic(said: Said, tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        url = there.exchange.addresses.API_URL.removesuffix("/api")
        command = ("fetch", "btcusdt", "--simulated", url, "--start", "2024-03-01")
        plan = await typed(said.document, *command, "--dry-run")
        assert [(one["series"], one["lacking"], one["files"], one["requests"]) for one in plan["lines"]] == [
            (["simulated/usdm/candles/BTCUSDT/15m"], [336], [], 1),
            (["simulated/usdm/funding/BTCUSDT/irregular"], [11], [], 1),
        ]
        assert not (tmp_path / "store").exists()
        code, out, err = await typed(said, *command)
        assert (code, "simulated/usdm/candles/BTCUSDT/15m " in out, err) == (0, True, "")
        again = await typed(said.document, *command)
        assert [(one["lacked"], one["missing"]) for one in again["series"]] == [(0, 0), (0, 0)]
        assert (again["refused"], again["unanswered"], again["dry_run"]) == ([], None, False)
        assert {one["synthetic"] for one in (await typed(said.document, "list"))["series"]} == {True}
        code, out, err = await typed(said, "fetch", "BTCUSDX", "--simulated", url)
        assert (code, out, "found 'BTCUSDX'; did you mean 'BTCUSDT'?" in err) == (ExitCode.REFUSED, "", True)
        code, out, err = await typed(said, "fetch", "BTCUSDT", "--rest", url)
        assert (code, out) == (ExitCode.REFUSED, "")
        assert "--rest: expected Binance's interface at" in err
        assert f"hint: `--simulated {url}` fetches from there" in err


async def test_files_alone_and_what_is_said_of_them(said: Said, tmp_path: Path) -> None:
    async with world(tmp_path, venue=VENUE) as there:
        fill(there.archive, VENUE, "2024-01")
        span = ("--start", "2024-01-20", "--end", "2024-02-01", "--series", "candles")
        command = ("fetch", SYMBOL, "--archives", there.archive.base, *span)
        plan = await typed(said.document, *command, "--dry-run")
        assert plan["lines"][0]["files"] == [f"{there.archive.base}/{JANUARY}"]
        code, out, err = await typed(said, *command, "--rest", NOBODY)
        assert (code, "binance/usdm/candles/BTCUSDT/15m " in out) == (ExitCode.FAILED, True)
        assert f"error: {NOBODY}: expected an answer, found unreachable" in err
        check_candles(tmp_path / "store", "2024-01-20", "2024-02-01")
        assert (await typed(said, *command))[0] == 0
        bad_row(there)
        other = (*command, "--store", "other", "--rest", NOBODY)
        document = await typed(said.document, *other, code=ExitCode.FAILED)
        assert [one["what"] for one in document["refused"]] == [JANUARY]
        assert [one["missing"] for one in document["series"]] == [12 * 96]
        assert "unreachable" in document["unanswered"] or "Connect" in document["unanswered"]
        document = await typed(said.document, *other, "--drop-bad", code=ExitCode.FAILED)
        assert [(one["files"], one["findings"], one["missing"]) for one in document["series"]] == [
            (1, {"out_of_range": 1}, 1)
        ]


def test_no_network_is_one_clear_error(said: Said) -> None:
    code, out, err = said("data", "fetch", SYMBOL, "ETHUSDT", "--archives", NOBODY, "--series", "candles,mark")
    assert (code, out) == (ExitCode.FAILED, "")
    assert err.count("error:") == 1
    assert f"error: {NOBODY}/data/futures/um/" in err
    assert "hint: what has been taken stays" in err


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--market", "margin"], "--market: expected one of usdm, spot, found 'margin'"),
        (["--series", "candels"], "--series: expected some of candles, mark, index, premium, funding, "),
        (["--market", "spot", "--series", "funding"], "--series: expected some of candles, found 'funding'"),
        (["--interval", "7m"], "--interval: expected some of 1m, 3m, "),
        (["--start", "soon"], "--start: expected a time such as"),
        (["--start", "2024-02-01", "--end", "2024-01-01"], "--start: expected a time before --end"),
        (["--archives", "data"], "--archives: expected an address such as"),
        (["--on-conflict", "ask"], "--on-conflict: expected one of refuse, keep, replace"),
    ],
)
def test_what_cannot_be_done_is_said(said: Said, arguments: list[str], text: str) -> None:
    code, out, err = said("data", "fetch", SYMBOL, *arguments)
    assert (code, out) == (ExitCode.USAGE, "")
    assert text in err
