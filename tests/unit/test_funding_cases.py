"""Who pays what at a settlement, in whatever order fills and settlements are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from math import nan
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.case import BTC, LENGTH, Case, Fact, Session, bar, closed, figure, flat, go, opened, played, say, when

from finantrade.actors.ledger import LedgerActor
from finantrade.domain.account import Balance, FundingPaid
from finantrade.domain.context import FundingRate
from finantrade.domain.market import Bar
from finantrade.domain.message import Message
from finantrade.domain.orders import Fill, Liquidity, Role, Side
from finantrade.domain.units import HOUR, Millis
from finantrade.engine.actor import Handler
from finantrade.execution.funding import FILLS, SETTLEMENTS
from finantrade.runtime.trades import round_trips

LONG = {0: go(1)}
HELD = [flat([0]), bar(1, 100, 103, 99, 102)]
"""One unit bought at 100, at the opening of bar 1, last close 102."""


def settled(number: int, rate: float, mark: float = nan, late_s: int = 0, symbol: str = BTC) -> list[Fact]:
    """Settle at the opening of a bar, told so many seconds late."""
    time = number * LENGTH
    return say(FundingRate(symbol, time, rate, 8 * HOUR, mark), time + late_s * 1000)


def paid(session: Session) -> list[str]:
    """Write the payments, one a line, and the wallet's sum of them."""
    found = [one for one in session.decisions if isinstance(one, FundingPaid)]
    lines = [
        f"{figure(one.amount)} on {figure(one.qty)} @ {figure(one.price)}{' assumed' if one.assumed else ''} "
        f"at {when(one.time)}"
        for one in found
    ]
    balance = session.core.ledger.balance
    assert balance.funding == sum((one.amount for one in found), Decimal(0))
    assert balance.cash == balance.initial + balance.realised - balance.fees + balance.funding
    return lines


def case(name: str, feed: Sequence[list[Fact]], *lines: str, script: object = LONG) -> Case:
    return Case(name, script, feed, "\n".join(lines))  # pyright: ignore[reportArgumentType]


CASES = [
    case("a long pays a rate above zero", [*HELD, settled(2, 0.0001, 101)], "-0.0101 on 1 @ 101 at 2"),
    case("a long is paid a rate below zero", [*HELD, settled(2, -0.0001, 101)], "0.0101 on 1 @ 101 at 2"),
    case("a short is paid a rate above zero", [*HELD, settled(2, 0.0001, 101)], "0.0101 on -1 @ 101 at 2",
         script={0: go(-1)}),
    case("a short pays a rate below zero", [*HELD, settled(2, -0.0001, 101)], "-0.0101 on -1 @ 101 at 2",
         script={0: go(-1)}),
    case("without a mark price: the last close, assumed", [*HELD, settled(2, 0.0001)],
         "-0.0102 on 1 @ 102 assumed at 2"),
    case("who holds nothing pays nothing", [*HELD, settled(2, 0.0001, 101)], script={}),
    case("a fill of that instant does not count", [flat([0]), settled(1, 0.0001, 101), bar(1, 100)]),
    case("nor where it is told first", [flat([0]), opened(1, 100), settled(1, 0.0001, 101, 10), closed(1, 100)]),
    case("an exit at that instant still pays", [*HELD, settled(2, 0.0001, 101), bar(2, 100)],
         "-0.0101 on 1 @ 101 at 2", script={0: go(1), 1: go(0)}),
    case("an exit at that instant still pays, told ten seconds late",
         [*HELD, opened(2, 100), settled(2, 0.0001, 101, 10), closed(2, 100)], "-0.0101 on 1 @ 101 at 2",
         script={0: go(1), 1: go(0)}),
    case("a turn at that instant pays on what was held before",
         [*HELD, opened(2, 100), settled(2, 0.0001, 101, 10), closed(2, 100)], "-0.0101 on 1 @ 101 at 2",
         script={0: go(1), 1: go(-1)}),
    case("what was closed long before it was told", [*HELD, flat([2, 3, 4]), settled(2, 0.0001, 101, 3000)],
         "-0.0101 on 1 @ 101 at 2", script={0: go(1), 2: go(0)}),
    case("told again after a restart", [*HELD, settled(2, 0.0001, 101), settled(2, 0.0001, 101, 5)],
         "-0.0101 on 1 @ 101 at 2"),
    case("told again with another mark", [*HELD, settled(2, 0.0001), settled(2, 0.0001, 101, 5)],
         "-0.0102 on 1 @ 102 assumed at 2"),
    case("two settlements told in the wrong order",
         [*HELD, flat([2], 100), settled(3, 0.0001, 100), settled(2, 0.0002, 100, 1000)],
         "-0.01 on 1 @ 100 at 3", "-0.02 on 1 @ 100 at 2"),
    case("another symbol's settlement", [*HELD, settled(2, 0.0001, 101, symbol="XRP")]),
    case("before the first bar", [settled(0, 0.0001, 101), *HELD]),
    case("rounded once, to 1e-8", [*HELD, settled(2, 0.000000005, 101.7)], "-0.00000051 on 1 @ 101.7 at 2"),
    case("a rate of zero is paid as nothing", [*HELD, settled(2, 0.0, 101)], "0 on 1 @ 101 at 2"),
    case("each of the settlements of an hourly rate", [*HELD, *(settled(n, 0.0001, 100) for n in (2, 6, 10))],
         "-0.01 on 1 @ 100 at 2", "-0.01 on 1 @ 100 at 6", "-0.01 on 1 @ 100 at 10"),
    case("a part that was closed before", [*HELD, bar(2, 100), settled(3, 0.0001, 100)], "-0.004 on 0.4 @ 100 at 3",
         script={0: go(1), 1: go(0.4)}),
    case("a stop of a back-filled bar from before it takes the payment back",
         [*HELD, settled(3, 0.0001, 100), closed(2, 100, 100, 90, 95, at=4 * LENGTH, backfilled=True)],
         "-0.01 on 1 @ 100 at 3", "0.01 on -1 @ 100 at 3", script={0: go(1, 95)}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_settlements(case: Case) -> None:
    assert paid(played(case)) == case.expect.splitlines()


def test_a_configuration_may_do_without() -> None:
    without = replace(CASES[0], execution={"funding": False})
    assert paid(played(without)) == []


def test_equity_is_marked_after_a_payment() -> None:
    session = played(CASES[0])
    assert session.core.ledger.equity == pytest.approx(10_000 + 2 - 0.0101, abs=1e-9)
    assert session.core.risk.daily.equity == session.core.ledger.equity


def test_what_is_remembered_is_bounded() -> None:
    ledger, handlers = fresh()
    sizes: list[int] = []
    for number, message in enumerate(told for n in range(200) for told in _pair(n * HOUR, n)):
        handlers[type(message)](message, number)
        sizes.append(len(ledger.snapshot()))
    assert max(sizes[200:]) - sizes[100] < 100


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from([-2, -1, 1, 2])), min_size=1, max_size=FILLS),
       st.sets(st.integers(0, 10), min_size=1, max_size=SETTLEMENTS), st.randoms(use_true_random=False))  # fmt: skip
