"""What bars betray of the order book: spreads, price impact, one-sided flow; and whether moves go on or come back."""

from __future__ import annotations

from finantrade.features.declaration import Column, Feature, Group, Unit
from finantrade.features.kernels import microstructure, totals
from finantrade.features.kind import Kind, length, named
from finantrade.features.kinds.flow import quote_delta, volume_delta
from finantrade.features.kinds.returns import log_return

LO = "bars; Lo and MacKinlay 1988, Stock market prices do not follow random walks"


def amihud(n: int) -> Feature:
    """Amihud's illiquidity over the last n bars, per million."""
    return Feature(
        name=named("amihud", n),
        group=Group.MICROSTRUCTURE,
        inputs=(log_return(1), Column.QUOTE_VOLUME),
        kernel=microstructure.amihud,
        parameters=(n,),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.PER_MILLION,
        source="bars; Amihud 2002, Illiquidity and stock returns",
        why="How far a million moves the price: how large one can trade.",
        formula="1e6 * mean(|log_return_1| / quote_volume) over the bars of length that traded; 0 without any",
        low=0.0,
    )


def roll(n: int) -> Feature:
    """Roll's effective spread over the last n bars, as a fraction."""
    return Feature(
        name=named("roll", n),
        group=Group.MICROSTRUCTURE,
        inputs=(log_return(1),),
        kernel=microstructure.roll,
        parameters=(n,),
        state=8 + 3 * n,
        lookback=n + 1,
        unit=Unit.FRACTION,
        source="bars; Roll 1984, A simple implicit measure of the effective bid-ask spread",
        why="What crossing the book costs, seen from the bouncing of closes.",
        formula="2 * sqrt(-cov(log_return_1, log_return_1[1], length)); 0 where the covariance is above 0",
        low=0.0,
    )


def corwin_schultz(n: int) -> Feature:
    """Corwin and Schultz' spread, the mean of the last n pairs of bars."""
    return Feature(
        name=named("corwin_schultz", n),
        group=Group.MICROSTRUCTURE,
        inputs=(Column.HIGH, Column.LOW),
        kernel=microstructure.corwin_schultz,
        parameters=(n,),
        state=5 + n,
        lookback=n + 1,
        unit=Unit.FRACTION,
        source="bars; Corwin and Schultz 2012, A simple way to estimate bid-ask spreads",
        why="The spread by what it adds to ranges: it grows with them only once, volatility with time.",
        formula="mean(2 * (e^a - 1) / (1 + e^a), length), a = (sqrt(2 b) - sqrt(b)) / (3 - 2 sqrt 2) - sqrt(g / (3 - 2 "
        "sqrt 2)), b of two single ranges, g of both together; a below 0 counts as 0",
        low=0.0,
        high=2.0,
    )


def abdi_ranaldo(n: int) -> Feature:
    """Abdi and Ranaldo's spread over the last n bars."""
    return Feature(
        name=named("abdi_ranaldo", n),
        group=Group.MICROSTRUCTURE,
        inputs=(Column.HIGH, Column.LOW, Column.CLOSE),
        kernel=microstructure.abdi_ranaldo,
        parameters=(n,),
        state=5 + n,
        lookback=n + 1,
        unit=Unit.FRACTION,
        source="bars; Abdi and Ranaldo 2017, A simple estimation of bid-ask spreads",
        why="The spread by how far closes lie from the middle of the bars around them.",
        formula="sqrt(4 * mean((c - m) * (c - m'), length)); c the last close, m and m' the log middles; 0 if below",
        low=0.0,
    )


def kyle_lambda(n: int) -> Feature:
    """Kyle's lambda over the last n bars, per million of net taker buying."""
    return Feature(
        name=named("kyle_lambda", n),
        group=Group.MICROSTRUCTURE,
        inputs=(log_return(1), quote_delta()),
        kernel=microstructure.impact,
        parameters=(n,),
        state=8 + 4 * n,
        lookback=n,
        unit=Unit.PER_MILLION,
        source="bars; Kyle 1985, Continuous auctions and insider trading",
        why="How much the price gives way to those in a hurry.",
        formula="1e6 * cov(log_return_1, quote_delta, length) / var(quote_delta, length); 0 without variance",
    )


