"""When positions are liquidated, at what price and what for: the venue's published figures, and cases by hand.

With a leverage of 2 and a maintenance of a fifth, a long from 100 stands on 50 and is liquidated where
``50 + price - 100 = price / 5``, at 62.5; a short where ``50 + 100 - price = price / 5``, at 125.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.case import (
    BTC,
    ETH,
    LENGTH,
    Case,
    Fact,
    Session,
    bar,
    closed,
    configured,
    flat,
    go,
    lines,
    opened,
    pair,
    played,
    say,
    traded,
)

from finantrade import config as cfg
from finantrade.config import BracketConfig, MarginConfig, MarginMode, TiersConfig
from finantrade.config_checks import conflicts
from finantrade.config_file import load_config
from finantrade.domain.account import FundingPaid, Position
from finantrade.domain.context import FundingRate, MarkPrice
from finantrade.domain.units import HOUR
from finantrade.execution.margin import (
    Bracket,
    Margin,
    MarginBook,
    Tiers,
    brackets_of,
    liquidation_price,
    maintenance,
)

TABLE = yaml.safe_load((Path(__file__).resolve().parents[2] / "config" / "margin_tiers.yml").read_text())


def shipped(symbol: str) -> tuple[Bracket, ...]:
    (one,) = TABLE["execution"]["margin"]["tiers"][symbol]
    return brackets_of([row["floor"] for row in one["brackets"]], [row["rate"] for row in one["brackets"]])


def test_amounts_of_the_shipped_table_are_the_published_ones() -> None:
    found = [round(one.amount, 6) for one in shipped("BTCUSDT")]
    assert found == [0, 50, 1_300, 16_300, 266_300, 1_266_300, 2_516_300, 5_016_300, 25_016_300, 100_016_300]
    assert round(shipped("ETHUSDT")[5].amount, 6) == 135_365


def test_the_published_example_of_a_cross_wallet() -> None:
    """Binance, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", one-way mode with two contracts."""
    rules = Margin(None, 0.0125, {one: (Tiers(0, shipped(one)),) for one in ("BTCUSDT", "ETHUSDT")})
    book = MarginBook(1_535_443.01)
    for symbol, qty, entry, mark in (("ETHUSDT", "3683.979", "1456.84", 1335.18), ("BTCUSDT", "109.488", "32481.980",
                                                                                   31967.27)):  # fmt: skip
        book.book(Position("s", symbol, Decimal(qty), Decimal(qty) * Decimal(entry), Decimal(0)))
        book.price[symbol] = mark
    assert maintenance(shipped("ETHUSDT"), 3683.979 * 1335.18) == pytest.approx(356_512.508, abs=5e-4)
    assert maintenance(shipped("BTCUSDT"), 109.488 * 31967.27) == pytest.approx(71_200.81, abs=0.01)
    btc, eth = book.level(rules, "BTCUSDT", 0), book.level(rules, "ETHUSDT", 0)
    assert btc is not None
    assert eth is not None
    assert (btc[1], eth[1]) == (pytest.approx(26_316.89, abs=0.01), pytest.approx(1_153.26, abs=0.01))


@pytest.mark.parametrize(
    ("qty", "cost", "backing", "level"),
    [
        (1.0, 100.0, 50.0, 62.5),
        (-1.0, -100.0, 50.0, 125.0),
        (2.0, 200.0, 100.0, 62.5),
        (1.0, 100.0, 100.0, 0.0),
        (1.0, 100.0, 140.0, -50.0),
        (-1.0, -100.0, 0.0, 100.0 / 1.2),
    ],
)
def test_levels_by_hand(qty: float, cost: float, backing: float, level: float) -> None:
    assert liquidation_price(qty, cost, backing, [Bracket(0.0, 0.2, 0.0)]) == pytest.approx(level)


