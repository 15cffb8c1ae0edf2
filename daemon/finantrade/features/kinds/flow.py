"""Volume with a direction: who was in a hurry, at which mean price, and how unusual it all is."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Memory, Unit
from finantrade.features.kernels import extremes, flow, ratios, totals
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.prices import typical_price

BERKOWITZ = "bars; Berkowitz, Logue and Noser 1988, The total cost of transactions"
CHAIKIN = "bars; Chaikin 1982, money flow"
TAKERS = "bars; taker volumes as the exchange reports them"


def obv() -> Feature:
    """Granville's on-balance volume since the start."""
    return Feature(
        name="obv",
        group=Group.VOLUME,
        inputs=(Column.CLOSE, Column.VOLUME),
        kernel=flow.on_balance,
        state=3,
        unit=Unit.BASE,
        source="bars; Granville 1963, New key to stock market profits",
        why="Whether volume goes with the rises; only its changes mean anything.",
        formula="obv + volume where the close rose, - volume where it fell",
        memory=Memory.START,
    )


def ad() -> Feature:
    """Chaikin's accumulation and distribution since the start."""
    return Feature(
        name="ad",
        group=Group.VOLUME,
        inputs=(leaning_volume(),),
        kernel=flow.accumulated,
        state=1,
        unit=Unit.BASE,
        source=CHAIKIN,
        why="Whether closes lie high in their bars when much is traded; only its changes mean anything.",
        formula="ad + leaning_volume",
        memory=Memory.START,
    )


def leaning_volume() -> Feature:
    """Volume, as far as the close is above the middle of the bar."""
    return Feature(
        name="leaning_volume",
        group=Group.VOLUME,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE, Column.VOLUME),
        kernel=flow.leaning,
        unit=Unit.BASE,
        source=CHAIKIN,
        why="Which side had the last word in the bar, and how loudly.",
        formula="volume * ((close - low) - (high - close)) / (high - low); 0 without range",
    )


def cmf(n: int) -> Feature:
    """Chaikin's money flow of the last n bars."""
    return Feature(
        name=named("cmf", n),
        group=Group.VOLUME,
        inputs=(leaning_volume(), Column.VOLUME),
        kernel=totals.share,
        parameters=(n, 0.0),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source=CHAIKIN,
        why="Accumulation and distribution of late, comparable between markets.",
        formula="sum(leaning_volume, length) / sum(volume, length); 0 where nothing was traded",
        low=-1.0,
        high=1.0,
    )


def vwap(n: int) -> Feature:
    """Mean price of what was traded in the last n bars."""
    return Feature(
        name=named("vwap", n),
        group=Group.VOLUME,
        inputs=(typical_price(), Column.VOLUME),
        kernel=flow.average_price,
        parameters=(n,),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.PRICE,
        source=BERKOWITZ,
        why="What the others have paid of late.",
        formula="sum(typical * volume, length) / sum(volume, length); typical where nothing was traded",
        low=0.0,
    )


def vwap_distance(n: int) -> Feature:
    """How far the close is above the rolling mean price, as a fraction of it."""
    return _distance(vwap(n), named("vwap_distance", n), "close / vwap - 1")


def session_vwap() -> Feature:
    """Mean price of what was traded since 00:00 UTC."""
    return Feature(
        name="session_vwap",
        group=Group.VOLUME,
        inputs=(Column.CLOSE_TIME, typical_price(), Column.VOLUME),
        kernel=flow.session_price,
        state=3,
        unit=Unit.PRICE,
        source=BERKOWITZ,
        why="What the day's traders have paid: the price that execution is measured by.",
        formula="sum(typical * volume) / sum(volume) since 00:00 UTC or the start; typical where nothing was traded",
        low=0.0,
        memory=Memory.EVENT,
    )


def session_vwap_distance() -> Feature:
    """How far the close is above the day's mean price, as a fraction of it."""
    return _distance(session_vwap(), "session_vwap_distance", "close / session_vwap - 1")


def volume_percentile(n: int) -> Feature:
    """Share of the n - 1 volumes before that the present one exceeds."""
    return Feature(
        name=named("volume_percentile", n),
        group=Group.VOLUME,
        inputs=(Column.VOLUME,),
        kernel=extremes.rank,
        parameters=(n,),
        state=1 + n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; empirical percentile, equal values by half",
        why="How unusual the trading is, whatever its distribution.",
        formula="(volumes below + equal / 2) / (length - 1), of the length - 1 before",
        low=0.0,
        high=1.0,
    )


