"""How asking a venue can fail: one error, by what can be done about it."""

from __future__ import annotations

from enum import StrEnum


class RestTrouble(StrEnum):
    """Why there is no answer."""

    REFUSED = "refused"
    """The venue says no to what was asked: asking again is of no use."""
    LIMITED = "limited"
    """Too much was asked; nobody asks until the venue's time is over."""
    SERVER = "server"
    """The venue is out of order."""
    UNREACHABLE = "unreachable"
    """No connection, a cut line, or no answer in time."""
    UNREADABLE = "unreadable"
    """What came is not what it should be."""


class RestError(Exception):
    """A request failed for good: after its retries, or because none would help.

    ``code`` is the venue's where it gave one; ``wait_s`` is how long it wants to be left alone, where it said so.
    """

    def __init__(self, trouble: RestTrouble, words: str, *, code: int = 0, wait_s: float | None = None) -> None:
        super().__init__(words)
        self.trouble = trouble
        self.code = code
        self.wait_s = wait_s

    @property
    def may_pass(self) -> bool:
        """Whether asking again may help."""
        return self.trouble is not RestTrouble.REFUSED
