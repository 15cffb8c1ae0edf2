"""Measures the lane: latency of each message from inbox to published, and the longest time the loop was held."""

from __future__ import annotations

import time
from collections import deque

WINDOW = 10_000
"""Messages that the percentiles look back on."""


class LaneMeter:
    """Latencies in seconds, the newest ``WINDOW`` of them."""

    def __init__(self) -> None:
        self.longest_block = 0.0
        self._latencies: deque[float] = deque(maxlen=WINDOW)
        self._began = 0.0

    def begin(self) -> None:
        """The loop is held from here."""
        self._began = time.perf_counter()

    def held(self) -> float:
        """Return how long the loop has been held."""
        return time.perf_counter() - self._began

    def release(self) -> None:
        """The loop is given back."""
        self.longest_block = max(self.longest_block, self.held())

    def observe(self, received: float) -> None:
        """A message received at this ``perf_counter`` has been published."""
        self._latencies.append(time.perf_counter() - received)

    def percentile_ms(self, share: float) -> float | None:
        """Return a percentile of the latencies in milliseconds, None before the first message."""
        if not self._latencies:
            return None
        ordered = sorted(self._latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000
