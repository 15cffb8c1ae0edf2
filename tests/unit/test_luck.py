"""How much is luck: the worked examples of the papers, plain loops as oracles, and cases whose answer is known."""

from __future__ import annotations

from decimal import Decimal
from math import inf, isnan, nan, sqrt

import msgspec
import numpy as np
import pytest
from tests.markets import candles, config, market
from tests.oracles import luck as oracle

from finantrade.backtesting import backtest
from finantrade.domain.units import MINUTE
from finantrade.runtime.trades import Trade
from finantrade_research import ratios, round_trips
from finantrade_research.curve import Curve, Floats, daily_returns
from finantrade_research.luck import overfitting as pbo
from finantrade_research.luck import random_entries as entries
from finantrade_research.luck.bootstrap import block_length, resampled
from finantrade_research.luck.clusters import clusters, correlations, effective_trials
from finantrade_research.luck.intervals import OF_DAYS, intervals
from finantrade_research.luck.monte_carlo import balance_shares, monte_carlo
from finantrade_research.luck.overfitting import overfitting
from finantrade_research.luck.section import luck
from finantrade_research.luck.sharpe import (
    Track,
    deflated_sharpe,
    expected_maximum,
    minimum_track_record,
    probabilistic_sharpe,
)
from finantrade_research.luck.trials import FEWEST_CHOICES, Outcome, Trial, judge

BAR = 30 * MINUTE


def track(annual: float, periods: int, years: float = 5.0, skewness: float = 0.0, kurtosis: float = 3.0) -> Track:
    return Track(
        observations=round(periods * years), sharpe=annual / sqrt(periods), skewness=skewness, kurtosis=kurtosis
    )


# Bailey and López de Prado, The Deflated Sharpe Ratio (2014), "A numerical example": annualised ratio 2.5 over five
# years of 250 days, skewness -3, kurtosis 10, trials with an annualised variance of 1/2.
FOUND = track(2.5, 250, skewness=-3.0, kurtosis=10.0)
ACROSS = 0.5 / 250


def test_the_deflated_sharpe_ratio_of_its_paper() -> None:
    assert expected_maximum(100, ACROSS) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(FOUND, 100, ACROSS) == pytest.approx(0.9004, abs=5e-5)
    assert deflated_sharpe(FOUND, 46, ACROSS) == pytest.approx(0.9505, abs=5e-5)
    assert deflated_sharpe(track(2.5, 250), 88, ACROSS) == pytest.approx(0.9505, abs=5e-5)


def test_one_trial_is_not_deflated() -> None:
    assert deflated_sharpe(FOUND, 1, ACROSS) == probabilistic_sharpe(FOUND)
    assert expected_maximum(2, 0.0) == 0.0


def test_the_expected_maximum_is_that_of_normal_draws() -> None:
    drawn = np.random.default_rng(7).normal(0.0, 0.1, (4_000, 200)).max(axis=1).mean()
    assert expected_maximum(200, 0.01) == pytest.approx(drawn, rel=0.01)


# Bailey and López de Prado, The Sharpe Ratio Efficient Frontier (2012): the numerical example (24 monthly returns) and
# the lengths at which a ratio of 2 is above one of 1.
@pytest.mark.parametrize(("skewness", "kurtosis", "expected"), [(0.0, 3.0, 0.982), (-2.448, 10.164, 0.913)])
def test_the_probabilistic_sharpe_ratio_of_its_paper(skewness: float, kurtosis: float, expected: float) -> None:
    found = track(1.585, 12, 2.0, skewness, kurtosis)
    assert probabilistic_sharpe(found) == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize(
    ("periods", "skewness", "kurtosis", "years"),
    [(252, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_the_minimum_track_record_length_of_its_paper(
    periods: int, skewness: float, kurtosis: float, years: float
) -> None:
    found = track(2.0, periods, 1.0, skewness, kurtosis)
    assert minimum_track_record(found, 1 / sqrt(periods)) / periods == pytest.approx(years, abs=5e-3)


def test_a_record_of_that_length_reaches_the_confidence() -> None:
    needed = minimum_track_record(FOUND, 0.05, 0.9)
    long_enough = msgspec.structs.replace(FOUND, observations=round(needed))
    assert probabilistic_sharpe(long_enough, 0.05) == pytest.approx(0.9, abs=2e-3)
    assert minimum_track_record(FOUND, FOUND.sharpe) == inf


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01, 0.01]])
def test_without_a_ratio_nothing_is_said_of_it(returns: list[float]) -> None:
    found = Track.of(np.array(returns))
    assert isnan(probabilistic_sharpe(found))
    assert isnan(minimum_track_record(found))
    assert isnan(deflated_sharpe(found, 10, 0.1))


