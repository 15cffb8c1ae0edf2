"""Fold recorded inputs again and hold every decision against the recorded one: recovery and verification in one.

What was decided after the last commit of decisions is not recorded though its inputs are: it comes back as ``missing``.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator

import msgspec

from finantrade.domain.codec import decode
from finantrade.domain.commands import InputSkipped
from finantrade.domain.message import Decision, Input, Message
from finantrade.engine.engine import Engine
from finantrade.runtime.status import Poison


class Divergence(msgspec.Struct, frozen=True):
    """The first decision that is not what was recorded; ``None`` on the side that made none."""

    n: int
    entry: Input
    recorded: Message | None
    folded: Message | None


class Refolded(msgspec.Struct):
    """How far it went, and what stopped it if anything did."""

    inputs: int = 0
    missing: list[Decision] = []
    divergence: Divergence | None = None
    poison: Poison | None = None


def refold(
    engine: Engine, inputs: Iterable[Input], recorded: Iterable[Decision], skips: Collection[int] = ()
) -> Refolded:
    """Fold ``inputs`` into ``engine`` and compare; stop at the first divergence or the first input that raises."""
    result, expected = Refolded(), iter(recorded)
    for entry in inputs:
        message = InputSkipped(entry.seq) if entry.seq in skips else entry.message
        try:
            engine.step(entry.seq, entry.at, message)
        except Exception:  # noqa: BLE001  whatever a poison input raises, it is told, not followed
            result.poison = Poison(entry.seq, repr(entry.message), traceback.format_exc())
            return result
        result.inputs += 1
        result.divergence = _compare(entry, engine.chain.take(), expected, result)
        if result.divergence is not None:
            return result
    left = next(expected, None)
    if left is not None:
        entry = Input(engine.seq, engine.at, InputSkipped(0))
        result.divergence = Divergence(left.n, entry, decode(left.payload), None)
    return result


def _compare(entry: Input, folded: list[Decision], expected: Iterator[Decision], result: Refolded) -> Divergence | None:
    for link in folded:
        known = next(expected, None)
        if known is None:
            result.missing.append(link)
        elif result.missing or (known.n, known.seq, known.head) != (link.n, link.seq, link.head):
            return Divergence(link.n, entry, decode(known.payload), decode(link.payload))
    return None