@given(
    st.sampled_from([-1, 1]), st.floats(0.01, 1_000), st.floats(10, 1_000), st.floats(1, 50),
    st.sets(st.integers(1, 200), max_size=4), st.lists(st.integers(1, 8), min_size=5, max_size=5),
)  # fmt: skip
def test_at_its_level_a_position_has_exactly_its_maintenance(
    way: int, size: float, entry: float, leverage: float, floors: set[int], steps: list[int]
) -> None:
    rates = [0.01 * sum(steps[: at + 1]) for at in range(len(floors) + 1)]
    brackets = brackets_of([0.0, *(1_000.0 * one for one in sorted(floors))], rates)
    qty, cost = way * size, way * size * entry
    level = liquidation_price(qty, cost, abs(cost) / leverage, brackets)

    def spare(price: float) -> float:
        notional = size * price
        rate, amount = max((one.floor, one.rate, one.amount) for one in brackets if one.floor <= notional)[1:]
        return abs(cost) / leverage + qty * price - cost - (notional * rate - amount)

    if level > 0:
        assert spare(level) == pytest.approx(0, abs=1e-6 * size * entry)
        assert spare(level * (1 + way * 1e-6)) > 0 > spare(level * (1 - way * 1e-6))


def test_the_table_of_the_time_counts() -> None:
    low, high = brackets_of([0.0], [0.01]), brackets_of([0.0], [0.02])
    rules = Margin(10.0, 0.0, {BTC: (Tiers(100, low), Tiers(200, high))})
    assert [rules.brackets(BTC, time) for time in (0, 100, 199, 200, 9_999)] == [low, low, low, high, high]


FLAT = (TiersConfig(since="1970-01-01", brackets=(BracketConfig(floor=0, rate=0.2),)),)
ISOLATED = MarginConfig(leverage=2, tiers={BTC: FLAT, ETH: FLAT})
CROSS = msgspec.structs.replace(ISOLATED, mode=MarginMode.CROSS)
HELD = [flat([0]), bar(1, 100)]
ENTERED = """
    order BTC-1 buy 1 entry stop {0} tp {1}
    fill BTC-1 buy 1 @ 100 taker entry at 1
"""
LOST = "fill BTC-1-liquidation sell 1 @ {} taker liquidation fee {} at {}"


def mark(number: int, seconds: int, price: float, symbol: str = BTC) -> list[Fact]:
    time = number * LENGTH + seconds * 1000
    return say(MarkPrice(symbol, time, price), time)


def case(name: str, feed: list[list[Fact]], then: str, stop: float | None = None, tp: float | None = None,
         **more: object) -> Case:  # fmt: skip
    entered = ENTERED.format(*("-" if one is None else f"{one:g}" for one in (stop, tp)))
    return Case(name, {0: go(1, stop, tp)}, [*HELD, *feed], entered + then, execution={"margin": ISOLATED, **more})