# Clusters


def blocks(groups: int, each: int, alike: float, periods: int = 500, seed: int = 1) -> Floats:
    """Return columns in groups that correlate by ``alike`` inside and not between."""
    random = np.random.default_rng(seed)
    common = np.repeat(random.normal(size=(periods, groups)), each, axis=1)
    own = random.normal(size=(periods, groups * each))
    return sqrt(alike) * common + sqrt(1 - alike) * own


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        (blocks(5, 8, 0.8), 5),
        (blocks(1, 30, 0.9), 1),
        (blocks(30, 1, 0.0), 30),
        (blocks(2, 1, 0.0), 2),
        (np.repeat(blocks(3, 1, 0.0), 4, axis=1), 3),
        (-np.repeat(blocks(1, 1, 0.0), 2, axis=1) * [1, -1], 2),
        (np.zeros((50, 3)), 1),
        (np.column_stack((blocks(2, 1, 0.0), np.zeros((500, 2)))), 3),
        (np.empty((50, 0)), 0),
        (blocks(1, 1, 0.0), 1),
    ],
)
def test_the_effective_number_of_trials(returns: Floats, expected: int) -> None:
    assert effective_trials(returns) == expected


@pytest.mark.parametrize("seed", range(4))
def test_clusters_agree_with_average_linkage_by_hand(seed: int) -> None:
    returns = blocks(4, 4, 0.5, periods=60, seed=seed)
    found = clusters(returns)
    ours = {frozenset(np.flatnonzero(found == one).tolist()) for one in found}
    assert ours == {frozenset(one) for one in oracle.groups(returns, 0.5)}
    assert correlations(returns) == pytest.approx(np.corrcoef(returns.T))


# Overfitting


@pytest.mark.parametrize(("trials", "periods", "count"), [(5, 61, 6), (9, 40, 4), (3, 80, 8)])
def test_the_probability_of_overfitting_agrees_with_brute_force(trials: int, periods: int, count: int) -> None:
    for seed in range(3):
        returns = np.random.default_rng([seed, trials]).normal(0.001, 0.01, (periods, trials))
        found = overfitting(returns, count)
        assert (found.probability, found.loss) == pytest.approx(oracle.overfitting(returns.T.tolist(), count))


