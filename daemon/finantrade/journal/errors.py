"""What can be wrong with a journal. Every message says what was expected, what was found, and where."""

from __future__ import annotations


class JournalError(Exception):
    """A journal could not be opened, read or written."""


class JournalMissing(JournalError):
    """There is no journal in this directory."""


class JournalBusy(JournalError):
    """Another process writes to this journal."""


class JournalTooNew(JournalError):
    """The journal was written by newer software in a format that this one does not know."""


class JournalCorrupt(JournalError):
    """The file is no journal, is damaged, or lacks something between its ends."""


class JournalUnwritable(JournalError):
    """The disk is full, fails or is read-only: nothing of this batch was recorded."""


class JournalPruned(JournalError):
    """What was being read has been removed by retention meanwhile."""


class JournalOrder(JournalError):
    """The caller's mistake: what it wants to record does not follow what is recorded."""
