"""The run store: what makes two runs the same, what is kept and found again, and that it is kept whole or not."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from math import isnan, nan
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.kept_runs import BARS, dataset, finished, kept, made
from tests.markets import START, candles, config, market

from finantrade.backtesting import trade_row
from finantrade.config import ApiConfig, Config, ExecutionConfig, FeedConfig, StrategyConfig
from finantrade.domain.units import DAY, MINUTE
from finantrade_research.curve import Curve, buy_and_hold, daily_returns
from finantrade_research.luck.trials import Outcome, Trial
from finantrade_research.report import Report, read_report, write_report
from finantrade_research.runs import frames, identity, keeping, ledger, schema
from finantrade_research.runs.catalogue import Wanted, find_run, kept_run, list_runs, note_run, tag_runs
from finantrade_research.runs.comparison import compare
from finantrade_research.runs.faults import BadCondition, BadReport, BadStore, NoRun
from finantrade_research.runs.identity import identify, parameters_of, span_of
from finantrade_research.runs.keeping import delete_runs, judged, keep, stored_report
from finantrade_research.runs.listing import run_lines

# Identity


COARSE = msgspec.structs.replace(config().instruments["AAA"], lot=Decimal(1))


def over(**changes: object) -> Config:
    return config(**changes)


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (over(name="other"), True),
        (over(api=ApiConfig(port=9)), True),
        (over(feed=FeedConfig(dataset="elsewhere", rate=1.0)), True),
        (over(instruments={**config().instruments, "CCC": config().instruments["AAA"]}), True),
        (over(feed=FeedConfig(dataset="test", latency_ms=5)), False),
        (over(execution=ExecutionConfig(taker_fee_bps=5.0)), False),
        (over(instruments={**config().instruments, "AAA": COARSE}), False),
        (over(strategies=config().strategies[::-1]), False),
        (over(reset_after_bars=4), False),
    ],
)  # fmt: skip
def test_what_decides_something_makes_another_trial(changed: Config, same: bool) -> None:
    assert (parameters_of(changed) == parameters_of(config())) is same
    bars = tuple(market(1, BARS).values())
    assert (identify(changed, dataset(bars), bars) == finished().identity) is same


def test_a_strategy_from_a_file_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here.py", tmp_path / "there.py"
    here.write_text("x = 1")
    there.write_text("x = 1")

    def named(file: Path) -> str:
        return parameters_of(config(strategies=(StrategyConfig(name="Mine", file=str(file), symbols=("AAA",)),)))

    before = named(here)
    assert before == named(there)
    here.write_text("x = 2")
    assert before != named(here)


def test_a_strategy_of_a_package_is_known_by_all_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "strategies_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("x = 1")
    monkeypatch.syspath_prepend(tmp_path)
    settings = config(strategies=(StrategyConfig(name="strategies_of_a_test.mine.Mine"),))
    before = parameters_of(settings)
    (package / "deep.py").write_text("x = 2")
    assert parameters_of(settings) != before


def test_a_span_is_its_bars() -> None:
    aaa, bbb = market(1, BARS).values()
    assert span_of([aaa, bbb]) == span_of([bbb, aaa]) == span_of([aaa, bbb, bbb.slice(0, 0)])
    longer = candles("AAA", 1, BARS).slice(0, 200)
    assert span_of([longer]) == span_of([aaa.slice(0, 200)]) != span_of([aaa.slice(0, 201)])
    close = aaa.close.copy()
    close[7] += 0.01
    assert span_of([replace(aaa, close=close)]) != span_of([aaa])
    assert span_of([replace(aaa, symbol="CCC")]) != span_of([aaa])
    absent = -np.full(len(aaa), nan)
    assert span_of([replace(aaa, trades=absent)]) == span_of([aaa])


def test_other_code_is_another_run_of_the_same_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    bars = tuple(market(1, BARS).values())
    monkeypatch.setattr(identity, "code", lambda: "other")
    other, before = identify(config(), dataset(bars), bars), finished().identity
    assert (other.span, other.parameters) == (before.span, before.parameters)
    assert other.run != before.run


# Reports


def test_a_report_comes_back_from_json_as_it_was() -> None:
    for one in (finished().report, made(config(), tuple(one.slice(0, 4) for one in market(1).values())).report):
        text = write_report(one)
        assert write_report(read_report(text)) == text
        assert isnan(read_report(text).metrics.omega) == isnan(one.metrics.omega)


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b"{}", write_report(finished().report).replace(b'"metrics"', b'"m"')],
    ids=["cut off", "list", "empty", "a field is lacking"],
)
def test_another_document_is_no_report(text: bytes) -> None:
    with pytest.raises(BadReport, match=r"expected a report of this version .*, found: "):
        read_report(text)


# Keeping and finding

CAVEATS = ("poor coverage", "synthetic")


def test_a_run_is_kept_and_found_with_all_it_had(tmp_path: Path) -> None:
    (one,) = kept(tmp_path)
    run, result = find_run(tmp_path, "last"), finished().result
    assert (run.id, one.run, run.head) == (finished().identity.run[:12], run.id, result.head)
    assert (run.strategies, run.symbols, run.caveats) == (("ema_cross", "rule"), ("AAA", "BBB"), CAVEATS)
    assert run.figures["sharpe"] == one.metrics.sharpe
    assert write_report(stored_report(tmp_path, run)) == write_report(one)
    curve = frames.read_equity(tmp_path / run.id / frames.EQUITY)
    expected = Curve.of(result)
    assert (curve.start, curve.initial, curve.times.tolist()) == (expected.start, 10_000, expected.times.tolist())
    assert curve.equity.tolist() == expected.equity.tolist()
    assert frames.read_trades(tmp_path / run.id / frames.TRADES) == [trade_row(trade) for trade in result.trades]
    daily = frames.read_daily(tmp_path / run.id / frames.DAILY)
    assert daily["daily_return"].tolist() == daily_returns(expected).tolist()
    assert daily["equity"][-1] == result.final_equity
    held = buy_and_hold(finished().candles, 10_000)
    assert held is not None
    assert daily["buy_and_hold"][-1] == held.final
    assert daily["time"][0] == START // DAY * DAY


def test_a_run_without_trades_is_kept_too(tmp_path: Path) -> None:
    short = made(config(), tuple(one.slice(0, 4) for one in market(1).values()))
    run = keep(tmp_path, short, 0).run
    assert frames.read_trades(tmp_path / run / frames.TRADES) == []
    assert find_run(tmp_path, run).figures["sharpe"] is None
    assert isnan(find_run(tmp_path, run).figure("sharpe"))


def test_the_same_run_kept_again_is_one_run_and_its_tags_and_note_stay(tmp_path: Path) -> None:
    first, second = kept(tmp_path, 2)
    tag_runs(tmp_path, [first.run], add=["good", "base"])
    note_run(tmp_path, first.run, "the one")
    again = keep(tmp_path, finished(), 600_000)
    assert again.run == first.run
    run, other = list_runs(tmp_path)
    assert (run.id, run.made, run.tags, run.note) == (first.run, 600_000, ("base", "good"), "the one")
    assert (other.id, other.tags, other.note) == (second.run, (), "")
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([first.run, second.run, schema.FILE_NAME])


def test_names_of_runs(tmp_path: Path) -> None:
    ids = [one.run for one in kept(tmp_path, 3)]
    assert [find_run(tmp_path, name).id for name in ("last", "last~1", "last~2")] == ids[::-1]
    assert find_run(tmp_path, ids[0][:8]).id == ids[0]
    assert kept_run(tmp_path, ids[0][:8]) is None
    for name, text in (
        ("last~3", "found none of 3 named 'last~3'"),
        ("abc", "at least 4 digits"),
        ("%', id) --", "at least 4 digits"),
        ("0000", "found none of 3 named '0000'"),
    ):
        with pytest.raises(NoRun, match="expected") as caught:
            find_run(tmp_path, name)
        assert text in str(caught.value)


def test_a_beginning_of_two_ids_names_none(tmp_path: Path) -> None:
    kept(tmp_path)
    with schema.writing(tmp_path) as index:
        index.execute("UPDATE run SET id = 'aaaaaaaaaaaa'")
    kept(tmp_path)
    with schema.writing(tmp_path) as index:
        index.execute("UPDATE run SET id = 'aaaaaaaabbbb' WHERE id <> 'aaaaaaaaaaaa'")
    with pytest.raises(NoRun, match="expected one run, found 2 that begin with aaaaaaaa: aaaaaaaa"):
        find_run(tmp_path, "aaaaaaaa")


FIGURES = {"sharpe": [2.0, None, -1.0, 0.5], "trades": [10, 0, 30, 20]}


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a store of four runs with figures that are easy to tell apart, 0 to 3 by their notes, the newest last."""
    tmp_path = tmp_path_factory.mktemp("four")
    for number, one in enumerate(kept(tmp_path, 4)):
        figures = msgspec.json.encode({name: values[number] for name, values in FIGURES.items()}).decode()
        with schema.writing(tmp_path) as index:
            index.execute("UPDATE run SET figures = ?, note = ? WHERE id = ?", (figures, str(number), one.run))
    with schema.writing(tmp_path) as index:
        index.execute("UPDATE run SET strategies = '[\"rule\"]', symbols = '[\"CCC\"]' WHERE note = '3'")
    tag_runs(tmp_path, ["last", "last~1"], add=["good"])
    tag_runs(tmp_path, ["last~1"], add=["base"])
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), "3210"),
        (Wanted(ascending=True), "0123"),
        (Wanted(limit=2), "32"),
        (Wanted(tags=("good",)), "32"),
        (Wanted(tags=("good", "base")), "2"),
        (Wanted(strategy="ema_cross"), "210"),
        (Wanted(symbol="CCC"), "3"),
        (Wanted(conditions=("sharpe>0",)), "30"),
        (Wanted(conditions=("sharpe <= 0.5", " trades >= 20 ")), "32"),
        (Wanted(conditions=("trades=0",)), "1"),
        (Wanted(conditions=("trades<1e1",)), "1"),
        (Wanted(sort="sharpe"), "0321"),
        (Wanted(sort="sharpe", ascending=True), "2301"),
        (Wanted(sort="trades", conditions=("trades>0",), limit=1), "2"),
    ],
)
def test_the_runs_that_are_wanted(four: Path, wanted: Wanted, found: str) -> None:
    assert "".join(one.note for one in list_runs(four, wanted)) == found


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (Wanted(conditions=("sharpe",)), "expected a condition such as sharpe>=1, found 'sharpe'"),
        (Wanted(conditions=("sharpe>x",)), "expected a number after > in 'sharpe>x'"),
        (Wanted(conditions=("sharp>1",)), "expected a figure of a run, found 'sharp'; did you mean 'sharpe'?"),
        (Wanted(sort="shape"), "found 'shape'; did you mean 'sharpe'?"),
    ],
)
def test_conditions_that_are_none(four: Path, wanted: Wanted, text: str) -> None:
    with pytest.raises(BadCondition) as caught:
        list_runs(four, wanted)
    assert text in str(caught.value)