def test_noise_is_overfitted_half_of_the_time() -> None:
    found = [overfitting(np.random.default_rng(seed).normal(size=(160, 20)), 10).probability for seed in range(60)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_one_trial_that_dominates_is_not_overfitted() -> None:
    returns = np.random.default_rng(1).normal(size=(160, 20))
    returns[:, 7] += 2.0
    found = overfitting(returns)
    assert (found.halves, found.probability, found.loss) == (12_870, 0.0, 0.0)


def test_copies_share_their_rank_and_what_stands_still_is_nothing() -> None:
    copies = np.repeat(np.random.default_rng(2).normal(size=(64, 1)), 6, axis=1)
    assert overfitting(copies, 8).probability == 1.0
    still = np.column_stack((np.zeros(64), np.random.default_rng(3).normal(-1.0, 0.1, 64)))
    assert (overfitting(still, 8).probability, overfitting(still, 8).loss) == (0.0, 0.0)


@pytest.mark.parametrize("shape", [(160, 1), (160, 0), (30, 5)])
def test_overfitting_needs_trials_and_periods(shape: tuple[int, int]) -> None:
    found = overfitting(np.random.default_rng(1).normal(size=shape))
    assert (found.halves, isnan(found.probability)) == (0, True)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_an_odd_number_of_blocks_has_no_halves(count: int) -> None:
    with pytest.raises(ValueError, match=f"expected an even number of blocks, at least 2, found {count}"):
        overfitting(np.zeros((100, 3)), count)


def test_halves_looked_at_in_parts_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    returns = np.random.default_rng(4).normal(size=(80, 6))
    whole = overfitting(returns, 8)
    monkeypatch.setattr(pbo, "CELLS", 60)
    assert overfitting(returns, 8) == whole


# Bootstrap


def autoregressive(memory: float, length: int, seed: int) -> Floats:
    random = np.random.default_rng(seed)
    level, levels = 0.0, []
    for shock in random.normal(size=length):
        level = memory * level + shock
        levels.append(level)
    return np.array(levels)


@pytest.mark.parametrize("memory", [-0.6, 0.0, 0.3, 0.9, 1.0])
@pytest.mark.parametrize("length", [10, 200, 1_000])
def test_the_block_length_agrees_with_the_papers_steps(memory: float, length: int) -> None:
    series = autoregressive(memory, length, seed=3)
    assert block_length(series) == pytest.approx(oracle.block_length(series.tolist()), rel=1e-9)


def test_longer_memory_has_longer_blocks() -> None:
    mean = [
        np.mean([block_length(autoregressive(memory, 500, seed)) for seed in range(20)]) for memory in (0.0, 0.5, 0.9)
    ]
    assert mean[0] < mean[1] < mean[2]
    assert [block_length(np.array(one)) for one in ([], [1.0] * 50, [1.0, 2.0])] == [1.0, 1.0, 1.0]


def test_resampled_places_go_on_in_blocks_of_that_mean_length_and_reach_everywhere() -> None:
    places = resampled(100, 2_000, 8.0, np.random.default_rng(1))
    goes_on = (np.diff(places, axis=1) % 100) == 1
    # A new block begins where the old one would have gone on in one of a hundred cases.
    assert goes_on.mean() == pytest.approx(1 - 1 / 8 + 1 / 800, abs=0.002)
    assert np.bincount(places.ravel()).min() > 0.9 * 2_000
    assert (places[:, 1:][:, 50] == 0).mean() == pytest.approx(0.01, abs=0.01)


def test_the_interval_of_the_sharpe_ratio_covers_the_truth_as_often_as_it_says() -> None:
    covered = 0
    for seed in range(60):
        returns = np.random.default_rng([9, seed]).normal(0.002, 0.02, 250)
        found = intervals(returns, np.array([]), np.array([]), seed).figures["sharpe"]
        covered += found.low <= 0.1 * sqrt(365) <= found.high
    assert covered / 60 == pytest.approx(0.9, abs=0.08)


def test_intervals_are_of_the_figures_of_the_report_and_the_same_for_the_same_seed() -> None:
    made = backtest(config(), candles=tuple(market(1, 2_000).values()))
    returns = daily_returns(Curve.of(made))
    closed = [one for one in made.trades if not one.is_open]
    given = returns, round_trips.profits_of(closed), round_trips.shares_of(closed)
    found = intervals(*given, 1)
    assert found == intervals(*given, 1)
    assert found != intervals(*given, 2)
    assert found.figures["sharpe"].measured == ratios.sharpe(returns)
    assert found.figures["win_rate"].measured == round_trips.win_rate(given[1])
    assert all(
        one.low < one.measured < one.high
        for name, one in found.figures.items()
        if name not in ("max_drawdown", "calmar")
    )


def test_intervals_of_nothing_are_undefined() -> None:
    found = intervals(np.array([0.01]), np.array([]), np.array([]), 1).figures
    assert isnan(found["sharpe"].low)
    assert isnan(found["win_rate"].low)
    assert set(OF_DAYS) < set(found)


# Monte Carlo


def test_trades_as_shares_of_the_balance_compound_to_it() -> None:
    profits = np.array([50.0, -30.0, 0.0, 80.0])
    assert 100 * np.prod(1 + balance_shares(profits, 100.0)) == pytest.approx(200.0)
    assert balance_shares(np.array([-150.0, 20.0]), 100.0).tolist() == [-1.0, -1.0]


def test_another_order_of_two_trades() -> None:
    found = monte_carlo(np.array([100.0, -100.0]), 100.0, seed=1)
    # Doubled then halved, or halved then doubled: the same fall either way, never another end.
    assert (found.shuffled_drawdown.low, found.shuffled_drawdown.high) == (0.5, 0.5)
    assert (found.skipped_return.measured, found.shuffled_streak.measured) == (0.0, 1.0)
    losses = monte_carlo(np.array([-10.0, 5.0] * 20), 1_000.0, seed=1)
    assert losses.shuffled_drawdown.low < losses.shuffled_drawdown.median < losses.shuffled_drawdown.high
    assert losses.shuffled_streak.median > losses.shuffled_streak.measured == 1.0
    assert losses.loss == 1.0


@pytest.mark.parametrize(("skip", "low", "high"), [(0.0, 0.21, 0.21), (1.0, 0.0, 0.0)])
def test_trades_that_are_missed(skip: float, low: float, high: float) -> None:
    found = monte_carlo(np.array([10.0, 11.0]), 100.0, seed=1, skip=skip)
    assert (found.skipped_return.low, found.skipped_return.high) == pytest.approx((low, high))


def test_no_trades_have_no_order() -> None:
    found = monte_carlo(np.array([]), 100.0, seed=1)
    assert (found.draws, isnan(found.loss), isnan(found.shuffled_drawdown.median)) == (0, True, True)


# Random entries


def trade(opened: int, closed: int | None, *, short: bool = False, profit: float = 0.0, pair: str = "AAA") -> Trade:
    """Make a trade of 100 with a fee of 1 that opens and closes at the opens of these bars."""
    start = int(candles("AAA", 1).open_time[0])
    paid = Decimal(str(profit)) + 101
    return Trade(
        pair=pair, strategy="test", is_short=short, open_time=start + opened * BAR, enter_tag="", amount=Decimal(1),
        close_time=None if closed is None else start + closed * BAR, bought=Decimal(100), sold=paid, fees=Decimal(1),
        open_value=Decimal(100), close_value=paid, close_amount=Decimal(1),
    )  # fmt: skip


def test_books_have_the_trades_in_bars() -> None:
    bars = candles("AAA", 1, 50)
    stopped = trade(10, 14)
    stopped.close_time = (stopped.close_time or 0) + BAR - 1  # inside of bar 14
    (book,) = entries.books([trade(2, 5), stopped, trade(20, 21, short=True), trade(30, None)], [bars], 1_000.0)
    assert (book.first.tolist(), book.bars.tolist()) == ([2, 10, 20], [3, 5, 1])
    assert book.stake.tolist() == pytest.approx([0.1, 0.1, -0.1])
    assert book.cost.tolist() == pytest.approx([0.001, 0.001, 0.001])


def test_what_a_book_came_to_agrees_with_a_plain_loop() -> None:
    bars = candles("AAA", 2, 60)
    made = [trade(2, 5), trade(5, 30, short=True), trade(41, 60)]
    found = entries.random_entries(entries.books(made, [bars], 1_000.0), seed=1)
    _, grown = oracle.held_and_grown(
        bars.open.tolist(), float(bars.close[-1]), [(2, 3, 0.1, 0.001), (5, 25, -0.1, 0.001), (41, 19, 0.1, 0.001)]
    )
    assert found.measured == pytest.approx(grown)
    assert (found.trades, found.draws) == (3, 1_000)


def test_draws_hold_as_long_as_the_strategy_and_never_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = candles("AAA", 3, 40)
    (book,) = entries.books([trade(0, 6), trade(6, 7, short=True), trade(20, 35)], [bars], 1_000.0)
    drawn: list[tuple[Floats, Floats]] = []
    grown = entries._grown

    def watched(of: entries.Book, first: Floats, order: Floats) -> Floats:
        drawn.append((first, order))
        return grown(of, first, order)

    monkeypatch.setattr(entries, "_grown", watched)
    found = entries._drawn(book, 300, np.random.default_rng(1))
    ((first, order),) = drawn
    begins = set()
    for row, places, total in zip(first.tolist(), order.tolist(), found.tolist(), strict=True):
        trades = [
            (at, int(book.bars[n]), float(book.stake[n]), float(book.cost[n]))
            for at, n in zip(row, places, strict=True)
        ]
        held, expected = oracle.held_and_grown(bars.open.tolist(), float(bars.close[-1]), trades)
        assert (sum(held), np.expm1(total)) == (22, pytest.approx(expected))
        begins |= set(row)
    assert {0, 39} <= begins


def test_entries_at_the_lows_are_not_what_chance_finds_and_random_ones_are() -> None:
    bars = candles("AAA", 5, 2_000)
    rises = np.flatnonzero(bars.open[1:] > bars.open[:-1] * 1.005)
    seen = [trade(int(bar), int(bar) + 1) for bar in rises]
    assert entries.random_entries(entries.books(seen, [bars], 10_000.0), seed=1).p == pytest.approx(1 / 1_001, rel=2)
    p = []
    for seed in range(60):
        some = np.sort(np.random.default_rng(seed).choice(1_000, 20, replace=False)) * 2
        made = [trade(int(bar), int(bar) + 1) for bar in some]
        p.append(entries.random_entries(entries.books(made, [bars], 10_000.0), seed=1).p)
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(p) < 0.2) == pytest.approx(0.2, abs=0.12)