def trade_size() -> Feature:
    """Mean size of a trade in quote units."""
    return Feature(
        name="trade_size",
        group=Group.VOLUME,
        inputs=(Column.QUOTE_VOLUME, Column.TRADES),
        kernel=flow.part_of,
        parameters=(0.0,),
        unit=Unit.QUOTE,
        source="bars; number of trades as the exchange reports it",
        why="Whether the large or the small are trading.",
        formula="quote_volume / trades; 0 without trades",
        low=0.0,
    )


def trade_size_zscore(n: int) -> Feature:
    """Distance of the trade size from the mean of the last n in standard deviations."""
    return _unusual(trade_size(), named("trade_size_zscore", n), n, "Whether unusually large orders are being worked.")


def trades_zscore(n: int) -> Feature:
    """Distance of the number of trades from the mean of the last n in standard deviations."""
    return _unusual(Column.TRADES, named("trades_zscore", n), n, "Whether the market has woken up.")


def taker_buy_ratio() -> Feature:
    """Share of the volume that takers bought."""
    return Feature(
        name="taker_buy_ratio",
        group=Group.VOLUME,
        inputs=(Column.TAKER_BUY_VOLUME, Column.VOLUME),
        kernel=flow.part_of,
        parameters=(0.5,),
        unit=Unit.FRACTION,
        source=TAKERS,
        why="Who was in the greater hurry.",
        formula="taker_buy_volume / volume; 0.5 where nothing was traded",
        low=0.0,
        high=1.0,
    )


def volume_delta() -> Feature:
    """What takers bought less what they sold."""
    return _delta("volume_delta", Column.VOLUME, Column.TAKER_BUY_VOLUME, Unit.BASE)


def quote_delta() -> Feature:
    """What takers bought less what they sold, in quote units."""
    return _delta("quote_delta", Column.QUOTE_VOLUME, Column.TAKER_BUY_QUOTE_VOLUME, Unit.QUOTE)


def cvd() -> Feature:
    """Cumulative volume delta since the start."""
    return Feature(
        name="cvd",
        group=Group.VOLUME,
        inputs=(volume_delta(),),
        kernel=flow.accumulated,
        state=1,
        unit=Unit.BASE,
        source=TAKERS,
        why="Whether takers carry the move or are absorbed; only its changes mean anything.",
        formula="cvd + volume_delta",
        memory=Memory.START,
    )


def _delta(name: str, whole: Column, bought: Column, unit: Unit) -> Feature:
    return Feature(
        name=name,
        group=Group.VOLUME,
        inputs=(whole, bought),
        kernel=flow.net_taken,
        unit=unit,
        source=TAKERS,
        why="The net pressure on the book in this bar.",
        formula=f"2 * {bought} - {whole}",
    )


def _distance(line: Feature, name: str, formula: str) -> Feature:
    return Feature(
        name=name,
        group=Group.VOLUME,
        inputs=(Column.CLOSE, line),
        kernel=ratios.change,
        unit=Unit.FRACTION,
        source=BERKOWITZ,
        why="Whether the price is dear or cheap to those who have traded.",
        formula=formula,
        low=-1.0,
    )


def _unusual(one: Column | Feature, name: str, n: int, why: str) -> Feature:
    of = one if isinstance(one, Column) else one.name
    return Feature(
        name=name,
        group=Group.VOLUME,
        inputs=(one,),
        kernel=flow.unusual,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.DEVIATIONS,
        source="bars; number of trades as the exchange reports it",
        why=why,
        formula=f"({of} - mean({of}, length)) / std({of}, length); 0 where there is none",
    )


_LENGTH = (length(20, low=2),)
KINDS = (
    Kind("obv", obv),
    Kind("leaning_volume", leaning_volume),
    Kind("ad", ad),
    Kind("cmf", cmf, (length(20),)),
    Kind("vwap", vwap, (length(20),)),
    Kind("vwap_distance", vwap_distance, (length(20),)),
    Kind("session_vwap", session_vwap),
    Kind("session_vwap_distance", session_vwap_distance),
    Kind("volume_percentile", volume_percentile, (length(100, low=2),)),
    Kind("trade_size", trade_size),
    Kind("trade_size_zscore", trade_size_zscore, _LENGTH),
    Kind("trades_zscore", trades_zscore, _LENGTH),
    Kind("taker_buy_ratio", taker_buy_ratio),
    Kind("volume_delta", volume_delta),
    Kind("quote_delta", quote_delta),
    Kind("cvd", cvd),
)