LONGS = [
    case("not reached", [bar(2, 100, 100, 62.6, 70)], ""),
    case("touched by a bar: at the level", [bar(2, 100, 101, 62.5, 70)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 0.78125, "2c")),
    case("an opening beyond it: at that", [bar(2, 60, 61, 59, 60)], """
        liquidated 1 BTC level 62.5 at 60 assumed
        """ + LOST.format(60, 0.75, "2")),
    case("a trade beyond it", [opened(2, 100), traded(2, 60, 61), closed(2, 100)], """
        liquidated 1 BTC level 62.5 at 61 assumed
        """ + LOST.format(61, 0.7625, "2+60s")),
    case("the fee is never more than what is left: at 50.2 that is 0.2", [bar(2, 50.2)], """
        liquidated 1 BTC level 62.5 at 50.2 assumed
        """ + LOST.format(50.2, 0.2, "2")),
    case("what is lost beyond the margin, the insurance fund bears", [bar(2, 40)], """
        liquidated 1 BTC level 62.5 at 40 assumed
        """ + LOST.format(40, -10, "2")),
    case("a stop nearer than the level comes first", [bar(2, 100, 101, 60, 70)],
         "fill BTC-1-stop sell 1 @ 70 taker stop at 2c", stop=70),
    case("a stop at a gap beyond both is too late", [bar(2, 60)], """
        liquidated 1 BTC level 62.5 at 60 assumed
        """ + LOST.format(60, 0.75, "2"), stop=70),
    case("a stop beyond the level never works", [bar(2, 100, 101, 55, 70)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 0.78125, "2c"), stop=60),
    case("a take-profit in the same bar comes after it", [bar(2, 100, 106, 60, 70)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 0.78125, "2c"), tp=105),
    case("by a mark price: at the next price, which is the close", [opened(2, 100), mark(2, 60, 62), closed(
        2, 100, 100, 65, 66)], "liquidated 1 BTC level 62.5 at 62\n" + LOST.format(66, 0.825, "2c")),
    case("by a mark price: at the next price, which is a trade", [opened(2, 100), mark(2, 60, 62), traded(2, 70, 64),
                                                                  closed(2, 100, 100, 64, 66)],
         "liquidated 1 BTC level 62.5 at 62\n" + LOST.format(64, 0.8, "2+70s")),
    case("by a mark price at the end of a bar: at the next opening", [bar(2, 100), mark(3, 0, 62.5), bar(3, 80)],
         "liquidated 1 BTC level 62.5 at 62.5\n" + LOST.format(80, 1, "3")),
    case("a mark price that recovers is too late", [opened(2, 100), mark(2, 60, 62), mark(2, 120, 99), closed(2, 99)],
         "liquidated 1 BTC level 62.5 at 62\n" + LOST.format(99, 1.2375, "2c")),
    case("protection that the bar set off was before the next price",
         [opened(2, 100), mark(2, 60, 62), closed(2, 100, 100, 69, 72)],
         "fill BTC-1-stop sell 1 @ 70 taker stop at 2c", stop=70),
    case("last prices are not judged where there are mark prices",
         [opened(2, 100), mark(2, 60, 80), closed(2, 100, 100, 50, 90)], ""),
    case("a mark price stands for an hour", [mark(2, 0, 80), bar(2, 90, 91, 50, 90), *(bar(n, 90) for n in (3, 4, 5)),
                                             bar(6, 90, 91, 60, 90)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 0.78125, "6c")),
    case("a back-filled bar", [closed(2, 100, 101, 60, 70, at=4 * LENGTH, backfilled=True)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 0.78125, "2c")),
    case("funding that was paid is no longer there: 40 stand for it, the level is 75",
         [say(FundingRate(BTC, 2 * LENGTH, 0.1, 8 * HOUR, 100.0), 2 * LENGTH), bar(2, 100, 101, 74, 80)], """
        liquidated 1 BTC level 75 at 75 assumed
        """ + LOST.format(75, 0.9375, "2c")),
    case("a fee of the venue's own", [bar(2, 100, 101, 62.5, 70)], """
        liquidated 1 BTC level 62.5 at 62.5 assumed
        """ + LOST.format(62.5, 6.25, "2c"), margin=msgspec.structs.replace(ISOLATED, liquidation_fee_bps=1000)),
    case("without margin nothing is liquidated", [bar(2, 1)], "", margin=None),
]  # fmt: skip


@pytest.mark.parametrize("case", LONGS, ids=lambda case: case.name)
def test_a_long(case: Case) -> None:
    assert played(case).told() == lines(case.expect)


