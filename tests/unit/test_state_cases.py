"""What the operator, a silent wire, a stepped clock and a broken strategy do to orders and to positions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest
from tests.unit.case import ETH, LENGTH, Case, Wish, bar, closed, flat, go, lines, opened, pair, played, say, traded

from finantrade.domain.account import TradingState
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.market import ClockStepped, FeedRestored, FeedStale
from finantrade.domain.orders import Signal

IN = """
    order BTC-1 buy 1 entry stop 95 tp -
    fill BTC-1 buy 1 @ 100 taker entry at 1
"""
SLOW = {"latency_ms": 16 * 60_000}
ON_ITS_WAY = "order BTC-1 buy 1 entry stop - tp -\n"
DIP = bar(2, 100, 101, 94, 100)


def first(name: str, *commands: Any, then: list[Any], expect: str, wishes: dict[int, Wish] | None = None) -> Case:
    """Enter with a stop at 95 in bar 1, then command."""
    feed = [flat([0, 1]), *(say(command) for command in commands), *then]
    return Case(name, {0: go(1, 95), **(wishes or {})}, feed, IN + expect)


def waiting(name: str, *commands: Any, expect: str) -> Case:
    """Command while an entry is on its way."""
    feed = [flat([0]), *(say(command) for command in commands), flat([1, 2])]
    return Case(name, {0: go(1), 1: go(1)}, feed, ON_ITS_WAY + expect, execution=SLOW)


COMMANDS = [
    first("pause: exits pass", Pause(), then=[flat([2, 3])], wishes={2: go(0)}, expect="""
        active -> paused (pause)
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 100 taker exit at 3"""),
    first("pause: protection works", Pause(), then=[DIP], expect="""
        active -> paused (pause)
        fill BTC-1-stop sell 1 @ 95 taker stop at 2c"""),
    first("pause: protection can be moved", Pause(), then=[flat([2]), bar(3, 100, 101, 96, 100)],
          wishes={2: go(1, 97)}, expect="""
        active -> paused (pause)
        amend BTC buy stop 97 tp -
        fill BTC-1-stop sell 1 @ 97 taker stop at 3c"""),
    first("pause: a turn only leaves", Pause(), then=[flat([2, 3])], wishes={2: go(-1)}, expect="""
        active -> paused (pause)
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        refuse BTC trading_state 1 > 0
        fill BTC-2 sell 1 @ 100 taker exit at 3"""),
    first("pause: no addition", Pause(), then=[flat([2, 3])], wishes={0: go(0.5, 95), 2: go(1, 95)}, expect="""
        active -> paused (pause)
        refuse BTC trading_state 1 > 0"""),
    waiting("pause withdraws an entry on its way", Pause(), expect="""
        active -> paused (pause)
        cancel BTC-1 (pause)
        cancelled BTC-1 (pause)"""),
    first("resume: what was refused meanwhile takes a fresh wish", Pause(), then=[flat([2]), say(Resume()),
          flat([3, 4, 5])], wishes={2: go(-1), 3: go(-1), 4: go(-0.5)}, expect="""
        active -> paused (pause)
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        refuse BTC trading_state 1 > 0
        paused -> active (resume)
        fill BTC-2 sell 1 @ 100 taker exit at 3
        order BTC-3 sell 0.5 entry stop - tp -
        fill BTC-3 sell 0.5 @ 100 taker entry at 5"""),
    first("pause twice, resume twice", Pause(), Pause(), Resume(), Resume(), then=[flat([2])], expect="""
        active -> paused (pause)
        paused -> active (resume)"""),
    first("flatten", Flatten(), then=[bar(2, 103)], expect="""
        active -> paused (flatten)
        order BTC-2 sell 1 exit stop - tp - (flatten)
        fill BTC-2 sell 1 @ 103 taker exit at 2"""),
    first("flatten twice leaves once", Flatten(), Flatten(), then=[bar(2, 103)], expect="""
        active -> paused (flatten)
        order BTC-2 sell 1 exit stop - tp - (flatten)
        fill BTC-2 sell 1 @ 103 taker exit at 2"""),
    first("flatten, resume: the wish that was flattened takes a fresh one", Flatten(), Resume(),
          then=[flat([2, 3, 4, 5])], wishes={2: go(1), 3: go(0.5), 4: go(-1)}, expect="""
        active -> paused (flatten)
        order BTC-2 sell 1 exit stop - tp - (flatten)
        paused -> active (resume)
        fill BTC-2 sell 1 @ 100 taker exit at 2
        order BTC-3 sell 1 entry stop - tp -
        fill BTC-3 sell 1 @ 100 taker entry at 5"""),
    first("flatten with nothing finer than a bar: protection works on", Flatten(), then=[bar(2, 94)], expect="""
        active -> paused (flatten)
        order BTC-2 sell 1 exit stop - tp - (flatten)
        fill BTC-1-stop sell 1 @ 94 taker stop at 2
        cancelled BTC-2 (nothing to reduce)"""),
    waiting("flatten withdraws an entry on its way", Flatten(), expect="""
        active -> paused (flatten)
        cancel BTC-1 (flatten)
        cancelled BTC-1 (flatten)"""),
    Case("flatten in the middle of a turn", {0: go(1), 3: go(-1)}, [flat(range(4)), say(Flatten()), flat([4, 5])],
         ON_ITS_WAY + """
        fill BTC-1 buy 1 @ 100 taker entry at 2c
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        order BTC-3 sell 1 entry stop - tp -
        active -> paused (flatten)
        cancel BTC-3 (flatten)
        cancelled BTC-3 (flatten)
        fill BTC-2 sell 1 @ 100 taker exit at 5c""", execution=SLOW),
    first("flatten in mid-bar", then=[opened(2, 100), say(Flatten(), 2 * LENGTH + 60_000), traded(2, 61, 102),
          closed(2, 100)], expect="""
        active -> paused (flatten)
        order BTC-2 sell 1 exit stop - tp - (flatten)
        fill BTC-2 sell 1 @ 102 taker exit at 2+61s"""),
    first("stop", Stop(), Pause(), Flatten(), then=[bar(2, 103)], expect="""
        active -> stopped (stop)
        order BTC-2 sell 1 exit stop - tp - (stop)
        refuse  trading_state 1 > 0
        fill BTC-2 sell 1 @ 103 taker exit at 2"""),
    first("stop, resume", Stop(), Resume(), then=[flat([2, 3])], wishes={2: go(-1)}, expect="""
        active -> stopped (stop)
        order BTC-2 sell 1 exit stop - tp - (stop)
        stopped -> active (resume)
        fill BTC-2 sell 1 @ 100 taker exit at 2
        order BTC-3 sell 1 entry stop - tp -
        fill BTC-3 sell 1 @ 100 taker entry at 3"""),
    first("stop, keep positions: protection stays", Stop(keep_positions=True), then=[DIP], expect="""
        active -> stopped (stop)
        fill BTC-1-stop sell 1 @ 95 taker stop at 2c"""),
    first("stop, keep positions: the strategy may leave, not enter", Stop(keep_positions=True), then=[flat([2, 3])],
          wishes={2: go(0), 3: go(1)}, expect="""
        active -> stopped (stop)
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 100 taker exit at 3
        refuse BTC trading_state 1 > 0"""),
    waiting("stop, keep positions: entries on their way are withdrawn", Stop(keep_positions=True), expect="""
        active -> stopped (stop)
        cancel BTC-1 (stop)
        cancelled BTC-1 (stop)"""),
    first("close: same wish, more of it, then a fresh one", ClosePosition("BTC"), then=[flat([2, 3, 4, 5])],
          wishes={2: go(1, 96), 3: go(0), 4: go(1)}, expect="""
        order BTC-2 sell 1 exit stop - tp - (close)
        fill BTC-2 sell 1 @ 100 taker exit at 2
        order BTC-3 buy 1 entry stop - tp -
        fill BTC-3 buy 1 @ 100 taker entry at 5"""),
    waiting("close withdraws an entry on its way", ClosePosition("BTC"), expect="""
        cancel BTC-1 (close)
        cancelled BTC-1 (close)"""),
    first("close of what is not held", ClosePosition("DOGE"), then=[flat([2])], expect="""
        refuse DOGE no_position 0 > 1"""),
]  # fmt: skip

WIRES = [
    Case("stale: no entry, exits pass", {0: go(1), 1: go(0), 2: go(1), 4: go(0.5)},
         [flat([0]), say(FeedStale("BTC", 0)), flat([1, 2, 3]), say(FeedRestored("BTC")), flat([4, 5])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 1 exit stop - tp - (exit_signal)
        fill BTC-2 sell 1 @ 100 taker exit at 2
        refuse BTC stale_data 2699.999 > 0
        order BTC-3 buy 0.5 entry stop - tp -
        fill BTC-3 buy 0.5 @ 100 taker entry at 5"""),
    Case("stale is per symbol", {1: go(1)}, [pair(0, [100], [100]), say(FeedStale(ETH, 0)), pair(1, [100], [100])], """
        order BTC-1 buy 1 entry stop - tp -
        refuse ETH stale_data 1799.999 > 0""", eth={1: go(1, symbol=ETH)}),
    Case("stepped clock: no entry until resolved", {0: go(1), 1: go(0.5), 2: go(0)},
         [say(ClockStepped(-1500)), flat([0]), say(ClockStepped(0)), flat([1, 2, 3])], """
        refuse BTC clock_stepped -1500 > 0
        order BTC-1 buy 0.5 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 2
        order BTC-2 sell 0.5 exit stop - tp - (exit_signal)
        fill BTC-2 sell 0.5 @ 100 taker exit at 3"""),
]  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS + WIRES, ids=lambda case: case.name)
def test_states(case: Case) -> None:
    expect = case.expect
    if case.name == "pause: no addition":
        expect = expect.replace("buy 1", "buy 0.5")
    assert played(case).told() == lines(expect)


