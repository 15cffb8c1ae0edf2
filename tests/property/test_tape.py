"""The tape lets out every bar once and in order, whatever the wire does; what was mended in time leaves no trace.

A venue has bars; a wire brings them with faults; the edge is played here in steps of a quarter second, as the real one
does it: hand on what came, let time pass, fetch what is wanted, and get an answer a while later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finantrade.domain.market import (
    Bar,
    BarArrived,
    BarOpened,
    BarRevised,
    FeedGap,
    FeedRestored,
    FeedStale,
    TradePrice,
)
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.market.tape import Span, Tape

STEP = 250
FLAG, GRACE, PATIENCE = 1 * SECOND, 10 * SECOND, 30 * SECOND
BARS = 14
QUIET = 4
"""Bars at the end on which nothing goes wrong."""


def bar(number: int) -> Bar:
    price = 100.0 + number
    return Bar("AAA", number * MINUTE, (number + 1) * MINUTE - 1, price, price + 2, price - 1, price + 1, 5.0)


@dataclass(frozen=True)
class Fault:
    """What happens to one bar on its way; times in steps."""

    opening: str = "told"
    close: str = "told"
    late: int = 0
    cut: int = 0
    known: bool = True


faults = st.builds(
    Fault,
    opening=st.sampled_from(["told", "told", "lost", "twice"]),
    close=st.sampled_from(["told", "told", "told", "lost", "twice", "again later"]),
    late=st.sampled_from([0, 0, 0, 3, 20, 90]),
    cut=st.sampled_from([0, 0, 0, 0, 2, 30, 300]),
    known=st.sampled_from([True] * 9 + [False]),
)
answers = st.sampled_from([1, 2, 4, 60])


@dataclass
class Wire:
    """Everything that comes, at which step, and when the wire is down."""

    told: dict[int, list[tuple[str, Bar]]] = field(default_factory=dict[int, list[tuple[str, Bar]]])
    down: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def add(self, step: int, what: str, one: Bar) -> None:
        self.told.setdefault(step, []).append((what, one))


def wire(happened: Sequence[Fault]) -> Wire:
    out = Wire()
    for number, fault in enumerate(happened):
        one = bar(number)
        opens, closes = one.open_time // STEP + 1, (one.close_time + 1) // STEP
        if not fault.known:  # the venue itself has no such bar
            continue
        if fault.opening != "lost":
            out.add(opens, "opened", one)
        if fault.opening == "twice":
            out.add(opens + 2, "opened", one)
        if fault.close != "lost":
            out.add(closes + fault.late, "closed", one)
        if fault.close == "twice":
            out.add(closes + fault.late, "closed", one)
        if fault.close == "again later":
            out.add(closes + fault.late + 300, "closed", one)
        if fault.cut:
            out.down.append((closes - 1, closes - 1 + fault.cut))
    return out


def played(happened: Sequence[Fault], answer: int = 1) -> tuple[list[Message], Tape, int]:
    """Play until all is over, fetching takes ``answer`` steps; return also how often something was fetched."""
    tape = Tape("AAA", MINUTE, -MINUTE, flag_ms=FLAG, grace_ms=GRACE, patience_ms=PATIENCE)
    brought, out = wire(happened), list[Message]()
    asked: tuple[Span, int] | None = None
    was_down, fetched = False, 0
    for step in range(len(happened) * MINUTE // STEP + 400):
        now: Millis = step * STEP
        down = any(first <= step < last for first, last in brought.down)
        if down and not was_down:
            tape.lost(now)
        was_down = down
        for what, one in [] if down else brought.told.get(step, []):
            out += tape.opened(one.open_time, one.open, one.high, now) if what == "opened" else tape.closed(one, now)
        out += tape.tick(now)
        if asked and asked[1] <= step:
            span, asked = asked[0], None
            known = [bar(n) for n, fault in enumerate(happened) if fault.known and bar(n).close_time < now]
            out += tape.filled(known, span, now)
        if not down and asked is None and (wanted := tape.wanted(now)) and now < len(happened) * MINUTE:
            asked, fetched = (wanted, step + answer), fetched + 1
    return out, tape, fetched


@given(st.lists(faults, min_size=BARS, max_size=BARS), answers)
def test_every_bar_comes_once_in_order_or_is_a_gap(happened: list[Fault], answer: int) -> None:
    happened += [Fault()] * QUIET
    out, *_ = played(happened, answer)
    covered: list[int] = []
    for message in out:
        if isinstance(message, BarArrived):
            assert msgspec.structs.replace(message.bar, backfilled=False) == bar(message.bar.open_time // MINUTE)
            covered.append(message.bar.open_time // MINUTE)
        elif isinstance(message, FeedGap):
            numbers = range(message.start // MINUTE, message.end // MINUTE + 1)
            assert len(numbers) == message.bars
            covered += numbers
    assert covered[: len(happened)] == list(range(len(happened)))
    gone = [number for number, fault in enumerate(happened) if not fault.known]
    assert [n for m in out if isinstance(m, FeedGap) for n in range(m.start // MINUTE, m.end // MINUTE + 1)][
        : len(gone)
    ] == gone
    assert not any(isinstance(message, BarRevised) for message in out)


@given(st.lists(faults, min_size=BARS, max_size=BARS), answers)
def test_stale_is_what_lies_between_being_told_so_and_restored(happened: list[Fault], answer: int) -> None:
    out, *_ = played([*happened, *[Fault()] * QUIET], answer)
    stale, opened, newest = False, -1, -1
    for message in out:
        if isinstance(message, FeedStale):
            assert not stale
            stale = True
        elif isinstance(message, FeedRestored):
            assert stale
            stale = False
        elif isinstance(message, FeedGap):
            assert stale
            newest = message.end
        elif isinstance(message, BarOpened):
            assert not stale
            assert message.open_time > max(opened, newest)
            opened = message.open_time
        elif isinstance(message, TradePrice):
            assert not stale
            assert message.price == bar(message.time // MINUTE).high, "the last price, not the first"
            opened = message.time // MINUTE * MINUTE
            assert opened > newest
            assert message.time > opened + GRACE
        elif isinstance(message, BarArrived):
            assert message.bar.backfilled == stale
            assert stale or message.bar.open_time == opened, "what is told as it happened has been opened before"
            newest = message.bar.open_time


quick = st.builds(
    Fault,
    opening=st.sampled_from(["told", "lost", "twice"]),
    close=st.sampled_from(["told", "lost", "twice", "again later"]),
    late=st.sampled_from([0, 3, 20]),
    cut=st.sampled_from([0, 2, 20]),
)


@given(st.lists(quick, min_size=BARS, max_size=BARS), st.sampled_from([1, 2, 4]))
def test_what_was_mended_in_time_leaves_no_trace(happened: list[Fault], answer: int) -> None:
    clean, *_ = played([Fault()] * (BARS + QUIET))
    mended, *_ = played([*happened, *[Fault()] * QUIET], answer)
    assert mended == clean


def test_where_nothing_goes_wrong_nothing_is_fetched() -> None:

    assert played([Fault()] * BARS)[2] == 0


def test_a_wire_that_was_lost_in_mid_bar_is_whole_again_at_once() -> None:
    _, tape, _ = played([Fault()] * 3)
    now = 3 * MINUTE + 30 * SECOND
    tape.lost(now)
    asked = tape.wanted(now)
    assert asked == Span(3 * MINUTE, 2 * MINUTE)
    tape.filled([], asked, now)
    assert tape.wanted(now + STEP) is None


def test_an_opening_long_past_is_not_a_price_of_now() -> None:
    """Whoever comes back in mid-bar tells the price there is, and an order cannot fill at one from before it."""
    _, tape, _ = played([Fault()] * 3)
    tape.lost(3 * MINUTE)
    now = 4 * MINUTE + GRACE + 2 * STEP
    tape.tick(now)
    tape.opened(4 * MINUTE, 100.0, 103.0, now)
    asked = tape.wanted(now)
    assert asked is not None
    told = tape.filled([bar(3)], asked, now)
    assert [type(one).__name__ for one in told] == ["BarArrived", "FeedRestored", "TradePrice"]
    assert told[-1] == TradePrice("AAA", now, 103.0)
    assert tape.opened(4 * MINUTE, 100.0, 104.0, now + STEP) == []


def test_a_long_absence_is_fetched_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finantrade.market.tape.FETCHED", 4)
    tape = Tape("AAA", MINUTE, 2 * MINUTE, flag_ms=FLAG, grace_ms=GRACE, patience_ms=PATIENCE)
    now = 13 * MINUTE + 30 * SECOND
    tape.lost(now)
    asked: list[Span] = []
    out: list[Message] = []
    while (span := tape.wanted(now)) is not None:
        asked.append(span)
        out += tape.filled([bar(n) for n in range(span.start // MINUTE, span.end // MINUTE + 1)], span, now)
    assert asked == [Span(3 * MINUTE, 6 * MINUTE), Span(7 * MINUTE, 10 * MINUTE), Span(11 * MINUTE, 12 * MINUTE)]
    assert [type(one).__name__ for one in out] == ["FeedStale", *["BarArrived"] * 10, "FeedRestored"]


def test_another_value_of_a_bar_that_has_gone_is_a_revision() -> None:
    _, tape, _ = played([Fault()] * 3)
    now, changed = 3 * MINUTE, msgspec.structs.replace(bar(2), close=102.5)
    assert tape.closed(bar(2), now) == []
    assert tape.closed(changed, now) == [BarRevised(changed)]
    assert tape.closed(changed, now) == []
