"""Every actor of the wiring keeps the contract: state as bytes, handlers by type, messages untouched, bounded memory.

The actors are taken from the engine that the wiring built. Each is tapped: a second engine drives the same actors and
notes what every one of them heard, when, what it answered, and now and then its snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.markets import candles, config, market
from tests.random_sessions import RandomSession, random_sessions

from finantrade.config import Config, ExecutionConfig, RiskConfig, StrategyConfig
from finantrade.domain.codec import MESSAGES, encode
from finantrade.domain.commands import ClosePosition, Flatten, Pause, Resume, Stop
from finantrade.domain.market import BarArrived, FeedStale
from finantrade.domain.message import Alarm, Message
from finantrade.domain.units import Millis
from finantrade.engine.actor import Actor, Handler
from finantrade.engine.engine import Engine
from finantrade.market.facts import facts
from finantrade.runtime.seats import seat_strategies
from finantrade.wiring import Core, build

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "my_strategy.py"
DIP = {"dip": 45.0, "recovered": 50.0, "hold": 9}
VOTERS = [
    {"name": "ema_cross", "params": {"fast": 3, "slow": 8, "stop_atr": 1.0}},
    {"name": "rule", "params": {"enter_long": "close > lag(close, 2)", "exit_long": "close < lag(close, 3)"}},
]
CONFIGS: Mapping[str, Config] = {
    "shipped strategies": config(),
    "with latency": config(execution=ExecutionConfig(latency_ms=500)),
    "symbols judged together": config(
        strategies=(StrategyConfig(name="rotation", params={"momentum_bars": 5, "rebalance_h": 2, "shorts": 1}),),
        risk=RiskConfig(),
    ),
    "votes": config(strategies=(StrategyConfig(name="ensemble", params={"members": VOTERS, "stop_atr": 1.5}),)),
    "the documentation's example": config(strategies=(StrategyConfig(name="Dip", file=str(EXAMPLE), params=DIP),)),
}
Fact = tuple[Millis, Message]
NAMES = tuple(build(config(), seat_strategies(config())).engine.actors)


class Heard(msgspec.Struct):
    """One call of a handler."""

    kind: type[Message]
    message: Message
    now: Millis
    said: list[bytes]


class Tap:
    """An actor whose calls are noted; ``snapshots`` by the number of calls before each."""

    def __init__(self, actor: Actor, every: int) -> None:
        self.name = actor.name
        self.actor = actor
        self.heard: list[Heard] = []
        self.snapshots: dict[int, bytes] = {}
        self._every = every

    def handlers(self) -> Mapping[type[Message], Handler]:
        return {kind: self._tapped(kind, handler) for kind, handler in self.actor.handlers().items()}

    def snapshot(self) -> bytes:
        return self.actor.snapshot()

    def restore(self, state: bytes, /) -> None:
        self.actor.restore(state)

    def _tapped(self, kind: type[Message], handler: Handler) -> Handler:
        def handle(message: Message, now: Millis) -> Sequence[Message]:
            if len(self.heard) % self._every == 0:
                self.snapshots[len(self.heard)] = self.actor.snapshot()
            before = encode(message)
            said = handler(message, now)
            assert encode(message) == before, f"{self.name} changed what it was told"
            assert isinstance(said, Sequence), f"{self.name} answered {said!r}"
            assert all(type(one) in MESSAGES for one in said), f"{self.name} said {said!r}"
            self.heard.append(Heard(kind, message, now, [encode(one) for one in said]))
            return said

        return handle


def tapped(core: Core, stream: Iterable[Fact], every: int) -> dict[str, Tap]:
    """Fold a feed into the actors of a core, and return what each of them heard."""
    taps = [Tap(actor, every) for actor in core.engine.actors.values()]
    engine = Engine(taps)
    for seq, (at, message) in enumerate(stream, 1):
        engine.step(seq, at, message)
    return {tap.name: tap for tap in taps}


def conforms(taps: Mapping[str, Tap], fresh: Callable[[], Core]) -> None:
    """Restore every actor from every snapshot, and let it hear the rest again."""
    for tap in taps.values():
        last = tap.actor.snapshot()
        for at, state in tap.snapshots.items():
            actor = fresh().engine.actors[tap.name]
            actor.restore(state)
            assert actor.snapshot() == state, f"{tap.name} restored before its call {at}"
            handlers = actor.handlers()
            for number, call in enumerate(islice(tap.heard, at, None), at):
                said = [encode(one) for one in handlers[call.kind](call.message, call.now)]
                assert said == call.said, f"{tap.name} restored before its call {at}, at call {number}"
            assert actor.snapshot() == last, f"{tap.name} restored before its call {at}, at the end"


def eventful(seed: int, bars: int) -> list[Fact]:
    """Return the facts of a market with an operator and a silent wire in between."""
    told = list(facts(tuple(market(seed, bars).values()), 0))
    spoken: dict[int, Message] = {
        60: Pause(), 90: Resume(), 130: Flatten(), 135: Resume(), 170: ClosePosition("AAA"), 200: FeedStale("BBB", 0),
        240: Stop(keep_positions=True), 280: Resume(),
    }  # fmt: skip
    out: list[Fact] = []
    for index, (at, message) in enumerate(told):
        if index in spoken:
            out.append((at, spoken[index]))
        out.append((at, message))
    return out


@pytest.mark.parametrize("name", CONFIGS)
def test_every_actor_goes_on_from_its_bytes(name: str, seeds: Callable[[int, int], range]) -> None:
    chosen = CONFIGS[name]
    for seed in seeds(1, 20):
        taps = tapped(build(chosen, seat_strategies(chosen)), eventful(seed, 110), every=61)
        assert all(len(tap.heard) > 100 for tap in taps.values())
        conforms(taps, lambda: build(chosen, seat_strategies(chosen)))


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(random_sessions(most=25), st.integers(5, 60))
def test_every_actor_goes_on_from_its_bytes_in_any_session(session: RandomSession, every: int) -> None:
    conforms(tapped(session.core(), session.facts, every), session.core)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(random_sessions(most=25), st.data())
def test_a_core_restored_anywhere_says_the_same(session: RandomSession, data: st.DataObject) -> None:
    whole, stop = session.core(), data.draw(st.integers(0, len(session.facts)))
    played(whole, session.facts[:stop])
    state = whole.engine.snapshot()
    again = session.core()
    again.engine.restore(state)
    assert again.engine.snapshot() == state
    assert played(again, session.facts[stop:]) == played(whole, session.facts[stop:])
    assert again.engine.snapshot() == whole.engine.snapshot()
    assert again.engine.chain.head == whole.engine.chain.head


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example])
@given(random_sessions(most=25))
def test_equal_states_are_equal_bytes(session: RandomSession) -> None:
    """However it was come to: in one go, or through its bytes before every single message."""
    whole, pieced = session.core(), session.core()
    for seq, (at, message) in enumerate(session.facts, 1):
        whole.engine.step(seq, at, message)
        pieced.engine.step(seq, at, message)
        state = pieced.engine.snapshot()
        assert state == whole.engine.snapshot()
        pieced.engine.restore(state)


def played(core: Core, stream: Iterable[Fact]) -> list[bytes]:
    engine = core.engine
    return [encode(one) for at, message in stream for one in engine.step(engine.seq + 1, at, message)]


@pytest.mark.parametrize("name", NAMES)
def test_handlers_are_of_known_messages(name: str) -> None:
    actor = build(config(), seat_strategies(config())).engine.actors[name]
    assert actor.name == name
    assert set(actor.handlers()) <= set(MESSAGES) - {Alarm}
    assert actor.handlers().keys() == actor.handlers().keys()


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_messages_are_frozen(kind: Any) -> None:
    assert kind.__struct_config__.frozen
    assert kind.__struct_config__.tag == kind.__name__


def test_state_does_not_grow_with_the_length_of_the_run() -> None:
    """L7: between bar 2 000 and bar 20 000 no snapshot grows by more than counters and exact sums do."""
    core = build(config(), seat_strategies(config()))
    stream = facts((candles("AAA", 1, 20_000), candles("BBB", 1, 20_000)), 0)
    sizes: list[dict[str, int]] = []
    bars = 0
    for seq, (at, message) in enumerate(stream, 1):
        core.engine.step(seq, at, message)
        if type(message) is BarArrived and message.bar.symbol == "AAA":
            bars += 1
            core.engine.chain.take()
            if bars in (2_000, 20_000):
                sizes.append({name: len(actor.snapshot()) for name, actor in core.engine.actors.items()})
    early, late = sizes
    assert early.keys() == late.keys() == set(NAMES)
    for name in early:
        assert late[name] <= early[name] + 200, name