def test_a_store_that_is_not_there_is_empty_and_is_not_made(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []
    assert judged(tmp_path / "none", finished()).luck.trials.tried == 1
    with pytest.raises(NoRun, match="found none of 0 named 'last'"):
        find_run(tmp_path / "none", "last")
    assert list(tmp_path.iterdir()) == []


def test_tags_are_taken_away_and_all_or_no_runs_are_changed(tmp_path: Path) -> None:
    first, second = kept(tmp_path, 2)
    with pytest.raises(NoRun):
        tag_runs(tmp_path, [first.run, "ffff"], add=["x"])
    assert find_run(tmp_path, first.run).tags == ()
    tag_runs(tmp_path, [first.run, second.run], add=["x", "y"])
    (changed,) = tag_runs(tmp_path, [first.run], remove=["x", "z"])
    assert (changed.tags, find_run(tmp_path, second.run).tags) == (("y",), ("x", "y"))


def test_a_run_is_deleted_and_its_trial_stays(tmp_path: Path) -> None:
    first, second = kept(tmp_path, 2)
    tag_runs(tmp_path, [first.run], add=["x"])
    with pytest.raises(NoRun):
        delete_runs(tmp_path, [first.run, "ffff"])
    assert len(list_runs(tmp_path)) == 2
    assert [one.id for one in delete_runs(tmp_path, [first.run, first.run[:6]])] == [first.run]
    assert [one.id for one in list_runs(tmp_path)] == [second.run]
    assert not (tmp_path / first.run).exists()
    assert stored_report(tmp_path, find_run(tmp_path, "last")).luck.trials.tried == 2
    assert keep(tmp_path, finished(), 0).luck.trials.tried == 2
    assert find_run(tmp_path, first.run).tags == ()


# Trials


def test_a_report_counts_the_trials_of_its_span_as_they_are_when_it_is_shown(tmp_path: Path) -> None:
    one, two, three = kept(tmp_path, 3)
    keep(tmp_path, finished(), 0)
    elsewhere = keep(tmp_path, finished(seed=2), 0)
    assert [report.luck.trials.tried for report in (one, two, three, elsewhere)] == [1, 2, 3, 1]
    shown = stored_report(tmp_path, find_run(tmp_path, one.run))
    # The same strategy with a little more money is the same attempt.
    assert (shown.luck.trials.tried, shown.luck.trials.effective, shown.luck.trials.overlapping) == (3, 1, 1)
    assert judged(tmp_path, finished(balance=5_000)).luck.trials.tried == 4
    assert judged(tmp_path, finished()).luck.trials.tried == 3


def attempt(parameters: str, outcome: Outcome = Outcome.COMPLETE, sharpe: float = 0.1) -> Trial:
    return Trial(parameters, outcome, sharpe, np.array([0.01, -0.02, 0.03]))


def entered(root: Path, *trials: Trial, on: str = "span") -> list[Trial]:
    with schema.writing(root) as index:
        ledger.record(index, ledger.Span(id=on, market="m", first_open=0, last_open=1), trials, 0)
    with schema.reading(root) as index:
        return ledger.tried(index, on)


def test_a_repeat_does_not_count_and_a_pruned_trial_becomes_complete(tmp_path: Path) -> None:
    assert len(entered(tmp_path, attempt("a"), attempt("b"), attempt("a", sharpe=0.7))) == 2
    (pruned, *_) = entered(tmp_path, attempt("c", Outcome.PRUNED, nan))
    assert (pruned.parameters, pruned.outcome, isnan(pruned.sharpe)) == ("c", Outcome.PRUNED, True)
    found = {one.parameters: one for one in entered(tmp_path, attempt("a", Outcome.PRUNED), attempt("c"))}
    assert {name: (one.outcome, one.sharpe) for name, one in found.items()} == {
        "a": (Outcome.COMPLETE, 0.1), "b": (Outcome.COMPLETE, 0.1), "c": (Outcome.COMPLETE, 0.1),
    }  # fmt: skip
    assert found["c"].returns.tolist() == [0.01, -0.02, 0.03]
    assert len(entered(tmp_path, attempt("a"), on="other")) == 1


def test_only_so_many_trials_are_compared_but_all_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "MOST", 3)
    found = entered(tmp_path, *(attempt(str(number)) for number in range(5)))
    assert [(one.parameters, len(one.returns)) for one in found] == [("4", 3), ("3", 3), ("2", 3), ("1", 0), ("0", 0)]


