"""Openings in their place: after the closes before them, whoever's socket was faster."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from finantrade.domain.market import Bar, BarArrived, BarOpened, FeedGap, FeedRestored, FeedStale
from finantrade.domain.message import Message
from finantrade.domain.units import MINUTE
from finantrade.market.openings import Openings

DEADLINE = 2_000
CASES: dict[str, tuple[Sequence[str], str]] = {
    "an opening waits for the other symbol's close": ("A0. B0. A1( A1) A2( B1)", "A0. B0. A1( A1) B1) A2("),
    "all that waited go in order of symbol": ("A0. B0. C0. B1) B2( A1) A2( C1)", "A0. B0. C0. B1) A1) C1) A2( B2("),
    "with all closes in it goes at once": ("A0. B0. A1) B1) B2( A2(", "A0. B0. A1) B1) B2( A2("),
    "after the deadline nobody waits": ("A0. B0. A1) A2( +2 B1)", "A0. B0. A1) A2( B1)"),
    "a stale symbol is not waited for": ("A0. B0. Bx A1) A2(", "A0. B0. Bx A1) A2("),
    "one that falls stale lets go": ("A0. B0. A1) A2( Bx", "A0. B0. A1) Bx A2("),
    "one that is back is waited for again": (
        "A0. B0. Bx B1) Bo A1) A2( A2) A3( B2)", "A0. B0. Bx B1) Bo A1) A2( A2) B2) A3("
    ),
    "a gap is as good as a close": ("A0. B0. A1) A2( B1g", "A0. B0. A1) B1g A2("),
    "its own bar does not overtake its opening": ("A0. B0. A1) A2( A2)", "A0. B0. A1) A2( A2)"),
}  # fmt: skip


def message(word: str) -> Message:
    """``A1(`` opens bar 1 of A, ``A1)`` and ``A1.`` close it, ``A1g`` says that it never came, ``Ax`` and ``Ao``."""
    symbol, number, kind = word[0], int("0" + word[1:-1]), word[-1]
    time = number * MINUTE
    match kind:
        case "(":
            return BarOpened(symbol, time, 1.0)
        case "g":
            return FeedGap(symbol, time, time, 1)
        case "x":
            return FeedStale(symbol, 0)
        case "o":
            return FeedRestored(symbol)
        case _:
            return BarArrived(Bar(symbol, time, time + MINUTE - 1, 1.0, 1.0, 1.0, 1.0, 1.0))


@pytest.mark.parametrize(("told", "expected"), CASES.values(), ids=CASES)
def test_openings_come_in_their_place(told: str, expected: str) -> None:
    openings, out, now = Openings({word[0] for word in told.split()} - {"+"}, MINUTE, DEADLINE), list[Message](), 0
    for word in told.split():
        if word.startswith("+"):
            now += int(word[1:]) * 1_000
            out += openings.tick(now)
        else:
            now = max(now, int("0" + word[1:-1]) * MINUTE)
            out += openings.take(message(word), now)
    assert out == [message(word) for word in expected.split()]