@pytest.mark.parametrize(
    ("commands", "state"),
    [
        ([], TradingState.ACTIVE),
        ([Pause()], TradingState.PAUSED),
        ([Flatten()], TradingState.PAUSED),
        ([Stop()], TradingState.STOPPED),
        ([Pause(), Stop()], TradingState.STOPPED),
        ([Stop(), Pause()], TradingState.STOPPED),
        ([Stop(), Flatten()], TradingState.STOPPED),
        ([Stop(), Resume()], TradingState.ACTIVE),
        ([Flatten(), Resume()], TradingState.ACTIVE),
    ],
)
def test_where_commands_lead(commands: list[Any], state: TradingState) -> None:
    session = played(Case("", {}, [say(command) for command in commands], ""))
    assert session.core.risk.trading_state is state


class Number(float):
    """What other libraries call a float."""


def raising(error: Exception) -> Callable[..., Any]:
    def wish(*_: object) -> None:
        raise error

    return wish


class Odd:
    """Its text names its address."""

    def __init__(self) -> None:
        raise ValueError(f"no use for {object()}")


class Array:
    """Compares like an array: with an answer that is neither true nor false."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise ValueError("neither true nor false")


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        (raising(ZeroDivisionError("a / b")), "ZeroDivisionError: a / b"),
        (raising(KeyError("ema")), "KeyError: 'ema'"),
        (lambda *_: Odd(), "ValueError: no use for <object object at 0x...>"),
        (raising(ValueError("\ud800")), "ValueError: ?"),
        (lambda *_: "buy", "TypeError: expected a Signal or None, found str"),
        (lambda *_: 1.0, "TypeError: expected a Signal or None, found float"),
        (lambda *_: Array(), "ValueError: neither true nor false"),
        (lambda *_: go(1, symbol="DOGE"), "ValueError: expected a signal for BTC, found one for DOGE"),
        (lambda *_: go(nan), "ValueError: expected a target in [-1, 1], found nan"),
        (lambda *_: go(1.5), "ValueError: expected a target in [-1, 1], found 1.5"),
        (lambda *_: go("long"), "ValueError: could not convert string to float: 'long'"),  # type: ignore[arg-type]
        (lambda *_: go(1, stop=nan), "ValueError: expected price levels finite and above zero, found nan"),
        (lambda *_: go(1, tp=inf), "ValueError: expected price levels finite and above zero, found inf"),
        (lambda *_: go(1, stop=0.0), "ValueError: expected price levels finite and above zero, found 0.0"),
    ],
)
def test_a_broken_strategy_is_switched_off_and_flat(wish: Wish, error: str) -> None:
    feed = [pair(number, [100], [100]) for number in range(5)]
    case = Case("", {0: go(1), 2: wish, 3: go(-1)}, feed, "", eth={2: go(1, symbol=ETH)})
    session = played(case)
    assert session.told() == lines(f"""
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        fault BTC ({error})
        order BTC-2 sell 1 exit stop - tp - (fault)
        order ETH-1 buy 1 entry stop - tp -
        fill BTC-2 sell 1 @ 100 taker exit at 3
        fill ETH-1 buy 1 @ 100 taker entry at 3""")
    assert session.btc.rows == ["0: 0", "1: 1", "2: 1"], "it is not asked again"


def test_a_broken_strategy_that_is_flat_trades_nothing() -> None:
    case = Case("", {0: raising(ValueError("no"))}, [flat([0, 1])], "")
    assert played(case).told() == "fault BTC (ValueError: no)"


def test_foreign_numbers_are_taken_as_plain_ones() -> None:
    foreign = Signal("BTC", 1, Number(95), 105)
    odd, plain = (played(Case("", {0: wish}, [flat([0, 1])], "")) for wish in (foreign, go(1.0, 95.0, 105.0)))
    assert odd.core.engine.chain.head == plain.core.engine.chain.head
    assert odd.core.engine.snapshot() == plain.core.engine.snapshot()


def test_what_a_strategy_writes_is_kept_within_bounds() -> None:
    case = Case("", {0: Signal("BTC", 0.0, reason="x" * 10_000)}, [flat([0])], "")
    said = [one.reason for one in played(case).decisions if isinstance(one, Signal)]
    assert said == ["x" * 500]
