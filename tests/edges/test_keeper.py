"""The keeper: all that a session got is in the store, once, whatever happens to store and journal."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing
from math import nan
from pathlib import Path

import anyio
import numpy as np
import pytest
from structlog.testing import capture_logs
from tests.journals import GENESIS, header
from tests.markets import config
from tests.series import START, assert_same, candle_rows, entry, rows_of

from finantrade.config import BinanceConfig, FeedConfig
from finantrade.domain.context import (
    Crowd,
    FundingEstimate,
    FundingRate,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    Sentiment,
    TakerRatio,
)
from finantrade.domain.market import Bar, BarArrived, BarRevised, Heartbeat
from finantrade.domain.message import Input, Message
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE, Millis
from finantrade.edges import keeper as keeping
from finantrade.edges.keeper import MARKS, Keeper, keeper_of
from finantrade.journal.store import Journal
from finantrade.market.bars import bars_of
from finantrade.market.place import Place
from finantrade.market.series import Kind
from finantrade.market.store.files import locked
from finantrade.market.store.manifest import MANIFEST, read_manifest
from finantrade.market.store.reading import list_series, read, troubles
from finantrade.market.store.writing import write
from finantrade.market.table import Table

PLACE = Place("binance", "usdm", Kind.CANDLES, "BTCUSDT", "15m")
FOLLOWING = '{"feed": {"binance": {"market": "usdm", "keep": true, "simulator": null}, "rate": 1.0}}'
ROWS = candle_rows(40 * 96)
"""Forty days: two months."""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return tmp_path / "paper" / "0001"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def bars(rows: Table = ROWS) -> list[Message]:
    return [BarArrived(bar) for bar in bars_of(rows.candles())]


def record(session: Path, messages: Sequence[Message], at: Millis = START) -> None:
    """Add messages to a session's journal, each a second after the other."""
    with closing(Journal.open(session, synchronous="NORMAL")) as journal:
        if not journal.segments():
            journal.begin_segment(header(config=FOLLOWING), b"state 0", 0, GENESIS)
        first = journal.tail.seq + 1
        begin = max(at, journal.tail.at)
        journal.append([Input(first + n, begin + n * 1000, one) for n, one in enumerate(messages)], [])


def begin(session: Path, settings: str) -> None:
    """Begin a segment with another configuration."""
    with closing(Journal.open(session)) as journal:
        head = journal.tail.head or GENESIS
        journal.begin_segment(header(head, settings), b"state", journal.tail.seq, head)


def keep(session: Path, store: Path) -> Keeper:
    """Let a keeper do its work once."""
    keeper = Keeper(session, store)
    keeper.keep()
    return keeper


def whole(store: Path, place: Place = PLACE) -> Table:
    """Return a stored series, which is in order."""
    assert list(troubles(store, place)) == []
    return read(store, place)


def test_every_bar_is_kept_once_and_the_source_is_named(session: Path, store: Path) -> None:
    told = bars()
    for part in (told[:100], [Heartbeat()], told[100:3_000], told[3_000:]):
        record(session, part)
        keep(session, store)
    assert_same(whole(store), ROWS)
    (source,) = read_manifest(store, PLACE).sources
    assert (source.file, source.rows) == ("session paper/0001", len(ROWS))


