"""The simulated exchange without sockets: forming candles, longer intervals, invented figures, faults, limits."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exchanges import BARS, FIRST, HOLE, START, STEP, SYMBOLS, bar_time, candles, venue

from finantrade.domain.market import Bar
from finantrade.domain.units import DAY, HOUR, MINUTE, SECOND, Millis
from finantrade.simulator import player as player_module
from finantrade.simulator.answers import Answer, Asked
from finantrade.simulator.chance import chance
from finantrade.simulator.desk import SWITCHED, Desk
from finantrade.simulator.faults import answered, bars, lines
from finantrade.simulator.faults.catalogue import KINDS, NAMES, BadFault, fault_of
from finantrade.simulator.faults.fault import Fault, Frame, always, by_seed, exactly
from finantrade.simulator.player import Player
from finantrade.simulator.recording import Recording, folded
from finantrade.simulator.rest import Rest
from finantrade.simulator.venue import step_for
from finantrade.simulator.weights import BAN, Budget, Overspent, weight_of
from finantrade.wire.events import MarkPriceEvent
from finantrade.wire.klines import KlineEvent
from finantrade.wire.payloads import write
from finantrade.wire.subscriptions import stream_of

DOCS = Path(__file__).resolve().parents[2] / "docs" / "simulator.md"
AAA, BBB = SYMBOLS
ALL = [
    stream_of(f"{symbol.lower()}@{kind}")
    for symbol in SYMBOLS
    for kind in ("kline_1m", "kline_15m", "markPrice@1s", "forceOrder", "bookTicker", "aggTrade")
]
ENDED = FIRST + BARS * MINUTE


@pytest.fixture(scope="module")
def recording() -> Recording:
    return Recording(candles(AAA), seed=1)


def played(*faults: Fault, seed: int = 1, minutes: int = 60, streams: Sequence[Any] = ALL) -> Iterator[Frame]:
    """Yield what is sent over the first minutes."""
    player = Player(venue(seed), faults, START)
    while player.due <= START + minutes * MINUTE:
        yield from player.turn(streams)


def told(*faults: Fault, minutes: int = 3) -> list[tuple[int, int, bool]]:
    """Return the candles of AAA's first minutes: (bar, seconds since the start, closed)."""
    return [
        ((candle.open_time - START) // MINUTE, (frame.due - START) // SECOND, candle.closed)
        for frame in played(*faults, minutes=minutes, streams=[stream_of("aaausdt@kline_1m")])
        if (candle := frame.candle)
    ]


# Candles


@given(nth=st.integers(0, BARS - 1), share=st.lists(st.integers(0, MINUTE - 1), min_size=2, max_size=6))
def test_a_forming_candle_grows_into_its_bar(recording: Recording, nth: int, share: list[int]) -> None:
    opened = FIRST + nth * MINUTE
    whole = recording.closed(MINUTE, opened)
    assert whole is not None
    stages = [stage for at in sorted(share) if (stage := recording.forming(MINUTE, opened + at))]
    for stage in stages:
        assert (stage.open, stage.open_time, stage.close_time) == (whole.open, opened, opened + MINUTE - 1)
        assert whole.low <= stage.low <= min(stage.open, stage.close)
        assert max(stage.open, stage.close) <= stage.high <= whole.high
        assert stage.volume <= whole.volume
    for earlier, later in pairwise(stages):
        assert (later.high, -later.low, later.volume) >= (earlier.high, -earlier.low, earlier.volume)
        assert later.high >= earlier.high
        assert later.low <= earlier.low


def test_a_candle_begins_with_its_open_alone(recording: Recording) -> None:
    first = recording.forming(MINUTE, START)
    assert first is not None
    assert (first.high, first.low, first.close, first.volume) == (first.open, first.open, first.open, 0.0)


@pytest.mark.parametrize("interval", [5 * MINUTE, 15 * MINUTE, HOUR, DAY])
def test_longer_candles_are_made_of_the_recorded_ones(recording: Recording, interval: Millis) -> None:
    begin = FIRST + 2 * HOUR if interval < DAY else FIRST
    parts = [part for at in range(begin, begin + interval, MINUTE) if (part := recording.closed(MINUTE, at))]
    assert recording.closed(interval, begin) == folded(parts, begin, interval)
    half = begin + interval // 2 // MINUTE * MINUTE
    forming = recording.forming(interval, min(half, ENDED - MINUTE))
    assert forming is not None
    assert (forming.open_time, forming.open, forming.close_time) == (begin, parts[0].open, begin + interval - 1)


def test_shorter_intervals_are_not_served(recording: Recording) -> None:
    assert not recording.serves(MINUTE // 2)
    assert not recording.serves(90 * SECOND)
    assert not recording.serves(7 * MINUTE)
    assert not recording.serves(2 * DAY)
    assert recording.serves(HOUR)
    assert recording.serves(MINUTE)


def test_nothing_is_told_in_a_hole() -> None:
    hole = Recording(candles(BBB), seed=1)
    at = FIRST + HOLE * MINUTE
    assert (hole.closed(MINUTE, at), hole.forming(MINUTE, at + STEP), hole.price(at)) == (None, None, None)
    longer = hole.closed(5 * MINUTE, at // (5 * MINUTE) * 5 * MINUTE)
    assert longer is not None
    market = venue()
    assert [frame for stream in ALL for frame in market.told(stream, at + STEP) if stream.symbol == BBB][1:] == []


def test_recordings_without_taker_volume_get_one(recording: Recording) -> None:
    bar = recording.closed(MINUTE, START)
    assert isinstance(bar, Bar)
    assert bar.taker_buy_volume == bar.volume / 2
    assert bar.quote_volume == bar.volume * bar.close
    assert bar.trades == 0


@pytest.mark.parametrize(
    ("rate", "timeframe", "step"),
    [
        (1, 15 * MINUTE, SECOND),
        (60, 15 * MINUTE, 15 * SECOND),
        (600, 15 * MINUTE, 3 * MINUTE),
        (3_600, 15 * MINUTE, 15 * MINUTE),
        (100_000, 15 * MINUTE, 15 * MINUTE),
        (60, MINUTE, 15 * SECOND),
        (0.01, MINUTE, SECOND),
    ],
)
def test_updates_keep_a_pace_that_can_be_followed(rate: float, timeframe: Millis, step: Millis) -> None:
    assert step_for(rate, timeframe) == step
    assert timeframe % step == 0


# Chance and seeds


def test_chance_hangs_on_seed_and_subject_alone() -> None:
    draws = [chance(1, "subject", number) for number in range(1_000)]
    assert draws == [chance(1, "subject", number) for number in range(1_000)]
    assert draws != [chance(2, "subject", number) for number in range(1_000)]
    assert 0.45 < sum(draws) / 1_000 < 0.55
    assert all(0 <= draw < 1 for draw in draws)


def test_the_same_seed_plays_the_same(seeds: Callable[[int, int], range]) -> None:
    for seed in seeds(2, 20):
        faults = [fault_of(f"{name}:0.2" if name in KINDS else name, seed) for name in NAMES]
        first, again = ([write([frame.told for frame in played(*faults, seed=seed)])] for _ in range(2))
        assert first == again, f"seed {seed}"
    assert [write(frame.told) for frame in played(seed=1)] != [write(frame.told) for frame in played(seed=2)]


def test_what_a_stream_tells_hangs_on_no_other_stream() -> None:
    alone = [write(frame.told) for frame in played(streams=ALL[:1])]
    assert alone == [write(frame.told) for frame in played() if frame.stream == ALL[0]]


def test_a_fault_strikes_its_share_of_cases() -> None:
    strikes = by_seed(1, "missing", 0.1)
    struck = [strikes(AAA, bar_time(nth)) for nth in range(5_000)]
    assert 400 < sum(struck) < 600
    assert struck == [strikes(AAA, bar_time(nth)) for nth in range(5_000)]
    assert struck != [by_seed(1, "late", 0.1)(AAA, bar_time(nth)) for nth in range(5_000)]


# Invented figures


def test_funding_is_near_its_interest_and_told_alike_everywhere() -> None:
    market = venue()
    for symbol, invented in market.figures.items():
        for time in range(FIRST, START, 8 * HOUR):
            settled = invented.settled(time)
            assert settled is not None
            assert abs(settled.rate) <= 0.003
            assert invented.estimate(time).rate == settled.rate
            assert 0 <= invented.stamp_of(settled) - time < 10
        (event,) = market.told(stream_of(f"{symbol.lower()}@markPrice@1s"), START)
        assert isinstance(event, MarkPriceEvent)
        assert event.mark == getattr(invented.mark(START), "mark", None)
        assert abs(event.mark / event.index - 1) < 0.001


def test_some_seconds_see_liquidations() -> None:
    invented = venue().figures[AAA]
    found = [one for second in range(0, 90 * MINUTE, SECOND) if (one := invented.liquidation(START + second))]
    assert 150 < len(found) < 450
    assert Counter(one.side for one in found).keys() == {"buy", "sell"}
    assert all(one.qty > 0 for one in found)


# Faults


STRIKES = exactly((AAA, START), ("", START))
WHOLE = [(0, 15, False), (0, 30, False), (0, 45, False), (0, 60, True), (1, 60, False), (1, 75, False)]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(), WHOLE),
        (bars.Missing(STRIKES), WHOLE[4:]),
        (bars.Holes(STRIKES), WHOLE[4:]),
        (bars.Late(STRIKES, 7_000), [*WHOLE[:3], WHOLE[4], (0, 67, True), WHOLE[5]]),
        (bars.Disorder(STRIKES), [*WHOLE[:3], WHOLE[4], WHOLE[3], WHOLE[5]]),
        (bars.Duplicates(STRIKES), [*WHOLE[:4], *WHOLE[3:]]),
        (bars.NeverCloses(STRIKES), [*WHOLE[:3], (0, 60, False), *WHOLE[4:]]),
        (lines.Silence(STRIKES), WHOLE[3:]),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else "",
)
def test_what_a_fault_leaves_of_candles(fault: Fault, expected: list[tuple[int, int, bool]]) -> None:
    found = [(bar, round(at), closed) for bar, at, closed in told(fault, minutes=2)]
    assert found[: len(expected)] == expected


def test_faults_are_laid_over_each_other() -> None:
    both = told(bars.Duplicates(STRIKES), bars.Late(STRIKES, 7_000), minutes=2)
    assert both[3:6] == [(1, 60, False), (0, 67, True), (0, 67, True)]


def test_garbled_frames_are_no_candles() -> None:
    struck = exactly((AAA, START + STEP))
    for fault in (answered.Truncated(struck), answered.Malformed(struck)):
        first, second, *_ = played(fault, streams=[stream_of("aaausdt@kline_1m")])
        assert first.garbled is not None
        assert second.garbled is None


def test_what_is_put_off_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player_module, "PUT_OFF", 5)
    found = told(bars.Late(always, 20 * MINUTE), minutes=19)
    closes = [(bar, at) for bar, at, closed in found if closed]
    assert closes == [(bar, 60 * bar + 60) for bar in range(5, 19)]


