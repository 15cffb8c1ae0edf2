"""The whole configuration as frozen structs. Unknown keys are refused; units are in the names."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import msgspec

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of the configuration file."""


class Market(StrEnum):
    """Binance's markets that can be followed: USD-M perpetual futures, and spot."""

    USDM = "usdm"
    SPOT = "spot"


class Context(StrEnum):
    """What is known of a market beside its candles, as far as a session takes it in."""

    FUNDING = "funding"
    """Settled funding rates, and of a live venue the running estimate."""
    MARK_PRICE = "mark_price"
    PREMIUM = "premium"
    OPEN_INTEREST = "open_interest"
    RATIOS = "ratios"
    """Longs by shorts of three crowds, and what takers bought and sold."""
    LIQUIDATIONS = "liquidations"
    SENTIMENT = "sentiment"
    """The Fear & Greed index of the whole market."""


class TriggerPrices(StrEnum):
    """Which prices inside a bar orders are judged on, beside its opening and its close."""

    NONE = "none"
    FORMING = "forming"
    """The last price of the forming candle: the same stream as the bars."""
    TRADES = "trades"
    BOOK = "book"
    """The middle of the best bid and ask."""


class BinanceConfig(Section, frozen=True, kw_only=True):
    """Live public data of Binance, without keys. ``history_bars`` are fetched when a session begins.

    Prices inside a bar enter at most each ``trigger_ms``, and only while an order or protection waits for one.
    ``keep`` has what comes written to the local store as well; what a simulator tells is never kept.

    ``simulator`` is the address of a `finantrade simulate` to follow instead, which runs at ``rate``.
    """

    market: Market = Market.USDM
    history_bars: Count = 500
    stale_after_s: Positive = 10.0
    trigger_prices: TriggerPrices = TriggerPrices.NONE
    trigger_ms: Count = 1_000
    keep: bool = True
    simulator: Annotated[str, msgspec.Meta(pattern="^http://[^/]+/?$")] | None = None
    rate: Positive = 1.0


class FeedConfig(Section, frozen=True, kw_only=True):
    """Either replay of a recorded data set, or live data.

    ``rate`` is event time per wall time of a replay: 3600 plays an hour a second. ``context`` names what is taken in
    beside candles: from the venue, or in a replay from the local store.
    """

    dataset: str | None = None
    binance: BinanceConfig | None = None
    context: tuple[Context, ...] = ()
    rate: Positive = 3600.0
    latency_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    longest_wait_s: Positive = 5.0


class AccountConfig(Section, frozen=True, kw_only=True):
    quote: str = "USDT"
    initial_balance: Decimal = Decimal(10_000)


class LaterRulesConfig(Section, frozen=True, kw_only=True):
    """Trading rules from ``since`` on, a UTC date."""

    since: str
    tick: Decimal
    lot: Decimal
    min_notional: Decimal = Decimal(0)
    max_market_qty: Decimal | None = None


class InstrumentConfig(Section, frozen=True, kw_only=True):
    """What the venue permits of a symbol; ``max_market_qty`` is the most of one market order, None for any.

    Rules change: ``later`` has what holds from a day on, oldest first.
    """

    tick: Decimal
    lot: Decimal
    min_notional: Decimal = Decimal(0)
    max_market_qty: Decimal | None = None
    later: tuple[LaterRulesConfig, ...] = ()


class StrategyConfig(Section, frozen=True, kw_only=True):
    """One strategy on some symbols (all where none are named). ``file`` loads it from a local Python file."""

    name: str
    file: str | None = None
    symbols: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    per_symbol: dict[str, dict[str, Any]] = {}


class FeaturesConfig(Section, frozen=True, kw_only=True):
    """Features of one's own beside the catalogue: local Python files, relative to the file that names them."""

    files: tuple[str, ...] = ()


class SizingMethod(StrEnum):
    STOP_DISTANCE = "stop_distance"
    FIXED_QTY = "fixed_qty"
    FIXED_NOTIONAL = "fixed_notional"
    EQUITY_FRACTION = "equity_fraction"


class SizingConfig(Section, frozen=True, kw_only=True):
    """``value``: equity share at risk between entry and stop, base units, quote units, or share of equity."""

    method: SizingMethod = SizingMethod.EQUITY_FRACTION
    value: Positive = 0.25


class OnExcess(StrEnum):
    REFUSE = "refuse"
    REDUCE = "reduce"


class RiskConfig(Section, frozen=True, kw_only=True):
    """Limits are shares of equity (1.0 = once the equity) unless their name says otherwise."""

    sizing: SizingConfig = SizingConfig()
    leverage: Positive = 1.0
    max_leverage: Positive = 1.0
    max_symbol_exposure: Positive | None = None
    max_order_notional: Positive | None = None
    on_excess: OnExcess = OnExcess.REFUSE
    daily_loss: Annotated[float, msgspec.Meta(gt=0, lt=1)] | None = None
    daily_loss_flatten: bool = False
    reenter: bool = False
    allow_short: bool = True


