"""The operator's wishes. Ordinary inputs: recorded, replayed, and judged by risk like everything else."""

from __future__ import annotations

from finantrade.domain.message import Message


class Pause(Message, frozen=True, gc=False):
    """No new entries; exits and protection go on."""


class Resume(Message, frozen=True, gc=False):
    """Entries again, also after a stop."""


class Flatten(Message, frozen=True, gc=False):
    """Cancel entries, close every position at the market, then pause."""


class Stop(Message, frozen=True, gc=False):
    """As flatten (unless positions are kept, then their protection stays), then stopped until resumed."""

    keep_positions: bool = False


class ClosePosition(Message, frozen=True, gc=False):
    """Close what is held in one symbol at the market."""

    symbol: str


class InputSkipped(Message, frozen=True, gc=False):
    """The operator has set aside the poison input with this number (``finantrade journal skip``)."""

    skipped: int


Command = Pause | Resume | Flatten | Stop | ClosePosition
