"""What no single value shows: whether the parts of a configuration fit each other. Pure; findings, not exceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from ipaddress import ip_address
from itertools import pairwise
from typing import NamedTuple

from finantrade.config import (
    Config,
    Context,
    InstrumentConfig,
    LaterRulesConfig,
    Market,
    SizingMethod,
    StrategyConfig,
    TiersConfig,
)
from finantrade.conversion import Path, suggestion
from finantrade.domain.units import Millis, parse_time, timeframe_ms

_HOST = re.compile(r"\[[0-9a-f:.]+\]|[0-9a-z]([0-9a-z._-]*[0-9a-z])?", re.IGNORECASE)

UNSTOPPED = ("rule", "ema_cross", "rotation", "ensemble")
"""Shipped strategies that set no stop unless told to; what other people's do is not known here."""

OF_SPOT = (Context.SENTIMENT,)
"""What there is beside the candles of the spot market: it has no funding, no mark price, no open contracts."""


class Check(StrEnum):
    """The rules by name, as ``finantrade config check --json`` prints them."""

    TIMEFRAME = "timeframe"
    DUPLICATE_SYMBOL = "duplicate_symbol"
    NO_INSTRUMENT = "no_instrument"
    BAD_STEP = "bad_step"
    UNKNOWN_SYMBOL = "unknown_symbol"
    SYMBOL_TAKEN = "symbol_taken"
    BALANCE = "balance"
    NOT_LOOPBACK = "not_loopback"
    BAD_HOST = "bad_host"
    FEED = "feed"
    FEE_TIERS = "fee_tiers"
    MARGIN = "margin"


class Conflict(NamedTuple):
    """A rule that the value at ``path`` breaks."""

    check: Check
    path: Path
    text: str


def conflicts(config: Config) -> list[Conflict]:
    """Return every broken rule, in the order of the file."""
    return [
        *_timeframe(config),
        *_feed(config),
        *_symbols(config),
        *_instruments(config),
        *_strategy_symbols(config),
        *_taken_symbols(config),
        *_money(config),
        *_fee_tiers(config),
        *_margin(config),
        *_api(config),
    ]


def notes(config: Config) -> list[str]:
    """Return what is allowed but probably not meant."""
    if config.risk.sizing.method is not SizingMethod.STOP_DISTANCE:
        return []
    return [
        f"strategies[{index}] ({strategy.name!r}) sets no parameter named stop...: risk.sizing.method is stop_distance,"
        " so an entry without a stop will be refused"
        for index, strategy in enumerate(config.strategies)
        if strategy.file is None and strategy.name in UNSTOPPED and not _names_a_stop(strategy)
    ]


def _timeframe(config: Config) -> Iterator[Conflict]:
    try:
        timeframe_ms(config.timeframe)
    except ValueError as error:
        yield Conflict(Check.TIMEFRAME, ("timeframe",), str(error))


def _feed(config: Config) -> Iterator[Conflict]:
    named = [name for name in ("dataset", "binance") if getattr(config.feed, name) is not None]
    if len(named) != 1:
        text = (
            f"expected either `dataset`, to replay, or `binance`, to follow; found {' and '.join(named) or 'neither'}"
        )
        yield Conflict(Check.FEED, ("feed",), text)
    binance = config.feed.binance
    if binance is not None and binance.simulator is None and binance.rate != 1.0:
        text = f"expected 1, since only a simulator runs faster than the world, found {binance.rate:g}"
        yield Conflict(Check.FEED, ("feed", "binance", "rate"), text)
    if binance is not None and config.feed.latency_ms:
        # What is told live is told when it is known; taken back, it would count at closes before that.
        text = f"expected 0, since only a replay tells facts later than they were known, found {config.feed.latency_ms}"
        yield Conflict(Check.FEED, ("feed", "latency_ms"), text)
    for index, context in enumerate(config.feed.context):
        here: Path = ("feed", "context", index)
        if context in config.feed.context[:index]:
            yield Conflict(Check.FEED, here, f"{context.value!r} is listed twice")
        elif binance is not None and binance.market is Market.SPOT and context not in OF_SPOT:
            text = f"expected only {' and '.join(OF_SPOT)}: the spot market has no other, found {context.value!r}"
            yield Conflict(Check.FEED, here, text)


def _symbols(config: Config) -> Iterator[Conflict]:
    for index, symbol in enumerate(config.symbols):
        if symbol in config.symbols[:index]:
            yield Conflict(Check.DUPLICATE_SYMBOL, ("symbols", index), f"{symbol!r} is listed twice")
        elif symbol not in config.instruments:
            near = suggestion(symbol, config.instruments)
            text = f"no instrument for {symbol!r}: expected its tick and lot under instruments.{symbol}{near}"
            yield Conflict(Check.NO_INSTRUMENT, ("symbols", index), text)


def _instruments(config: Config) -> Iterator[Conflict]:
    for symbol, instrument in config.instruments.items():
        yield from _steps(instrument, ("instruments", symbol))
        for index, later in enumerate(instrument.later):
            yield from _steps(later, ("instruments", symbol, "later", index))
        for index, text in _disordered([later.since for later in instrument.later]):
            yield Conflict(Check.BAD_STEP, ("instruments", symbol, "later", index, "since"), text)