def test_the_order_of_telling_changes_nothing(
    fills: list[tuple[int, int]], settlements: set[int], chance: Random
) -> None:
    """Whatever is told when: in the end each settlement is paid on the sum of the fills from before it."""
    ledger, handlers = fresh()
    told: list[Message] = [_fill(time * 100, qty) for time, qty in sorted(fills)]
    told += [FundingRate(BTC, time * 100, 0.25, mark_price=64.0) for time in sorted(settlements)]
    chance.shuffle(told)
    said = [one for message in told for one in handlers[type(message)](message, 0)]
    expected = sum(-16 * qty for settled in settlements for time, qty in fills if time < settled)
    assert ledger.balance.funding == expected
    for one in said:
        if isinstance(one, Balance):
            assert one.cash == one.initial + one.realised - one.fees + one.funding


def fresh() -> tuple[LedgerActor, Mapping[type[Message], Handler]]:
    ledger = LedgerActor(Decimal(1000))
    handlers = ledger.handlers()
    handlers[Bar](Bar(BTC, 0, 1, *[100.0] * 4, volume=1.0), 0)
    return ledger, handlers


def _fill(time: Millis, qty: int) -> Fill:
    side = Side.BUY if qty > 0 else Side.SELL
    return Fill("f", "o", "s", BTC, side, abs(Decimal(qty)), Decimal(50), Decimal(0), Role.ENTRY, Liquidity.TAKER, "",
                time)  # fmt: skip


def _pair(time: Millis, number: int) -> list[Message]:
    fact = FundingRate(BTC, time, 0.0001, HOUR, 100.0)
    return [_fill(time + 5, 1 if number % 2 else -1), fact]


def test_a_payment_belongs_to_the_trade_of_its_time() -> None:
    """Told ten seconds late, when the position has turned: the trade that was closed pays, the new one does not."""
    session = played(CASES[10])
    booked = [one for one in session.decisions if isinstance(one, (Fill, FundingPaid))]
    first, second = round_trips(booked)
    assert (first.funding, first.profit_abs) == (Decimal("-0.0101"), Decimal("-0.0101"))
    assert (second.funding, second.is_short) == (0, True)
