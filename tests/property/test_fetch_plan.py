"""What is lacking, less what is covered, and the spans and files that are to bring the rest: as sets of times."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from finantrade.domain.units import DAY, HOUR, MINUTE, parse_time
from finantrade.market.archive_files import PERPETUALS_ROOT, Every, Folder, days_instead, files_over
from finantrade.market.candles import Gap
from finantrade.market.fetch_plan import PAGE_ROWS, PAGES, Lacking, Span, spans_over, without
from finantrade.market.gaps import regular_gaps
from finantrade.market.place import Place
from finantrade.market.series import Kind

STEP = HOUR
START = parse_time("2024-01-01")
PLACE = Place("binance", "usdm", Kind.CANDLES, "BTCUSDT", "1h")
ROWS = st.sets(st.integers(0, 3_000), max_size=60)


def gaps_in(absent: Iterable[int]) -> tuple[Gap, ...]:
    """Return the holes that rows leave between a first and a last that are there."""
    there = np.array(sorted(set(range(-1, 3_002)) - set(absent)), dtype=np.int64)
    return regular_gaps(START + there * STEP, STEP)


def times(gaps: Iterable[Gap]) -> set[int]:
    return {time for gap in gaps for time in range(gap.start, gap.end + 1, STEP)}


COVERED = st.lists(st.tuples(st.integers(-50, 3_050), st.integers(0, 900)), max_size=5)


@given(absent=ROWS, covered=COVERED, off=st.integers(0, STEP - 1))
def test_what_is_covered_is_no_longer_lacking(absent: set[int], covered: list[tuple[int, int]], off: int) -> None:
    spans = [Span(START + first * STEP + off, START + (first + rows) * STEP + off) for first, rows in covered]
    left = without(Lacking(PLACE, gaps_in(absent)), spans)
    expected = {time for time in times(gaps_in(absent)) if not any(span.start <= time < span.end for span in spans)}
    assert times(left.gaps) == expected
    assert left.rows == len(expected)


@given(absent=ROWS)
def test_spans_cover_every_hole_in_few_bounded_pieces(absent: set[int]) -> None:
    gaps = gaps_in(absent)
    spans = list(spans_over(Lacking(PLACE, gaps)))
    most = PAGES * PAGE_ROWS[Kind.CANDLES]
    assert all(0 < span.rows(PLACE) <= most for span in spans)
    assert times(gaps) <= {time for span in spans for time in range(span.start, span.end, STEP)}
    assert len(spans) <= 1 + 3_000 // most


@given(first=st.integers(0, 400 * 96), rows=st.integers(1, 200 * 96), age=st.integers(0, 100))
def test_files_cover_all_that_is_over(first: int, rows: int, age: int) -> None:
    start = START + first * 15 * MINUTE
    gap = Gap(start, start + (rows - 1) * 15 * MINUTE, rows)
    now = gap.end + 15 * MINUTE + age * DAY
    folder = Folder(PERPETUALS_ROOT, Kind.CANDLES, "BTCUSDT", "15m")
    files = files_over(folder, [gap], now)
    over = min(gap.end + 1, now // DAY * DAY)
    assert not files or files[0].start <= gap.start
    assert all(before.end == after.start for before, after in pairwise(files))
    assert (files[-1].end if files else gap.start) >= over or gap.start >= over
    assert all(file.end <= now for file in files)
    days = days_instead(folder, files, [gap], now)
    months = [file for file in files if file.every is Every.MONTH]
    wanted = {time // DAY for time in range(gap.start // DAY * DAY, gap.end + 1, DAY)}
    assert {day.start // DAY for day in days} == {
        day for day in wanted if any(month.start <= day * DAY < month.end for month in months)
    }
