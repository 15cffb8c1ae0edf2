"""How unusual the value of another feature is."""

from __future__ import annotations

from finantrade.features.declaration import Feature, Unit
from finantrade.features.kernels import flow
from finantrade.features.kind import named


def unusual(name: str, n: int, of: Feature, why: str) -> Feature:
    """Return how far another feature is from its mean over n bars, in standard deviations."""
    return Feature(
        name=named(name, n),
        group=of.group,
        inputs=(of,),
        kernel=flow.unusual,
        parameters=(n,),
        state=4 + n,
        lookback=n,
        unit=Unit.DEVIATIONS,
        source=of.source,
        why=why,
        formula=f"({of.name} - mean({of.name}, length)) / std({of.name}, length); 0 where there is none",
    )
