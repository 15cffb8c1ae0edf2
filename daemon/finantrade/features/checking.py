"""Hold a set of features, and vectorised functions, to all laws over the candles of one symbol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from finantrade.features.declaration import Memory
from finantrade.features.feature_set import FeatureSet
from finantrade.features.laws import (
    NO_TABLES,
    Finding,
    Subject,
    Tables,
    Vectorised,
    as_plain,
    blind,
    in_range,
    incremental,
    lookahead,
    memory,
)
from finantrade.features.settling import Settling
from finantrade.features.warming import judgeable, warm_up
from finantrade.market.candles import Candles

PLAIN_MORE, PLAIN_MOST = 500, 20_000
"""Bars after the warm-up that are run as plain Python, and how many there are at most."""

Told = Callable[[int], None]


class Outcome(msgspec.Struct, frozen=True):
    """What was found on a symbol.

    Of the features that rest on events, ``settled`` has those that came to the same values wherever they were begun,
    with the most bars that took; no verdict can be given on those in ``by_event``. Nor on those in ``unjudged``: at no
    cut were there enough bars without a hole. Those in ``empty`` have no value at all: nothing was shown of them.
    """

    findings: tuple[Finding, ...]
    unjudged: tuple[str, ...] = ()
    by_event: tuple[str, ...] = ()
    settled: dict[str, int] = {}
    empty: tuple[str, ...] = ()


def check_features(
    features: FeatureSet, candles: Candles, cuts: Sequence[int], told: Told, tables: Tables = NO_TABLES
) -> Outcome:
    """Hold a set to all laws; ``cuts`` ascend, each from 1 to the last row. ``told`` hears how many are done.

    ``tables`` are what is known beside the candles.
    """
    first = candles.slice(0, min(len(candles), features.warmup + PLAIN_MORE, PLAIN_MOST))
    plain = as_plain(features, first, tables)
    if plain is None:
        return Outcome(tuple(memory(features, first, tables)))
    try:
        subject = Subject.of(features, candles, tables)
    except ArithmeticError:
        # Compiled code does not say where, plain Python does.
        if raised := tuple(memory(features, candles, tables)):
            return Outcome(raised)
        raise
    found = [*in_range(subject), *incremental(subject, cuts, plain)]
    judged: set[str] = set()
    settling = Settling()
    for done, cut in enumerate(cuts, 1):
        found += lookahead(subject, cut)
        found += warm_up(subject, cut)
        judged.update(features.names[column] for column in judgeable(subject, cut))
        settling.judge(subject, cut)
        told(done)
    unsettled = tuple(settling.findings())
    settled = settling.verdicts(features.names)
    ever = np.isfinite(subject.rows).any(axis=0)
    empty = tuple(features.names[column] for column in np.flatnonzero(~ever).tolist())
    judged.update(settled, (one.feature for one in unsettled), empty)
    left = [one for one in features.features if one.name not in judged]
    unjudged = tuple(one.name for one in left if one.reach is not Memory.EVENT)
    by_event = tuple(one.name for one in left if one.reach is Memory.EVENT)
    return Outcome(_firsts([*found, *unsettled]), unjudged, by_event, settled, empty)


def check_functions(
    functions: Mapping[str, Vectorised],
    candles: Candles,
    cuts: Sequence[int],
    told: Told,
    tables: Tables = NO_TABLES,
) -> tuple[Finding, ...]:
    """Check that functions do not look ahead; ``told`` hears how many are done."""
    found: list[Finding] = []
    for done, (name, function) in enumerate(functions.items(), 1):
        found += blind(name, function, candles, cuts, tables)
        told(done)
    return _firsts(found)


def _firsts(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Keep of each feature and law the first finding."""
    kept: dict[tuple[str, str], Finding] = {}
    for one in findings:
        kept.setdefault((one.feature, one.law), one)
    return tuple(kept.values())
