"""What is held and on its way, as notionals by symbol: reckoned anew only where something has changed.

With hundreds of symbols an entry would otherwise walk through every book of every symbol. The sum is taken over all in
the order in which they came to be traded, each time anew, so that it is the same to the last bit.
"""

from __future__ import annotations

from finantrade.domain import money
from finantrade.risk.book import Book, RiskState
from finantrade.risk.limits import Exposure


class Notionals:
    """Derived from a ``RiskState``, and never saved. Whoever changes a book or a close says so."""

    def __init__(self) -> None:
        self._known = 0
        self._books: dict[str, list[Book]] = {}
        self._notional: dict[str, float] = {}
        self._changed: dict[str, None] = {}

    def changed(self, symbol: str) -> None:
        """Take it that a book or the close of a symbol is another now."""
        self._changed[symbol] = None

    def forget(self) -> None:
        """Take it that everything may be another now."""
        self._known = 0

    def exposure(self, state: RiskState, symbol: str) -> Exposure:
        """Return what counts against the limits of an entry on a symbol, which is taken to change its book."""
        if self._known != len(state.books):
            self._index(state)
        for one in self._changed:
            self._reckon(state, one)
        self._changed.clear()
        self._changed[symbol] = None
        gross = 0.0
        for value in self._notional.values():
            gross += value
        return Exposure(state.daily.equity, gross, self._notional.get(symbol, 0.0))

    def _index(self, state: RiskState) -> None:
        self._known = len(state.books)
        self._books, self._notional = {}, {}
        for book in state.books.values():
            self._books.setdefault(book.symbol, []).append(book)
        self._changed = dict.fromkeys(self._books)

    def _reckon(self, state: RiskState, symbol: str) -> None:
        if symbol in self._books:
            net = money.ZERO
            for book in self._books[symbol]:
                net = money.add(net, book.expected)
            self._notional[symbol] = abs(float(net)) * state.closes.get(symbol, 0.0)
