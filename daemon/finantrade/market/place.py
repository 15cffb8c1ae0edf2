"""Where a series belongs: venue, market, kind, symbol and interval. Each is a plain name, so a path cannot escape."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import msgspec

from finantrade.domain.units import Millis
from finantrade.market.interval import interval_ms
from finantrade.market.series import Kind

NAME = re.compile(r"[^\W_][\w.-]{0,63}")
"""Letters of any script, digits, and inside of a name dots, dashes and underlines: no slash, no leading dot."""


class BadPlace(ValueError):
    """A name that no series can have: the text says which, and what was expected."""


class Place(msgspec.Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """The address of a series; ``interval`` as people write it. Raises BadPlace on a name that is none."""

    venue: str
    market: str
    kind: Kind
    symbol: str
    interval: str

    def __post_init__(self) -> None:
        for name in ("venue", "market", "symbol"):
            value: str = getattr(self, name)
            if not NAME.fullmatch(value):
                raise BadPlace(f"expected a {name} of letters, digits and inside of it . - _, found {value[:80]!r}")
        try:
            interval_ms(self.interval)
        except ValueError as error:
            raise BadPlace(str(error)) from None

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read ``binance/usdm/candles/BTCUSDT/15m``."""
        parts = text.split("/")
        kinds = [one.value for one in Kind]
        if len(parts) != 5 or parts[2] not in kinds:
            raise BadPlace(
                f"expected VENUE/MARKET/SERIES/SYMBOL/INTERVAL with a series of {', '.join(kinds)}, found {text!r}"
            )
        venue, market, kind, symbol, interval = parts
        return cls(venue, market, Kind(kind), symbol, interval)

    @property
    def interval_ms(self) -> Millis:
        """The interval's length; 0 where it has none."""
        return interval_ms(self.interval)

    @property
    def path(self) -> PurePosixPath:
        """The folder below the store."""
        return PurePosixPath(str(self))

    def __str__(self) -> str:
        return "/".join((self.venue, self.market, self.kind, self.symbol, self.interval))