@pytest.mark.parametrize(
    ("first", "last", "market_", "expected"),
    [(0, 10, "m", 2), (10, 20, "m", 2), (11, 20, "m", 1), (31, 40, "m", 0), (0, 40, "n", 0)],
)
def test_trials_on_spans_that_overlap(tmp_path: Path, first: int, last: int, market_: str, expected: int) -> None:
    with schema.writing(tmp_path) as index:
        for name, begin, end in (("a", 5, 10), ("b", 10, 30)):
            ledger.record(index, ledger.Span(id=name, market="m", first_open=begin, last_open=end), [attempt("x")], 0)
        found = ledger.overlapping(index, ledger.Span(id="c", market=market_, first_open=first, last_open=last))
    assert found == expected


# Whole or not at all


def folders(root: Path) -> set[str]:
    return {one.name for one in root.iterdir() if one.is_dir()}


class Died(Exception):
    """The process would have ended here."""


def dies(*_: object, **__: object) -> None:
    raise Died


@pytest.mark.parametrize(
    ("at", "name"), [(frames, "write_trades"), (keeping, "write_report"), (keeping, "_flush"), (keeping, "_enter")]
)
def test_what_is_broken_off_leaves_nothing_behind_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: object, name: str
) -> None:
    (first,) = kept(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(at, name, dies)
        with pytest.raises(Died):
            keep(tmp_path, finished(balance=20_000), 1)
    assert [one.id for one in list_runs(tmp_path)] == [first.run]
    assert len(folders(tmp_path)) == 2
    third = keep(tmp_path, finished(balance=30_000), 2)
    assert folders(tmp_path) == {first.run, third.run}
    # It was tried all the same.
    assert third.luck.trials.tried == 3


@pytest.mark.parametrize("renames", [0, 1])
def test_the_old_run_is_there_until_the_new_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    (first,) = kept(tmp_path)
    before = (tmp_path / first.run / keeping.REPORT).stat().st_ino
    rename, done = Path.rename, iter(range(9))

    def some(self: Path, target: Path) -> Path:
        return rename(self, target) if next(done) < renames else dies() or self

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", some)
        with pytest.raises(Died):
            keep(tmp_path, finished(), 1)
    keep(tmp_path, finished(balance=20_000), 2)
    assert len(folders(tmp_path)) == 2
    assert (tmp_path / first.run / keeping.REPORT).stat().st_ino == before
    assert stored_report(tmp_path, find_run(tmp_path, first.run)).head == first.head


def test_what_is_not_ours_is_not_touched(tmp_path: Path) -> None:
    for name in ("notes", "abc", "0123456789abX", ".old-mine"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "0123456789ab").write_text("a file")
    (tmp_path / "ab0123456789").mkdir()
    (tmp_path / "ab0123456789" / "mine.txt").touch()
    (first,) = kept(tmp_path)
    delete_runs(tmp_path, [first.run])
    assert folders(tmp_path) == {"notes", "abc", "0123456789abX", ".old-mine", "ab0123456789"}
    assert (tmp_path / "0123456789ab").read_text() == "a file"


def test_many_who_keep_at_once_lose_nothing(tmp_path: Path) -> None:
    made_ = [finished(balance=10_000 + number) for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        reports: list[Report] = list(threads.map(lambda one: keep(tmp_path / "new", one, 0), made_))
    assert {one.id for one in list_runs(tmp_path / "new")} == {one.run for one in reports}
    assert stored_report(tmp_path / "new", find_run(tmp_path / "new", "last")).luck.trials.tried == 6


def test_only_we_may_look_into_a_store(tmp_path: Path) -> None:
    kept(tmp_path / "a" / "runs")
    assert (tmp_path / "a" / "runs").stat().st_mode & 0o777 == 0o700


def spoil(file: Path) -> None:
    file.write_bytes(b"no index at all" * 100)


def age(file: Path) -> None:
    with closing(sqlite3.connect(file)) as index:
        index.execute("PRAGMA user_version = 2")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (spoil, "expected the index of a run store, found: "),
        (age, "expected a run store in format 1, found format 2"),
    ],
)
def test_a_store_that_cannot_be_read_is_refused_and_left_as_it_is(
    tmp_path: Path, change: Callable[[Path], None], text: str
) -> None:
    kept(tmp_path)
    change(tmp_path / schema.FILE_NAME)
    before = (tmp_path / schema.FILE_NAME).read_bytes()
    for tried in (lambda: list_runs(tmp_path), lambda: keep(tmp_path, finished(balance=20_000), 1)):
        with pytest.raises(BadStore, match=f"{schema.FILE_NAME}: {text}"):
            tried()
    assert (tmp_path / schema.FILE_NAME).read_bytes() == before