def test_nothing_traded_is_nothing_drawn() -> None:
    found = entries.random_entries(entries.books([trade(3, None)], [candles("AAA", 1)], 1_000.0), seed=1)
    assert (found.draws, isnan(found.p)) == (0, True)


# Trials, and the whole section


def attempts(returns: Floats, pruned: int = 0) -> list[Trial]:
    columns = returns.T
    return [
        Trial(str(n), Outcome.PRUNED if n < pruned else Outcome.COMPLETE, float(ratios.sharpe_per_day(one)), one)
        for n, one in enumerate(columns)
    ]


def test_every_trial_deflates_and_those_alike_count_once() -> None:
    tried = attempts(0.01 * blocks(4, 5, 0.9) + 0.001, pruned=3)
    mine = Track.of(tried[-1].returns)
    found = judge(mine, tried, overlapping=2)
    variance = float(np.var([one.sharpe for one in tried], ddof=1))
    assert (found.tried, found.pruned, found.overlapping, found.clustered) == (20, 3, 2, 17)
    # Three were given up: there is nothing to compare them by, and each counts by itself.
    assert found.effective == 4 + 3
    assert found.dsr == deflated_sharpe(mine, 20, variance)
    assert found.dsr_effective == deflated_sharpe(mine, 7, variance)
    assert found.dsr < found.dsr_effective < probabilistic_sharpe(mine)
    assert found.expected_maximum == pytest.approx(expected_maximum(20, variance) * sqrt(365))
    assert found.overfitting == overfitting(np.column_stack([one.returns for one in tried[3:]]))