OTHERS = [
    Case("a short, as the mirror of it", {0: go(-1)}, [*HELD, bar(2, 100, 126, 99, 110)], """
        order BTC-1 sell 1 entry stop - tp -
        fill BTC-1 sell 1 @ 100 taker entry at 1
        liquidated -1 BTC level 125 at 125 assumed
        fill BTC-1-liquidation buy 1 @ 125 taker liquidation fee 1.5625 at 2c"""),
    Case("a short by a mark price", {0: go(-1)}, [*HELD, opened(2, 100), mark(2, 60, 125), closed(2, 120)], """
        order BTC-1 sell 1 entry stop - tp -
        fill BTC-1 sell 1 @ 100 taker entry at 1
        liquidated -1 BTC level 125 at 125
        fill BTC-1-liquidation buy 1 @ 120 taker liquidation fee 1.5 at 2c"""),
    Case("a short's stop nearer than its level", {0: go(-1, 120)}, [*HELD, bar(2, 100, 126, 99, 110)], """
        order BTC-1 sell 1 entry stop 120 tp -
        fill BTC-1 sell 1 @ 100 taker entry at 1
        fill BTC-1-stop buy 1 @ 120 taker stop at 2c"""),
    Case("slipped like any taker: 101 on 50.5 is 63.125, and a hundredth less is received", {0: go(1)},
         [*HELD, bar(2, 100, 101, 62, 70)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 101 taker entry at 1
        liquidated 1 BTC level 63.125 at 63.125 assumed
        fill BTC-1-liquidation sell 1 @ 62.49 taker liquidation fee 0.781125 at 2c""",
         execution={"slippage_bps": 100.0}),
    Case("a part that was closed leaves the level where it is", {0: go(1), 1: go(0.5)},
         [*HELD, bar(2, 100), bar(3, 100, 101, 62.5, 70)], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        order BTC-2 sell 0.5 exit stop - tp - (scale_out)
        fill BTC-2 sell 0.5 @ 100 taker exit at 2
        liquidated 0.5 BTC level 62.5 at 62.5 assumed
        fill BTC-1-liquidation sell 0.5 @ 62.5 taker liquidation fee 0.390625 at 3c"""),
    Case("an addition raises the level: 110 on 55 is 68.75", {0: go(0.5), 1: go(1)},
         [*HELD, bar(2, 120), bar(3, 120, 121, 68.75, 70)], """
        order BTC-1 buy 0.5 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        order BTC-2 buy 0.5 entry stop - tp -
        fill BTC-2 buy 0.5 @ 120 taker entry at 2
        liquidated 1 BTC level 68.75 at 68.75 assumed
        fill BTC-2-liquidation sell 1 @ 68.75 taker liquidation fee 0.859375 at 3c"""),
    Case("extremes from before it was held do not count", {0: go(1)}, [flat([0]), bar(1, 100, 101, 50, 100), flat([2])],
         """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1c""", execution={"latency_ms": 500}),
    Case("entries on their way are withdrawn", {0: go(0.5), 1: go(1)}, [*HELD, bar(2, 60)], """
        order BTC-1 buy 0.5 entry stop - tp -
        fill BTC-1 buy 0.5 @ 100 taker entry at 1
        order BTC-2 buy 0.5 entry stop - tp -
        cancelled BTC-2 (liquidation)
        liquidated 0.5 BTC level 62.5 at 60 assumed
        fill BTC-1-liquidation sell 0.5 @ 60 taker liquidation fee 0.375 at 2"""),
    Case("the same side is not entered again without a fresh wish", {0: go(1), 2: go(1, 50), 4: go(0), 5: go(1)},
         [*HELD, bar(2, 100, 101, 62, 70), flat([3, 4, 5, 6])], """
        order BTC-1 buy 1 entry stop - tp -
        fill BTC-1 buy 1 @ 100 taker entry at 1
        liquidated 1 BTC level 62.5 at 62.5 assumed
        fill BTC-1-liquidation sell 1 @ 62.5 taker liquidation fee 0.78125 at 2c
        order BTC-2 buy 1 entry stop - tp -
        fill BTC-2 buy 1 @ 100 taker entry at 6"""),
]  # fmt: skip


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.name)
def test_others(case: Case) -> None:
    assert played(replace(case, execution={"margin": ISOLATED, **case.execution})).told() == lines(case.expect)


def wallet(balance: int) -> dict[str, object]:
    return {"account": cfg.AccountConfig(initial_balance=Decimal(balance))}


BOTH = {0: go(1)}, {0: go(1, symbol=ETH)}
LEVELS = [
    ("a wallet of 50 is a margin of 50", CROSS, 50, None, 62.5),
    ("a wallet that stands for all of it", CROSS, 100, None, 0.0),
    ("what the other must be backed by is not there", CROSS, 100, [100.0], 25.0),
    ("what the other has lost is not there", CROSS, 100, [100.0, 70.0], 55.0),
    ("what the other has gained is", CROSS, 100, [100.0, 120.0], 5.0),
    ("isolated: the other does not matter", ISOLATED, 100, [100.0, 70.0], 62.5),
]


@pytest.mark.parametrize(("name", "margin", "balance", "other", "level"), LEVELS, ids=[one[0] for one in LEVELS])
def test_levels_of_a_wallet(
    name: str, margin: MarginConfig, balance: int, other: list[float] | None, level: float
) -> None:
    script, eth = BOTH if other else (BOTH[0], None)
    case = Case(name, script, [], "", execution={"margin": margin}, more=wallet(balance), eth=eth)
    last = other[-1] if other else 100.0
    feed = [pair(0, [100], [100]), pair(1, [100], [100]), pair(2, [100], [last])] if other else [flat([0, 1, 2])]
    found = Session(case).play(feed).core.paper.liquidation_level(BTC, 3 * LENGTH)
    assert found == pytest.approx(level)