def _steps(rules: InstrumentConfig | LaterRulesConfig, here: Path) -> Iterator[Conflict]:
    for name in ("tick", "lot", "min_notional", "max_market_qty"):
        value = getattr(rules, name)
        if value is not None and not (value.is_finite() and (value > 0 or (value == 0 and name == "min_notional"))):
            bound = "of at least zero" if name == "min_notional" else "above zero"
            yield Conflict(Check.BAD_STEP, (*here, name), f"expected a number {bound}, found {value}")


def _disordered(dates: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield place and fault of every date that is none, or not after the one before."""
    before: Millis | None = None
    for index, date in enumerate(dates):
        try:
            since = parse_time(date)
        except ValueError as error:
            yield index, str(error)
            continue
        if before is not None and since <= before:
            yield index, f"expected a date after the one before, found {date}"
        before = since


def _strategy_symbols(config: Config) -> Iterator[Conflict]:
    for index, strategy in enumerate(config.strategies):
        own = strategy.symbols or config.symbols
        for at, symbol in enumerate(strategy.symbols):
            here: Path = ("strategies", index, "symbols", at)
            if symbol in strategy.symbols[:at]:
                yield Conflict(Check.DUPLICATE_SYMBOL, here, f"{symbol!r} is listed twice")
            elif symbol not in config.symbols:
                near = suggestion(symbol, config.symbols)
                yield Conflict(Check.UNKNOWN_SYMBOL, here, f"unknown symbol {symbol!r}{near}")
        for symbol in strategy.per_symbol:
            if symbol not in own:
                text = f"not a symbol of this strategy{suggestion(symbol, own)}"
                yield Conflict(Check.UNKNOWN_SYMBOL, ("strategies", index, "per_symbol", symbol), text)


def _taken_symbols(config: Config) -> Iterator[Conflict]:
    owners: dict[str, int] = {}
    for index, strategy in enumerate(config.strategies):
        for symbol in strategy.symbols or config.symbols:
            owner = owners.setdefault(symbol, index)
            if owner != index:
                text = f"{symbol!r} is already traded by strategies[{owner}] ({config.strategies[owner].name!r})"
                text += ": one strategy a symbol"
                yield Conflict(Check.SYMBOL_TAKEN, ("strategies", index), text)


def _money(config: Config) -> Iterator[Conflict]:
    balance = config.account.initial_balance
    if not (balance.is_finite() and balance > 0):
        text = f"expected a number above zero, found {balance}"
        yield Conflict(Check.BALANCE, ("account", "initial_balance"), text)


def _margin(config: Config) -> Iterator[Conflict]:
    margin, here = config.execution.margin, ("execution", "margin")
    if margin is None:
        return
    if config.risk.max_leverage > margin.leverage:
        text = f"expected at most {margin.leverage:g}, the leverage that execution.margin allows at entry"
        yield Conflict(Check.MARGIN, ("risk", "max_leverage"), f"{text}, found {config.risk.max_leverage:g}")
    for symbol in config.symbols:
        if not margin.tiers.get(symbol):
            text = f"expected maintenance tiers of {symbol!r}, as in config/margin_tiers.yml, found none"
            yield Conflict(Check.MARGIN, (*here, "tiers"), text)
    for symbol, dated in margin.tiers.items():
        yield from (Conflict(Check.MARGIN, (*here, "tiers", symbol, *at), text) for at, text in _faults_of_tiers(dated))


def _faults_of_tiers(dated: Sequence[TiersConfig]) -> Iterator[tuple[Path, str]]:
    yield from (((index, "since"), text) for index, text in _disordered([one.since for one in dated]))
    for index, one in enumerate(dated):
        rows = [(bracket.floor, bracket.rate) for bracket in one.brackets]
        ascending = all(low[0] < high[0] and low[1] < high[1] for low, high in pairwise(rows))
        if rows[0][0] != 0 or not ascending:
            yield (index, "brackets"), "expected floors from 0 on and rates, both ascending"


def _fee_tiers(config: Config) -> Iterator[Conflict]:
    for index, (lower, upper) in enumerate(pairwise(config.execution.fee_tiers), 1):
        if upper.volume <= lower.volume:
            text = f"expected a volume above the one before, found {upper.volume:g}"
            yield Conflict(Check.FEE_TIERS, ("execution", "fee_tiers", index, "volume"), text)


def _api(config: Config) -> Iterator[Conflict]:
    api = config.api
    for index, name in enumerate(api.allowed_hosts):
        if not _HOST.fullmatch(name):
            text = f"expected a host as it stands in an address, without scheme and port, found {name!r}"
            yield Conflict(Check.BAD_HOST, ("api", "allowed_hosts", index), text)
    if api.tls_terminated_by_proxy:
        if _is_everywhere(api.host) and not api.allowed_hosts:
            text = f"expected the names under which {api.host} is asked for, found none"
            yield Conflict(Check.BAD_HOST, ("api", "allowed_hosts"), text)
        return
    proxy = "`api.tls_terminated_by_proxy: true`, where a proxy in front speaks TLS"
    if not _is_loopback(api.host):
        text = f"expected a loopback address (127.0.0.1, ::1 or localhost), or {proxy}, found {api.host!r}"
        yield Conflict(Check.NOT_LOOPBACK, ("api", "host"), text)
    if api.allowed_hosts:
        yield Conflict(
            Check.NOT_LOOPBACK, ("api", "allowed_hosts"), f"expected no other names than loopback, or {proxy}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _is_everywhere(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _names_a_stop(strategy: StrategyConfig) -> bool:
    maps = (strategy.params, *strategy.per_symbol.values())
    return any(name.startswith("stop") and value is not None for raw in maps for name, value in raw.items())
