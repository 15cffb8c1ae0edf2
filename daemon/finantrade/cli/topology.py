"""The living topology: the actors of the wiring, what flows between them, and the channels to the edges.

What an actor accepts is asked of the actor itself. What it says is written down here, since nothing states it in the
code; a test runs the core and holds this table against what is really said. Channels are those of a running daemon
with their counters, or else as the daemon makes them.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from finantrade.api.broadcast import OUTLET_CAPACITY
from finantrade.config import Config, FeedConfig, InstrumentConfig, StrategyConfig
from finantrade.domain import account, market, message, orders
from finantrade.domain.codec import INPUTS, MESSAGES
from finantrade.domain.message import Message
from finantrade.runtime.channel import ChannelStats, Overflow
from finantrade.runtime.daemon import NARRATOR_CAPACITY
from finantrade.runtime.live import INBOX_CAPACITY
from finantrade.wiring import build

INBOX = "inbox"
ENGINE = "engine"
LANE = "lane"

SAYS: Mapping[str, tuple[type[Message], ...]] = {
    "boundary": (market.Bar, market.BoundaryComplete, message.Alarm),
    "paper": (orders.Liquidated, orders.Fill, orders.Rejection, orders.Cancelled, orders.Expired),
    "ledger": (account.Position, account.FundingPaid, account.Balance, account.Equity),
    "risk": (
        orders.Order,
        orders.Amend,
        orders.Cancel,
        orders.Refusal,
        account.StateChanged,
        account.EntriesBlocked,
        account.EntriesAllowed,
    ),
    "features": (market.FeatureRow,),
    "strategist": (orders.Signal, orders.Refusal, account.StrategyFaulted),
}


class ActorNode(msgspec.Struct, frozen=True):
    """One core actor in wiring order."""

    name: str
    does: str
    accepts: tuple[str, ...]
    says: tuple[str, ...]


class Route(msgspec.Struct, frozen=True):
    """One kind of message: who says it (the inbox for inputs, the engine for alarms) and who accepts it."""

    message: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]


class ChannelNode(msgspec.Struct, frozen=True):
    """One bounded channel; counters are None where no daemon was asked."""

    name: str
    source: str
    target: str
    capacity: int
    overflow: str
    depth: int | None = None
    peak: int | None = None
    sent: int | None = None
    dropped: int | None = None


class Topology(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. ``asked`` is the address of the daemon that gave the counters."""

    actors: tuple[ActorNode, ...]
    routes: tuple[Route, ...]
    channels: tuple[ChannelNode, ...]
    seats: dict[str, str]
    asked: str | None = None


def topology(config: Config | None, channels: Sequence[ChannelStats] = (), asked: str | None = None) -> Topology:
    """Return the topology of the core that ``config`` builds (any gives the same); strategies are named, not loaded."""
    actors = tuple(build(config or _any_config(), {}).engine.actors.values())
    accepts = {actor.name: tuple(actor.handlers()) for actor in actors}
    return Topology(
        actors=tuple(
            ActorNode(actor.name, _does(actor), _names(accepts[actor.name]), _names(SAYS[actor.name]))
            for actor in actors
        ),
        routes=tuple(_routes(accepts)),
        channels=tuple(_channel(one) for one in channels) or tuple(_made()),
        seats=_seats(config) if config else {},
        asked=asked,
    )


def _any_config() -> Config:
    return Config(
        timeframe="1h",
        symbols=("ANY",),
        instruments={"ANY": InstrumentConfig(tick=Decimal(1), lot=Decimal(1))},
        strategies=(StrategyConfig(name="any"),),
        feed=FeedConfig(dataset="any"),
    )


def _seats(config: Config) -> dict[str, str]:
    return {symbol: one.name for one in config.strategies for symbol in one.symbols or config.symbols}


def _routes(accepts: Mapping[str, Sequence[type[Message]]]) -> Iterator[Route]:
    for kind in MESSAGES:
        targets = tuple(name for name, kinds in accepts.items() if kind in kinds)
        sources = tuple(name for name in accepts if kind in SAYS[name])
        if kind in INPUTS:
            sources = (INBOX, *sources)
        elif kind is message.Woke:
            sources = (ENGINE,)
        if sources and targets:
            yield Route(kind.__name__, sources, targets)


def _channel(stats: ChannelStats) -> ChannelNode:
    source, target = ("edges", LANE) if stats.name == INBOX else (LANE, stats.name)
    return ChannelNode(
        stats.name, source, target, stats.capacity, stats.overflow.value,
        stats.depth, stats.peak, stats.sent, stats.dropped,
    )  # fmt: skip


def _made() -> Iterator[ChannelNode]:
    yield ChannelNode(INBOX, "edges", LANE, INBOX_CAPACITY, Overflow.BLOCK.value)
    yield ChannelNode("pages", LANE, "pages", OUTLET_CAPACITY, Overflow.DROP_NEWEST.value)
    yield ChannelNode("narrator", LANE, "narrator", NARRATOR_CAPACITY, Overflow.DROP_NEWEST.value)


def _does(actor: object) -> str:
    return (inspect.getdoc(type(actor)) or "").splitlines()[0]


def _names(kinds: Iterable[type[Message]]) -> tuple[str, ...]:
    return tuple(kind.__name__ for kind in kinds)