def test_an_index_that_was_never_written_is_empty(tmp_path: Path) -> None:
    (tmp_path / schema.FILE_NAME).touch()
    assert list_runs(tmp_path) == []
    assert len(kept(tmp_path)) == 1


# Side by side


def test_runs_side_by_side(tmp_path: Path) -> None:
    one, two = kept(tmp_path, 2)
    other = keep(tmp_path, finished(seed=2), 0)
    runs = [find_run(tmp_path, report.run) for report in (one, two, other)]
    found = compare(tmp_path, runs)
    assert (found.runs, found.same_span, found.same_decisions) == (tuple(run.id for run in runs), False, False)
    assert found.differences == [("account.initial_balance", "10000", "10001", "10000")]
    assert found.figures["sharpe"] == (one.metrics.sharpe, two.metrics.sharpe, other.metrics.sharpe)
    assert found.correlation[:2] == pytest.approx((1.0, 1.0), abs=1e-3)
    assert abs(found.correlation[2]) < 0.9
    same = compare(tmp_path, [runs[0], runs[0]])
    assert (same.same_span, same.same_decisions, same.differences) == (True, True, [])


@pytest.mark.parametrize(
    ("width", "there", "gone"), [(200, "drawdown", "nothing"), (110, "trades", "drawdown"), (80, "trades", "kept")]
)
def test_a_list_is_no_wider_than_the_terminal(four: Path, width: int, there: str, gone: str) -> None:
    runs = [msgspec.structs.replace(one, note="words " * 50) for one in list_runs(four)]
    lines = run_lines(runs, width)
    assert max(map(len, lines)) <= width
    assert (there in lines[0], gone in lines[0], len(lines)) == (True, False, 6)
    assert lines[2].startswith(runs[0].id)


def test_times_are_minutes(tmp_path: Path) -> None:
    kept(tmp_path, 3)
    assert [one.made for one in list_runs(tmp_path)] == [2 * MINUTE, MINUTE, 0]