def imbalance(n: int) -> Feature:
    """Order-flow imbalance of the last n bars."""
    return Feature(
        name=named("imbalance", n),
        group=Group.MICROSTRUCTURE,
        inputs=(volume_delta(), Column.VOLUME),
        kernel=totals.share,
        parameters=(n, 0.0),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Cont, Kukanov and Stoikov 2014, The price impact of order book events, by taker volume",
        why="Which side has been in the greater hurry of late.",
        formula="sum(volume_delta, length) / sum(volume, length); 0 where nothing was traded",
        low=-1.0,
        high=1.0,
    )


def vpin(n: int) -> Feature:
    """Volume-synchronised probability of informed trading, with bars as buckets weighing as much as they traded."""
    return Feature(
        name=named("vpin", n),
        group=Group.MICROSTRUCTURE,
        inputs=(volume_delta(), Column.VOLUME),
        kernel=microstructure.toxicity,
        parameters=(n,),
        state=4 + 2 * n,
        lookback=n,
        unit=Unit.FRACTION,
        source="bars; Easley, López de Prado and O'Hara 2012, Flow toxicity and liquidity, sides as reported",
        why="Whether somebody seems to know something: flow that is one-sided bar after bar.",
        formula="sum(|volume_delta|, length) / sum(volume, length); 0 where nothing was traded",
        low=0.0,
        high=1.0,
    )


def variance_ratio(n: int, q: int) -> Feature:
    """Variance of q-bar changes over q times that of one-bar changes, over the last n bars."""
    return Feature(
        name=named("variance_ratio", n, q),
        group=Group.MICROSTRUCTURE,
        inputs=(log_return(1), log_return(q)),
        kernel=microstructure.variance_ratio,
        parameters=(n, q),
        state=8 + 2 * n,
        lookback=n,
        unit=Unit.RATIO,
        source=LO,
        why="Above 1 moves go on, below 1 they come back.",
        formula="var(log(close / close[bars]), length) / (bars * var(log_return_1, length)); 1 without variance",
        low=0.0,
    )


def autocorrelation(n: int, k: int) -> Feature:
    """Correlation of the log return with that k bars before, over the last n."""
    return Feature(
        name=named("autocorrelation", n, k),
        group=Group.MICROSTRUCTURE,
        inputs=(log_return(1),),
        kernel=microstructure.autocorrelation,
        parameters=(n, k),
        state=11 + k + 5 * n,
        lookback=n + k,
        unit=Unit.FRACTION,
        source="bars; Pearson's correlation",
        why="Whether the last move says anything about the next.",
        formula="corr(log_return_1, log_return_1[bars], length); 0 without variance",
        low=-1.0,
        high=1.0,
    )


def hurst(n: int, q: int) -> Feature:
    """Hurst exponent from two horizons, one bar and q, over the last n bars."""
    return Feature(
        name=named("hurst", n, q),
        group=Group.MICROSTRUCTURE,
        inputs=(variance_ratio(n, q),),
        kernel=microstructure.hurst,
        parameters=(q,),
        unit=Unit.RATIO,
        source="bars; Mandelbrot and Van Ness 1968, Fractional Brownian motions",
        why="Above 0.5 a trend tends to last, below it to turn.",
        formula="1/2 + log(variance_ratio) / (2 * log(bars)), within 0 and 1",
        low=0.0,
        high=1.0,
    )


_LENGTH = (length(20),)
_LONG = length(100, low=2)
KINDS = (
    Kind("amihud", amihud, _LENGTH),
    Kind("roll", roll, (length(50, low=2),)),
    Kind("corwin_schultz", corwin_schultz, _LENGTH),
    Kind("abdi_ranaldo", abdi_ranaldo, _LENGTH),
    Kind("kyle_lambda", kyle_lambda, (length(50, low=2),)),
    Kind("imbalance", imbalance, _LENGTH),
    Kind("vpin", vpin, (length(50),)),
    Kind("variance_ratio", variance_ratio, (_LONG, length(4, low=2, name="bars"))),
    Kind("autocorrelation", autocorrelation, (_LONG, length(1, name="bars"))),
    Kind("hurst", hurst, (_LONG, length(4, low=2, name="bars"))),
)
