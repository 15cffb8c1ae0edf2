"""The one error that decoding raises. Whatever comes over a wire, nothing else comes out but facts."""

from __future__ import annotations

from enum import StrEnum

SHOWN = 160
"""Characters of a payload that an error shows."""


class Trouble(StrEnum):
    """What was found instead of the payload that was expected."""

    NOT_JSON = "not_json"
    """Truncated or garbled text."""
    HTML = "html"
    """A page: of a proxy, a firewall, a server that is down."""
    SHAPE = "shape"
    """JSON that is not what was asked for, or has values that cannot be."""
    REFUSED = "refused"
    """The venue's own refusal, with its code and words."""
    DISCONNECTED = "disconnected"
    """What python-binance puts into a stream when its connection is lost."""


class WireError(ValueError):
    """A payload that is not what it should be: what was expected, what was found, and where.

    ``code`` is the venue's where it refused, and ``until`` the time in UTC milliseconds that it bans us to, if it does.
    """

    def __init__(
        self, trouble: Trouble, expected: str, found: object, *, code: int = 0, until: int | None = None
    ) -> None:
        super().__init__(f"expected {shortened(expected)}, found {shortened(str(found), SHOWN * 2)}")
        self.trouble = trouble
        self.code = code
        self.until = until


def shortened(payload: object, shown: int = SHOWN) -> str:
    """Return a payload as one line for an error, cut off after so many characters."""
    match payload:
        case bytes() | bytearray():
            text = bytes(payload[: shown * 4]).decode("utf-8", "replace")
            whole = len(payload)
        case str():
            text, whole = payload[: shown * 4], len(payload)
        case _:
            text = repr(payload)
            whole = len(text)
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    if whole <= shown and len(text) <= shown:
        return text
    return f"{text[:shown]}… ({whole} characters)"
