"""The replay runner: the same engine, driven by recorded facts as fast as it goes.

There is no clock here: ``at`` is each fact's own available time. Every fact is folded; `jump` is the runner that passes
over what changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from finantrade.domain.message import Message
from finantrade.domain.units import Millis
from finantrade.engine.engine import Engine


def replay_facts(engine: Engine, facts: Iterable[tuple[Millis, Message]]) -> None:
    """Number and fold every ``(at, message)``."""
    step, seq = engine.step, engine.seq
    for at, message in facts:
        seq += 1
        step(seq, at, message)
