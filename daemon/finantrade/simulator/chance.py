"""Chance without a state: what is drawn hangs on the seed and on what it is drawn for, never on what was drawn before.

So two connections, or two runs that ask in another order, see the same.
"""

from __future__ import annotations

from hashlib import blake2b


def chance(seed: int, *about: object) -> float:
    """Return a number in [0, 1), always the same for the same seed and subject."""
    text = "|".join(map(str, (seed, *about)))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64