def test_a_skewed_clock_skews_lists_of_events_too() -> None:
    stream = stream_of("!markPrice@arr@1s")
    (frame, *_) = played(lines.Skew(-2_000), streams=[stream])
    assert isinstance(frame.told, tuple)
    assert {event.time for event in frame.told if isinstance(event, MarkPriceEvent)} == {START + STEP - 2_000}


def test_lines_are_cut_midway_and_closed_for_a_bar() -> None:
    player = Player(venue(), (), START)
    moments = [player.moment(START + nth * STEP) for nth in range(8)]
    assert [lines.Disconnects(STRIKES).hangs_up(one) for one in moments] == [False, False, True, *[False] * 5]
    assert [lines.Outages(STRIKES).listens(one) for one in moments] == [False] * 4 + [True] * 4


@pytest.mark.parametrize("name", NAMES)
def test_every_fault_has_a_name_and_is_documented(name: str) -> None:
    assert isinstance(fault_of(name, 1), Fault)
    assert f"| `{name}` |" in DOCS.read_text(encoding="utf-8")
    if name in KINDS:
        assert KINDS[name].does in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("misin", "did you mean missing?"),
        ("missing:lots", "expected a number after the name of a fault, found 'missing:lots'"),
        ("missing:nan", "expected a number"),
        ("missing:2", "expected a share of bars above 0 and up to 1"),
        ("late:0", "expected a share"),
        ("skew:inf", "expected a number"),
        ("", "expected one of the faults disconnect, "),
    ],
)
def test_what_is_no_fault_is_explained(text: str, words: str) -> None:
    with pytest.raises(BadFault, match=r".") as caught:
        fault_of(text, 1)
    assert words in str(caught.value)


