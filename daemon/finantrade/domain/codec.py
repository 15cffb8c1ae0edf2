"""All messages by name, and their bytes. msgpack, because JSON would turn NaN into null."""

from __future__ import annotations

from typing import Any

import msgspec

from finantrade.domain import account, commands, context, market, message, orders
from finantrade.domain.message import Message

COMMANDS: tuple[type[Message], ...] = (
    commands.Pause,
    commands.Resume,
    commands.Flatten,
    commands.Stop,
    commands.ClosePosition,
)
CONTEXT_FACTS: tuple[type[Message], ...] = (
    context.FundingRate,
    context.FundingEstimate,
    context.MarkPrice,
    context.Premium,
    context.OpenInterest,
    context.Liquidation,
    context.LongShortRatio,
    context.TakerRatio,
    context.Sentiment,
)
FEED_FACTS: tuple[type[Message], ...] = (
    market.BarOpened,
    market.TradePrice,
    market.Quote,
    market.BarForming,
    market.BarArrived,
    market.BarRevised,
    market.FeedGap,
    market.FeedStale,
    market.FeedRestored,
    market.FeedEnded,
    *CONTEXT_FACTS,
)
INPUTS: tuple[type[Message], ...] = (
    *FEED_FACTS,
    market.ClockStepped,
    market.Heartbeat,
    *COMMANDS,
    commands.InputSkipped,
)
DECISIONS: tuple[type[Message], ...] = (
    orders.Signal,
    orders.Order,
    orders.Amend,
    orders.Cancel,
    orders.Refusal,
    orders.Liquidated,
    orders.Fill,
    orders.Rejection,
    orders.Cancelled,
    orders.Expired,
    account.Position,
    account.Balance,
    account.FundingPaid,
    account.StateChanged,
    account.EntriesBlocked,
    account.EntriesAllowed,
    account.StrategyFaulted,
)
"""What the hash chain covers: decisions and account facts. Rows and marks are derived."""

DERIVED: tuple[type[Message], ...] = (market.Bar, market.BoundaryComplete, market.FeatureRow, account.Equity)
OUTPUTS: tuple[type[Message], ...] = (*DECISIONS, *DERIVED)
"""All that the core says."""

ENGINE: tuple[type[Message], ...] = (message.Alarm, message.Woke)
MESSAGES: tuple[type[Message], ...] = (*INPUTS, *DECISIONS, *DERIVED, *ENGINE)

_encoder = msgspec.msgpack.Encoder(decimal_format="string")
encode = _encoder.encode
"""Return the bytes of a message; the same value always gives the same bytes."""


def _union(types: tuple[type[Message], ...]) -> Any:
    union: Any = types[0]
    for one in types[1:]:
        union = union | one
    return union


_decoder = msgspec.msgpack.Decoder(_union(MESSAGES))


def decode(data: bytes) -> Message:
    """Return the message of these bytes. Raises msgspec.ValidationError or msgspec.DecodeError on anything else."""
    return _decoder.decode(data)
