"""Numbers as people read them: thousands apart, units beside, a dash for what is not defined."""

from __future__ import annotations

from math import isfinite

from finantrade.domain.units import DAY, HOUR, MINUTE, Millis, iso

NOTHING = "–"


def number(value: float | None, digits: int = 2) -> str:
    """``1,234.50``; a dash for None, NaN and infinities."""
    if value is None or not isfinite(value):
        return NOTHING
    return f"{round(value, digits) + 0.0:,.{digits}f}"


def price(value: float | None) -> str:
    """Seven significant digits without trailing zeros: ``19,234.5``, ``0.0001234``."""
    if value is None or not isfinite(value):
        return NOTHING
    whole = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    text = f"{value:,.{max(7 - whole, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent(share: float | None) -> str:
    """A share as ``12.34 %``."""
    text = number(None if share is None else share * 100)
    return text if text == NOTHING else f"{text} %"


def count(value: int) -> str:
    """``1,234``."""
    return f"{value:,}"


def size(of_bytes: int) -> str:
    """``1.2 MB`` (1e6 bytes)."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if of_bytes >= scale:
            return f"{of_bytes / scale:.1f} {unit}"
    return f"{of_bytes} B"


def duration(ms: float | None) -> str:
    """``3 d 4 h``, ``4 h 30 min`` or ``12 s``: the two largest units."""
    if ms is None or not isfinite(ms):
        return NOTHING
    if ms < MINUTE:
        return f"{ms / 1000:.0f} s"
    parts = [(int(ms // DAY), "d"), (int(ms % DAY // HOUR), "h"), (int(ms % HOUR // MINUTE), "min")]
    first = next(index for index, (amount, _) in enumerate(parts) if amount)
    return " ".join(f"{amount} {unit}" for amount, unit in parts[first : first + 2] if amount)


def day(time: Millis) -> str:
    """``2019-10-01`` UTC."""
    return iso(time)[:10]


def stamp(time: Millis | None) -> str:
    """``2019-10-01 12:30`` UTC, with seconds only where there are any."""
    if time is None:
        return NOTHING
    text = iso(time // 1000 * 1000).removesuffix("Z").replace("T", " ")
    return text.removesuffix(":00")
