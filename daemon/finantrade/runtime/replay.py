"""The replay runner: the same engine, driven by recorded facts as fast as it goes.

There is no clock here: ``at`` is each fact's own available time. The loop is the one place where a jumping clock fits
(semantics 23): it may ask the actors how long they are indifferent and fold several facts at once, as long as
positions in the merged sequence keep their ``seq``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from finantrade.domain.message import Input, Message
from finantrade.domain.units import Millis
from finantrade.engine.engine import Engine

Listener = Callable[[Millis, Sequence[Message]], None]


def replay_facts(engine: Engine, facts: Iterable[tuple[Millis, Message]], listener: Listener) -> int:
    """Number and fold every ``(at, message)``; tell ``listener`` what was kept of each. Return how many there were."""
    step, seq = engine.step, engine.seq
    first = seq
    for at, message in facts:
        seq += 1
        emitted = step(seq, at, message)
        if emitted:
            listener(at, emitted)
    return seq - first


def replay_inputs(engine: Engine, inputs: Iterable[Input], listener: Listener) -> None:
    """Fold recorded inputs exactly as they were recorded."""
    for entry in inputs:
        listener(entry.at, engine.step(entry.seq, entry.at, entry.message))