def test_going_on_reads_only_what_is_new(session: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(session, bars(ROWS.take(slice(0, 50))))
    assert keep(session, store).status().rows == 50
    record(session, bars(ROWS.take(slice(50, 60))))
    asked: list[int] = []
    inputs = Journal.inputs

    def counted(
        self: Journal, after_seq: int = 0, until: int | None = None, kinds: Collection[str] | None = None
    ) -> Iterator[Input]:
        asked.append(after_seq)
        return inputs(self, after_seq, until, kinds)

    monkeypatch.setattr(Journal, "inputs", counted)
    status = keep(session, store).status()
    assert (status.rows, status.seq, status.failures, status.trouble) == (10, 60, 0, "")
    assert min(asked) == 49, "the input of the mark is looked at, and nothing before"


def test_all_of_a_long_journal_is_kept_step_by_step(
    session: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "STEP", 700)
    record(session, bars())
    keep(session, store)
    assert_same(whole(store), ROWS)


def test_context_facts_go_where_archives_of_them_go(session: Path, store: Path) -> None:
    eight, five = START + 8 * HOUR, START + 5 * MINUTE
    record(session, [
        FundingRate("BTCUSDT", eight, 0.0001, 8 * HOUR, 42_000.0), FundingRate("ETHUSDT", eight, -0.0002),
        OpenInterest("BTCUSDT", five, 1_000.0, 4.2e7),
        LongShortRatio("BTCUSDT", five, Crowd.ALL_ACCOUNTS, 1.5), TakerRatio("BTCUSDT", five, 1.5, 3.0, 2.0),
        Liquidation("BTCUSDT", START + 7, Side.SELL, 41_000.0, 0.5), Sentiment("fear_greed", START, 71.0),
        MarkPrice("BTCUSDT", five, 42_000.0), FundingEstimate("BTCUSDT", five, 0.0001, eight),
        LongShortRatio("BTCUSDT", five, Crowd.TOP_POSITIONS, 1.25), TakerRatio("BTCUSDT", five, 1.5, 3.0, 2.0),
    ])  # fmt: skip
    keep(session, store)
    base = "binance/usdm"
    expected = {
        f"{base}/funding/BTCUSDT/irregular": rows_of(
            Kind.FUNDING, [eight], rate=[0.0001], interval_h=[8], mark_price=[42_000], received=[START]
        ),
        f"{base}/funding/ETHUSDT/irregular": rows_of(
            Kind.FUNDING, [eight], symbol="ETHUSDT", rate=[-0.0002], received=[START + 1_000]
        ),
        f"{base}/open_interest/BTCUSDT/5m": rows_of(
            Kind.OPEN_INTEREST, [five], 5 * MINUTE, amount=[1_000], value=[4.2e7], received=[START + 2_000]
        ),
        f"{base}/ratios/BTCUSDT/5m": rows_of(
            Kind.RATIOS, [five], 5 * MINUTE, accounts=[1.5], top_positions=[1.25], taker=[1.5], received=[START + 9_000]
        ),
        f"{base}/liquidation_events/BTCUSDT/irregular": rows_of(
            Kind.LIQUIDATION_EVENTS, [START + 7], side=[1], price=[41_000], quantity=[0.5], received=[START + 5_000]
        ),
        f"{base}/sentiment/fear_greed/1d": rows_of(
            Kind.SENTIMENT, [START], DAY, symbol="fear_greed", value=[71], received=[START + 6_000]
        ),
    }
    assert {str(one.manifest.place) for one in list_series(store) if one.manifest} == set(expected)
    for place, rows in expected.items():
        assert_same(whole(store, Place.parse(place)), rows)


@pytest.mark.parametrize(("late", "received"), [(0, True), (HOUR, True), (HOUR + 1, False), (30 * DAY, False)])
def test_a_figure_fetched_long_after_does_not_say_when_it_could_be_known(
    session: Path, store: Path, late: Millis, received: bool
) -> None:
    at = START + 5 * MINUTE + late
    record(session, [OpenInterest("BTCUSDT", START, 1_000.0)], at)
    keep(session, store)
    found = whole(store, Place.parse("binance/usdm/open_interest/BTCUSDT/5m"))
    assert found.available().tolist() == [at if received else START + 5 * MINUTE]


@pytest.mark.parametrize("kept_between", [False, True])
@pytest.mark.parametrize(
    ("late", "known"), [(5 * MINUTE, 10 * MINUTE), (2 * HOUR, 5 * MINUTE)], ids=["received", "declared"]
)
def test_a_row_is_known_when_the_last_of_it_is(
    session: Path, store: Path, late: Millis, known: Millis, kept_between: bool
) -> None:
    record(session, [LongShortRatio("BTCUSDT", START, Crowd.ALL_ACCOUNTS, 1.5)], START + 5 * MINUTE)
    if kept_between:
        keep(session, store)
    record(session, [TakerRatio("BTCUSDT", START, 1.25)], START + 5 * MINUTE + late)
    keep(session, store)
    found = whole(store, Place.parse("binance/usdm/ratios/BTCUSDT/5m"))
    assert (found.values["accounts"].tolist(), found.values["taker"].tolist()) == ([1.5], [1.25])
    assert found.available().tolist() == [START + known]


def revised(row: int, close: float) -> Bar:
    (bar,) = bars_of(candle_rows(6, close={row: close}).take(slice(row, row + 1)).candles())
    return bar


@pytest.mark.parametrize("together", [True, False])
def test_a_revised_bar_replaces_and_what_was_acted_on_is_recorded(session: Path, store: Path, together: bool) -> None:
    acted = candle_rows(6)
    close = float(acted.values["close"][3]) + 0.125
    record(session, bars(acted))
    if not together:
        keep(session, store)
    record(session, [BarRevised(revised(3, close))])
    keep(session, store)
    next((store / MARKS).iterdir()).unlink()
    keep(session, store)
    assert_same(whole(store), candle_rows(6, close={3: close}))
    (revision,) = read_manifest(store, PLACE).revisions
    assert (revision.stands["close"], revision.other) == (close, acted.row(3))


def test_what_an_archive_says_stands_and_what_was_told_live_is_recorded(session: Path, store: Path) -> None:
    close = float(candle_rows(8).values["close"][3]) + 0.125
    write(store, PLACE, candle_rows(8, close={3: close}).take(slice(0, 6)), entry("archive.zip", 6))
    record(session, bars(candle_rows(8)))
    status = keep(session, store).status()
    assert (status.rows, status.revised) == (2, 1)
    assert_same(whole(store), candle_rows(8, close={3: close}))
    (revision,) = read_manifest(store, PLACE).revisions
    assert (revision.other, revision.source) == (candle_rows(8).row(3), "session paper/0001")


def test_a_bad_row_is_left_out_and_takes_no_other_with_it(session: Path, store: Path) -> None:
    told = [OpenInterest("BTCUSDT", START + n * 5 * MINUTE, amount) for n, amount in enumerate((1.0, -1.0, nan, 2.0))]
    record(session, [*told, OpenInterest("BTCUSDT", START + 3 * MINUTE, 3.0)])
    status = keep(session, store).status()
    assert (status.rows, status.left_out, status.seq) == (2, 3, 5)
    assert whole(store, Place.parse("binance/usdm/open_interest/BTCUSDT/5m")).values["amount"].tolist() == [1.0, 2.0]


def test_a_row_that_has_no_series_stops_nobody(session: Path, store: Path) -> None:
    crooked = Bar("BTCUSDT", START, START + 899_998, 1.0, 1.0, 1.0, 1.0, 1.0)
    nameless = OpenInterest("../BTC", START, 1.0)
    record(session, [BarArrived(crooked), nameless, *bars(ROWS.take(slice(0, 3)))])
    with capture_logs() as told:
        status = keep(session, store).status()
    assert (status.rows, status.left_out, status.seq) == (3, 2, 5)
    assert [(one["event"], one["rows"]) for one in told] == [("rows_left_out", 2)]
    assert_same(whole(store), ROWS.take(slice(0, 3)))


def test_the_mark_of_another_journal_or_store_is_no_mark(session: Path, store: Path, tmp_path: Path) -> None:
    record(session, bars(ROWS.take(slice(0, 20))))
    keep(session, store)
    (session / "journal.sqlite").rename(tmp_path / "gone")
    record(session, bars(ROWS.take(slice(20, 60))), at=START + DAY)
    keep(session, store)
    assert_same(whole(store), ROWS.take(slice(0, 60)))
    other = tmp_path / "other"
    keep(session, other)
    assert_same(whole(other), ROWS.take(slice(20, 60)))
    next((store / MARKS).iterdir()).write_bytes(b"{")
    assert keep(session, store).status().rows == 0


def test_what_retention_removed_first_is_said(session: Path, store: Path) -> None:
    record(session, bars(ROWS.take(slice(0, 20))))
    keep(session, store)
    record(session, bars(ROWS.take(slice(20, 40))))
    begin(session, FOLLOWING)
    record(session, bars(ROWS.take(slice(40, 60))))
    with closing(Journal.open(session)) as journal:
        journal.drop(journal.segments()[:1])
    with capture_logs() as told:
        keep(session, store)
    assert told == [{"event": "keeping_missed", "log_level": "warning", "first": 21, "last": 40}]
    assert whole(store).time.tolist() == ROWS.time[np.r_[0:20, 40:60]].tolist()


async def test_it_tries_again_until_the_store_takes_it(
    session: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy series, a broken manifest and a full disk: each is counted, said, and made good."""
    monkeypatch.setattr(keeping, "WAIT_S", 0.01)
    record(session, bars(ROWS.take(slice(0, 10))))
    keeper, stopping = Keeper(session, store), anyio.Event()
    keep(session, store)
    record(session, bars(ROWS.take(slice(10, 20))))
    manifest = store / PLACE.path / MANIFEST
    sound = manifest.read_bytes()
    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(20):
            with locked(store / PLACE.path):
                tasks.start_soon(keeper.run, stopping, 0.01, 0.01)
                await until(lambda: "another process writing" in keeper.status().trouble)
                assert keeper.status().failures >= 1
                manifest.write_bytes(sound[: len(sound) // 2])
            await until(lambda: "expected the manifest" in keeper.status().trouble)
            manifest.write_bytes(sound)
            await until(lambda: not keeper.status().trouble)
            assert_same(whole(store), ROWS.take(slice(0, 20)))
            with monkeypatch.context() as broken:
                broken.setattr(Path, "open", full)
                record(session, bars(ROWS.take(slice(20, 30))))
                await until(lambda: "No space left" in keeper.status().trouble)
            await until(lambda: not keeper.status().trouble)
            record(session, bars(ROWS.take(slice(30, 40))))
            stopping.set()
    assert_same(whole(store), ROWS.take(slice(0, 40)))
    assert keeper.status().rows == 30


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  a thread cannot set an event of the loop
        await anyio.sleep(0.01)


@pytest.mark.parametrize(
    "other",
    [
        '{"feed": {"binance": {"market": "usdm", "simulator": "http://127.0.0.1:9000"}}}',
        '{"feed": {"binance": {"market": "usdm", "keep": false}}}',
        '{"feed": {"binance": null, "dataset": "demo"}}',
        '{"feed": {"binance": {"market": "moon"}}}',
        '{"name": "test"}',
    ],
    ids=["a simulator", "a wish", "a replay", "another market", "who knows what"],
)
def test_what_a_session_had_from_elsewhere_is_not_kept(session: Path, store: Path, other: str) -> None:
    """The same session may go on with another configuration: what each segment got is what its own says."""
    parts = [bars(ROWS.take(slice(start, start + 10))) for start in (0, 10, 20, 30)]
    for part, settings in zip(parts, (other, FOLLOWING, other, FOLLOWING.replace("usdm", "spot")), strict=True):
        begin(session, settings)
        record(session, part)
    assert keep(session, store).status().seq == 40
    assert keep(session, store).status().rows == 0
    assert_same(whole(store), ROWS.take(slice(10, 20)))
    assert_same(whole(store, Place.parse("binance/spot/candles/BTCUSDT/15m")), ROWS.take(slice(30, 40)))


def test_nothing_is_kept_of_a_simulator_or_a_replay_or_against_a_wish(tmp_path: Path) -> None:
    def wanted(feed: FeedConfig) -> bool:
        return keeper_of(config(feed=feed), tmp_path / "paper" / "0001", tmp_path) is not None

    assert wanted(FeedConfig(binance=BinanceConfig()))
    assert not wanted(FeedConfig(binance=BinanceConfig(keep=False)))
    assert not wanted(FeedConfig(binance=BinanceConfig(simulator="http://127.0.0.1:9000")))
    assert not wanted(FeedConfig(dataset="demo"))