def test_answers_stay_as_they_are_where_no_fault_strikes() -> None:
    answer, question = Answer(200, b"{}"), Asked(3, "/fapi/v1/time", {}, START)
    for name in KINDS:
        assert KINDS[name].make(exactly()).answer(question, answer) == answer


# Answers


def ask(rest: Rest, path: str, now: Millis = START, **query: object) -> Any:
    answer = rest.answer(Asked(0, path, {name: str(value) for name, value in query.items()}, now))
    return json.loads(answer.body)


@pytest.fixture
def rest() -> Rest:
    return Rest(venue(), keeps=lambda symbol, bar: True)


KLINES = "/fapi/v1/klines"


@pytest.mark.parametrize(
    ("query", "opens"),
    [
        ({"limit": 3}, [498, 499, 500]),
        ({"limit": 2, "endTime": FIRST + 10 * MINUTE}, [9, 10]),
        ({"limit": 2, "startTime": FIRST + 10 * MINUTE}, [10, 11]),
        ({"limit": 2, "startTime": FIRST + 10 * MINUTE + 1}, [11, 12]),
        ({"startTime": FIRST + 10 * MINUTE, "endTime": FIRST + 12 * MINUTE}, [10, 11, 12]),
        ({"startTime": START}, [500]),
        ({"startTime": START + MINUTE}, []),
        ({"endTime": FIRST - 1}, []),
    ],
)
def test_candles_are_paged(rest: Rest, query: dict[str, int], opens: list[int]) -> None:
    rows = ask(rest, KLINES, symbol=AAA, interval="1m", **query)
    assert [(row[0] - FIRST) // MINUTE for row in rows] == opens


def test_nothing_of_the_future_is_answered(rest: Rest) -> None:
    now = START + 20_000
    whole = ask(rest, KLINES, now=ENDED, symbol=AAA, interval="1m", startTime=START, limit=1)[0]
    forming = ask(rest, KLINES, now=now, symbol=AAA, interval="1m", limit=1)[0]
    assert (forming[0], forming[1]) == (whole[0], whole[1])
    assert float(forming[5]) < float(whole[5])
    for path, name in (("fundingRate", "fundingTime"), ("premiumIndex", "time")):
        rows = ask(rest, f"/fapi/v1/{path}", now=now, symbol=AAA)
        assert all(row[name] <= now for row in (rows if isinstance(rows, list) else [rows]))
    for path in ("openInterestHist", "takerlongshortRatio", "globalLongShortAccountRatio"):
        rows = ask(rest, f"/futures/data/{path}", now=now, symbol=AAA, period="5m", limit=500)
        assert len(rows) == 101
        assert max(row["timestamp"] for row in rows) <= now


def test_statistics_reach_back_thirty_days(rest: Rest) -> None:
    path = "/futures/data/openInterestHist"
    assert ask(rest, path, now=START + 31 * DAY, symbol=AAA, period="5m", startTime=START)["code"] == -1130
    assert ask(rest, path, symbol=AAA, period="5m", startTime=START - HOUR)[0]["timestamp"] == START - HOUR


def test_a_bar_that_is_not_kept_is_not_answered() -> None:
    rest = Rest(venue(), keeps=lambda symbol, bar: bar != FIRST + MINUTE)
    rows = ask(rest, KLINES, symbol=AAA, interval="1m", startTime=FIRST, limit=3)
    assert [(row[0] - FIRST) // MINUTE for row in rows] == [0, 2, 3]


def test_it_says_that_it_is_simulated(rest: Rest) -> None:
    assert "invented" in ask(rest, "/fapi/v1/exchangeInfo")["simulated"]


@pytest.mark.parametrize(
    ("path", "query", "weight"),
    [
        (KLINES, {"limit": "99"}, 1),
        (KLINES, {"limit": "499"}, 2),
        (KLINES, {}, 5),
        (KLINES, {"limit": "1500"}, 10),
        (KLINES, {"limit": "many"}, 5),
        ("/fapi/v1/premiumIndex", {"symbol": AAA}, 1),
        ("/fapi/v1/premiumIndex", {}, 10),
        ("/fapi/v1/time", {}, 1),
        ("/api/v3/klines", {"limit": "1000"}, 2),
        ("/futures/data/openInterestHist", {}, 0),
    ],
)
def test_requests_weigh_what_they_do_at_the_exchange(path: str, query: dict[str, str], weight: int) -> None:
    assert weight_of(path, query) == weight


def test_a_budget_is_for_a_minute_and_patience_ends() -> None:
    budget = Budget(10)
    assert budget.spend(10, START) == {"X-MBX-USED-WEIGHT-1M": "10"}
    for banned in [*[False] * 10, True, True]:
        with pytest.raises(Overspent) as caught:
            budget.spend(1, START + 30 * SECOND)
        assert (caught.value.refusal.status == 418) is banned
    assert budget.spend(10, START + 30 * SECOND + BAN)


def test_the_exchange_can_be_had_without_sockets() -> None:
    faults = [bars.Missing(exactly((AAA, START))), answered.ServerErrors(exactly((KLINES, 1)))]
    desk = Desk(venue(), faults, START)
    query = {"symbol": AAA, "interval": "1m", "limit": "1"}
    assert [desk.answer(KLINES, query, START).status for _ in range(3)] == [200, 503, 200]
    assert desk.answer("/stream", {}, START, switches=True).status == SWITCHED
    told = list[Frame]()
    while desk.due <= START + MINUTE:
        assert desk.listens()
        assert not desk.hangs_up()
        told += desk.turn([stream_of("aaausdt@kline_1m")])
    assert [frame.candle.open_time for frame in told if frame.candle] == [START + MINUTE]


def test_closed_candles_come_before_the_next_opens() -> None:
    kinds = [
        (event.candle.closed, event.candle.open_time)
        for frame in played(minutes=15, streams=[stream_of("aaausdt@kline_5m")])
        if isinstance(event := frame.told, KlineEvent)
    ]
    assert [time for closed, time in kinds if closed] == [START, START + 5 * MINUTE, START + 10 * MINUTE]
    assert all(later[1] >= earlier[1] for earlier, later in pairwise(kinds))