def test_a_single_trial_is_the_probabilistic_ratio() -> None:
    mine = Track.of(np.random.default_rng(1).normal(0.001, 0.01, 100))
    alone = judge(mine, [])
    assert (alone.tried, alone.effective, alone.dsr) == (1, 1, probabilistic_sharpe(mine))
    assert alone.dsr_effective == alone.dsr


def test_few_trials_say_nothing_of_overfitting_and_one_that_never_traded_is_a_trial() -> None:
    few = attempts(0.01 * blocks(1, FEWEST_CHOICES - 1, 0.0))
    assert isnan(judge(Track.of(few[0].returns), few).overfitting.probability)
    never = Trial("never", Outcome.COMPLETE, nan, np.zeros(500))
    found = judge(Track.of(few[0].returns), [*few, never])
    assert (found.tried, found.clustered) == (FEWEST_CHOICES, FEWEST_CHOICES)
    assert found.dsr == deflated_sharpe(
        Track.of(few[0].returns), FEWEST_CHOICES, float(np.var([one.sharpe for one in few], ddof=1))
    )


def test_the_section_of_a_backtest_is_the_same_for_the_same_seed() -> None:
    bars = tuple(market(2, 1_500).values())
    made = backtest(config(), candles=bars)
    found = luck(made, bars, seed=4)
    assert msgspec.json.encode(found) == msgspec.json.encode(luck(made, bars, seed=4))
    assert msgspec.json.encode(found) != msgspec.json.encode(luck(made, bars, seed=5))
    assert found.track == Track.of(daily_returns(Curve.of(made)))
    assert found.trials.dsr == found.psr
    assert found.random_entries.trades == sum(not one.is_open for one in made.trades)
