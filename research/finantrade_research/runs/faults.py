"""What can be wrong with the run store, and with what it is asked for; each text says what was expected and found."""

from __future__ import annotations


class NoRun(ValueError):
    """There is no run of this name, or more than one: the text says which there are."""


class BadCondition(ValueError):
    """A condition that is none, or a figure to sort by that no run has."""


class BadStore(ValueError):
    """A run store that this version cannot read."""


class BadReport(ValueError):
    """A stored report that this version cannot read."""
