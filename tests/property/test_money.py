"""L6: money is conserved, in any session, after every message; and what must hold of every fill and every entry."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from tests.audit import Auditor
from tests.random_sessions import LENGTH, RandomSession, random_sessions

from finantrade.domain import money
from finantrade.domain.instrument import Instrument
from finantrade.domain.market import Heartbeat
from finantrade.domain.orders import Liquidity, Order, Side, Terms
from finantrade.execution import entries
from finantrade.execution.costs import Costs
from finantrade.execution.entries import Hit
from finantrade.execution.floor import Floor
from finantrade.execution.funding import FundingBook
from finantrade.execution.liquidation import Liquidator
from finantrade.risk import admission
from finantrade.risk.book import RiskState
from finantrade.risk.daily_loss import DailyLoss, Verdict
from finantrade.risk.exposure import Notionals
from finantrade.risk.limits import Exposure

LARGE = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
ONCE = settings(LARGE, max_examples=200, phases=[Phase.generate], derandomize=True, database=None)


def audited(session: RandomSession) -> Auditor:
    """Play a session under the eyes of an auditor."""
    core, auditor = session.core(), Auditor(session.config, session.bars, LENGTH)
    engine = core.engine
    for at, message in session.facts:
        # Alarms come due with the heartbeat: what they cause is from before the message, and must be told apart.
        for heard in (Heartbeat(), message):
            auditor.step(heard, engine.step(engine.seq + 1, at, heard), core)
    return auditor


@LARGE
@given(random_sessions())
def test_books_gates_and_limits_hold_in_any_session(session: RandomSession) -> None:
    audited(session)


def test_exposure_is_what_reckoning_all_of_it_anew_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    kept = Notionals.exposure

    def compared(self: Notionals, state: RiskState, symbol: str) -> Exposure:
        found = kept(self, state, symbol)
        assert found == plain(state, symbol)
        asked.append(len(state.books))
        return found

    monkeypatch.setattr(Notionals, "exposure", compared)
    settings(ONCE, max_examples=40)(given(random_sessions())(lambda session: void(audited(session))))()
    assert max(asked) > 1


def plain(state: RiskState, symbol: str) -> Exposure:
    """Return the exposure as one would write it down."""
    net: dict[str, Decimal] = {}
    for book in state.books.values():
        net[book.symbol] = money.add(net.get(book.symbol, money.ZERO), book.expected)
    notional = {one: abs(float(qty)) * state.closes.get(one, 0.0) for one, qty in net.items()}
    gross = 0.0
    for value in notional.values():
        gross += value
    return Exposure(state.daily.equity, gross, notional.get(symbol, 0.0))


def void(_: object) -> None:
    """Hypothesis wants nothing to be returned."""


def test_the_random_sessions_do_trade() -> None:
    found: list[Auditor] = []
    settings(ONCE, max_examples=100)(given(random_sessions())(lambda session: found.append(audited(session))))()
    assert sum(one.fills for one in found) > 2 * len(found)
    assert sum(bool(one.paid) for one in found) > len(found) / 10
    assert sum(one.taken is not None for one in found) > len(found) / 100


def _a_tick_better(costs: Costs, price: float, side: Side, instrument: Instrument, share: Decimal) -> Decimal:
    better = instrument.tick if side is Side.SELL else -instrument.tick
    return instrument.taker_price(money.add(money.exact(price), better), side)


def _more_than_is_left(self: Liquidator, qty: Decimal, paid: Decimal, left: float) -> Decimal:
    return money.multiply(money.multiply(qty, paid), Decimal("0.0126"))


def _a_better_limit(order: Order, terms: Terms, price: float, *, rests: bool, fill_on_touch: bool) -> Hit | None:
    return None if terms.limit is None or not rests else Hit(price, Liquidity.MAKER)


FAULTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "fills a tick better than the market": (Costs, "taker_price", _a_tick_better),
    "a fee that is rounded to the cent": (Costs, "fee", lambda *_: Decimal("0.01")),
    "shares and fees that are not rounded": (money, "to_posting", lambda value: value),
    "limits that limit nothing": (admission, "breaches", lambda *_: []),
    "a settlement that is paid twice": (FundingBook, "settle", lambda *_: True),
    "a settlement paid on what is held now": (FundingBook, "held_at", lambda _, __, qty, ___: qty),
    "a liquidation that costs more than the margin": (Liquidator, "_fee", _more_than_is_left),
    "more than its share of the volume": (Floor, "_fits", lambda _, __, ___, qty, ____: qty),
    "a maker a tick better than its limit": (entries, "at_price", _a_better_limit),
    "fees of the highest tier for all": (Costs, "_tier", lambda self, _: self.tiers[-1]),
    "a daily limit that is never reached": (DailyLoss, "mark", lambda *_: Verdict.CALM),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_auditor_notices(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, name, planted = FAULTS[fault]
    monkeypatch.setattr(where, name, planted)
    with pytest.raises(AssertionError):
        ONCE(given(random_sessions())(test_books_gates_and_limits_hold_in_any_session.hypothesis.inner_test))()