def test_a_wallet_falls_position_by_position() -> None:
    """ETH falls at 25, for BTC stands at 100. That leaves BTC 24.6875: it falls where 24.6875 + price - 100 is a fifth.

    Both fees paid, 17.65 are left of the 100.
    """
    case = Case("", BOTH[0], [], "", execution={"margin": CROSS}, more=wallet(100), eth=BOTH[1])
    session = Session(case).play([pair(0, [100], [100]), pair(1, [100], [100])])
    session.play([pair(2, [100], [100, 100, 20, 30]), pair(3, [100, 100, 75, 80], [30])])
    assert (
        session.told().splitlines()[4:]
        == lines("""
        liquidated 1 ETH level 25 at 25 assumed
        fill ETH-1-liquidation sell 1 @ 25 taker liquidation fee 0.3125 at 2c
        liquidated 1 BTC level 94.140625 at 94.140625 assumed
        fill BTC-1-liquidation sell 1 @ 94.14 taker liquidation fee 1.17675 at 3c
        """).splitlines()
    )
    assert session.core.ledger.balance.cash == Decimal("17.65075")


BAD = [
    ({"leverage": 2.0}, ("risk", "max_leverage"), "expected at most 2, the leverage"),
    ({"tiers": {}}, ("execution", "margin", "tiers"), "expected maintenance tiers of 'BTC'"),
    ({"tiers": {BTC: ()}}, ("execution", "margin", "tiers"), "expected maintenance tiers of 'BTC'"),
    ({"tiers": {BTC: (*FLAT, *FLAT)}}, ("execution", "margin", "tiers", BTC, 1, "since"), "expected a date after"),
    ({"tiers": {BTC: (msgspec.structs.replace(FLAT[0], since="soon"),)}},
     ("execution", "margin", "tiers", BTC, 0, "since"), "expected a time such as"),
    ({"tiers": {BTC: (msgspec.structs.replace(FLAT[0], brackets=(BracketConfig(floor=5, rate=0.2),)),)}},
     ("execution", "margin", "tiers", BTC, 0, "brackets"), "expected floors from 0 on and rates, both ascending"),
    ({"tiers": {BTC: (TiersConfig(since="2020-01-01", brackets=tuple(BracketConfig(floor=n, rate=0.2) for n in (0, 1))
                                  ),)}}, ("execution", "margin", "tiers", BTC, 0, "brackets"), "both ascending"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "place", "text"), BAD, ids=[f"{one[2]} {number}" for number, one in enumerate(BAD)])
def test_what_is_no_margin_is_refused(wrong: dict[str, object], place: tuple[str, ...], text: str) -> None:
    margin = msgspec.structs.replace(ISOLATED, **{"leverage": 10.0, **wrong})
    (found,) = conflicts(configured(Case("", {}, [], "", execution={"margin": margin})))
    assert (found.check, found.path) == ("margin", place)
    assert text in found.text


def test_the_shipped_table_is_laid_over_the_shipped_configuration() -> None:
    root = Path(__file__).resolve().parents[2] / "config"
    margin = load_config([root / "system.yml", root / "margin_tiers.yml"]).config.execution.margin
    assert margin is not None
    assert margin.mode is MarginMode.ISOLATED
    assert set(margin.tiers) == {"BTCUSDT", "ETHUSDT"}


def test_mark_prices_before_anything_is_held_are_kept_apart() -> None:
    case = replace(OTHERS[0], script={}, expect="", execution={"margin": ISOLATED}, feed=[flat([0]), mark(1, 0, 1.0)])
    session = played(case)
    assert session.told() == ""
    assert session.core.paper.liquidation_level(BTC, 0) is None


def test_margin_may_be_asked_for_while_something_is_held() -> None:
    """The account is carried over to a configuration with margin; and with what was paid since, to the next one."""
    plain = played(Case("", {0: go(1)}, HELD, ""))
    margined = Session(Case("", {0: go(1)}, [], "", execution={"margin": ISOLATED}))
    paper, ledger = margined.core.paper, plain.core.ledger
    paper.restore(plain.core.paper.snapshot())
    paper.take_account(ledger.balance, ledger.positions)
    assert paper.liquidation_level(BTC, 2 * LENGTH) == 62.5
    paper.on_funding(FundingPaid("s", BTC, 0, *[Decimal(1)] * 3, Decimal(-10)), 0)
    after = Session(Case("", {0: go(1)}, [], "", execution={"margin": ISOLATED})).core.paper
    after.restore(paper.snapshot())
    after.take_account(ledger.balance, ledger.positions)
    assert after.liquidation_level(BTC, 2 * LENGTH) == 75.0
