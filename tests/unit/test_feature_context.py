"""Features of what is known beside bars: against pandas, at the edges of their ages, and where a series is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from tests.beside import DAYS, SYMBOL, facts, frames, heard_rows
from tests.feature_rows import BESIDE_BARS, QUARTER, Rows, bars_of, bits, resolved, walk
from tests.markets import config
from tests.oracles.context import ORACLES, as_of
from tests.oracles.data import frame
from tests.unit.test_feature_values import expect

from finantrade.config import Context, FeedConfig, StrategyConfig
from finantrade.domain.context import FundingRate, Liquidation, OpenInterest, Premium, Sentiment
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.orders import Side
from finantrade.domain.units import DAY, HOUR, MINUTE
from finantrade.features import series
from finantrade.features.catalogue import resolve
from finantrade.features.declaration import CONTEXT, Column, FeatureError
from finantrade.features.description import descriptions
from finantrade.features.feature_set import FeatureSet
from finantrade.features.kernels import clusters
from finantrade.features.series import SERIES, columns_beside, context_of
from finantrade.features.standing import WAITING, Standing
from finantrade.market.fact_order import Fact
from finantrade.market.liquidation_map import build as build_map
from finantrade.market.series import Kind
from finantrade.market.table import Table
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import build

NAN = math.nan
BARS = DAYS * 96
START = 10 * DAY


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    found = np.array(heard_rows(resolved(ORACLES), bars_of(walk(BARS)), facts()))
    return dict(zip(ORACLES, found.T, strict=True))


@pytest.mark.parametrize("name", ORACLES)
def test_a_feature_is_what_pandas_makes_of_it(rows: dict[str, np.ndarray], name: str) -> None:
    expected = ORACLES[name](frame(BARS)).to_numpy(float)
    assert np.nanmin(expected) < np.nanmax(expected)
    expect(rows[name], expected, name)


@pytest.mark.parametrize("name", ORACLES)
def test_values_keep_to_their_range_and_are_told_of(rows: dict[str, np.ndarray], name: str) -> None:
    feature = resolve(name)
    assert feature.low <= np.nanmin(rows[name])
    assert np.nanmax(rows[name]) <= feature.high
    (one,) = descriptions([feature], QUARTER)
    assert one.series == tuple(dict.fromkeys(str(SERIES[column].context) for column in columns_beside([feature])))
    assert any(SERIES[column].source in one.source for column in columns_beside([feature]))


def test_what_stands_at_the_close_of_a_higher_bar_stands_until_the_next() -> None:
    names = ("funding_rate_1h", "premium_zscore_24_1h", "liquidated_longs_1_1h")
    found = np.array(heard_rows(resolved(names), bars_of(walk(BARS)), facts()))
    data = frame(BARS)
    rate, premium = (ORACLES[name](data).to_numpy()[3::4] for name in ("funding_rate", "premium"))
    window = np.lib.stride_tricks.sliding_window_view(premium[~np.isnan(premium)], 24)
    scores = (window[:, -1] - window.mean(axis=1)) / window.std(axis=1)
    sums = heard_rows(resolved(("liquidated_longs_1",)), bars_of(walk(BARS)), facts())
    forced = np.array(sums)[:, 0].reshape(-1, 4).sum(axis=1)
    for column, hourly in zip(
        found.T, (rate, np.append([NAN] * (len(rate) - len(scores)), scores), forced), strict=True
    ):
        expect(column, np.concatenate(([NAN] * 3, np.repeat(hourly, 4)))[: len(column)], "")


# ---- ages, order, life


def bar(at: int, *, backfilled: bool = False) -> Bar:
    opens = START + at * QUARTER
    return Bar(SYMBOL, opens, opens + QUARTER - 1, 10.0, 11.0, 9.0, 10.0, 1.0, 10.0, backfilled=backfilled)


def told(names: Sequence[str], facts: Sequence[Fact], bars: Sequence[Bar]) -> Rows:
    return heard_rows(resolved(names), bars, facts)


def one(facts: Sequence[Fact], at: Sequence[int], name: str) -> list[float]:
    return [value for (value,) in told((name,), facts, [bar(number) for number in at])]


def premium(at: int, value: float = 1.0, known: int | None = None) -> Fact:
    return START + (at if known is None else known), Premium(SYMBOL, START + at, value)


AGE = 30 * MINUTE


@pytest.mark.parametrize(
    ("facts", "bars", "values"),
    [
        pytest.param([premium(QUARTER - 1)], [0, 1, 2], [1.0, 1.0, 1.0], id="known with the last millisecond"),
        pytest.param([premium(QUARTER)], [0, 1], [NAN, 1.0], id="known a millisecond later"),
        pytest.param([premium(QUARTER - 1)], [0, 2, 3], [1.0, 1.0, NAN], id="as old as it may be, then older"),
        pytest.param([premium(QUARTER - 2)], [0, 2], [1.0, NAN], id="a millisecond older"),
        pytest.param([premium(-AGE)], [0], [NAN], id="too old when first seen"),
        pytest.param(
            [premium(0, known=QUARTER), premium(1)][::-1], [0, 1], [1.0, 1.0], id="one known late is passed by"
        ),
        pytest.param(
            [premium(9, 1.0, 10), premium(5, 2.0, 11)], [0], [1.0], id="an older one that comes later changes nothing"
        ),
        pytest.param([premium(9, 1.0, 10), premium(9, 2.0, 11)], [0], [2.0], id="told again it is corrected"),
        pytest.param([premium(9, 1.0, 10), premium(9, 1.0, 11)], [0], [1.0], id="told again it is the same"),
        pytest.param([premium(9), premium(10, NAN)], [0], [1.0], id="a figure that is not known is not told"),
    ],
)
def test_the_newest_figure_stands_as_long_as_it_may(facts: list[Fact], bars: list[int], values: list[float]) -> None:
    assert bits([(value,) for value in one(facts, bars, "premium")]) == bits([(value,) for value in values])


def test_on_longer_bars_a_figure_may_be_two_of_them_old() -> None:
    bars = [Bar(SYMBOL, at * DAY, (at + 1) * DAY - 1, 1.0, 1.0, 1.0, 1.0, 1.0) for at in range(4)]
    rows = heard_rows(resolved(("premium",)), bars, [(DAY - 1, Premium(SYMBOL, DAY - 1, 1.0))], DAY)
    assert bits(rows) == bits([(1.0,), (1.0,), (1.0,), (NAN,)])


def forced(at: int, side: Side = Side.SELL, size: float = 3.0) -> Fact:
    return START + at, Liquidation(SYMBOL, START + at, side, 2.0, size)


@pytest.mark.parametrize(
    ("facts", "bars", "longs"),
    [
        pytest.param([], [0, 1], [NAN, NAN], id="nobody ever spoke"),
        pytest.param([forced(5)], [0, 1, 2], [NAN, 0.0, 0.0], id="the first bar was heard in part"),
        pytest.param(
            [forced(5, Side.BUY), forced(QUARTER + 5)], [0, 1], [NAN, 6.0], id="the other side is a sign of life"
        ),
        pytest.param([forced(5)], [0, 96, 97], [NAN, 0.0, NAN], id="silent for a day, then for longer"),
        pytest.param([forced(0), forced(QUARTER), forced(2 * QUARTER - 1)], [0, 1, 2], [NAN, 12.0, 0.0], id="a sum"),
        pytest.param([forced(0), forced(QUARTER)], [0, 2], [NAN, 0.0], id="what fell into a hole belongs to no bar"),
    ],
)
def test_no_liquidation_is_zero_only_while_the_stream_is_alive(
    facts: list[Fact], bars: list[int], longs: list[float]
) -> None:
    found = one(facts, bars, "liquidated_longs_1")
    assert bits([(value,) for value in found]) == bits([(value,) for value in longs])


def test_over_a_back_filled_bar_streams_are_lost_and_figures_count_from_when_they_were_known() -> None:
    late = START + 9 * QUARTER
    asked = [
        (late, OpenInterest(SYMBOL, START + QUARTER, 5.0)),
        (late, OpenInterest(SYMBOL, START + 2 * QUARTER, 6.0)),
    ]
    standing = Standing((Column.OPEN_INTEREST, Column.LIQUIDATED_LONGS), QUARTER)
    for known, fact in [forced(5), *asked, forced(9 * QUARTER), forced(10 * QUARTER)]:
        standing.hear(fact, known)
    seen = []
    for number, backfilled in ((0, False), (1, True), (2, True), (9, False), (10, False), (11, False)):
        one = bar(number)
        standing.close(one.close_time, backfilled=backfilled)
        seen.append(tuple(standing.values))
    # Five minutes after its time open interest is known.
    expected = [(NAN, NAN), (5.0, NAN), (6.0, NAN), (6.0, NAN), (NAN, 6.0), (NAN, 0.0)]
    assert bits(seen) == bits(expected)


def test_a_live_bar_has_nothing_that_was_told_after_its_close() -> None:
    standing = Standing((Column.OPEN_INTEREST,), QUARTER)
    standing.hear(OpenInterest(SYMBOL, START, 5.0), START + QUARTER + 300)
    standing.close(START + QUARTER - 1, backfilled=False)
    assert math.isnan(standing.values[0])
    standing.close(START + 2 * QUARTER - 1, backfilled=False)
    assert standing.values == [5.0]


def test_what_waits_is_bounded() -> None:
    standing = Standing((Column.PREMIUM, Column.LIQUIDATED_LONGS), QUARTER)
    for number in range(WAITING + 50):
        for known, fact in (premium(number * QUARTER), forced(number * QUARTER)):
            standing.hear(fact, known)
    state = standing.state()
    assert (len(state.waiting), len(state.sums)) == (WAITING, WAITING)


# ---- series


def test_every_column_of_context_is_of_a_series() -> None:
    assert set(SERIES) == set(CONTEXT)
    assert {one.context for one in SERIES.values()} == set(Context)


def test_a_session_has_to_take_in_what_features_rest_on() -> None:
    assert context_of(resolved(("ema_3", "close_1h"))) == ()
    assert context_of(resolved(("sentiment", "oi_divergence_9_4h", "cluster_above_weight", "basis_zscore_9"))) == (
        Context.MARK_PRICE, Context.OPEN_INTEREST, Context.SENTIMENT,
    )  # fmt: skip


def test_a_core_without_a_series_that_its_features_rest_on_is_not_built() -> None:
    strategy = StrategyConfig(name="rule", symbols=("AAA",), params={"enter_long": "premium > 0 and sentiment > 9"})
    feed = FeedConfig(dataset="test", context=(Context.PREMIUM, Context.FUNDING))
    chosen = config(symbols=("AAA",), strategies=(strategy,), feed=feed)
    says = "strategy 'rule' on AAA: sentiment rests on sentiment: expected that in feed.context, found premium, funding"
    with pytest.raises(FeatureError, match=says):
        build(chosen, seat_strategies(chosen))


def test_the_source_of_a_series_is_part_of_the_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    def schema(*names: str) -> str:
        return FeatureSet(resolved(names), QUARTER).schema_id

    before, others = schema("liquidated_longs_3"), schema("liquidated_shorts_3", "ema_3")
    total = replace(SERIES[Column.LIQUIDATED_LONGS], source="an aggregator's total of all venues")
    monkeypatch.setattr(series, "SERIES", {**SERIES, Column.LIQUIDATED_LONGS: total})
    monkeypatch.setattr("finantrade.features.composition.SERIES", series.SERIES)
    assert schema("liquidated_longs_3") != before
    assert schema("liquidated_shorts_3", "ema_3") == others


NAMES = ("ema_3", "funding_rate", "premium", "liquidated_longs_1", "sentiment", "oi_divergence_2", "premium_1h")


def test_a_series_without_data_makes_exactly_its_features_missing() -> None:
    bars, everything = bars_of(walk(400)), facts()
    whole = np.array(heard_rows(resolved(NAMES), bars, everything))
    lost: dict[type[Message], tuple[str, ...]] = {
        FundingRate: ("funding_rate",),
        Premium: ("premium", "premium_1h"),
        Liquidation: ("liquidated_longs_1",),
        Sentiment: ("sentiment",),
        OpenInterest: ("oi_divergence_2",),
    }
    for kind, names in lost.items():
        left = [fact for fact in everything if type(fact[1]) is not kind]
        rows = np.array(heard_rows(resolved(NAMES), bars, left))
        mine = [name in names for name in NAMES]
        assert np.isnan(rows[:, mine]).all()
        assert not np.isnan(whole[-1, mine]).any()
        assert bits(rows[:, np.invert(mine)]) == bits(whole[:, np.invert(mine)])


# ---- the liquidation map


@pytest.mark.parametrize("side", [1, -1])
def test_sizes_are_those_of_the_liquidation_map(side: int) -> None:
    """Fed with what stands at closes, every step has the size of the map, unless a bar has ended inside of it.

    Of such a step the map keeps what the bar has not reached, so it may have more. What was once too far from the price
    is left out: it is forgotten.
    """
    bars = 12 * 96
    data, candles = frame(bars), walk(bars)
    times, amounts = (as_of(data, frames()["interest"], name, 2 * HOUR).to_numpy() for name in ("time", "qty"))
    new = np.flatnonzero((np.diff(times, prepend=NAN) != 0) & ~np.isnan(times))
    closes = candles.open_time + QUARTER
    columns = {"amount": amounts[new], "received": closes[new].astype(float)}
    interest = Table.of(Kind.OPEN_INTEREST, SYMBOL, QUARTER, times[new].astype(np.int64), columns)
    liquidation_map = build_map(Table.of_candles(candles), interest)
    reached = candles.low if side > 0 else candles.high
    ended, state, compared = np.floor(np.log(reached) * 400), [0.0] * clusters.CLUSTER_STATE, 0
    for row in range(bars):
        bar = (int(closes[row]) - 1, float(reached[row]), float(candles.close[row]))
        if not np.isnan(times[row]):
            clusters.cluster_near(state, 0, *bar, float(amounts[row]), float(times[row]), side)
        if row % 100 == 99:
            here = int(np.floor(np.log(candles.close[row]) * 400))
            steps = here - side * np.arange(1, 120)
            sizes = np.array([state[clusters.AT_SIZES + step % clusters.CLUSTER_ROOM] for step in steps]) * state[0]
            levels = liquidation_map.at(int(closes[row]), np.exp(np.arange(here - 121, here + 122) / 400))
            expected = (levels.longs if side > 0 else levels.shorts)[steps - (here - 121)]
            furthest = side * (side * np.log(candles.close[: row + 1]) * 400).max()
            whole = ~np.isin(steps, ended[: row + 1]) & (side * (furthest - steps) < clusters.CLUSTER_ROOM - 1)
            np.testing.assert_allclose(sizes[whole], expected[whole], rtol=1e-6, atol=1e-3)
            assert (sizes <= expected * (1 + 1e-6) + 1e-3).all()
            compared += np.count_nonzero(expected[whole])
    assert compared > 100


def test_a_map_goes_on_whatever_prices_do() -> None:
    """Through jumps of ten thousand times, each way, sizes stay in steps of their own and never turn negative."""
    random = np.random.default_rng(3)
    state = [0.0] * clusters.CLUSTER_STATE
    price, contracts = 100.0, 1_000.0
    for number in range(4_000):
        price *= random.choice([1.0, 1.001, 0.998, 1e4, 1e-4], p=[0.3, 0.3, 0.37, 0.015, 0.015])
        price = min(max(price, 1e-6), 1e9)
        contracts *= random.choice([1.0, 1.01, 0.99, 1e-6, 1e6], p=[0.3, 0.3, 0.38, 0.01, 0.01])
        now = START + number * QUARTER
        found = clusters.cluster_below(state, 0, now, price * 0.999, price, contracts, float(now - QUARTER))
        assert math.isnan(found) or (clusters.cluster_distance(state, 0, price, found) < 0.0)
        assert min(state[clusters.AT_SIZES :]) >= 0.0
        assert all(map(math.isfinite, state))


@pytest.mark.parametrize("name", BESIDE_BARS)
def test_a_name_may_carry_a_timeframe(name: str) -> None:
    assert columns_beside([resolve(f"{name}_4h")]) == columns_beside([resolve(name)])


def test_the_catalogue_has_three_groups_of_them() -> None:
    groups: dict[str, int] = {}
    for name in BESIDE_BARS:
        groups[str(resolve(name).group)] = groups.get(str(resolve(name).group), 0) + 1
    assert groups == {"funding": 16, "flow": 20, "sentiment": 5}