class MarginMode(StrEnum):
    """What a position stands on: margin of its own, or the whole wallet."""

    ISOLATED = "isolated"
    CROSS = "cross"


class BracketConfig(Section, frozen=True, kw_only=True):
    """From a notional of ``floor`` on, in quote units, maintenance is reckoned by ``rate``, a share of the notional."""

    floor: NotNegative
    rate: Annotated[float, msgspec.Meta(gt=0, lt=1)]


class TiersConfig(Section, frozen=True, kw_only=True):
    """The brackets of a symbol from ``since`` on, a UTC date."""

    since: str
    brackets: Annotated[tuple[BracketConfig, ...], msgspec.Meta(min_length=1)]


class MarginConfig(Section, frozen=True, kw_only=True):
    """``leverage`` is that set at the venue: a position needs its notional by that as margin when it is entered.

    ``tiers`` by symbol: config/margin_tiers.yml has some, to be laid over.
    """

    mode: MarginMode = MarginMode.ISOLATED
    leverage: Annotated[float, msgspec.Meta(ge=1)] = 10.0
    liquidation_fee_bps: NotNegative = 125.0
    tiers: dict[str, tuple[TiersConfig, ...]] = {}


class FeeTierConfig(Section, frozen=True, kw_only=True):
    """Fees from a ``volume`` on, in quote units, traded by this account in the 30 UTC days before."""

    volume: Positive
    maker_fee_bps: float
    taker_fee_bps: NotNegative


class Remainder(StrEnum):
    """What becomes of the part of a market entry for which there was not enough volume."""

    WORK = "work"
    CANCEL = "cancel"


class ExecutionConfig(Section, frozen=True, kw_only=True):
    """How paper fills orders, and what that costs; docs/execution.md says it all.

    A taker pays ``slippage_bps``, half of ``spread_bps``, and ``impact_bps`` times the square root of the order's share
    of a bar's volume. ``participation`` is the share of a bar's volume that fills at most, None for any. ``funding``:
    settled rates are paid on what is held, where they are taken in. Without ``margin`` nothing is ever liquidated.
    """

    maker_fee_bps: float = 2.0
    taker_fee_bps: NotNegative = 4.0
    fee_tiers: tuple[FeeTierConfig, ...] = ()
    slippage_bps: NotNegative = 1.0
    spread_bps: NotNegative = 0.0
    impact_bps: NotNegative = 0.0
    participation: Annotated[float, msgspec.Meta(gt=0, le=1)] | None = None
    remainder: Remainder = Remainder.WORK
    latency_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    fill_on_touch: bool = False
    funding: bool = True
    margin: MarginConfig | None = None


class OnConfigChange(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"


class JournalConfig(Section, frozen=True, kw_only=True):
    """``synchronous`` FULL survives a power cut, NORMAL a killed process. Retention never touches the last two."""

    synchronous: Annotated[str, msgspec.Meta(pattern="^(FULL|NORMAL)$")] = "FULL"
    snapshot_every_inputs: Count = 5_000
    segment_max_mb: Positive = 256.0
    segment_max_h: Positive = 24.0
    keep_days: Positive = 90.0
    keep_gb: Positive = 10.0
    min_free_disk_mb: NotNegative = 200.0
    on_config_change: OnConfigChange = OnConfigChange.REFUSE


class ApiConfig(Section, frozen=True, kw_only=True):
    """Where pages and commands reach the daemon.

    The daemon speaks plain HTTP. To be reached from elsewhere it needs a proxy in front that speaks TLS, which
    ``tls_terminated_by_proxy`` says is there, and a token; ``allowed_hosts`` are the names it is then asked for under.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    allowed_hosts: tuple[str, ...] = ()
    tls_terminated_by_proxy: bool = False


class Config(Section, frozen=True, kw_only=True):
    """Everything a session is made of."""

    name: str = "paper"
    timeframe: str
    symbols: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    instruments: dict[str, InstrumentConfig]
    strategies: Annotated[tuple[StrategyConfig, ...], msgspec.Meta(min_length=1)]
    feed: FeedConfig
    features: FeaturesConfig = FeaturesConfig()
    account: AccountConfig = AccountConfig()
    risk: RiskConfig = RiskConfig()
    execution: ExecutionConfig = ExecutionConfig()
    journal: JournalConfig = JournalConfig()
    api: ApiConfig = ApiConfig()
    boundary_deadline_ms: Annotated[int, msgspec.Meta(ge=0)] = 2_000
    reset_after_bars: Count = 3
