"""Measures the lane: latency of each message from inbox to published, and the longest time the loop was held."""

from __future__ import annotations

import time
from collections import deque

WINDOW = 4_096
"""Messages that the percentiles look back on."""
KEEP_S = 1.0
"""How long percentiles are given again: sorting for every poll would hold up the lane that is measured."""


class LaneMeter:
    """Latencies in seconds, the newest ``WINDOW`` of them."""

    def __init__(self) -> None:
        self.longest_block = 0.0
        self._latencies: deque[float] = deque(maxlen=WINDOW)
        self._began = 0.0
        self._percentiles: tuple[float, float] | None = None
        self._stale_at = 0.0

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

    def percentiles_ms(self) -> tuple[float, float] | None:
        """Return median and 99th percentile of the latencies in milliseconds, None before the first message."""
        now = time.monotonic()
        if self._latencies and now >= self._stale_at:
            p50, p99, _ = self.spread_ms()
            self._percentiles, self._stale_at = (p50, p99), now + KEEP_S
        return self._percentiles

    def spread_ms(self) -> tuple[float, float, float]:
        """Return median, 99th percentile and maximum of the latencies as of now, after at least one message."""
        ordered = sorted(self._latencies)
        p50, p99, most = (ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in (0.5, 0.99, 1.0))
        return p50 * 1000, p99 * 1000, most * 1000
