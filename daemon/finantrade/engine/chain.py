"""The hash chain over decisions and account facts.

``head' = blake2b(head || payload)``, sixteen bytes. The payload is the message alone, without ``seq`` and ``at``, so
that two sessions that decided the same have the same head, whatever else their wires brought in between.
"""

from __future__ import annotations

from hashlib import blake2b

from finantrade.domain.codec import encode
from finantrade.domain.message import Decision, Message

GENESIS = bytes(16)


class Chain:
    """The running head, and the links added since they were last taken, where they are kept at all."""

    def __init__(self, *, links: bool = True) -> None:
        self.count = 0
        self.head = GENESIS
        self._keeps = links
        self._links: list[Decision] = []

    def add(self, message: Message, seq: int) -> None:
        """Append a decision made while handling input ``seq``."""
        payload = encode(message)
        self.head = blake2b(self.head + payload, digest_size=16).digest()
        self.count += 1
        if self._keeps:
            self._links.append(Decision(self.count, seq, payload, self.head))

    def take(self) -> list[Decision]:
        """Return the links added since the last call, and forget them."""
        links, self._links = self._links, []
        return links
