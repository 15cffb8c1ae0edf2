"""What can be wrong with the store; the text says where, what was expected and what was found."""

from __future__ import annotations


class StoreError(ValueError):
    """A manifest or a file of the store is not what it should be."""


class NotStored(ValueError):
    """There is no such series in the store."""


class StoreConflict(ValueError):
    """Rows differ from those of the same time that the store has: both are shown, nothing was written."""


class StoreBusy(Exception):
    """Another process has been writing this series for longer than one waits."""
