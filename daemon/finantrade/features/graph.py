"""The graph of declarations: in which order to compute, and how many bars until everything has a value.

Warm-up adds up along the inputs: a feature with look-back b on inputs that need w bars needs w + b - 1. In a higher
timeframe those are closed higher bars. Each takes ``ratio`` base bars, and a start in the middle of one wastes up to
``ratio - 1`` more, so the figure holds wherever the data starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from finantrade.domain.units import Millis, timeframe_ms, timeframe_text
from finantrade.features.declaration import Column, Feature, FeatureError


def in_order(wanted: Iterable[Feature]) -> tuple[Feature, ...]:
    """Return the wanted features and all they rest on, each once, inputs first.

    Raises FeatureError where two different declarations have one name.
    """
    nodes: dict[str, Feature] = {}
    for feature in wanted:
        _visit(feature, nodes)
    return tuple(nodes.values())


def warmups(nodes: Iterable[Feature], timeframe: Millis) -> dict[str, int]:
    """Return the base bars until each feature (inputs first) is sure to have a value. Raises as `ratio_of` does."""
    own: dict[str, int] = {}
    bars: dict[str, int] = {}
    for node in nodes:
        known = own if node.timeframe else bars
        needed = node.lookback - 1 + max((known[one.name] for one in node.features), default=1)
        ratio = ratio_of(node.timeframe, timeframe) if node.timeframe else 1
        needed = max(needed, -(-node.span // (timeframe * ratio)))
        own[node.name] = needed
        bars[node.name] = needed * ratio + ratio - 1
    return bars


def ratio_of(higher: str, timeframe: Millis) -> int:
    """Return the base bars in one higher bar. Raises FeatureError unless that is a whole number."""
    span = timeframe_ms(higher)
    if span % timeframe:
        base = timeframe_text(timeframe)
        raise FeatureError(f"expected a timeframe that is a multiple of the base {base}, found {higher}")
    return span // timeframe


def leaves(feature: Feature) -> tuple[Column, ...]:
    """Return what a feature reads in the end: columns of bars and what is known beside them, each once."""
    found: dict[Column, None] = {}
    for one in feature.inputs:
        found |= dict.fromkeys(leaves(one) if isinstance(one, Feature) else (one,))
    return tuple(found)


def readers(nodes: Iterable[Feature]) -> Mapping[str, tuple[Feature, ...]]:
    """Return which features read each feature."""
    found: dict[str, tuple[Feature, ...]] = {}
    for node in nodes:
        for one in node.features:
            found[one.name] = (*found.get(one.name, ()), node)
    return found


def _visit(feature: Feature, nodes: dict[str, Feature]) -> None:
    known = nodes.get(feature.name)
    if known is not None:
        if known != feature:
            raise FeatureError(f"expected one declaration of {feature.name}, found two different ones")
        return
    for one in feature.features:
        _visit(one, nodes)
    nodes[feature.name] = feature
