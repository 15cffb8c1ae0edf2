"""What requests weigh, and the budget of a minute: 429 beyond it, 418 for whoever goes on asking.

Minutes are those of the exchange's time, so a client that waits by its clock is let in again at any rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finantrade.domain.units import MINUTE, SECOND, Millis
from finantrade.simulator.answers import Refusal
from finantrade.wire.limits import BANNED, TOO_MANY, Usage, usage_headers

FUTURES_A_MINUTE = 2_400
SPOT_A_MINUTE = 6_000
PATIENCE = 10
"""Requests beyond the budget that are answered with 429 before the ban."""
BAN = 2 * MINUTE
WEIGHTS: Mapping[str, int] = {
    "/fapi/v1/aggTrades": 20,
    "/fapi/v1/ticker/bookTicker": 2,
    "/fapi/v1/fundingRate": 0,
    "/fapi/v1/fundingInfo": 0,
    "/api/v3/exchangeInfo": 20,
    "/api/v3/klines": 2,
    "/api/v3/aggTrades": 4,
    "/api/v3/ticker/bookTicker": 2,
    "/fng/": 0,
}
"""Those that weigh something else than one. Statistics below ``/futures/data`` have a limit of their own."""


def weight_of(path: str, query: Mapping[str, str]) -> int:
    """Return the weight of a request."""
    if path.startswith("/fapi/v1/") and path.lower().endswith("klines"):
        limit = query.get("limit", "500")
        rows = int(limit) if limit.isdigit() and len(limit) < 9 else 500
        return 1 if rows < 100 else 2 if rows < 500 else 5 if rows <= 1_000 else 10
    if path == "/fapi/v1/premiumIndex":
        return 1 if "symbol" in query else 10
    return 0 if path.startswith("/futures/data/") else WEIGHTS.get(path, 1)


@dataclass
class Budget:
    """The weight that was used in the present minute, and how often more was asked for."""

    a_minute: int
    used: int = 0
    _minute: int = -1
    _refused: int = 0
    _banned_until: Millis = 0

    def spend(self, weight: int, now: Millis) -> Mapping[str, str]:
        """Count a request; return the headers that tell. Raises Overspent beyond the budget."""
        if now // MINUTE != self._minute:
            self._minute, self.used, self._refused = now // MINUTE, 0, 0
        if now < self._banned_until:
            raise Overspent(self._banned_until, now, banned=True, used=self.used)
        self.used += weight
        if self.used <= self.a_minute:
            return usage_headers(Usage(used_weight=self.used))
        self._refused += 1
        if self._refused > PATIENCE:
            self._banned_until = now + BAN
            raise Overspent(self._banned_until, now, banned=True, used=self.used)
        raise Overspent((self._minute + 1) * MINUTE, now, banned=False, used=self.used)


class Overspent(Exception):
    """More was asked for than is allowed: what to answer, and with which headers."""

    def __init__(self, until: Millis, now: Millis, *, banned: bool, used: int | None = None) -> None:
        words = "Too many requests; please use the websocket for live updates to avoid polling the API."
        if banned:
            words = f"Way too many requests; IP(127.0.0.1) banned until {until}. Please use the websocket."
        super().__init__(words)
        self.refusal = Refusal(-1003, words, BANNED if banned else TOO_MANY)
        wait_s = -(-(until - now) // SECOND)
        self.headers = usage_headers(Usage(used_weight=used, retry_after_s=float(wait_s)))
